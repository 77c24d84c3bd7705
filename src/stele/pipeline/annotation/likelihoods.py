"""From a number to a band."""

from __future__ import annotations

from bisect import bisect_right

from stele.domain.annotation import Likelihood

_BANDS = (
    Likelihood.VERY_UNLIKELY,
    Likelihood.UNLIKELY,
    Likelihood.POSSIBLE,
    Likelihood.LIKELY,
    Likelihood.VERY_LIKELY,
)

Bounds = tuple[float, float, float, float]


def banded(value: float, bounds: Bounds) -> Likelihood:
    """The band of `value`: very unlikely below the first of the rising `bounds`, very likely from the last one on."""
    return _BANDS[bisect_right(bounds, value)]
