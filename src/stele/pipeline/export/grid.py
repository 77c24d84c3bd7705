"""The grid of a table: how many rows and columns it has, how wide and high they are, what covers each place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from stele.domain.document import Cell, Table
from stele.pipeline.export.sheet import Sheet


def size(table: Table) -> tuple[int, int]:
    """Rows and columns."""
    rows = max((cell.row + cell.row_span for cell in table.cells), default=0)
    return rows, max((cell.column + cell.column_span for cell in table.cells), default=0)


def places(table: Table) -> Iterator[list[Cell | None]]:
    """The rows of a table: the cell that covers each place, None where none does."""
    rows, columns = size(table)
    covering: dict[tuple[int, int], Cell] = {}
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.row_span):
            for column in range(cell.column, cell.column + cell.column_span):
                covering[row, column] = cell
    for row in range(rows):
        yield [covering.get((row, column)) for column in range(columns)]


def column_widths(table: Table, sheet: Sheet) -> list[float]:
    """In points, from where the cells begin; all the same where that does not tell."""
    box = sheet.box(table.polygon)
    starts = ((cell.column, sheet.box(cell.polygon).left) for cell in table.cells)
    return _tracks(starts, size(table)[1], box.left, box.right)


def row_heights(table: Table, sheet: Sheet) -> list[float]:
    """Like `column_widths`."""
    box = sheet.box(table.polygon)
    starts = ((cell.row, sheet.box(cell.polygon).top) for cell in table.cells)
    return _tracks(starts, size(table)[0], box.top, box.bottom)


def _tracks(starts: Iterable[tuple[int, float]], count: int, first: float, last: float) -> list[float]:
    earliest: dict[int, float] = {}
    for track, start in starts:
        earliest[track] = min(earliest.get(track, start), start)
    edges = [earliest.get(track, first) for track in range(count)] + [last]
    tracks = [second - start for start, second in pairwise(edges)]
    return tracks if min(tracks) > 0 else [max(last - first, count) / count] * count
