"""The door of structure: what a page's words, rules and boxes say together."""

from __future__ import annotations

from stele.domain.document import Answer, Page
from stele.domain.job import Asked, Feature
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.finding import tables_of


def structure(source: PageInput, page: Page, asked: Asked) -> Page:
    """`page`, with the structure that `asked` wants filled in; only what is needed for that is looked for.

    Raises CorruptPage, and LimitError cases before decoding.
    """
    unanswered = tuple(
        Answer(query=query.text, alias=query.alias, span=None, confidence=0.0) for query in asked.queries
    )
    if Feature.QUERIES in asked.features:
        page = changed(page, answers=unanswered)
    if not any(True for _ in page.words()):
        return page
    sheet = Sheet(source, page)
    rules = Rules(sheet)
    if Feature.TABLES in asked.features:
        page = changed(page, tables=tables_of(sheet, rules))
    return page
