"""Columns: the header above a value is its key.

Tables that somebody drew are looked at first, then headers that stand side by side over rows of texts, without a grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stele.domain.document import CellKind, Table
from stele.pipeline.structure.forms.scene import VALUE_WORDS, Cue, Pair, Scene
from stele.pipeline.structure.tables.segments import is_number

#: words: longer headers are sentences
_HEAD_WORDS = 8
#: fewer headers tell no columns: two may stand over a list of keys and values; over a single row, fewer do
_LEAST_HEADS, _LEAST_SINGLE = 3, 2
#: this part of the columns that have values must have a header
_HEADED = 0.7
#: more of the cells than this with labels of their own are boxes of a form
_LABELS = 0.2
#: what names the sums of columns
_TOTAL = re.compile(r"\btotals?\b", re.IGNORECASE)
#: the number of a form's item
_ITEM = re.compile(r"\d{1,2}[A-Za-z]?\.")
#: of the print's height: so far below the header, and below each other, the rows of loose columns are
_BELOW, _PITCH = 2.6, 2.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A header and the values below it, in words."""

    head: tuple[int, ...]
    values: tuple[tuple[int, ...], ...]


class Columns:
    """The pairs that headers of columns tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet = scene, scene.sheet

    def drawn(self) -> Iterator[Pair]:
        """Of tables with a grid of rules."""
        for table in self._scene.tables:
            if self._scene.gridded(table):
                yield from _pairs(self._columns(table))

    def headed(self) -> Iterator[Pair]:
        """Of other tables of a header and one row."""
        for table in self._scene.tables:
            rows = 1 + max(cell.row for cell in table.cells)
            heads = {cell.column: cell for cell in table.cells if cell.row == 0 and cell.header and cell.words}
            if rows != 2 or len(heads) < _LEAST_SINGLE:
                continue
            for cell in table.cells:
                if cell.row == 1 and cell.words and cell.column in heads and len(cell.words) <= VALUE_WORDS:
                    yield Pair(key=heads[cell.column].words, value=cell.words, cue=Cue.HEADER)

    def _columns(self, table: Table) -> list[_Column]:
        """The columns of a table below their headers; none where its first row is no header."""
        first, body = _heading(table)
        totals = {cell.row for cell in table.cells if cell.row >= body and _TOTAL.search(cell.text)}
        heads: dict[int, list[int]] = {}
        values: dict[int, list[tuple[int, ...]]] = {}
        for cell in table.cells:
            if first <= cell.row < body:
                for column in range(cell.column, cell.column + cell.column_span):
                    heads.setdefault(column, []).extend(cell.words)
            elif cell.row in totals or cell.column_span > 1:
                continue
            elif cell.row >= body and cell.kind is CellKind.BODY and cell.words:
                values.setdefault(cell.column, []).append(cell.words)
        named = {column: tuple(words) for column, words in heads.items() if self._is_head(words)}
        if len(named) < _LEAST_HEADS or len(named) < _HEADED * len({*heads, *values} - self._blank(heads, values)):
            return []
        if self._labels(values) or not self._differs(table, first, named, values):
            return []
        return [_Column(head=named[column], values=tuple(values.get(column, ()))) for column in sorted(named)]

    def _blank(self, heads: dict[int, list[int]], values: dict[int, list[tuple[int, ...]]]) -> set[int]:
        return {column for column in {*heads, *values} if not heads.get(column) and not values.get(column)}

    def _differs(
        self,
        table: Table,
        first: int,
        named: dict[int, tuple[int, ...]],
        values: dict[int, list[tuple[int, ...]]],
    ) -> bool:
        """Whether the table says so itself, or figures stand below words."""
        if any(cell.kind is CellKind.COLUMN_HEADER for cell in table.cells if cell.row == first):
            return True
        below = [self._sheet.text(value) for column in named for value in values.get(column, ())]
        return bool(below) and 4 * sum(map(is_number, below)) >= len(below)

    def _labels(self, values: dict[int, list[tuple[int, ...]]]) -> bool:
        """Whether labels stand in the cells: these are the boxes of a form then, each with a key of its own."""
        cells = [cell for column in values.values() for cell in column]
        labels = [cell for cell in cells if self._numbered(cell) or self._scene.has_colon(cell)]
        return len(labels) > _LABELS * len(cells)

    def _numbered(self, words: Sequence[int]) -> bool:
        return len(words) > 1 and _ITEM.fullmatch(self._sheet.words[words[0]].text) is not None

    def _is_head(self, words: Sequence[int]) -> bool:
        text = self._sheet.text(words)
        wordy = self._scene.is_key(words) and len(words) <= _HEAD_WORDS and not is_number(text)
        return wordy and ":" not in text and not self._numbered(words)


def _pairs(columns: Sequence[_Column]) -> Iterator[Pair]:
    """A header and each value below it; of a single row they are fields like others."""
    single = max((len(column.values) for column in columns), default=0) == 1
    for column in columns:
        for value in column.values:
            if len(value) <= VALUE_WORDS:
                yield Pair(key=column.head, value=value, cue=Cue.HEADER if single else Cue.COLUMN)


def _heading(table: Table) -> tuple[int, int]:
    """The first row of the headers of columns, and the first one below them."""
    told = [cell.row for cell in table.cells if cell.kind is CellKind.COLUMN_HEADER]
    if told:
        return min(told), max(cell.row + cell.row_span for cell in table.cells if cell.kind is CellKind.COLUMN_HEADER)
    columns = 1 + max(cell.column for cell in table.cells)
    whole = {cell.row for cell in table.cells if cell.column_span > 0.5 * columns}
    first = min((cell.row for cell in table.cells if cell.row not in whole and cell.words), default=0)
    return first, max((cell.row + cell.row_span for cell in table.cells if cell.row == first), default=first + 1)
