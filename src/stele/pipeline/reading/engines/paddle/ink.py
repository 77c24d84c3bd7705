"""What on a strip is ink of its letters, and what is rules, frames, halftone and dirt."""

from __future__ import annotations

import cv2
import numpy as np

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.pixels import labels_of, off_ground, percentile

#: how far ink stands out: this share of the strip's contrast, and at least so much of 255
_SHARE = 0.4
_LEAST = 20
#: what is a rule and no letter: ink so wide, or as high as the strip
_RULES = (np.ones((1, 2 * LINE_HEIGHT), np.uint8), np.ones((LINE_HEIGHT - 2, 1), np.uint8))
#: the soft edge of a rule
_AROUND = np.ones((3, 3), np.uint8)
#: a thin piece of ink at the strip's edge, so wide at most and at least so high, is a piece of a rule
_THIN, _HIGH = LINE_HEIGHT // 4, LINE_HEIGHT // 2
#: pieces of ink so small are specks: dots and accents, or halftone and dirt
_SPECK = LINE_HEIGHT // 6
#: so many specks a character are no dots and accents
_DIRTY = 1.5


def ink_of(pixels: Pixels, characters: int) -> tuple[Pixels, Pixels]:
    """Which pixels of a strip (height x width) stand out against its ground, darker or lighter: letters, and rules and
    frames; 1 or 0.

    `characters` stand on the strip: where there are many more specks than these, the ground is dirty and specks are no
    letters.
    """
    distance = off_ground(pixels)
    contrast = percentile(distance[::2, ::2], 98)
    ink = (distance > int(max(_LEAST, _SHARE * contrast))).view(np.uint8)
    rules = _rules(ink)
    ink &= ~rules
    _take_dirt(ink, characters)
    return ink, rules


def _take_dirt(ink: Pixels, characters: int) -> None:
    """Take out the pieces that are no letters'."""
    kind = labels_of(ink)
    if not ink[[0, -1]].any():
        # Counting takes less than half the time of measuring, and on clean pages it suffices.
        count, _ = cv2.connectedComponents(ink, connectivity=8, ltype=kind)
        if count - 1 <= _DIRTY * characters:
            return
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)
    top, width, height = (stats[:, column] for column in (cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    at_edge = (top == 0) | (top + height == LINE_HEIGHT)
    other = at_edge & (width <= _THIN) & (height >= _HIGH)
    specks = (width <= _SPECK) & (height <= _SPECK)
    if specks.sum() > _DIRTY * characters:
        other |= specks
    # What is labelled 0 is no ink.
    if other[1:].any():
        ink &= ~other.view(np.uint8)[labels]


def _rules(ink: Pixels) -> Pixels:
    """What is wide or high enough for a rule, with its soft edge."""
    rules = np.zeros_like(ink)
    for shape in _RULES:
        cores = np.asarray(cv2.erode(ink, shape), np.uint8)
        if cores.any():
            rules |= np.asarray(cv2.dilate(cv2.dilate(cores, shape), _AROUND), np.uint8)
    return rules
