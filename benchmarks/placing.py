"""Boxes: which of two sets of them lie on each other, and the order that their places alone give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Polygon = tuple[tuple[float, float], ...]

_MATCHING_IOU = 0.5
_IGNORED_SHARE = 0.5  #: of a box's area inside a region that is not to be scored


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word or a line and where it stands, in pixels of the page's file; any number of corners, in order."""

    text: str
    polygon: Polygon
    confidence: float | None = None


#: (intersection over union, index of the true box, index of the one that was read), those that lie best first
Pairs = Sequence[tuple[float, int, int]]


def overlapping(true: Sequence[Word], read: Sequence[Word]) -> Pairs:
    """All pairs whose intersection over union is 0.5 or more."""
    if not true or not read:
        return []
    one, other = (bounds([word.polygon for word in words]) for words in (true, read))
    touch = (
        (one[:, None, 0] < other[None, :, 2])
        & (other[None, :, 0] < one[:, None, 2])
        & (one[:, None, 1] < other[None, :, 3])
        & (other[None, :, 1] < one[:, None, 3])
    )
    pairs = (
        (overlap(true[left].polygon, read[right].polygon), int(left), int(right)) for left, right in np.argwhere(touch)
    )
    return sorted((pair for pair in pairs if pair[0] >= _MATCHING_IOU), reverse=True)


def matched(pairs: Pairs, same: Callable[[int, int], bool]) -> dict[int, int]:
    """Pairs of indices, one to one, those that lie best first, of those that are the `same`: true → read."""
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, true, read in pairs:
        if true not in found and read not in used and same(true, read):
            found[true] = read
            used.add(read)
    return found


def ignored(read: Sequence[Word], regions: Iterable[Polygon]) -> set[int]:
    """The boxes of which more than half lies in a region that is not to be scored."""
    hulls = [_hull(region) for region in regions]
    return {
        index
        for index, hull in enumerate(_hull(word.polygon) for word in read)
        if any(_common(hull, region) > _IGNORED_SHARE * cv2.contourArea(hull) for region in hulls)
    }


def by_place(words: Sequence[Word]) -> list[Word]:
    """Rows from the top, and each from left to right: an order that readers and truths can all be put into.

    A box belongs to the row above when its middle lies within that row's first box."""
    rows: list[tuple[float, float, list[tuple[float, Word]]]] = []
    boxes = bounds([word.polygon for word in words]).tolist()
    for (left, top, _, bottom), word in sorted(
        zip(boxes, words, strict=True), key=lambda each: float(each[0][1] + each[0][3])
    ):
        middle = (top + bottom) / 2
        if rows and rows[-1][0] <= middle <= rows[-1][1] and top < rows[-1][1]:
            rows[-1][2].append((left, word))
        else:
            rows.append((top, bottom, [(left, word)]))
    return [word for *_, row in rows for _, word in sorted(row, key=lambda each: each[0])]


def bounds(polygons: Sequence[Polygon]) -> NDArray[np.float64]:
    """Left, top, right and bottom of each."""
    corners = (np.asarray(polygon, float).reshape(-1, 2) for polygon in polygons)
    return np.array([(*each.min(axis=0), *each.max(axis=0)) for each in corners]).reshape(-1, 4)


def overlap(one: Polygon, other: Polygon) -> float:
    """Intersection over union of the hulls of two polygons, 0…1."""
    first, second = _hull(one), _hull(other)
    common = _common(first, second)
    union = cv2.contourArea(first) + cv2.contourArea(second) - common
    return common / union if union > 0 else 0.0


def _hull(polygon: Polygon) -> NDArray[np.float32]:
    return np.asarray(cv2.convexHull(np.asarray(polygon, np.float32)))


def _common(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(cv2.intersectConvexConvex(one, other)[0])
