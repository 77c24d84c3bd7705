"""The grid of a table whose place is known: its columns, its rows, and what stands in each cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.columns import columns_of, positions
from stele.pipeline.structure.tables.parting import headed, parted
from stele.pipeline.structure.tables.segments import Row, Segment, beside, rows_of
from stele.pipeline.structure.tables.zone import Zone

#: a larger grid is graph paper
_MOST_PLACES = 6000
#: lines of the headers of columns
_HEAD_LINES = 5
#: rows of so many bands are parted by rules where this part of them has one line
_LEAST_BANDS, _SINGLE = 4, 0.6
#: a rule that runs along this part of a cell's side closes it
_CLOSED = 0.5


@dataclass(slots=True, kw_only=True)
class Slot:
    """A cell to be: from row to last row, from column to last column, both included."""

    row: int
    column: int
    last_row: int
    last_column: int
    words: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`xs` and `ys` bound columns and rows; `slots` cover each place once. `ruled`: which part of its inner lines is
    drawn, 0…1. `heads`: how many rows stand above the rule under the column headers, where there is one."""

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    slots: tuple[Slot, ...]
    ruled: float
    heads: int

    @property
    def rows(self) -> int:
        return len(self.ys) - 1

    @property
    def columns(self) -> int:
        return len(self.xs) - 1


def grid_of(sheet: Sheet, zone: Zone) -> Grid | None:
    """The rows and columns of a zone; None where it has no two of either, or more than a table has."""
    words = [word for word in sheet.inside(zone.box) if not sheet.askew(word)]
    if not words:
        return None
    rows = rows_of(sheet, words, zone.cuts)
    xs = columns_of(sheet, zone, rows)
    if len(xs) < 3:
        return None
    if not zone.framed:
        rows = headed(sheet, parted(sheet, rows, xs), xs, zone.level)
    ys, heads = _rows(sheet, zone, rows, xs)
    if len(ys) < 3 or (len(xs) - 1) * (len(ys) - 1) > _MOST_PLACES:
        return None
    places = _Places(sheet, zone, xs, ys)
    if zone.framed:
        places.merge_by_rules()
    for row in rows:
        places.put(row)
    return Grid(
        box=zone.box, xs=tuple(xs), ys=tuple(ys), slots=tuple(places.slots()), ruled=_drawn(zone, xs, ys), heads=heads
    )


# -- rows -------------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, zone: Zone, rows: Sequence[Row], xs: list[float]) -> tuple[list[float], int]:
    """The lines between rows, with the outer ones, and how many rows are above the rule below the heads."""
    left, top, right, bottom = zone.box
    em = sheet.em
    wanted = 0.5 if zone.framed else 0.6
    reaching = [
        y
        for y in positions(zone.level, 0.6 * em)
        if _reach(zone.level, y, 0.7 * em, left, right) >= wanted or zone.framed
    ]
    inner = [y for y in reaching if top + 0.6 * em < y < bottom - 0.6 * em]
    bounds = [top, *inner, bottom]
    bands = [[row for row in rows if above <= row.middle <= below] for above, below in pairwise(bounds)]
    ruled = zone.framed or _is_each_parted(bands)
    ys: list[float] = [top]
    heads = 0
    for index, (band, below) in enumerate(zip(bands, bounds[1:], strict=True)):
        if not band and not zone.framed:
            continue
        first = index == 0 and len(inner) > 0 and len(band) <= _HEAD_LINES and not any(map(_is_of_numbers, band))
        for line in _split(sheet, band, xs, heading=first, ruled=ruled):
            ys.append(line)
        ys.append(below)
        if first:
            heads = len(ys) - 1
    ys[-1] = bottom
    return _apart(ys), heads


def _is_each_parted(bands: Sequence[Sequence[Row]]) -> bool:
    """Whether rules part the rows of a table: then what has several lines between two rules is one row, too."""
    told = [band for band in bands if band]
    return len(told) >= _LEAST_BANDS and sum(len(band) == 1 for band in told) >= _SINGLE * len(told)


def _is_of_numbers(row: Row) -> bool:
    """Whether most of a row is numbers, and so no header."""
    return sum(segment.numeric for segment in row.segments) > 0.5 * len(row.segments)


def _apart(ys: list[float]) -> list[float]:
    return [y for at, y in enumerate(ys) if at == 0 or y - ys[at - 1] > 1.0]


def _reach(rules: Sequence[Rule], at: float, near: float, start: float, end: float) -> float:
    return min(1.0, sum(rule.covers(start, end) for rule in rules if abs(rule.at - at) <= near))


def _split(sheet: Sheet, band: Sequence[Row], xs: list[float], *, heading: bool, ruled: bool) -> list[float]:
    """Where a band between two rules is to be parted into rows."""
    if len(band) < 2 or (ruled and not _stacked(band, xs)):
        return []
    lines: list[float] = []
    start = 0
    for at in range(1, len(band)):
        above, below = band[at - 1], band[at]
        if heading and not _spans(band[start:at], xs):
            continue
        if heading or not _continues(sheet, band[start:at], below, xs):
            lines.append(
                (above.bottom + below.top) / 2 if below.top > above.bottom else (above.middle + below.middle) / 2
            )
            start = at
    return lines


def _stacked(band: Sequence[Row], xs: list[float]) -> bool:
    """Whether numbers stand below each other in two columns: so many rows have no rules between them."""
    counts = [0] * (len(xs) - 1)
    for row in band:
        for segment in row.segments:
            if segment.numeric and any(char.isdigit() for char in segment.text):
                counts[_column(segment, xs)] += 1
    return sum(count >= 2 for count in counts) >= 2


def _spans(rows: Sequence[Row], xs: list[float]) -> bool:
    """Whether something in `rows` stands over more than one column."""
    return any(len(_over(segment, xs)) > 1 for row in rows for segment in row.segments)


def _continues(sheet: Sheet, above: Sequence[Row], below: Row, xs: list[float]) -> bool:
    """Whether a line goes on with the cells of the lines above rather than being a row of its own."""
    gap = below.top - above[-1].bottom
    if gap > 0.75 * sheet.em:
        return False
    before = {_column(segment, xs) for row in above for segment in row.segments}
    here = {_column(segment, xs): segment for segment in below.segments}
    last = {_column(segment, xs) for segment in above[-1].segments}
    if beside(sheet, above[-1], below):
        return True
    if any(segment.numeric and any(char.isdigit() for char in segment.text) for segment in here.values()):
        return False
    if 0 not in here:
        return set(here) <= before or len(here) < len(xs) - 1
    if set(here) == {0}:
        return 0 in last and below.segments[0].text[:1].islower()
    return False


def _column(segment: Segment, xs: Sequence[float]) -> int:
    return _place(xs, (segment.box[0] + segment.box[2]) / 2)


def _over(segment: Segment, xs: Sequence[float]) -> list[int]:
    """The columns that a run of words stands over: those it reaches into by a third of itself or of them."""
    left, _, right, _ = segment.box
    found = []
    for column, (low, high) in enumerate(pairwise(xs)):
        shared = min(right, high) - max(left, low)
        if shared > 0.3 * min(right - left, high - low):
            found.append(column)
    return found or [_column(segment, xs)]


# -- cells ------------------------------------------------------------------------------------------------------------


class _Places:
    """The places of a grid, and which slot covers each."""

    def __init__(self, sheet: Sheet, zone: Zone, xs: list[float], ys: list[float]) -> None:
        self._sheet = sheet
        self._zone = zone
        self._xs = xs
        self._ys = ys
        self._taken: dict[tuple[int, int], Slot] = {}
        self.columns, self.rows = len(xs) - 1, len(ys) - 1

    def slots(self) -> list[Slot]:
        """All of them, in row order; places that nobody took are cells of their own."""
        for row in range(self.rows):
            for column in range(self.columns):
                if (row, column) not in self._taken:
                    self._take(Slot(row=row, column=column, last_row=row, last_column=column))
        unique = {id(slot): slot for slot in self._taken.values()}
        return sorted(unique.values(), key=lambda slot: (slot.row, slot.column))

    def merge_by_rules(self) -> None:
        """Places that no rule parts are one cell, as far as they make a rectangle."""
        upright, level = self._closed()
        for row in range(self.rows):
            for column in range(self.columns):
                if (row, column) in self._taken:
                    continue
                last = column
                while last + 1 < self.columns and not upright[row][last] and (row, last + 1) not in self._taken:
                    last += 1
                across = range(column, last + 1)
                bottom = row
                while (
                    bottom + 1 < self.rows
                    and not any(level[bottom][each] or (bottom + 1, each) in self._taken for each in across)
                    and not any(upright[bottom + 1][each] for each in across[:-1])
                ):
                    bottom += 1
                self._take(Slot(row=row, column=column, last_row=bottom, last_column=last))

    def put(self, row: Row) -> None:
        """Place the words of a row: in what rules made of the grid, else where each run of words stands."""
        for segment in row.segments:
            if self._zone.framed:
                for word in segment.words:
                    left, top, right, bottom = self._sheet.edges[word]
                    self._taken[self._row((top + bottom) / 2), _place(self._xs, (left + right) / 2)].words.append(word)
            else:
                self._put_over(segment, self._row(row.middle), _over(segment, self._xs))

    def _put_over(self, segment: Segment, row: int, over: list[int]) -> None:
        held = next((self._taken[row, column] for column in over if (row, column) in self._taken), None)
        if held is None:
            held = Slot(row=row, column=over[0], last_row=row, last_column=over[-1])
            self._take(held)
        held.words.extend(segment.words)

    def _row(self, y: float) -> int:
        return _place(self._ys, y)

    def _take(self, slot: Slot) -> None:
        for row in range(slot.row, slot.last_row + 1):
            for column in range(slot.column, slot.last_column + 1):
                self._taken.setdefault((row, column), slot)

    def _closed(self) -> tuple[list[list[bool]], list[list[bool]]]:
        """By row and column: whether a rule closes the right side of a place, and whether one closes its lower side."""
        near = 0.7 * self._sheet.em
        beside = [[rule for rule in self._zone.upright if abs(rule.at - x) <= near] for x in self._xs[1:-1]]
        below = [[rule for rule in self._zone.level if abs(rule.at - y) <= near] for y in self._ys[1:-1]]
        upright = [[_close(rules, span) for rules in beside] for span in pairwise(self._ys)]
        level = [[not rules or _close(rules, span) for span in pairwise(self._xs)] for rules in below]
        return upright, level


def _close(rules: Sequence[Rule], span: tuple[float, float]) -> bool:
    """Whether rules along a side of a cell close it."""
    return sum(rule.covers(*span) for rule in rules) >= _CLOSED


def _place(edges: Sequence[float], at: float) -> int:
    """Between which of the edges something is."""
    return max(0, min(len(edges) - 2, bisect_right(edges, at) - 1))


def _drawn(zone: Zone, xs: list[float], ys: list[float]) -> float:
    """Which part of the inner lines is drawn."""
    left, top, right, bottom = zone.box
    parts = [
        min(1.0, sum(rule.covers(top, bottom) for rule in zone.upright if abs(rule.at - x) < 4)) for x in xs[1:-1]
    ] + [min(1.0, sum(rule.covers(left, right) for rule in zone.level if abs(rule.at - y) < 4)) for y in ys[1:-1]]
    return sum(parts) / len(parts) if parts else 0.0
