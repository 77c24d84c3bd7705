"""A page read by its lines: our detector finds them, another program reads them on sheets of their own."""

from __future__ import annotations

import math

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import orientation
from stele.pipeline.reading.engines.paddle.finding import LineFinder
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page
from stele.pipeline.reading.engines.sheets import filled, on_page
from stele.pipeline.reading.engines.tesseract import See
from stele.pipeline.reading.seam import SeenLine, SeenPage
from stele.pipeline.reading.sureness import confidence_of, words_of

#: a mean confidence that convinces without looking at the other way: Tesseract's is lower than that of our network
_CONVINCING = 0.75


class LinesOnSheets:
    """Reads pages by their lines. One a process, for one thread."""

    def __init__(self, finder: LineFinder) -> None:
        self._finder = finder

    def __call__(self, pixels: Pixels, see: See) -> SeenPage | None:
        """The lines of a page as `see` reads sheets of them, from the end from which they make more sense; None where
        none are found."""
        found = self._finder(pixels)
        if found is None:
            return None
        page, boxes = Page(pixels), found.boxes
        lines = _read(page, boxes, see)
        sure = confidence_of(words_of(lines))
        if sure < _CONVINCING:
            probes = boxes[:: math.ceil(len(boxes) / orientation.PROBES)]
            other_way = _read(page, orientation.reversed_(probes), see)
            if orientation.reads_better(confidence_of(words_of(other_way)), sure):
                boxes = orientation.reversed_(boxes)
                lines = _read(page, boxes, see)
        return SeenPage(lines=lines, angle=orientation.angle(boxes))


def _read(page: Page, boxes: Floats, see: See) -> tuple[SeenLine, ...]:
    sheets = filled(page.strip(box) for box in boxes)
    return tuple(line for sheet in sheets for line in on_page(see(sheet.pixels), sheet))
