"""The door of layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from stele.domain.document import Block
from stele.pipeline.reading.layout.chunks import Chunks, Indices, chunks_of
from stele.pipeline.reading.layout.columns import regions
from stele.pipeline.reading.layout.frame import Floats, Frame, as_array, flow_of, quarter_turns
from stele.pipeline.reading.layout.paragraphs import blocks_of
from stele.pipeline.reading.layout.rows import rows_of, stated_rows
from stele.pipeline.reading.layout.stated import keeps, stated_order
from stele.pipeline.reading.layout.tree import LanguageOf, Leaves, Place, tree
from stele.pipeline.reading.seam import SeenLine, SeenPage


class Order(Enum):
    """What the order of the lines that came in means."""

    FREE = auto()  #: nothing: engines see lines in any order
    STATED = auto()  #: the file states them in this order, which is likely to be how they are read


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """`angle`: how far the main text is turned clockwise on the displayed page, in degrees, -180 < angle <= 180."""

    angle: float
    blocks: tuple[Block, ...]


def _as_displayed(polygons: Floats) -> Floats:
    return polygons


def _no_language(_: str) -> None:
    return None


def arrange(
    seen: SeenPage,
    *,
    order: Order = Order.FREE,
    place: Place = _as_displayed,
    language_of: LanguageOf = _no_language,
) -> Arrangement:
    """Every word of `seen` once, in reading order.

    Args:
        seen: lines with at least one word each, and words with text
        order: what the order of the lines means
        place: maps polygons of the displayed page (n x 4 x 2) to what the tree is to hold
        language_of: the language of a word where it is not the page's
    """
    if not seen.lines:
        return Arrangement(angle=seen.angle, blocks=())
    angle, turns = quarter_turns(seen)
    blocks: list[Block] = []
    count = 0
    for turn in range(4):
        lines = [line for line, turned in zip(seen.lines, turns, strict=True) if turned == turn]
        if lines:
            leaves = _leaves(lines, angle + 90 * turn)
            chunks = chunks_of(leaves.words, leaves.boxes, _middles(leaves), leaves.line)
            found = blocks_of(chunks, leaves.words, _rows(chunks, order))
            blocks.extend(tree(leaves, chunks, found, first=count, place=place, language_of=language_of))
            count += len(leaves.words)
    return Arrangement(angle=angle, blocks=tuple(blocks))


def _leaves(lines: list[SeenLine], angle: float) -> Leaves:
    frame = Frame(angle=angle, flow=flow_of(lines))
    words = [word for line in lines for word in line.words]
    return Leaves(
        lines=lines,
        words=words,
        line=np.repeat(np.arange(len(lines)), [len(line.words) for line in lines]),
        boxes=frame.boxes(as_array([word.polygon for word in words])),
        frame=frame,
    )


def _middles(leaves: Leaves) -> Floats:
    return leaves.frame.middles(as_array([line.polygon for line in leaves.lines]), leaves.line, leaves.boxes)


def _rows(chunks: Chunks, order: Order) -> list[list[list[int]]]:
    """The rows of each region, in reading order."""
    found = [rows_of(chunks, inside) for inside in regions(chunks)]
    if order is Order.STATED:
        stated = stated_order(chunks)
        if keeps(chunks, stated, _flat(found)):
            return [stated_rows(chunks, stated)]
    return found


def _flat(regions: Iterable[list[list[int]]]) -> Indices:
    return np.array([chunk for rows in regions for row in rows for chunk in row])
