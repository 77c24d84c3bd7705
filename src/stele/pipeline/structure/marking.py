"""Marks where they belong: in the cells of tables, in values and in answers, by their place among the page's marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stele.domain.document import Answer, Cell, Field, Mark, MarkKind, Page, Span, Table
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.structure.sheet import Box, Sheet


def marked(sheet: Sheet, tables: Sequence[Table], marks: Sequence[Mark]) -> tuple[Table, ...]:
    """The tables, each cell with the marks in it."""
    if not marks:
        return tuple(tables)
    boxes = [sheet.level_box(mark.polygon) for mark in marks]
    return tuple(
        changed(table, cells=tuple(_with_marks(sheet, cell, boxes) for cell in table.cells)) for table in tables
    )


def _with_marks(sheet: Sheet, cell: Cell, boxes: Sequence[Box]) -> Cell:
    left, top, right, bottom = sheet.level_box(cell.polygon)
    inside = tuple(
        at
        for at, box in enumerate(boxes)
        if left <= (box[0] + box[2]) / 2 <= right and top <= (box[1] + box[3]) / 2 <= bottom
    )
    return changed(cell, marks=inside) if inside else cell


def with_marks(page: Page, marks: Sequence[Mark], features: frozenset[Feature]) -> Page:
    """The page with the marks that were asked for, and those that its cells and answers point at."""
    kept = [at for at, mark in enumerate(marks) if _wanted(mark, features)]
    spans = [answer.span for answer in page.answers if answer.span is not None]
    pointed = {at for table in page.tables for cell in table.cells for at in cell.marks}
    pointed |= {at for span in spans for at in span.marks}
    order = {at: place for place, at in enumerate(sorted(pointed.union(kept)))}
    return changed(
        page,
        marks=tuple(marks[at] for at in order),
        tables=tuple(_table(table, order) for table in page.tables),
        fields=tuple(_field(field, order) for field in page.fields),
        answers=tuple(_answer(answer, order) for answer in page.answers),
    )


def _wanted(mark: Mark, features: frozenset[Feature]) -> bool:
    return (Feature.FORMS if mark.kind is MarkKind.CHECKBOX else Feature.SIGNATURES) in features


def _table(table: Table, order: Mapping[int, int]) -> Table:
    cells = (changed(cell, marks=_places(cell.marks, order)) if cell.marks else cell for cell in table.cells)
    return changed(table, cells=tuple(cells))


def _field(field: Field, order: Mapping[int, int]) -> Field:
    return field if field.value is None else changed(field, value=_span(field.value, order))


def _answer(answer: Answer, order: Mapping[int, int]) -> Answer:
    return answer if answer.span is None else changed(answer, span=_span(answer.span, order))


def _span(span: Span, order: Mapping[int, int]) -> Span:
    return changed(span, marks=_places(span.marks, order)) if span.marks else span


def _places(marks: Sequence[int], order: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(order[at] for at in marks if at in order)
