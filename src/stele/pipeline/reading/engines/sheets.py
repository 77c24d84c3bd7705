"""The lines of a page, one below another in black on white, and what was seen there back on the page.

Tesseract reads clean lines well; on photos, forms and crowded pages it is the finding of lines that fails it. So it is
given the lines that our detector has found, cut out, laid level and freed of their ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

import cv2
import numpy as np

from stele.domain.geometry import Polygon, bounding
from stele.domain.value import changed
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.pixels import median, percentile
from stele.pipeline.reading.engines.paddle.recogniser import Strip
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord

#: white around the lines, in pixels, and from the top of one to that of the next
_ROOM = 24
_ROW = LINE_HEIGHT + _ROOM
#: a sheet has so many lines, and so many pixels, at most
_MOST_LINES, _MOST_PIXELS = 400, 12_000_000
#: pixels of ground that are beside any ink: wider than strokes, narrower than the shades of a photo
_GROUND = 49


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Some strips, in rows from the top; `pixels` are height x width."""

    pixels: Pixels
    strips: Sequence[Strip]


def filled(strips: Iterable[Strip]) -> Iterator[Sheet]:
    """The strips of a page in their order, on as few sheets as hold them."""
    together: list[Strip] = []
    for strip in strips:
        if together and not _fits([*together, strip]):
            yield _sheet(together)
            together = []
        together.append(strip)
    if together:
        yield _sheet(together)


def on_page(seen: SeenPage, sheet: Sheet) -> Iterator[SeenLine]:
    """What was seen on a sheet, where it stands on the page; a line that reaches over several rows is parted."""
    for line in seen.lines:
        for row, words in groupby(line.words, key=lambda word: _row(word, sheet)):
            inside = list(words)
            yield SeenLine(
                polygon=_placed(bounding(word.polygon for word in inside), sheet, row),
                words=tuple(_moved(word, sheet, row) for word in inside),
            )


def _fits(strips: Sequence[Strip]) -> bool:
    pixels = (len(strips) * _ROW + _ROOM) * (max(strip.pixels.shape[1] for strip in strips) + 2 * _ROOM)
    return len(strips) <= _MOST_LINES and pixels <= _MOST_PIXELS


def _sheet(strips: Sequence[Strip]) -> Sheet:
    width = max(strip.pixels.shape[1] for strip in strips) + 2 * _ROOM
    pixels = np.full((len(strips) * _ROW + _ROOM, width), 255, np.uint8)
    for row, strip in enumerate(strips):
        clean = _clean(strip.grey)
        top = _ROOM + row * _ROW
        pixels[top : top + LINE_HEIGHT, _ROOM : _ROOM + clean.shape[1]] = clean
    return Sheet(pixels=pixels, strips=tuple(strips))


def _clean(strip: Pixels) -> Pixels:
    """Dark on white, whatever is on what: each pixel divided by the lightest near it."""
    middle = median(strip)
    if percentile(strip, 98) - middle > middle - percentile(strip, 2):
        strip = np.asarray(cv2.bitwise_not(strip), np.uint8)
    ground = cv2.morphologyEx(cv2.medianBlur(strip, 3), cv2.MORPH_CLOSE, np.ones((_GROUND, _GROUND), np.uint8))
    return np.asarray(cv2.divide(strip, ground, scale=255), np.uint8)


def _row(word: SeenWord, sheet: Sheet) -> int:
    """The row that a word is in."""
    row = int((fmean(y for _, y in word.polygon) - _ROOM / 2) // _ROW)
    return min(max(row, 0), len(sheet.strips) - 1)


def _moved(word: SeenWord, sheet: Sheet, row: int) -> SeenWord:
    symbols = tuple(changed(symbol, polygon=_placed(symbol.polygon, sheet, row)) for symbol in word.symbols)
    return changed(word, polygon=_placed(word.polygon, sheet, row), symbols=symbols)


def _placed(polygon: Polygon, sheet: Sheet, row: int) -> Polygon:
    """Where it stands on the page."""
    return sheet.strips[row].on_page(np.array(polygon) - (_ROOM, _ROOM + row * _ROW))
