"""Cells to be ticked: those of tables below `Yes` and `No`, where no box of their own is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from stele.domain.document import Cell, Mark, MarkKind, Table
from stele.pipeline.structure.sheet import Sheet, boxed

#: the headings of two columns side by side, of which one is ticked: in English, French, German, Spanish, Italian,
#: Portuguese, Dutch, Polish
_CHOICES = frozenset(
    {
        *(("yes", "no"), ("oui", "non"), ("ja", "nein"), ("sí", "no"), ("si", "no"), ("sì", "no"), ("sim", "não")),
        *(("ja", "nee"), ("tak", "nie"), ("y", "n"), ("j", "n"), ("true", "false"), ("pass", "fail")),
    }
)
_WORDS = frozenset(word for pair in _CHOICES for word in pair)
#: of the print's height: so far from its edges the ink of a cell counts, and as much of it each way makes a tick
_INSET, _TICK = 0.35, 0.3
#: how sure such a mark is: nothing but the heading says that the cell is for ticking
_CONFIDENCE = 0.8


def ticks_of(sheet: Sheet, tables: Sequence[Table], boxes: Sequence[Mark]) -> tuple[Mark, ...]:
    """A checkbox for each cell below such headings that has no words and none of `boxes`, ticked where it has ink."""
    held = [sheet.level_box(mark.polygon) for mark in boxes]
    middles = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in held]
    found: list[Mark] = []
    for table in tables:
        for cell in _cells_to_tick(sheet, table):
            left, top, right, bottom = sheet.level_box(cell.polygon)
            if not any(left <= x <= right and top <= y <= bottom for x, y in middles):
                found.append(_mark(sheet, cell))
    return tuple(found)


def _cells_to_tick(sheet: Sheet, table: Table) -> Iterator[Cell]:
    heads = _heads(sheet, table) if _may_choose(sheet, table) else {}
    chosen = [
        pair for pair in pairwise(sorted(heads)) if pair[1] == pair[0] + 1 and tuple(map(heads.get, pair)) in _CHOICES
    ]
    for pair in chosen:
        cells = [cell for cell in table.cells if cell.column in pair and cell.column_span == 1 and not cell.header]
        if cells and not any(_is_text(cell) for cell in cells):
            yield from cells


def _may_choose(sheet: Sheet, table: Table) -> bool:
    """Whether any word of a table's headers is one of a choice: few tables have one, and the rest takes longer."""
    return any(_plain(sheet.texts[word]) in _WORDS for cell in table.cells if cell.header for word in cell.words)


def _plain(text: str) -> str:
    return text.strip(".:;,()").casefold()


def _heads(sheet: Sheet, table: Table) -> dict[int, str]:
    """By column: the word of the headers that stands lowest over it."""
    columns = {cell.column: sheet.level_box(cell.polygon) for cell in table.cells if cell.column_span == 1}
    words = sorted(
        (word for cell in table.cells if cell.header for word in cell.words), key=lambda word: sheet.edges[word][3]
    )
    found: dict[int, str] = {}
    for word in words:
        left, _, right, _ = sheet.edges[word]
        for column, box in columns.items():
            if box[0] <= (left + right) / 2 <= box[2]:
                found[column] = _plain(sheet.texts[word])
    return found


def _is_text(cell: Cell) -> bool:
    """Whether a cell says something: more than the one sign that a tick may be read as."""
    return any(char.isdigit() for char in cell.text) or sum(char.isalnum() for char in cell.text) > 1


def _mark(sheet: Sheet, cell: Cell) -> Mark:
    box = sheet.level_box(cell.polygon)
    left, top, right, bottom = boxed(np.array(box), sheet.ink.shape)
    inset = round(_INSET * sheet.em)
    ink = sheet.ink[top + inset : bottom - inset, left + inset : right - inset]
    selected = float(np.count_nonzero(ink)) >= (_TICK * sheet.em) ** 2
    return Mark(kind=MarkKind.CHECKBOX, polygon=cell.polygon, confidence=_CONFIDENCE, selected=selected)
