"""The door of layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stele.domain.document import Block
from stele.pipeline.reading.layout.chunks import Chunks, Indices, chunks_of
from stele.pipeline.reading.layout.columns import regions, regions_of
from stele.pipeline.reading.layout.frame import Floats, Frame, as_array, flow_of, quarter_turns
from stele.pipeline.reading.layout.paragraphs import blocks_of
from stele.pipeline.reading.layout.rows import rows_of, stated_rows
from stele.pipeline.reading.layout.stated import added, keeps, stated_order
from stele.pipeline.reading.layout.tree import LanguageOf, Leaves, Place, tree
from stele.pipeline.reading.seam import SeenLine, SeenPage


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
    stated: int = 0,
    place: Place = _as_displayed,
    language_of: LanguageOf = _no_language,
) -> Arrangement:
    """Every word of `seen` once, in reading order.

    Args:
        seen: lines with at least one word each, and words with text
        stated: how many of the lines, the first ones, come in an order that a file states, which is likely to be
            how they are read; engines see the others in any order
        place: maps polygons of the displayed page (n x 4 x 2) to what the tree is to hold
        language_of: the language of a word where it is not the page's
    """
    if not seen.lines:
        return Arrangement(angle=seen.angle, blocks=())
    angle, turns = quarter_turns(seen)
    blocks: list[Block] = []
    count = 0
    for turn in range(4):
        these = [at for at, turned in enumerate(turns) if turned == turn]
        lines = [seen.lines[at] for at in these]
        if lines:
            leaves = _leaves(lines, angle + 90 * turn)
            chunks = chunks_of(leaves.words, leaves.boxes, _middles(leaves), leaves.line)
            found = blocks_of(chunks, leaves.words, _rows(chunks, sum(at < stated for at in these)))
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


def _rows(chunks: Chunks, stated: int) -> list[list[list[int]]]:
    """The rows of each region, in reading order; the order of the first `stated` lines is stated."""
    ours = [rows_of(chunks, inside) for inside in regions(chunks)]
    order = stated_order(chunks, stated)
    if not keeps(chunks, order, _flat(ours)):
        return ours
    rows = stated_rows(chunks, order)
    found: list[list[list[int]]] = []
    start = 0
    for stop, others in added(chunks, rows, np.setdiff1d(np.arange(len(chunks)), order)):
        found.append(rows[start:stop])
        found.extend(rows_of(chunks, inside) for inside in regions_of(chunks, others))
        start = stop
    return [*found, rows[start:]]


def _flat(regions: Iterable[list[list[int]]]) -> Indices:
    return np.array([chunk for rows in regions for row in rows for chunk in row])
