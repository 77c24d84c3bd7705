"""The door of layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stele.domain.document import Block
from stele.pipeline.reading.layout.chunks import Chunks, chunks_of
from stele.pipeline.reading.layout.columns import regions, regions_of
from stele.pipeline.reading.layout.frame import Frame, flow_of, quarter_turns
from stele.pipeline.reading.layout.paragraphs import blocks_of
from stele.pipeline.reading.layout.rows import rows_of, stated_rows
from stele.pipeline.reading.layout.stated import added, is_short, keeps, stated_order
from stele.pipeline.reading.layout.tree import LanguagesOf, Leaves, Place, tree
from stele.pipeline.reading.seenwords import Floats, Indices, SeenWords


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """`angle`: how far the main text is turned clockwise on the displayed page, in degrees, -180 < angle <= 180."""

    angle: float
    blocks: tuple[Block, ...]


def _as_displayed(polygons: Floats) -> Floats:
    return polygons


def _no_languages(texts: list[str]) -> list[str | None]:
    return [None] * len(texts)


def arrange(
    seen: SeenWords,
    *,
    stated: int = 0,
    place: Place = _as_displayed,
    languages_of: LanguagesOf = _no_languages,
) -> Arrangement:
    """Every word of `seen` once, in reading order.

    Args:
        seen: words with text, in lines
        stated: how many of the lines, the first ones, come in an order that a file states, which is likely to be
            how they are read; engines see the others in any order
        place: maps polygons of the displayed page (n x 4 x 2) to what the tree is to hold
        languages_of: the languages of the words of a block where they are not the page's
    """
    if not len(seen):
        return Arrangement(angle=seen.angle, blocks=())
    angle, turns = quarter_turns(seen)
    blocks: list[Block] = []
    count = 0
    for turn in range(4):
        these = turns == turn
        if these.any():
            leaves = _leaves(seen.of_lines(these), angle + 90 * turn)
            chunks = chunks_of(leaves.words, leaves.boxes, _middles(leaves))
            found = blocks_of(chunks, leaves.words.texts, _rows(chunks, int(these[:stated].sum())))
            blocks.extend(tree(leaves, chunks, found, first=count, place=place, languages=languages_of))
            count += len(leaves.words)
    return Arrangement(angle=angle, blocks=tuple(blocks))


def _leaves(words: SeenWords, angle: float) -> Leaves:
    frame = Frame(angle=angle, flow=flow_of(words))
    return Leaves(words=words, boxes=frame.boxes(words.polygons), frame=frame)


def _middles(leaves: Leaves) -> Floats:
    return leaves.frame.middles(leaves.words.line_polygons, leaves.words.line, leaves.boxes)


def _rows(chunks: Chunks, stated: int) -> list[list[list[int]]]:
    """The rows of each region, in reading order; the order of the first `stated` lines is stated."""
    order = stated_order(chunks, stated)
    if not is_short(chunks, order):
        ours = [rows_of(chunks, inside) for inside in regions(chunks)]
        if not keeps(chunks, order, _flat(ours)):
            return ours
    rows = stated_rows(chunks, order)
    others = np.setdiff1d(np.arange(len(chunks)), order)
    if not others.size:
        return [rows]
    found: list[list[list[int]]] = []
    start = 0
    for stop, some in added(chunks, rows, others):
        found.append(rows[start:stop])
        found.extend(rows_of(chunks, inside) for inside in regions_of(chunks, some))
        start = stop
    return [*found, rows[start:]]


def _flat(regions: Iterable[list[list[int]]]) -> Indices:
    return np.array([chunk for rows in regions for row in rows for chunk in row])
