"""Regions in reading order: where text stands in columns, each column is read to its end.

The page is cut again and again at its tallest gutter, an upright strip of white with running text on both sides. What
lies above the gutter comes first, then its left side, its right side, and what lies below it; so headings across
columns need no special case. White strips in tables, forms and receipts are no gutters: there the rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stele.pipeline.reading.layout.chunks import Chunks, level_pairs
from stele.pipeline.reading.seenwords import Floats, Indices

# All measures are in text heights.
#: the raster in which white strips are looked for; and its most cells a side, which bounds the cost of huge pages
CELL_WIDTH, CELL_HEIGHT, MAX_CELLS = 0.2, 0.5, 2000
#: a gutter is at least this wide, and a strip this high to be looked at
MIN_GUTTER, MIN_STRIP = 0.6, 2.5
#: how many strips of a region are looked at, tallest first
MAX_STRIPS = 12
#: a gutter narrower than this may be a chance alignment of spaces, or the border of a cell, so more is asked of it
NARROW_GUTTER = 1.5
#: lines on both sides of a strip are level when they are no further apart than this part of their pitch: beside running
#: text, and in lists of single words, whose middles lie higher or lower by their letters
LEVEL, LEVEL_CELLS = 0.2, 0.3
#: a white strip across a region, at least this high and this many times the usual white between its rows, cuts it
MIN_BAND_GAP, BAND_GAP = 0.7, 1.6
#: a running head or foot is at least this far from the columns
HEAD_GAP = 1.5


def regions(chunks: Chunks) -> list[Indices]:
    """All chunks, parted into regions in reading order. Inside a region rows are read one by one."""
    return regions_of(chunks, np.arange(len(chunks)))


def regions_of(chunks: Chunks, inside: Indices) -> list[Indices]:
    """The same for some chunks, at least one."""
    return _cut(chunks, inside)


def _cut(chunks: Chunks, inside: Indices) -> list[Indices]:
    strips = list(_strips(chunks, inside))
    for strip in strips:
        if parts := _parts(chunks, inside, strip, strips):
            parts = _across(chunks, inside, strip, strips) or parts
            return [region for part in parts if part.size for region in _cut(chunks, part)]
    bands = _bands(chunks, inside, MIN_BAND_GAP)
    if len(bands) == 1:
        return bands
    # Bands are only there to find columns in a part of the height: without any they stay together.
    found: list[Indices] = []
    whole = False
    for band in bands:
        cut = _cut(chunks, band)
        if whole and len(cut) == 1:
            found[-1] = np.concatenate([found[-1], band])
        else:
            found.extend(cut)
        whole = len(cut) == 1
    return found


def _bands(chunks: Chunks, inside: Indices, least: float) -> list[Indices]:
    """A region cut at the white strips across it that are higher than usual, and than `least`."""
    order = inside[np.argsort(chunks.box[inside, 1], kind="stable")]
    floor = np.maximum.accumulate(chunks.box[order, 3])
    gap = chunks.box[order[1:], 1] - floor[:-1]
    usual = float(np.median(gap[gap > 0])) if (gap > 0).any() else 0.0
    return np.split(order, np.nonzero(gap > max(least * chunks.em(inside), BAND_GAP * usual))[0] + 1)


@dataclass(frozen=True)
class _Strip:
    """A white box with text on both sides."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def is_along(self, top: float, bottom: float) -> bool:
        """Whether something from `top` to `bottom` stands along most of its height."""
        return min(self.bottom, bottom) - max(self.top, top) > 0.7 * (self.bottom - self.top)


def _strips(chunks: Chunks, inside: Indices) -> Iterator[_Strip]:
    """The tallest white strip of each part of the width, tallest first."""
    box, centre, em = chunks.box[inside], chunks.centre[inside], chunks.em(inside)
    corner = box[:, :2].min(axis=0)
    cell = np.maximum(em * np.array([CELL_WIDTH, CELL_HEIGHT]), (box[:, 2:].max(axis=0) - corner) / MAX_CELLS)
    taken = _raster((box - np.tile(corner, 2)) / np.tile(cell, 2))
    width = max(1, round(MIN_GUTTER * em / cell[0]))
    if inside.size < 4 or taken.shape[1] <= width:
        return
    across = np.pad(taken.cumsum(axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    white = across[:, width:] == across[:, :-width]
    row = np.arange(len(white))[:, None]
    run = row - np.maximum.accumulate(np.where(white, -1, row), axis=0)
    height, end = run.max(axis=0), run.argmax(axis=0)
    firsts = np.concatenate([[0], np.nonzero(np.diff(height) | np.diff(end))[0] + 1])
    lasts = np.concatenate([firsts[1:], [len(height)]]) - 1
    tall = np.nonzero(height[firsts] * cell[1] >= MIN_STRIP * em)[0]
    found = 0
    for group in tall[np.argsort(-height[firsts[tall]], kind="stable")].tolist():
        first, last = firsts[group], lasts[group]
        left, top = corner + cell * (first, end[first] - height[first] + 1)
        right, bottom = corner + cell * (last + width, end[first] + 1)
        strip = _Strip(float(left), float(top), float(right), float(bottom))
        beside = (centre > strip.top) & (centre < strip.bottom)
        if min((beside & (box[:, 2] <= strip.middle)).sum(), (beside & (box[:, 0] >= strip.middle)).sum()) >= 2:
            yield strip
            found += 1
        if found == MAX_STRIPS:
            return


def _raster(box: Floats) -> np.typing.NDArray[np.bool_]:
    """Which cells some boxes, in cells, lie on: rows x columns. A row counts when a third of it is covered."""
    x0, x1 = np.floor(box[:, 0]).astype(int), np.ceil(box[:, 2]).astype(int)
    y0 = np.floor(box[:, 1] + 0.3).astype(int)
    y1 = np.maximum(np.ceil(box[:, 3] - 0.3).astype(int), y0 + 1)
    marks = np.zeros((y1.max() + 1, x1.max() + 1), np.int32)
    np.add.at(marks, (y0, x0), 1)
    np.add.at(marks, (y1, x1), 1)
    np.add.at(marks, (y0, x1), -1)
    np.add.at(marks, (y1, x0), -1)
    taken: np.typing.NDArray[np.bool_] = marks.cumsum(axis=0).cumsum(axis=1)[:-1] > 0
    return taken


def _parts(chunks: Chunks, inside: Indices, strip: _Strip, strips: list[_Strip]) -> tuple[Indices, ...] | None:
    """Above, left, right, below; None when the strip is no gutter. What is compared are the columns next to it, which
    end where others of the `strips` run along it."""
    centre = chunks.centre[inside]
    above, below = inside[centre <= strip.top], inside[centre >= strip.bottom]
    heads, beside, feet = _trimmed(chunks, inside[(centre > strip.top) & (centre < strip.bottom)], strip.middle)
    is_left = chunks.box[beside, 2] <= strip.middle
    left, right = beside[is_left], beside[~is_left]
    if not (left.size and right.size):
        return None
    others = [other for other in strips if strip.is_along(other.top, other.bottom)]
    near_left = _nearest(chunks, left, strip, [chunks.box[left, 0] > other.middle for other in others])
    near_right = _nearest(chunks, right, strip, [chunks.box[right, 2] < other.middle for other in others])
    if not _in_columns(chunks, near_left, near_right, strip.right - strip.left):
        return None
    below = np.concatenate([feet, below])
    left, below = _without_heading(chunks, left, right, below)
    return np.concatenate([above, heads]), left, right, below


def _without_heading(chunks: Chunks, left: Indices, right: Indices, below: Indices) -> tuple[Indices, Indices]:
    """The left side and what lies below: with the heading of the latter, where it ends the former and both sides."""
    *rest, last = left[np.argsort(chunks.box[left, 3], kind="stable")].tolist()
    if not rest or not below.size:
        return left, below
    top, bottom = chunks.box[last, 1], chunks.box[last, 3]
    space_above = top - max(chunks.box[rest, 3].max(), chunks.box[right, 3].max())
    if space_above > chunks.box[below, 1].min() - bottom:
        return np.array(rest), np.concatenate([[last], below])
    return left, below


def _across(chunks: Chunks, inside: Indices, strip: _Strip, strips: list[_Strip]) -> tuple[Indices, ...] | None:
    """Above, a heading, and below: where a line alone in its row, beside the gutter, ends another gutter that it
    crosses. It then is a heading over all columns, though it is too short to cross this one."""
    order = inside[np.argsort(chunks.box[inside, 1], kind="stable")]
    box = chunks.box[order]
    floor = np.concatenate([[-np.inf], np.maximum.accumulate(box[:-1, 3])])
    ceiling = np.concatenate([box[1:, 1], [np.inf]])
    alone = (box[:, 1] >= floor) & (box[:, 3] <= ceiling) & (box[:, 1] > strip.top) & (box[:, 3] < strip.bottom)
    em = chunks.em(inside)
    for at in np.nonzero(alone)[0].tolist():
        for other in strips:
            ended = min(abs(other.top - box[at, 3]), abs(other.bottom - box[at, 1])) < em
            crossed = box[at, 0] < other.left - 3 * em and box[at, 2] > other.right + 3 * em
            if ended and crossed and _parts(chunks, inside, other, strips):
                return order[:at], order[at : at + 1], order[at + 1 :]
    return None


def _nearest(chunks: Chunks, side: Indices, strip: _Strip, parts: list[np.typing.NDArray[np.bool_]]) -> Indices:
    """The smallest part of a side that still stands along most of a strip: the column next to it."""
    tops, bottoms = chunks.box[side, 1], chunks.box[side, 3]
    tall = [part for part in parts if part.any() and strip.is_along(tops[part].min(), bottoms[part].max())]
    return side[min(tall, key=np.count_nonzero)] if tall else side


def _trimmed(chunks: Chunks, beside: Indices, middle: float) -> tuple[Indices, Indices, Indices]:
    """What stands beside a strip, parted from a running head and foot: single rows on both sides, well apart."""
    bands = _bands(chunks, beside, HEAD_GAP)
    first, last = 0, len(bands)
    if last - first > 1 and _is_row(chunks, bands[first], middle):
        first += 1
    if last - first > 1 and _is_row(chunks, bands[last - 1], middle):
        last -= 1
    none = beside[:0]
    return (bands[0] if first else none), np.concatenate(bands[first:last]), (bands[-1] if last < len(bands) else none)


def _is_row(chunks: Chunks, band: Indices, middle: float) -> bool:
    box = chunks.box[band]
    level = box[:, 3].max() - box[:, 1].min() < 1.8 * chunks.height[band].max()
    return bool(level and (box[:, 2] <= middle).any() and (box[:, 0] >= middle).any())


def _in_columns(chunks: Chunks, left: Indices, right: Indices, width: float) -> bool:
    """Whether the two sides of a white strip are to be read one after the other, not row by row.

    They are when running text stands on both, or when their lines stand at heights of their own and well apart: close
    beside each other they may be cells of a form. Numbers on one side always belong to what is written beside them.
    """
    sides = _column(chunks, left, 1), _column(chunks, right, -1)
    if min(side.alphabetic for side in sides) < 0.4:
        return False
    top, bottom = max(side.middles[0] for side in sides), min(side.middles[-1] for side in sides)
    few, many = sorted((side.between(top - side.em, bottom + side.em) for side in sides), key=len)
    if len(few) < 3:
        return False
    running = [side.prose for side in sides]
    if width < NARROW_GUTTER * sides[0].em:
        crossed = np.isin(chunks.line[right, 0], chunks.line[left, 1]).sum() / len(few)
        by_chance = crossed > 0.5 and (len(few) < 10 or sides[1].edged < 0.5)
        if by_chance or not all(running):
            return False
    if all(running):
        return True
    if not any(running) and any(side.loose for side in sides):
        return False
    # Rows of a table or form are level, or nearly so where a form was filled in by typewriter; lines of independent
    # columns are as far apart as chance has it, which is more than a fifth of the pitch for three in five.
    level = LEVEL if any(running) else LEVEL_CELLS
    nearest = np.abs(few[:, None] - many[None, :]).min(axis=1)
    return float((nearest > level * np.median(np.diff(many))).mean()) > 0.4


@dataclass(frozen=True, kw_only=True)
class _Column:
    """What the lines nearest to a white strip look like."""

    em: float
    middles: Floats  #: of the lines, in v
    letters: float  #: median of a line
    words: float  #: median of a line
    filled: float  #: share of lines that are nearly as long as the longest
    alphabetic: float  #: share of lines that are mostly letters
    edged: float  #: share of lines that begin where most do
    flowing: float  #: share of lines that begin inside a sentence, in scripts that show it

    @property
    def loose(self) -> bool:
        """Whether its lines are as far apart as the lines of a form, which are written on."""
        return bool(np.median(np.diff(self.middles)) > 1.8 * self.em) if len(self.middles) > 1 else True

    def between(self, top: float, bottom: float) -> Floats:
        return self.middles[(self.middles > top) & (self.middles < bottom)]

    @property
    def prose(self) -> bool:
        """Whether this is running text: long, full lines of words, most of which go on with a sentence."""
        full = self.letters >= 12 and self.words >= 3 and self.filled >= 0.4
        return full and self.alphabetic >= 0.6 and self.flowing >= 0.3


def _column(chunks: Chunks, side: Indices, towards: int) -> _Column:
    """The lines of `side` that are nearest to the strip; `towards` is 1 where the strip is on their right."""
    box, height, middles = chunks.box[side], chunks.height[side], chunks.centre[side]
    em = chunks.em(side)
    start, end = (box[:, 0], box[:, 2]) if towards > 0 else (-box[:, 2], -box[:, 0])
    one, other = level_pairs(middles, middles, 0.6 * height)
    near = np.setdiff1d(np.arange(len(side)), one[start[other] > end[one] + 2 * em])
    near = near[np.argsort(middles[near], kind="stable")]
    firsts = np.concatenate([[0], np.nonzero(np.diff(middles[near]) > 0.5 * em)[0] + 1])
    lefts, rights = np.minimum.reduceat(box[near, 0], firsts), np.maximum.reduceat(box[near, 2], firsts)
    letters, strange, words = (
        np.add.reduceat(column[side[near]], firsts) for column in (chunks.letters, chunks.strange, chunks.word_count)
    )
    openings = [chunks.opening[side[line[box[line, 0].argmin()]]] for line in np.split(near, firsts[1:])]
    return _Column(
        em=em,
        middles=middles[near][firsts],
        letters=float(np.median(letters)),
        words=float(np.median(words)),
        filled=float((rights - lefts > 0.75 * (rights.max() - lefts.min())).mean()),
        alphabetic=float((2 * strange < letters).mean()),
        edged=float((np.abs(lefts[:, None] - lefts[None, :]) < 0.4 * em).mean(axis=1).max()),
        flowing=float((np.array(openings) >= 0).mean()),
    )
