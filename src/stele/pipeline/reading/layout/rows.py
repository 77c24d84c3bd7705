"""Rows of a region: what stands on one base line, however wide the gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from stele.pipeline.reading.layout.chunks import Chunks
from stele.pipeline.reading.seenwords import Indices

#: chunks belong to one row when their middles are no further apart than this part of the higher one
LEVEL = 0.5
#: a letter this many times as high as the text around it belongs to the first row that it covers
DROP_CAP = 1.8
#: lines of one cell are no further apart, from middle to middle, than so many text heights, and begin this near
LINE_PITCH, ALIGNED = 1.5, 1.0


def rows_of(chunks: Chunks, inside: Indices) -> list[list[int]]:
    """The rows of a region from top to bottom, each with its chunks in frame order.

    Swept along the lines, so that a row may follow the bend of its page: what counts is how level a chunk begins with
    the end of the one before it.
    """
    em = chunks.em(inside)
    rows: list[list[int]] = []
    tips: list[tuple[float, float, float]] = []  # of each row: where it ends, its middle there, its height there
    for chunk in inside[chunks.box[inside, 0].argsort(kind="stable")].tolist():
        start, top, end, bottom = chunks.box[chunk].tolist()
        begin, finish = chunks.ends[chunk].tolist()
        height = bottom - top
        if chunks.letters[chunk] <= 2 and height > DROP_CAP * em:
            begin = finish = top + em / 2
            height = em
        best, nearest = -1, LEVEL
        for row, (tip, middle, size) in enumerate(tips):
            off = abs(begin - middle) / max(size, height)
            if off < nearest and start > tip - 0.5 * height:
                best, nearest = row, off
        if best < 0:
            rows.append([chunk])
            tips.append((end, finish, height))
        else:
            rows[best].append(chunk)
            tips[best] = (end, finish, height)
    rows.sort(key=lambda row: float(chunks.ends[row].mean()))
    return _with_whole_labels(chunks, rows, em)


def _with_whole_labels(chunks: Chunks, rows: list[list[int]], em: float) -> list[list[int]]:
    """The rows, with the numbers of a table's row after all lines of its label."""
    found: list[list[int]] = []
    label, numbers = -1, list[int]()
    for row in rows:
        if numbers and len(row) == 1 and _goes_on(chunks, label, row[0], em):
            if found[-1] is not numbers:
                found[-1:] = [[label], numbers]
            found.insert(-1, row)
        else:
            found.append(row)
            numbers = row[1:] if _are_numbers(chunks, row[1:]) else []
        label = row[0]
    return found


def _are_numbers(chunks: Chunks, cells: list[int]) -> bool:
    return len(cells) > 1 and bool((2 * chunks.strange[cells] >= chunks.letters[cells]).mean() > 0.5)


def _goes_on(chunks: Chunks, above: int, below: int, em: float) -> bool:
    """Whether one chunk is the next line of the cell that another one is in."""
    near = chunks.ends[below].mean() - chunks.ends[above].mean() < LINE_PITCH * em
    return bool(chunks.opening[below] > 0 and near and abs(chunks.box[below, 0] - chunks.box[above, 0]) < ALIGNED * em)


def stated_rows(chunks: Chunks, order: Indices) -> list[list[int]]:
    """Rows of chunks that already are in reading order: what goes on to the right on the same base line joins."""
    before, after = order[:-1], order[1:]
    higher = np.maximum(chunks.height[before], chunks.height[after])
    level = np.abs(chunks.ends[before, 1] - chunks.ends[after, 0]) < LEVEL * higher
    joins = level & (chunks.box[after, 0] > chunks.box[before, 2] - 0.5 * higher)
    bounds = [0, *(np.flatnonzero(~joins) + 1).tolist(), len(order)]
    flat: list[int] = order.tolist()
    return [flat[start:stop] for start, stop in pairwise(bounds)]
