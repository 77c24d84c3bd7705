"""Rows to lines, paragraphs and blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from stele.pipeline.reading.descenders import reaches_down
from stele.pipeline.reading.layout.chunks import Chunks

#: a gap wider than this many text heights parts a row into lines: cells, a label and its value, an item and its price;
#: narrower, and spaces in justified print part them, too
CELL_GAP = 1.2
#: text whose height differs more than this from the text before is another block: a heading, a footnote
OTHER_SIZE = 1.3
#: how much more than the usual white between two rows, in text heights, makes a new paragraph, and a new block
PARAGRAPH_GAP, BLOCK_GAP = 0.35, 1.1
#: how far, in text heights, a line must begin from the others to count as indented
INDENT = 0.8

#: rows with letters that reach down are this many times as high as rows without where boxes are drawn at the ink, told
#: by so many pairs of neighbours
_DEEPER, _TELLING = (1.1, 1.4), 4

#: a line is a list of chunks, a row one or several lines, a paragraph a list of rows, a block a list of paragraphs
Line = list[int]
Row = list[Line]
Paragraph = list[Row]
Block = list[Paragraph]

_ITEM = re.compile(r"[•‣▪■●○◦·*–—-]|\(?(\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]")
_CLOSED = tuple(".!?:;。！？：；।؟۔…")
_QUOTES = "”’\"'»)]』」"


class _Measures(NamedTuple):
    """Of one row."""

    left: float
    right: float
    top: float
    bottom: float
    size: float
    deep: bool  #: has letters that reach down
    cells: int
    item: bool  #: begins with a bullet or a number
    small: bool  #: begins with a small letter
    closed: bool  #: ends like a sentence


def blocks_of(chunks: Chunks, texts: list[str], regions: list[list[list[int]]]) -> list[Block]:
    """Group the rows of each region; a block never runs on from one region into the next."""
    blocks: list[Block] = []
    regions = [rows for rows in regions if rows]
    measured = _as_high_as_print([_measured(chunks, texts, rows) for rows in regions])
    for rows, measures in zip(regions, measured, strict=True):
        blocks.extend(_blocks(chunks, rows, measures))
    return blocks


def _blocks(chunks: Chunks, rows: list[list[int]], measured: list[_Measures]) -> list[Block]:
    blocks: list[Block] = []
    for run in _split(measured, range(len(rows)), _jumps):
        usual = _usual_gap(measured, run)
        for part in _split(measured, run, partial(_apart, usual)):
            blocks.append(
                [[_lines(chunks, rows[at]) for at in inside] for inside in _paragraphs(measured, part, usual)]
            )
    return blocks


def _split(rows: list[_Measures], inside: range, parted: Callable[[_Measures, _Measures], bool]) -> list[range]:
    cuts = [at for at in inside[1:] if parted(rows[at - 1], rows[at])]
    return [range(*ends) for ends in pairwise([inside.start, *cuts, inside.stop])]


def _measured(chunks: Chunks, texts: list[str], rows: list[list[int]]) -> list[_Measures]:
    flat = np.array([chunk for row in rows for chunk in row])
    counts = list(map(len, rows))
    starts = np.cumsum([0, *counts[:-1]])
    letters = chunks.letters[flat]
    total = np.add.reduceat(letters, starts)
    size = np.add.reduceat(letters * chunks.height[flat], starts) / total
    middle = np.add.reduceat(letters * chunks.ends[flat].sum(axis=1), starts) / (2 * total)
    firsts = [texts[chunks.pieces[row[0]][0][0]] for row in rows]
    lasts = [texts[chunks.pieces[row[-1]][-1][-1]] for row in rows]
    deep = [
        any(reaches_down(texts[word]) for chunk in row for words in chunks.pieces[chunk] for word in words)
        for row in rows
    ]
    columns = zip(
        np.minimum.reduceat(chunks.box[flat, 0], starts).tolist(),
        np.maximum.reduceat(chunks.box[flat, 2], starts).tolist(),
        (middle - size / 2).tolist(),
        (middle + size / 2).tolist(),
        size.tolist(),
        deep,
        counts,
        [_ITEM.fullmatch(first) is not None for first in firsts],
        [first[0].islower() for first in firsts],
        [last.rstrip(_QUOTES).endswith(_CLOSED) for last in lasts],
        strict=True,
    )
    return [_Measures(*column) for column in columns]


def _as_high_as_print(regions: list[list[_Measures]]) -> list[list[_Measures]]:
    """The rows of each region, with those that have no letters that reach down drawn out to where these would reach,
    where the others are higher: there boxes are drawn at the ink."""
    neighbours = [pair for rows in regions for pair in pairwise(rows) if pair[0].deep != pair[1].deep]
    if len(neighbours) < _TELLING:
        return regions
    least, most = _DEEPER
    deeper = median(one.size / other.size if one.deep else other.size / one.size for one, other in neighbours)
    if deeper < least:
        return regions
    return [[row if row.deep else _drawn_out(row, min(deeper, most)) for row in rows] for rows in regions]


def _drawn_out(row: _Measures, times: float) -> _Measures:
    return row._replace(size=row.size * times, bottom=row.top + row.size * times)


def _gap(above: _Measures, below: _Measures) -> float:
    return below.top - above.bottom


def _apart(usual: float, above: _Measures, below: _Measures) -> bool:
    return _gap(above, below) > usual + BLOCK_GAP * below.size


def _usual_gap(rows: list[_Measures], inside: range) -> float:
    """The white between rows, no more than that of double spacing."""
    gaps = [_gap(rows[at - 1], rows[at]) for at in inside[1:]]
    size = median(rows[at].size for at in inside)
    return min(max(median(gaps), 0.0), 1.6 * size) if gaps else 0.0


def _jumps(above: _Measures, below: _Measures) -> bool:
    """Whether a row is not simply the next one below: it stands beside or above, or is of another size."""
    size = max(above.size, below.size)
    beside = below.left > above.right or below.right < above.left
    upwards = below.top < above.top - 0.5 * size
    return beside or upwards or size > OTHER_SIZE * min(above.size, below.size)


def _paragraphs(rows: list[_Measures], inside: range, usual: float) -> list[range]:
    """The paragraphs of one block."""
    left = min(rows[at].left for at in inside)
    right = max(rows[at].right for at in inside)
    size = median(rows[at].size for at in inside)
    filled = sum(rows[at].right > right - 0.15 * (right - left) for at in inside) / len(inside)
    starts = [inside.start]
    for at in inside[1:]:
        above, row = rows[at - 1], rows[at]
        below = rows[at + 1] if at + 1 in inside else None
        ended = above.closed or not row.small
        step = row.left - above.left
        indented = step > INDENT * size and (below is None or below.left < row.left - 0.5 * INDENT * size)
        outdented = step < -INDENT * size and at - 1 > starts[-1]
        short = filled >= 0.5 and above.right < right - 0.25 * (right - left) and above.cells == 1
        spaced = _gap(above, row) > usual + PARAGRAPH_GAP * size
        if spaced or (ended and (indented or outdented or short or row.item)):
            starts.append(at)
    return [range(*ends) for ends in pairwise([*starts, inside.stop])]


def _lines(chunks: Chunks, row: list[int]) -> Row:
    """A row parted at its widest gaps."""
    lines: Row = [[row[0]]]
    for before, chunk in pairwise(row):
        size = max(chunks.height[before], chunks.height[chunk])
        same = chunks.line[before, 1] == chunks.line[chunk, 0]
        wide = CELL_GAP * (1.5 if same else 1.0) * size
        if chunks.box[chunk, 0] - chunks.box[before, 2] > wide:
            lines.append([chunk])
        else:
            lines[-1].append(chunk)
    return lines
