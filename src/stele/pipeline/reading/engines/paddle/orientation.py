"""Which way up is the page? Its lines tell lying from standing, a few of them, read both ways, tell up from down.

No line is turned for itself: a classifier of single lines turns good ones. Reading is the classifier, and on a page
that is the right way up it costs nothing, because what was read is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from stele.pipeline.reading.engines.paddle.recogniser import Reading

Floats = npt.NDArray[np.float32]
#: reads one box
Reads = Callable[[Floats], Reading]

#: lines that are read both ways where one way does not convince
PROBES = 6
#: a mean confidence that convinces without looking at the other way
_CONVINCING = 0.9
#: how much better the other way must read, and how well: of a script that it does not know, both ways make noise
_BETTER, _READABLE = 0.05, 0.7
#: a box shorter than this many thicknesses of the page's lines is a single letter or digit, not a line that stands
_LETTERS = 1.8


def laid(boxes: Floats) -> tuple[Floats, bool]:
    """Boxes whose first side is their line's direction, and whether most lines of the page stand (read downwards).

    Single letters, which are higher than wide, are laid as the page's lines are.
    """
    along, across = _sides(boxes)
    stands = np.abs(boxes[:, 1, 1] - boxes[:, 0, 1]) > np.abs(boxes[:, 1, 0] - boxes[:, 0, 0])
    lines = along > 2 * across
    page_stands = bool(along[lines & stands].sum() > along[lines & ~stands].sum())
    usual = lines & (stands == page_stands)
    thickness = np.median(across[usual]) if usual.any() else np.median(across)
    letters = (stands != page_stands) & (along < _LETTERS * thickness)
    # The first corner of what stands is at the top right, of what lies at the top left.
    turned = np.roll(boxes, -1 if page_stands else 1, axis=1)
    return np.where(letters[:, None, None], turned, boxes), page_stands


def standing(boxes: Floats) -> npt.NDArray[np.bool_]:
    """Which boxes read downwards or upwards."""
    stands: npt.NDArray[np.bool_] = np.abs(boxes[:, 1, 1] - boxes[:, 0, 1]) > np.abs(boxes[:, 1, 0] - boxes[:, 0, 0])
    return stands


def reversed_(boxes: Floats) -> Floats:
    """The same boxes, read from the other end: one (4 x 2) or many (N x 4 x 2)."""
    return np.roll(boxes, 2, axis=-2)


def upside_down(boxes: Floats, reads: Reads) -> bool:
    """Whether the lines read better from the other end. Reads a few of them, and only the necessary ones both ways."""
    along, across = _sides(boxes)
    # Long enough to tell, short enough to be cheap.
    ratio = along / across
    probes = boxes[np.argsort(np.abs(ratio - np.clip(ratio, 4, 16)) - along * 1e-6)[:PROBES]]
    as_is = _confidence([reads(box) for box in probes])
    if as_is >= _CONVINCING:
        return False
    return reads_better(_confidence([reads(reversed_(box)) for box in probes]), as_is)


def reads_better(other_way: float, as_is: float) -> bool:
    """Whether lines read better from the other end, by the mean confidence of what is read either way."""
    return other_way > max(as_is + _BETTER, _READABLE)


def angle(boxes: Floats) -> float:
    """How far lines that start at their first corner are turned, in degrees clockwise, -180 < angle ≤ 180."""
    along, _ = _sides(boxes)
    direction = np.arctan2(boxes[:, 1, 1] - boxes[:, 0, 1], boxes[:, 1, 0] - boxes[:, 0, 0])
    # Measured from the quarter turn that most lines are near, so that the median does not straddle ±180.
    quarter = round(math.atan2((np.sin(direction) * along).sum(), (np.cos(direction) * along).sum()) / (math.pi / 2))
    off = (direction - quarter * math.pi / 2 + math.pi) % (2 * math.pi) - math.pi
    order = np.argsort(off)
    heap = np.cumsum(along[order])
    median = float(off[order][np.searchsorted(heap, heap[-1] / 2)])
    degrees = math.degrees(median) + 90 * quarter
    return degrees - 360 if degrees > 180 else degrees + 360 if degrees <= -180 else degrees


def _sides(boxes: Floats) -> tuple[Floats, Floats]:
    """Length and thickness of each box."""
    along = np.hypot(*(boxes[:, 1] - boxes[:, 0]).T)
    across = np.hypot(*(boxes[:, 3] - boxes[:, 0]).T)
    return along, np.maximum(across, 1e-3)


def _confidence(readings: list[Reading]) -> float:
    """The mean over all characters; 0 when nothing was read."""
    characters = np.concatenate([reading.confidences for reading in readings])
    return float(characters.mean()) if characters.size else 0.0
