"""Where people look in a picture when nothing is known about what it shows.

Two measures without a model: the fine-grained saliency of Montabone and Soto (how a place differs in brightness from
its surroundings of many sizes, by integral images), and the same idea in colour (differences of Gaussians in Lab).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.seam import Pixels

Map = npt.NDArray[np.float64]

#: the longer side of a map
_SIDE = 128

_NARROW = (1.0, 2.0, 4.0)  #: sigmas of the differences of Gaussians, in cells
_WIDER = 4.0  #: how much wider their surroundings are


def saliency(pixels: Pixels) -> Map:
    """The share of each cell of a picture (BGR or grey) in what strikes the eye; they add up to 1.

    The map has the picture's shape, 128 cells on its longer side (fewer where it has fewer pixels).
    """
    small = _reduced(pixels)
    return share(share(_fine_grained(small)) + share(_colour_contrast(small)))


def share(values: Map) -> Map:
    """Values from 0 up, made to add up to 1; equal shares of nothing."""
    total = values.sum()
    return values / total if total else np.full_like(values, 1 / values.size)


def _reduced(pixels: Pixels) -> Pixels:
    """A small BGR copy."""
    height, width = pixels.shape[:2]
    factor = min(1.0, _SIDE / max(width, height))
    # Every n-th pixel first: the mean of all of 12 million takes three times as long as all the rest here.
    step = max(1, int(0.25 / factor))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(np.ascontiguousarray(pixels[::step, ::step]), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR) if small.ndim == 2 else small, np.uint8)


def _fine_grained(small: Pixels) -> Map:
    _, found = cv2.saliency.StaticSaliencyFineGrained.create().computeSaliency(small)
    return np.asarray(found, np.float64)


def _colour_contrast(small: Pixels) -> Map:
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB))
    total = np.zeros(small.shape[:2])
    for sigma in _NARROW:
        narrow, wide = (cv2.GaussianBlur(lab, (0, 0), width) for width in (sigma, sigma * _WIDER))
        total += np.linalg.norm(narrow - wide, axis=2)
    return total
