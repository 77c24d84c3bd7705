"""Reading the lines of a page, each shown to the network as narrow and as low as its print allows.

The network's cost is the width of what it is shown. It has a step for every 8 columns and needs one and a half of them
to tell a letter from the next, while ordinary print, 48 pixels high, is some 20 wide: that can be squeezed, and a page
is mostly of one kind of print. Measured on rendered lines of twelve fonts: squeezed to 12 or more columns a letter they
read no worse than as they are, at 11 a letter in a thousand is lost, at 9 three in a hundred; Chinese read no worse at
24. Who squeezes too far loses letters without a drop of confidence, so it is what was read that says how much room it
needed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from stele.pipeline.reading.engines.paddle import second_look
from stele.pipeline.reading.engines.paddle.lowering import Lowering
from stele.pipeline.reading.engines.paddle.mending import mended
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, LOW
from stele.pipeline.reading.engines.paddle.plain import Patience, PlainPrint
from stele.pipeline.reading.engines.paddle.quotes import NO_QUOTES, Quotes
from stele.pipeline.reading.engines.paddle.recogniser import Page, Reading, Recogniser, Strip, strip_width

Floats = npt.NDArray[np.float32]

#: columns that a letter needs, and one that is as wide as high
_LETTER, _WIDE = 13.0, 30.0
#: how wide the first line of a page is shown, and the least that any is
_FIRST, _LEAST = 0.75, 0.6
#: how much less room than it needs a line may have had
_TIGHT = 0.88
#: this many of a hundred lines have enough room in what the next line is given
_ROOMY = 80
#: mean confidence below which a line hardly is print: no width of print suits handwriting
_NO_PRINT = 0.85


class Lines:
    """Reads lines of one page, none of them twice."""

    def __init__(self, page: Page, recogniser: Recogniser, exact: Callable[[], Recogniser] | None = None) -> None:
        """`exact` gives the one for lines that are hard to read, made when it is first wanted."""
        self._page = page
        self._recogniser = recogniser
        self._exact = exact or (lambda: recogniser)
        self._known: dict[bytes, Reading] = {}
        #: lines that were cut out and not read yet
        self._cut: dict[bytes, Strip] = {}
        self._quotes: dict[bytes, Quotes] = {}
        self._needs: list[float] = []
        self._lowering = Lowering()

    def __call__(self, box: Floats) -> Reading:
        """What stands in `box` (4 x 2), read from its first corner."""
        key = box.tobytes()
        reading = self._known.get(key)
        if reading is None:
            reading = self._known[key] = self._read(box)
        return reading

    def quotes(self, box: Floats) -> Quotes:
        """Which quotation marks plain print has seen in a box; none where it has not read it."""
        return self._quotes.get(box.tobytes(), NO_QUOTES)

    def ahead(self, boxes: Floats) -> None:
        """Read boxes (N x 4 x 2), the widest first: a look takes 2 ms more where it is not as wide as the one before,
        as long as a word of three letters takes."""
        for box in sorted(boxes, key=strip_width, reverse=True):
            self(box)

    def all_at_once(self, boxes: Floats) -> None:
        """Read boxes (N x 4 x 2) as wide as they are, in batches, as a GPU likes it; those that are hard to read are
        looked at again one by one."""
        readings = self._recogniser.many([self._page.strip(box) for box in boxes])
        for box, reading in zip(boxes, readings, strict=True):
            self._known[box.tobytes()] = second_look.better(reading, box, self._page, self._exact)

    def plainly(self, boxes: Floats, plain: PlainPrint) -> None:
        """Read those of the boxes (N x 4 x 2) that are in plain print by `plain`, and the words that it doubts in them,
        all together, by it once more and by the recogniser. What was read already stays."""
        patience = Patience()
        found = []
        for box in boxes:
            if box.tobytes() in self._known or not patience.due():
                continue
            strip = self._page.strip(box)
            line = plain(strip)
            patience.learned(line)
            if line is None:
                self._cut[box.tobytes()] = strip
            else:
                found.append((box.tobytes(), line))
                self._quotes[box.tobytes()] = line.quotes
                self._needs.append(_needed(line.reading))
        low, full = (partial(self._recogniser, width=self._width, height=height) for height in (LOW, LINE_HEIGHT))
        lines = mended([line for _, line in found], plain.again, low, full)
        for (key, line), reading in zip(found, lines, strict=True):
            if reading is None:
                self._cut[key] = line.reading.strip
            else:
                self._known[key] = reading

    def sure(self, boxes: Floats, plain: PlainPrint) -> Floats:
        """Those of the boxes (N x 4 x 2) in which `plain` reads something without any doubt, or a number that the
        recogniser reads, too."""
        for box in boxes:
            strip = self._page.strip(box)
            reading = plain.again(strip)
            if reading.text.isdecimal() and not reading.confidences.all():
                other = self._recogniser(strip)
                reading = other if other.text == reading.text and other.confidence >= second_look.BELIEVED else reading
            if reading.texts and reading.confidences.all():
                self._known[box.tobytes()] = reading
        return boxes[[box.tobytes() in self._known for box in boxes]]

    @property
    def _width(self) -> float:
        """How wide the next line is shown first."""
        return float(np.percentile(self._needs, _ROOMY)) if self._needs else _FIRST

    def _read(self, box: Floats) -> Reading:
        strip = self._cut.pop(box.tobytes(), None) or self._page.strip(box)
        width = self._width
        first = self._looked(strip, width)
        if first.confidence < second_look.BELIEVED:
            # Nothing that was hard to read says how wide it is.
            if first.texts and first.confidence < _NO_PRINT:
                first = self._exact()(strip)
            return second_look.better(first, box, self._page, self._exact)
        needed = _needed(first)
        self._needs.append(needed)
        return self._looked(strip, needed) if width < _TIGHT * needed else first

    def _looked(self, strip: Strip, width: float) -> Reading:
        """Read as low as suffices on this page, or in full where that does not convince."""
        reading = self._recogniser(strip, width, self._lowering.now)
        if self._lowering.suffices(reading.confidence):
            return reading
        full = self._recogniser(strip, width, self._lowering.now)
        self._lowering.suffices(full.confidence)
        return full


def _needed(reading: Reading) -> float:
    """How wide the line needs to be shown, as a share of its width."""
    room: float = sum(_WIDE if unicodedata.east_asian_width(text) in "WF" else _LETTER for text in reading.texts)
    return min(1.0, max(_LEAST, room / float(reading.strip.pixels.shape[1])))
