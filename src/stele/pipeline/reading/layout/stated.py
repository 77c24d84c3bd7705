"""The order that a file states for its lines, where it is a reading order.

Most programs write a page's text as it is read, cell by cell in a table and column by column in an article, and know
better than white space can tell. Some write it in passes (all labels, then all values) or sorted by font. What gives
these away is the way of the eye: it jumps to and fro.
"""

from __future__ import annotations

import numpy as np

from stele.pipeline.reading.layout.chunks import Chunks
from stele.pipeline.reading.seenwords import Floats, Indices

#: a stated order's way may be this many times as long as ours, and by this many page sizes longer
LONGER, JUMPS = 2.0, 3.0


def stated_order(chunks: Chunks, lines: int) -> Indices:
    """The chunks of the first `lines` lines, in the order in which the file states their words."""
    of_file = np.nonzero(chunks.line[:, 0] < lines)[0]
    first = [min(piece[0] for piece in chunks.pieces[at]) for at in of_file.tolist()]
    return of_file[np.argsort(first, kind="stable")]


def is_short(chunks: Chunks, stated: Indices) -> bool:
    """Whether the way along the stated order is so short that it must be a reading order."""
    return bool(stated.size) and _way(chunks.box[stated]) <= JUMPS * _extent(chunks)


def keeps(chunks: Chunks, stated: Indices, ours: Indices) -> bool:
    """Whether the stated order is a reading order, compared with the one that white space suggests for all chunks."""
    if not stated.size:
        return False
    same = ours[np.isin(ours, stated)]
    return _way(chunks.box[stated]) <= LONGER * _way(chunks.box[same]) + JUMPS * _extent(chunks)


def _extent(chunks: Chunks) -> float:
    """The longer side of what is written."""
    return float((chunks.box[:, 2:].max(axis=0) - chunks.box[:, :2].min(axis=0)).max())


def added(chunks: Chunks, rows: list[list[int]], others: Indices) -> list[tuple[int, Indices]]:
    """Where chunks that the file does not state come in: before which of its rows, and which chunks.

    They follow what they stand below, or else precede what they stand above.
    """
    box = np.array([[*chunks.box[row, :2].min(axis=0), *chunks.box[row, 2:].max(axis=0)] for row in rows])
    places: dict[int, list[int]] = {}
    for chunk in others.tolist():
        left, top, right, bottom = chunks.box[chunk]
        middle = (top + bottom) / 2
        over = (box[:, 0] < right) & (box[:, 2] > left)
        above, below = np.nonzero(over & (box[:, 3] < middle))[0], np.nonzero(over & (box[:, 1] > middle))[0]
        if above.size:
            place = int(above[box[above, 3].argmax()]) + 1
        else:
            place = int(below[box[below, 1].argmin()]) if below.size else len(rows)
        places.setdefault(place, []).append(chunk)
    return [(place, np.array(some)) for place, some in sorted(places.items())]


def _way(box: Floats) -> float:
    """The length of the way from box to box; between boxes that adjoin it is nothing."""
    before, after = box[:-1], box[1:]
    apart = np.maximum(after[:, :2] - before[:, 2:], before[:, :2] - after[:, 2:]).clip(min=0)
    return float(np.hypot(*apart.T).sum())
