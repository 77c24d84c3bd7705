"""At what size is a page best looked at? From the height of its letters, before any model runs."""

from __future__ import annotations

import cv2
import numpy as np

from stele.domain.value import Value
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.pixels import median, resized

#: the longest side on which letters are measured, in pixels
_MEASURED_SIDE = 2000
#: smallest height of a letter that is counted as such, at the measured size, in pixels
_LEAST_LETTER = 4
#: how dark against its surroundings ink has to be, of 255
_CONTRAST = 20


class Print(Value):
    """The ink of a page. `letter` is the median height of what looks like a letter, in pixels of the page; None when
    nothing does. `blank` when there is no ink at all."""

    letter: float | None
    blank: bool


@during(Stage.MEASURE)
def measured(grey: Pixels) -> Print:
    """Look at the connected pieces of ink of a page (height x width)."""
    shrink = min(1.0, _MEASURED_SIDE / max(grey.shape))
    if shrink < 1:
        grey = resized(grey, *(max(1, round(side * shrink)) for side in grey.shape))
    surroundings = cv2.blur(grey, (31, 31))
    dark = cv2.subtract(surroundings, grey) > _CONTRAST
    light = cv2.subtract(grey, surroundings) > _CONTRAST
    # Ink is the rarer side: light letters on a dark screen have as clear outlines as dark ones on paper.
    ink = light if median(grey) < 96 else dark
    if not ink.any():
        return Print(letter=None, blank=not (dark.any() or light.any()))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    width, height, area = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    filled = area / (width * height)
    like_letters = (height >= _LEAST_LETTER) & (width <= 4 * height) & (height <= 4 * width)
    like_letters &= (filled > 0.15) & (filled < 0.95)
    heights = np.sort(height[like_letters])
    if not heights.size:
        return Print(letter=None, blank=False)
    # Weighted by height, so that specks and halftone dots do not outvote the letters.
    weights = np.cumsum(heights)
    return Print(letter=float(heights[np.searchsorted(weights, weights[-1] / 2)]) / shrink, blank=False)
