"""At what size is a page best looked at? From the height of its letters, before any model runs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.value import Value
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.pixels import labels_of, median, resized

#: the longest side on which letters are measured, in pixels
_MEASURED_SIDE = 2000
#: shrunk less than this, letters keep their outlines whichever way
_HARDLY = 0.7
#: smallest height of a letter that is counted as such, at the measured size, in pixels
_LEAST_LETTER = 4
#: how dark against its surroundings ink has to be, of 255
_CONTRAST = 20
#: a page of paper or a screen has one ground: so much of it is within so many levels of grey. None of 151 scans and
#: screenshots has less, 9 of 56 photos of streets have more
_GROUND, _LEVELS = 0.5, 33


class Print(Value):
    """The ink of a page. `letter` is the median height of what looks like a letter, in pixels of the page; None when
    nothing does, and `letters` are where that is: left, top, width and height (N x 4). `blank` when there is no ink at
    all; `photo` when there is no ground that most of it stands on."""

    letter: float | None
    blank: bool
    photo: bool = False
    letters: npt.NDArray[np.float32] = np.zeros((0, 4), np.float32)


@during(Stage.MEASURE)
def measured(grey: Pixels) -> Print:
    """Look at the connected pieces of ink of a page (height x width)."""
    shrink = min(1.0, _MEASURED_SIDE / max(grey.shape))
    if shrink < 1:
        size = [max(1, round(side * shrink)) for side in grey.shape]
        # What is hardly shrunk needs no mean over what becomes one pixel, which takes six times as long.
        hardly = shrink > _HARDLY
        grey = np.asarray(cv2.resize(grey, size[::-1]), np.uint8) if hardly else resized(grey, *size)
    surroundings = cv2.blur(grey, (31, 31))
    dark = cv2.subtract(surroundings, grey) > _CONTRAST
    light = cv2.subtract(grey, surroundings) > _CONTRAST
    # Ink is the rarer side: light letters on a dark screen have as clear outlines as dark ones on paper.
    ink = light if median(grey) < 96 else dark
    if not ink.any():
        return Print(letter=None, blank=not (dark.any() or light.any()))
    pieces = ink.view(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(pieces, connectivity=8, ltype=labels_of(pieces))
    width, height, area = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    filled = area / (width * height)
    like_letters = (height >= _LEAST_LETTER) & (width <= 4 * height) & (height <= 4 * width)
    like_letters &= (filled > 0.15) & (filled < 0.95)
    heights = np.sort(height[like_letters])
    photo = not _has_ground(grey)
    if not heights.size:
        return Print(letter=None, blank=False, photo=photo)
    # Weighted by height, so that specks and halftone dots do not outvote the letters.
    weights = np.cumsum(heights)
    letter = float(heights[np.searchsorted(weights, weights[-1] / 2)]) / shrink
    letters = (stats[1:, : cv2.CC_STAT_AREA][like_letters] / shrink).astype(np.float32)
    return Print(letter=letter, blank=False, photo=photo, letters=letters)


def _has_ground(grey: Pixels) -> bool:
    """Whether most of a page is of nearly one level of grey."""
    levels = np.bincount(grey[::4, ::4].ravel(), minlength=256)
    return bool(np.convolve(levels, np.ones(_LEVELS), "same").max() >= _GROUND * levels.sum())
