"""The places of a table. Textract's cells are all of one row and one column: a cell of ours that spans more is cut,
along the widths and heights of the others, and each word stays where it is."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, product

from stele.domain.document import Cell, Page, Table
from stele.domain.geometry import Point, Polygon
from stele.domain.value import Value


class Place(Value):
    """One row and one column, and what of `cell` is there. Counted from 0."""

    row: int
    column: int
    cell: Cell
    polygon: Polygon
    words: tuple[int, ...]
    marks: tuple[int, ...]


def laid_out(table: Table, page: Page) -> Sequence[Place]:
    """All places of the grid, row by row."""
    rows = max((cell.row + cell.row_span for cell in table.cells), default=0)
    columns = max((cell.column + cell.column_span for cell in table.cells), default=0)
    heights = _sizes(rows, [(c.row, c.row_span, math.dist(c.polygon[0], c.polygon[3])) for c in table.cells])
    widths = _sizes(columns, [(c.column, c.column_span, math.dist(c.polygon[0], c.polygon[1])) for c in table.cells])
    words = {word.index: word.polygon for word in page.words()}
    marks = {index: mark.polygon for index, mark in enumerate(page.marks)}
    places: list[Place] = []
    for cell in table.cells:
        if cell.row_span == 1 and cell.column_span == 1:
            whole = Place(
                row=cell.row, column=cell.column, cell=cell, polygon=cell.polygon, words=cell.words, marks=cell.marks
            )
            places.append(whole)
        else:
            places += _cut_up(cell, _Knife(cell, heights, widths), words, marks)
    return sorted(places, key=lambda place: (place.row, place.column))


def _sizes(count: int, spans: Sequence[tuple[int, int, float]]) -> list[float]:
    """How high or wide each row or column is, by its cells that span no other; 1 where there is none."""
    found: list[list[float]] = [[] for _ in range(count)]
    for first, span, size in spans:
        if span == 1:
            found[first].append(size)
    return [sum(sizes) / len(sizes) if any(sizes) else 1.0 for sizes in found]


class _Knife:
    """Cuts one cell along the rows and columns that it spans. Cuts go from 0 to 1."""

    def __init__(self, cell: Cell, heights: Sequence[float], widths: Sequence[float]) -> None:
        self._polygon = cell.polygon
        self._down = _cuts(heights[cell.row : cell.row + cell.row_span])
        self._across = _cuts(widths[cell.column : cell.column + cell.column_span])

    def part(self, row: int, column: int) -> Polygon:
        """The quadrilateral of a place, counted from the cell's first."""
        top, bottom = self._down[row : row + 2]
        left, right = self._across[column : column + 2]
        return self._at(left, top), self._at(right, top), self._at(right, bottom), self._at(left, bottom)

    def place_of(self, polygon: Polygon) -> tuple[int, int]:
        """Where the middle of `polygon` is."""
        centre = (sum(x for x, _ in polygon) / len(polygon), sum(y for _, y in polygon) / len(polygon))
        start, right, _, below = self._polygon
        return _cut(self._down, _along(centre, start, below)), _cut(self._across, _along(centre, start, right))

    def _at(self, across: float, down: float) -> Point:
        upper = _between(self._polygon[0], self._polygon[1], across)
        lower = _between(self._polygon[3], self._polygon[2], across)
        return _between(upper, lower, down)


def _cut_up(cell: Cell, knife: _Knife, words: Mapping[int, Polygon], marks: Mapping[int, Polygon]) -> Iterator[Place]:
    word_places = [(index, knife.place_of(words[index])) for index in cell.words]
    mark_places = [(index, knife.place_of(marks[index])) for index in cell.marks]
    for row, column in product(range(cell.row_span), range(cell.column_span)):
        yield Place(
            row=cell.row + row,
            column=cell.column + column,
            cell=cell,
            polygon=knife.part(row, column),
            words=tuple(index for index, place in word_places if place == (row, column)),
            marks=tuple(index for index, place in mark_places if place == (row, column)),
        )


def _cuts(sizes: Sequence[float]) -> list[float]:
    total = sum(sizes)
    return [0.0, *(size / total for size in accumulate(sizes))]


def _cut(cuts: Sequence[float], part: float) -> int:
    return min(max(bisect_right(cuts, part) - 1, 0), len(cuts) - 2)


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _along(point: Point, start: Point, end: Point) -> float:
    """How far along a side a point lies: 0 at its start, 1 at its end."""
    x, y = end[0] - start[0], end[1] - start[1]
    squared = x * x + y * y
    return ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / squared if squared else 0.0
