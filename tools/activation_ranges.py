"""Writes the table of ranges that the recogniser's 8-bit layers are rounded to.

It reads the samples of this repository and pages drawn in the standard faces of PDF, clean and worn, at the widths at
which lines are really shown, and takes down what goes into each large layer. Run it again when the weights change:

    .venv/bin/python tools/activation_ranges.py
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov
import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import models, orientation, quantising, scale
from stele.pipeline.reading.engines.paddle.detector import Detector
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.pixels import grey
from stele.pipeline.reading.engines.paddle.recogniser import Page, Recogniser
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ("invoice.png", "form.jpg", "article.jpg", "notice-zh-en.png")
TEXTS = ("article", "letter", "invoice", "report")
FACES = (
    "Times-Roman",
    "Times-Italic",
    "Helvetica",
    "Helvetica-Bold",
    "Courier",
    "Courier-Bold",
)
SIZES = (6, 9, 14)  # points
DPI = 150
LINES = 24
LETTER = 10.0  # pixels that the detector sees best


def pages() -> Iterator[Pixels]:
    for name in SAMPLES:
        yield np.asarray(cv2.imread(str(ROOT / "samples" / name)), np.uint8)
    lines = [
        line
        for name in TEXTS
        for line in (ROOT / "samples" / "expected" / f"{name}.txt").read_text("utf-8").splitlines()
        if line
    ]
    random = np.random.default_rng(5)
    for index, face in enumerate(FACES):
        for size in SIZES:
            chosen = [lines[place] for place in random.integers(0, len(lines), LINES)]
            shown = [line.upper() if index % 3 == 2 else line for line in chosen]
            yield worn(drawn(shown, face, size), random, blur=float(random.choice([0.3, 0.8, 1.5])))


def drawn(lines: list[str], face: str, size: int) -> Pixels:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 60 + 1.5 * size * len(lines)), invariant=1)
    canvas.setFont(face, size)
    for row, line in enumerate(lines):
        canvas.drawString(30, 30 + 1.5 * size * row, line)
    canvas.save()
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        return np.asarray(document[0].render(scale=DPI / 72, grayscale=True).to_numpy(), np.uint8)


def worn(page: Pixels, random: np.random.Generator, blur: float) -> Pixels:
    soft = np.asarray(cv2.GaussianBlur(page.astype(np.float32), (0, 0), blur))
    return np.clip(soft + random.normal(0, random.choice([2, 8, 20]), soft.shape), 0, 255).astype(np.uint8)


class Watching(models.Core):
    """Compiles the recogniser twice: once with what its large layers are given as its results."""

    names: tuple[str, ...]
    inside: ov.InferRequest

    def compile(self, model: ov.Model) -> ov.InferRequest:
        if model.friendly_name == models.LINE_GRAPH:
            layers = list(quantising.large_layers(model))
            self.names = tuple(layer.friendly_name for layer in layers)
            given = [layer.input_value(0) for layer in layers]
            self.inside = super().compile(ov.Model(given, model.get_parameters(), "inside"))
        return super().compile(model)


class Watched(models.RecogniserModel):
    """The recogniser, which also takes down the least and the most that each channel of its large layers is given."""

    def __init__(self, core: Watching) -> None:
        super().__init__(core)
        self._core = core
        self._seen: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in core.names}

    def __call__(self, line: Pixels) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        self._core.inside.infer([line[np.newaxis]])
        for index, edges in enumerate(self._seen.values()):
            given = self._core.inside.get_output_tensor(index).data[0]
            edges.append(np.stack([given.min(axis=(1, 2)), given.max(axis=(1, 2))]))
        return super().__call__(line)

    def ranges(self) -> quantising.Ranges:
        """Zero is in every range; one that nothing has excited is not empty."""
        found = {}
        for name, edges in self._seen.items():
            least, most = np.min(edges, axis=0)[0], np.max(edges, axis=0)[1]
            found[name] = np.stack([np.minimum(least, 0), np.maximum(most, 1e-3)]).astype(np.float16)
        return found


def main() -> None:
    core = Watching(Runtime(precision=Precision.F32))
    detector, watched = Detector(models.DetectorModel(core)), Watched(core)
    recogniser = Recogniser(watched)
    for pixels in pages():
        letter = scale.measured(grey(pixels)).letter or LETTER
        boxes, _ = orientation.laid(detector(pixels, LETTER / letter, 0.9))
        read = Lines(Page(pixels), recogniser)
        for box in boxes:
            read(box)
    np.savez_compressed(quantising.FILE, **watched.ranges())


if __name__ == "__main__":
    main()
