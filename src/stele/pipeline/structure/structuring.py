"""The door of structure: what a page's words, rules and boxes say together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from stele.domain.document import Answer, Field, Mark, Page, Region, Table
from stele.domain.job import Asked, Feature, Query
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.structure.forms.checkboxes import Checkbox, checkboxes_of
from stele.pipeline.structure.forms.filling import fields_of, labels_of, marks_of
from stele.pipeline.structure.forms.signatures import signatures_of
from stele.pipeline.structure.queries import Asking
from stele.pipeline.structure.regions import Layout
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.finding import tables_of


def structure(source: PageInput, page: Page, asked: Asked) -> Page:
    """`page`, with the structure that `asked` wants filled in; only what is needed for that is looked for.

    Raises CorruptPage, and LimitError cases before decoding.
    """
    queries = tuple(query for query in asked.queries if query.asks(page.number))
    if next(page.words(), None) is None:
        nothing = (Answer(query=query.text, alias=query.alias, span=None, confidence=0.0) for query in queries)
        return changed(page, answers=tuple(nothing)) if Feature.QUERIES in asked.features else page
    found = _Found(source, page)
    if Feature.TABLES in asked.features:
        page = changed(page, tables=found.tables)
    if Feature.FORMS in asked.features:
        page = changed(page, fields=found.fields, marks=found.checkboxes)
    if Feature.SIGNATURES in asked.features:
        page = changed(page, marks=(*page.marks, *found.signatures))
    if Feature.LAYOUT in asked.features:
        page = changed(page, regions=found.regions)
    if Feature.QUERIES in asked.features:
        page = changed(page, answers=found.answers(queries))
    return page


class _Found:
    """What was found on a page so far, each looked for when it is first wanted."""

    def __init__(self, source: PageInput, page: Page) -> None:
        self._sheet = Sheet(source, page)
        self._rules = Rules(self._sheet)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        return tables_of(self._sheet, self._rules)

    @cached_property
    def boxes(self) -> list[Checkbox]:
        return checkboxes_of(self._sheet)

    @cached_property
    def checkboxes(self) -> tuple[Mark, ...]:
        return marks_of(self._sheet, self.boxes, labels_of(self._sheet, self._rules, self.boxes))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        gone = frozenset(word for box in self.boxes for word in box.replaced)
        return fields_of(self._sheet, self._rules, self.checkboxes, self.tables, gone)

    @cached_property
    def signatures(self) -> tuple[Mark, ...]:
        return signatures_of(self._sheet, self._rules)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        return Layout(self._sheet, self._rules, self.tables, self.fields).regions()

    def answers(self, queries: Sequence[Query]) -> tuple[Answer, ...]:
        asking = Asking(self._sheet, self.tables, self.fields, self.regions)
        return tuple(asking.answer(query) for query in queries)
