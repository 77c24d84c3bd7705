"""The door of structure: what a page's words, rules and boxes say together."""

from __future__ import annotations

from stele.domain.document import Answer, Page
from stele.domain.job import Asked, Feature
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput


def structure(source: PageInput, page: Page, asked: Asked) -> Page:
    """`page`, with the structure that `asked` wants filled in; `source` is asked for pixels only where ink matters.

    Raises CorruptPage, and LimitError cases before decoding.
    """
    if Feature.QUERIES not in asked.features:
        return page
    answers = (Answer(query=query.text, alias=query.alias, span=None, confidence=0.0) for query in asked.queries)
    return changed(page, answers=tuple(answers))
