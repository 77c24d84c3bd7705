"""The marks before the items of a list.

The detector looks for lines of text, and a dot is none: it lies outside the box of its line, or half in it. So what
stands alone in the room before a line is looked at: a filled mark, not much longer than high, at the height of small
letters. One such mark may be dirt; where two lines have one of the same size, as far before them, they are bullets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon, rectangle
from stele.domain.value import changed
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.pixels import median, off_ground, percentile
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page, Reading
from stele.pipeline.reading.seam import SeenLine, SeenSymbol, SeenWord

#: what is round, and what fills so much of the box around it that it is square
_DOT, _SQUARE, _FULL = "•", "■", 0.9
#: how sure it is where it was found
_CONFIDENCE = 0.95
#: what is read of one that is seen whole
_READ = frozenset("•·●▪■◦○*-–—")
#: the room that is looked at, in heights of the line, and columns before the first word that are left out of it
_ROOM, _CLOSE = 2.5, 3
#: sides of a mark, in pixels of a strip of LINE_HEIGHT; how much longer one may be than the other; how much is ink
_LEAST, _MOST, _LONGER, _FILLED = 6, 22, 1.5, 0.6
#: rows between which its middle is
_MIDDLE = (LINE_HEIGHT * 0.3, LINE_HEIGHT * 0.75)
#: how dark it is beside the letters; what is smaller than this many pixels is dirt
_DARK, _DIRT = 0.5, 6
#: how much larger one may be than the other of the same list, and how much farther before its line (pixels of a strip)
_SIMILAR, _ALIGNED = 1.4, 8.0


class Mark(NamedTuple):
    """A mark before a line: the size of its longer side and how far its middle is from the first word, in pixels of a
    strip, what it is, and where on the page."""

    size: float
    before: float
    text: str
    polygon: Polygon


@during(Stage.WORDS)
def with_bullets(
    lines: Sequence[SeenLine | None], readings: Sequence[Reading], boxes: Floats, page: Page, *, symbols: bool
) -> list[SeenLine | None]:
    """The lines that were read in `boxes` (N x 4 x 2), with the bullets before them."""
    marks = [
        None if line is None else _mark(line, reading, box, boxes, page)
        for line, reading, box in zip(lines, readings, boxes, strict=True)
    ]
    found = [mark for mark in marks if mark is not None]
    return [
        line if line is None or mark is None or not _shared(mark, found) else _led(line, mark, symbols=symbols)
        for line, mark in zip(lines, marks, strict=True)
    ]


def _mark(line: SeenLine, reading: Reading, box: Floats, boxes: Floats, page: Page) -> Mark | None:
    """What stands alone before a line, if it may be a bullet."""
    first = line.words[0]
    if first.text[0] in _READ:
        return None
    down = box[3] - box[0]
    height = float(np.hypot(*down))
    along = _along(box)
    # From the edge of the box, at the first word.
    inwards = float((np.array(first.polygon[0], np.float32) - box[0]) @ along) - _CLOSE * height / LINE_HEIGHT
    end = box[0] + along * inwards
    room = np.array([end - along * _ROOM * height, end, end + down, end + down - along * _ROOM * height], np.float32)
    if not page.has_ink(room) or _taken(room, boxes, box):
        return None
    strip = page.strip(room)
    letters = reading.strip.grey
    ground, contrast = median(letters), percentile(off_ground(letters), 98)
    ink = cv2.absdiff(strip.grey, np.full_like(strip.grey, ground)) > _DARK * contrast
    if not ink.any():
        return None
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    pieces = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= _DIRT]
    if len(pieces) != 1:
        return None
    left, top, width, high, area = pieces[0].tolist()
    alone = left > 0 and left + width < ink.shape[1]
    round_ = min(width, high) >= _LEAST and max(width, high) <= min(_MOST, _LONGER * min(width, high))
    if not (alone and round_ and area >= _FILLED * width * high and _MIDDLE[0] <= top + high / 2 <= _MIDDLE[1]):
        return None
    polygon = strip.on_page(rectangle(left, top, left + width, top + high))
    text = _SQUARE if area >= _FULL * width * high else _DOT
    return Mark(size=max(width, high), before=ink.shape[1] - left - width / 2, text=text, polygon=polygon)


def _taken(room: Floats, boxes: Floats, own: Floats) -> bool:
    """Whether another line stands in the room before a line."""
    low, high = room.min(axis=0), room.max(axis=0)
    middle = boxes.mean(axis=1)
    inside = (boxes.max(axis=1) > low).all(axis=1) & (boxes.min(axis=1) < high).all(axis=1)
    inside &= (middle[:, 1] > low[1]) & (middle[:, 1] < high[1])
    return bool((inside & ~(boxes == own).all(axis=(1, 2))).any())


def _shared(mark: Mark, found: Sequence[Mark]) -> bool:
    """Whether another line has such a mark, too."""
    return any(
        other is not mark
        and max(mark.size, other.size) <= _SIMILAR * min(mark.size, other.size)
        and abs(mark.before - other.before) <= _ALIGNED
        for other in found
    )


def _led(line: SeenLine, mark: Mark, *, symbols: bool) -> SeenLine:
    """The line with its bullet."""
    seen = SeenSymbol(text=mark.text, confidence=_CONFIDENCE, polygon=mark.polygon)
    bullet = SeenWord(text=mark.text, confidence=_CONFIDENCE, polygon=mark.polygon, symbols=(seen,) if symbols else ())
    corners = np.array(line.polygon, np.float64)
    along = _along(corners)
    corners[[0, 3]] += min(0.0, float((np.array(mark.polygon[0]) - corners[0]) @ along)) * along
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return changed(line, words=(bullet, *line.words), polygon=(a, b, c, d))


def _along(corners: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The direction of the upper side of a box (4 x 2), one pixel long."""
    side = np.asarray(corners[1] - corners[0], np.float64)
    return np.asarray(side / max(float(np.hypot(*side)), 1e-6), np.float64)
