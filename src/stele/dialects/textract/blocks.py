"""A page as the blocks that Textract would answer, in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from stele.dialects.textract.drawing import Sheet, page_block, relate, text_blocks
from stele.dialects.textract.model import Json
from stele.dialects.textract.structure import structure_blocks
from stele.domain.document import Page
from stele.domain.job import Feature

#: kinds of blocks to which a PAGE points, beside the layout
_CHILDREN: Final = frozenset({"LINE", "TABLE", "KEY_VALUE_SET", "QUERY", "QUERY_RESULT", "SIGNATURE"})
_LAYOUT: Final = "LAYOUT_"


def page_blocks(page: Page, job: str, features: Collection[Feature]) -> list[Json]:
    """The blocks of a page of a job that was started, each of which says which page it is on."""
    return list(_blocks(Sheet(page, job, {"Page": page.number}), features))


def call_blocks(page: Page, job: str, features: Collection[Feature]) -> list[Json]:
    """Those of a call that waits for its answer, which has one page."""
    return list(_blocks(Sheet(page, job, {}), features))


def _blocks(sheet: Sheet, features: Collection[Feature]) -> Iterator[Json]:
    page = page_block(sheet)
    lines, words = text_blocks(sheet)
    rest = [*lines, *words, *structure_blocks(sheet, features)]
    kinds = ((block, block["BlockType"]) for block in rest)
    relate(page, "CHILD", [block for block, kind in kinds if kind in _CHILDREN or kind.startswith(_LAYOUT)])
    yield page
    yield from rest
