"""Is a known picture in this one, and where? By points that match and lie alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.annotation.galleries.features import Features, Floats

Doubles = npt.NDArray[np.float64]

#: Lowe's ratio: a match is told from the next best one by so much
_RATIO = 0.85
#: how far a point may lie from where the map puts it, in parts of the longer side of what is matched
_ASTRAY = 0.02
#: the part of the known picture that is seen at least, where fewer points agree than make it certain
_SEEN = 0.2
#: inliers that make a match certain to 1 - 1/e
_CERTAIN = 12.0


class Shape(Enum):
    """How a thing may lie in another picture, and how many points must agree on it."""

    FLAT = 10  #: a flat thing: turned, scaled, a little sheared
    SOLID = 14  #: a building: seen from another side

    @property
    def least(self) -> int:
        return self.value


@dataclass(frozen=True, kw_only=True)
class Match:
    """`corners` 4 x 2: where the corners of the known picture's points lie in this one. `inliers` agree on it, and
    `covered` is the part (0…1) of the known picture that they span."""

    corners: Doubles
    inliers: int
    covered: float

    @property
    def score(self) -> float:
        return float(1 - np.exp(-self.inliers / _CERTAIN))


def matched(known: Features, seen: Features, shape: Shape) -> Match | None:
    """Where `known` lies in `seen`; None where too few points agree."""
    pairs = _pairs(known, seen)
    if len(pairs) < shape.least:
        return None
    source, target = known.points[pairs[:, 0], :2], seen.points[pairs[:, 1], :2]
    low, high = known.points[:, :2].min(axis=0), known.points[:, :2].max(axis=0)
    extent = float(np.ptp(target, axis=0).max())
    astray = max(3.0, _ASTRAY * extent)
    # The stubs do not know that there may be no such map.
    mapped: Any = cv2.estimateAffine2D(source, target, method=cv2.USAC_ACCURATE, ransacReprojThreshold=astray)
    transform, inside = mapped
    if transform is None:
        return None
    agree = np.asarray(inside, bool).ravel()
    # Several points of one place are one witness, in either picture.
    witnesses = min(_places(source[agree], float((high - low).max())), _places(target[agree], extent))
    if witnesses < shape.least or not _possible(np.asarray(transform, np.float64)):
        return None
    spanned = np.ptp(source[agree], axis=0).astype(np.float64)
    covered = float(np.prod(spanned / np.maximum(high - low, 1.0)))
    if covered < _SEEN and witnesses < 2 * _CERTAIN:
        return None
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.float64)
    return Match(
        corners=corners @ transform[:, :2].T + transform[:, 2],
        inliers=witnesses,
        covered=covered,
    )


def _places(points: Floats, extent: float) -> int:
    """How many places points lie in that are a hundredth of `extent` apart."""
    return len(np.unique(np.round(points / max(1.0, 0.01 * extent)), axis=0))


def _pairs(known: Features, seen: Features) -> npt.NDArray[np.int64]:
    """Pairs of points whose descriptors are each other's best by far; N x 2."""
    if len(known.descriptors) < 2 or len(seen.descriptors) < 2:
        return np.zeros((0, 2), np.int64)
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    best = matcher.knnMatch(known.descriptors.astype(np.float32), seen.descriptors.astype(np.float32), k=2)
    kept = [(first.queryIdx, first.trainIdx) for first, second in best if first.distance < _RATIO * second.distance]
    return np.array(kept, np.int64).reshape(-1, 2)


def _possible(transform: Doubles) -> bool:
    """Whether a map is one of a thing that is seen, and not an accident: not mirrored, not squeezed to a line."""
    sizes = np.linalg.svd(transform[:, :2], compute_uv=False)
    turned = np.linalg.det(transform[:, :2]) > 0
    return bool(turned and sizes[1] > 0.02 and sizes[0] < 4 * sizes[1])
