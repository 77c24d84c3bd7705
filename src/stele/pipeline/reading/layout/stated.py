"""The order that a file states for its lines, where it is a reading order.

Most programs write a page's text as it is read, cell by cell in a table and column by column in an article, and know
better than white space can tell. Some write it in passes (all labels, then all values) or sorted by font. What gives
these away is the way of the eye: it jumps to and fro.
"""

from __future__ import annotations

import numpy as np

from stele.pipeline.reading.layout.chunks import Chunks, Indices
from stele.pipeline.reading.layout.frame import Floats

#: a stated order's way may be this many times as long as ours, and by this many page sizes longer
LONGER, JUMPS = 2.0, 3.0


def stated_order(chunks: Chunks) -> Indices:
    """The chunks in the order in which the file states their words."""
    return np.argsort([min(int(piece[0]) for piece in pieces) for pieces in chunks.pieces], kind="stable")


def keeps(chunks: Chunks, stated: Indices, ours: Indices) -> bool:
    """Whether the stated order is a reading order, compared with the one that white space suggests."""
    extent = float((chunks.box[:, 2:].max(axis=0) - chunks.box[:, :2].min(axis=0)).max())
    return _way(chunks.box[stated]) <= LONGER * _way(chunks.box[ours]) + JUMPS * extent


def _way(box: Floats) -> float:
    """The length of the way from box to box; between boxes that adjoin it is nothing."""
    before, after = box[:-1], box[1:]
    apart = np.maximum(after[:, :2] - before[:, 2:], before[:, :2] - after[:, 2:]).clip(min=0)
    return float(np.hypot(*apart.T).sum())
