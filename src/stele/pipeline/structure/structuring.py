"""The door of structure: what a page's words, rules and boxes say together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from stele.domain.document import Answer, Field, FieldKind, Mark, Page, Region, Table
from stele.domain.job import STRUCTURING, Asked, Feature, Query
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.profiling import Stage, during
from stele.pipeline.structure.forms.checkboxes import Checkbox, checkboxes_of
from stele.pipeline.structure.forms.drawnboxes import drawn_checkboxes
from stele.pipeline.structure.forms.filling import fields_of, labels_of, marks_of
from stele.pipeline.structure.forms.signatures import signatures_of
from stele.pipeline.structure.layout.regions import Layout
from stele.pipeline.structure.marking import marked, with_marks
from stele.pipeline.structure.queries import Asking, asks_for_title
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.finding import tables_of
from stele.pipeline.structure.tables.ticks import ticks_of


@during(Stage.STRUCTURE)
def structure(source: PageInput, page: Page, asked: Asked) -> Page:
    """`page`, with the structure that `asked` wants filled in; only what is needed for that is looked for.

    Raises CorruptPage, and LimitError cases before decoding.
    """
    queries = tuple(query for query in asked.queries if query.asks(page.number))
    if next(page.words(), None) is None:
        nothing = (Answer(query=query.text, alias=query.alias, span=None, confidence=0.0) for query in queries)
        return changed(page, answers=tuple(nothing)) if Feature.QUERIES in asked.features else page
    features = STRUCTURING.intersection(asked.features)
    found = _Found(source, page, features)
    return with_marks(
        changed(
            page,
            tables=found.tables if Feature.TABLES in features else (),
            fields=found.fields if Feature.FORMS in features else (),
            regions=found.regions if Feature.LAYOUT in features else (),
            answers=found.answers(queries) if Feature.QUERIES in features else (),
        ),
        found.marks,
        features,
    )


class _Found:
    """What was found on a page so far, each looked for when it is first wanted."""

    def __init__(self, source: PageInput, page: Page, features: frozenset[Feature]) -> None:
        """`features`: those of structure that are wanted."""
        self._sheet = Sheet(source, page)
        self._rules = Rules(self._sheet)
        self._features = features

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        return marked(self._sheet, self._plain_tables, self.marks)

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Checkboxes and cells to be ticked, unless only signatures are wanted; then signatures, if they are wanted."""
        boxes: tuple[Mark, ...] = ()
        if self._features != {Feature.SIGNATURES}:
            boxes = (*self._checkboxes, *ticks_of(self._sheet, self._plain_tables, self._checkboxes))
        signed = Feature.SIGNATURES in self._features
        return (*boxes, *signatures_of(self._sheet, self._rules)) if signed else boxes

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        gone = frozenset(word for box in self._boxes for word in box.replaced)
        return fields_of(self._sheet, self._rules, self.marks, self._plain_tables, gone)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        return Layout(self._sheet, self._rules, self._plain_tables, self._entries).regions()

    def answers(self, queries: Sequence[Query]) -> tuple[Answer, ...]:
        if not queries:
            return ()
        regions = self.regions if any(map(asks_for_title, queries)) else ()
        asking = Asking(self._sheet, self.tables, self._entries, regions, self.marks)
        return tuple(asking.answer(query) for query in queries)

    @property
    def _entries(self) -> tuple[Field, ...]:
        """The fields that are of no table."""
        return tuple(field for field in self.fields if field.kind is FieldKind.ENTRY)

    @cached_property
    def _plain_tables(self) -> tuple[Table, ...]:
        return tables_of(self._sheet, self._rules, [box.box for box in self._boxes])

    @cached_property
    def _boxes(self) -> list[Checkbox]:
        drawn = drawn_checkboxes(self._sheet)
        return checkboxes_of(self._sheet) if drawn is None else drawn

    @cached_property
    def _checkboxes(self) -> tuple[Mark, ...]:
        if not self._boxes:
            return ()
        return marks_of(self._sheet, self._boxes, labels_of(self._sheet, self._rules, self._boxes))
