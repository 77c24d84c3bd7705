"""The paddle engine: measure the print, find the lines, see which way up they are, read them, place the words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from stele.domain.job import EngineName, Feature
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle import lone, orientation, repeated, second_look, words
from stele.pipeline.reading.engines.paddle.bullets import with_bullets
from stele.pipeline.reading.engines.paddle.finding import Found, LineFinder
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.models import FEWER_WIDTHS, Core, RecogniserModel
from stele.pipeline.reading.engines.paddle.plain import PlainPrint
from stele.pipeline.reading.engines.paddle.quotes import as_printed
from stele.pipeline.reading.engines.paddle.recogniser import Page, Reading, Recogniser, surer
from stele.pipeline.reading.engines.paddle.runtime import Device, Precision, Runtime
from stele.pipeline.reading.engines.paddle.spelling import spelled
from stele.pipeline.reading.seam import ReadOptions, SeenLine, SeenPage
from stele.pipeline.reading.sureness import confidence_of, letters_of, words_of

#: mean confidence below which a line is something rough in a photo that has clear text too, and no more letters than
#: these: on a photographed sheet, which has more, it may be handwriting or out of focus
_ROUGH, _FEW_LETTERS = 0.8, 400


class PaddleEngine:
    """PP-OCRv6 small, on OpenVINO or ONNX Runtime. Takes a second to make; one a process, for one thread."""

    name = EngineName.PADDLE
    needs_pixels = True

    def __init__(self, runtime: Runtime, finder: LineFinder | None = None) -> None:
        """Load and compile; `finder` is one that another engine has, too. Raises EngineMissing."""
        self._finder = finder or LineFinder(runtime)
        self._batched = runtime.device is not Device.OPENVINO
        if self._batched:
            from stele.pipeline.reading.engines.paddle.onnx_models import OnnxRecogniserModel

            recogniser = self._recogniser = Recogniser(OnnxRecogniserModel(runtime.device, runtime.threads))
            self._exactly: Callable[[], Recogniser] = lambda: recogniser
            self._plain: PlainPrint | None = None
        else:
            core = Core(runtime)
            model = RecogniserModel(core)
            self._recogniser = Recogniser(model)
            self._exactly = partial(_exact, core, self._recogniser, model)
            self._plain = PlainPrint(core)

    @cached_property
    def _exact(self) -> Recogniser:
        """The recogniser for lines that are hard to read."""
        return self._exactly()

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        """Read one displayed page."""
        if pixels is None:
            raise TypeError("the paddle engine reads pixels")
        found = self._finder(pixels)
        if found is None:
            return SeenPage(lines=())
        seen = self._read(Page(pixels), found, options)
        return without_rough(seen) if found.print_.photo else seen

    def _read(self, page: Page, found: Found, options: ReadOptions) -> SeenPage:
        """Read the boxes of a page, each in the direction in which it makes sense."""
        boxes, page_stands, print_ = found
        reads = Lines(page, self._recogniser, lambda: self._exact)
        usual = orientation.standing(boxes) == page_stands
        if self._batched:
            reads.all_at_once(boxes)
        if self._plain:
            reads.plainly(boxes[usual], self._plain)
        if usual.any() and orientation.upside_down(boxes[usual], reads):
            boxes = orientation.reversed_(boxes)
            if self._plain:
                reads.plainly(boxes[usual], self._plain)
        elif self._plain and print_.letter and not (print_.photo or page_stands):
            alone = reads.sure(lone.boxes_of(print_.letters, print_.letter, boxes), self._plain)
            boxes, usual = np.concatenate([boxes, alone]), np.append(usual, np.ones(len(alone), np.bool_))
        reads.ahead(boxes)
        readings = [
            reads(box) if lies_as_page else surer(reads(box), reads(orientation.reversed_(box)))
            for box, lies_as_page in zip(boxes, usual, strict=True)
        ]
        readings = repeated.agreed(spelled(readings, options.languages))
        readings = as_printed(readings, [reads.quotes(box) for box in boxes])
        symbols = Feature.SYMBOLS in options.features
        lines = [_line(reading, symbols=symbols) for reading in readings]
        lines = with_bullets(lines, readings, boxes, page, symbols=symbols)
        seen = np.array([line is not None for line in lines])
        lengths = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
        unread = float(lengths[~seen].sum() / max(1.0, float(lengths.sum())))
        if not seen.any():
            return SeenPage(lines=(), unread=unread)
        return SeenPage(
            unread=unread,
            lines=tuple(line for line in lines if line is not None),
            angle=orientation.angle(boxes[usual & seen] if (usual & seen).any() else boxes[seen]),
        )


def _exact(core: Core, usual: Recogniser, model: RecogniserModel) -> Recogniser:
    """Of lines that are hard to read, whole numbers lose one word in a hundred."""
    if core.precision is not Precision.INT8:
        return usual
    return Recogniser(RecogniserModel(core, Precision.BF16, beside=model), FEWER_WIDTHS)


@during(Stage.WORDS)
def _line(reading: Reading, *, symbols: bool) -> SeenLine | None:
    """The line that was read, unless it is no text."""
    if reading.confidence < second_look.NOISE:
        return None
    return words.line_of(reading, symbols=symbols)


def without_rough(seen: SeenPage) -> SeenPage:
    """A photo without what only looks like letters."""
    clear = tuple(line for line in seen.lines if confidence_of(line.words) >= _ROUGH)
    return changed(seen, lines=clear) if clear and letters_of(words_of(seen.lines)) <= _FEW_LETTERS else seen
