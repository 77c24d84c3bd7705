"""Where are the lines of text? The page is scaled, cut into tiles, and its probability map turned into boxes.

The map is stitched from tiles that overlap, each trusted up to the middle of the overlap; a tile without ink is not
looked at. All boxes are measured at once, from the outlines of the text regions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from stele.domain.value import Value
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.models import TILES
from stele.pipeline.reading.engines.paddle.pixels import colour, resized

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

#: how far tiles overlap, in pixels of the scaled page
OVERLAP = 64
#: the steps in which smaller scales are tried
_SHRUNK = 0.03
#: probability, of 255, from which a pixel is text
_TEXT = 77
#: a region is looked at for lines of its own that is less than so many times as wide as high, and so many times as
#: high as those that are wider; between them are rows with so small a part of the probability that others have, and
#: each is so many times as wide as high: else they are the characters of a line that reads downwards
_COLUMN, _HIGH, _GAP, _SIDEWAYS = 3.0, 1.8, 0.5, 1.7
#: mean probability, of 255, that a region needs
_REGION = 150
#: the network finds the core of a line; it is grown by this share of area / perimeter on each side
_GROWTH = 1.5
#: and by this share of its height more at its ends, where the last letter is easily cut
_ENDS = 0.2
#: a region so many times longer than thick shows the page's skew; one below the other lies as the page does
_LONG, _SHORT = 5.0, 2.5
#: a page has a skew when so much of its long regions' length lies within so many radians of it; a photo has none
_AGREEING, _NEAR = 0.6, 0.07
#: and there a region needs to be so many times longer than thick to be one that stands
_SQUARE = 1.5
#: boxes are of different lines when they share less than this part of the smaller one
_APART = 0.3
#: thinnest region in pixels of the scaled page
_THINNEST = 2.5


class Plan(Value):
    """How a page is tiled: the `scale` it is looked at, the `tile` (height, width), and the `tops` and `lefts` of the
    rows and columns of tiles, in pixels of the scaled page."""

    scale: float
    tile: tuple[int, int]
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @property
    def cost(self) -> int:
        """Pixels that the network looks at."""
        return len(self.tops) * len(self.lefts) * self.tile[0] * self.tile[1]


def planned(height: int, width: int, scale: float, least: float) -> Plan:
    """The cheapest tiling of a page of `height` x `width` pixels at `scale` or down to `least` of it."""
    candidates = []
    for shrink in np.arange(1, least - 1e-6, -_SHRUNK).tolist():
        for tile in TILES:
            tops = _starts(round(height * scale * shrink), tile[0])
            lefts = _starts(round(width * scale * shrink), tile[1])
            candidates.append(Plan(scale=scale * shrink, tile=tile, tops=tops, lefts=lefts))
    return min(candidates, key=lambda plan: (plan.cost, -plan.scale))


def _starts(length: int, tile: int) -> tuple[int, ...]:
    """Where tiles start so that they cover `length` and overlap by at least OVERLAP."""
    count = max(1, math.ceil((length - OVERLAP) / (tile - OVERLAP)))
    if count == 1:
        return (0,)
    return tuple(round(index * (length - tile) / (count - 1)) for index in range(count))


class TileModel(Protocol):
    """The network that looks at tiles: height x width x 3, one of TILES. Gives the probability of text, 0…255, of each
    pixel."""

    #: how many tiles are best looked at together
    batch: int

    def many(self, tiles: Sequence[Pixels]) -> list[Pixels]:
        """Of tiles of one size, at most `batch`."""
        ...


#: a tile to look at, where its part goes into the map of the page, and which part that is
Waiting = tuple[Pixels, tuple[slice, slice], tuple[slice, slice]]


class Detector:
    """Finds lines of text."""

    def __init__(self, model: TileModel) -> None:
        self._model = model

    @during(Stage.DETECT)
    def __call__(self, page: Pixels, scale: float, least: float) -> Floats:
        """Boxes of the lines on `page` (height x width [x 3]), looked at at `scale` or, where that saves tiles, at down
        to `least` of it.

        The long side of a box is taken for its line's direction: the first corner is the top left one of text that
        reads to the right or, in an upright box, downwards.
        """
        plan = planned(page.shape[0], page.shape[1], scale, least)
        return boxes(self.probabilities(page, plan)) / np.float32(plan.scale)

    def probabilities(self, page: Pixels, plan: Plan) -> Pixels:
        """How likely each pixel of the scaled page is text, 0…255."""
        height, width = (max(1, round(side * plan.scale)) for side in page.shape[:2])
        found = np.zeros((height, width), np.uint8)
        rows = _trusted(plan.tops, plan.tile[0], height)
        columns = _trusted(plan.lefts, plan.tile[1], width)
        waiting: list[Waiting] = []
        for top, first_row, last_row in rows:
            for left, first_column, last_column in columns:
                # Scaled piece by piece: a whole page, enlarged, could be too much to hold.
                bottom, right = min(top + plan.tile[0], height), min(left + plan.tile[1], width)
                source = page[_source(top, bottom, plan.scale), _source(left, right, plan.scale)]
                piece = resized(source, bottom - top, right - left)
                if not _has_ink(piece):
                    continue
                there = slice(first_row, last_row), slice(first_column, last_column)
                here = slice(first_row - top, last_row - top), slice(first_column - left, last_column - left)
                waiting.append((_filled(piece, plan.tile), there, here))
                if len(waiting) == self._model.batch:
                    self._look(waiting, found)
        if waiting:
            self._look(waiting, found)
        return found

    def _look(self, waiting: list[Waiting], found: Pixels) -> None:
        """Look at the tiles that wait; each goes `there` into what was found, with the part `here` of it."""
        answers = self._model.many([tile for tile, _, _ in waiting])
        for (_, there, here), answer in zip(waiting, answers, strict=True):
            found[there] = answer[here]
        waiting.clear()


def _trusted(starts: tuple[int, ...], tile: int, length: int) -> list[tuple[int, int, int]]:
    """Of each tile its start and the part to trust, up to the middle of the overlaps."""
    middles = [(second + first + tile) // 2 for first, second in pairwise(starts)]
    return list(zip(starts, [0, *middles], [*middles, length], strict=True))


def _source(start: int, stop: int, scale: float) -> slice:
    """The rows or columns of the page behind those of the scaled page."""
    first = round(start / scale)
    return slice(first, max(first + 1, round(stop / scale)))


def _has_ink(piece: Pixels) -> bool:
    """Whether anything on the piece stands out against its surroundings."""
    return bool(cv2.Laplacian(piece, cv2.CV_8U, ksize=3).max() > 24)


def _filled(piece: Pixels, tile: tuple[int, int]) -> Pixels:
    """The piece in three channels, with its edge drawn out to the size of a tile."""
    below, right = tile[0] - piece.shape[0], tile[1] - piece.shape[1]
    return np.pad(colour(piece), ((0, below), (0, right), (0, 0)), mode="edge")


def boxes(probabilities: Pixels) -> Floats:
    """The boxes of the text regions of a probability map, in its pixels."""
    mask = (probabilities >= _TEXT).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return np.zeros((0, 4, 2), np.float32)
    if _part_columns(mask, outlines, probabilities):
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    _, labels = cv2.connectedComponents(mask, connectivity=8)
    inside = np.flatnonzero(mask)
    members = labels.ravel()[inside]
    # What is labelled 0 is outside.
    mean = np.bincount(members, weights=probabilities.ravel()[inside]) / np.maximum(np.bincount(members), 1)
    points = np.concatenate(outlines)[:, 0, :].astype(np.float64)
    counts = np.array([len(outline) for outline in outlines])
    starts = np.cumsum(counts) - counts
    # The first point of an outline says which region it is around.
    column, row = points[starts].astype(np.intp).T
    score = mean[labels[row, column]]

    centre = np.add.reduceat(points, starts) / counts[:, np.newaxis]
    offset = points - np.repeat(centre, counts, axis=0)
    angle, elongation = _directions(offset, starts)
    settled = _settled(angle, elongation, np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts))
    angle = _each_for_itself(outlines) if settled is None else settled

    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    on_line = np.sum(offset * np.repeat(along, counts, axis=0), axis=1)
    off_line = np.sum(offset * np.repeat(across, counts, axis=0), axis=1)
    left, right = np.minimum.reduceat(on_line, starts), np.maximum.reduceat(on_line, starts) + 1
    top, bottom = np.minimum.reduceat(off_line, starts), np.maximum.reduceat(off_line, starts) + 1

    length, thickness = right - left, bottom - top
    kept = (score >= _REGION) & (np.minimum(length, thickness) >= _THINNEST)
    grown = length * thickness * _GROWTH / (2 * (length + thickness))
    left, right = left - grown - _ENDS * thickness, right + grown + _ENDS * thickness
    top, bottom = top - grown, bottom + grown
    corners = [
        centre + along * x[:, None] + across * y[:, None]
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ]
    found: Floats = np.stack(corners, axis=1)[kept].astype(np.float32)
    return found


def _part_columns(mask: Pixels, outlines: Sequence[MatLike], probabilities: Pixels) -> bool:
    """Take the gaps out of regions that are short lines close above one another, as a table's column of numbers is:
    between them the network is less sure. Whether there were any."""
    regions = np.array([cv2.boundingRect(outline) for outline in outlines])
    width, height = regions[:, 2], regions[:, 3]
    wide = width > _COLUMN * height
    if not wide.any():
        return False
    highest = _HIGH * float(np.median(height[wide]))
    parted = False
    for index in np.flatnonzero((height > highest) & ~wide).tolist():
        left, top, across, down = regions[index].tolist()
        there = slice(top, top + down), slice(left, left + across)
        inside = np.zeros((down, across), np.uint8)
        cv2.drawContours(inside, [outlines[index]], -1, 1, cv2.FILLED, offset=(-left, -top))
        rows = np.where(inside, probabilities[there], 0).sum(axis=1)
        lines = rows > _GAP * rows.max()
        edges = np.flatnonzero(np.diff(lines, prepend=False, append=False)).reshape(-1, 2)
        thickest = np.diff(edges).max()
        if len(edges) > 1 and thickest < min(highest, across / _SIDEWAYS):
            mask[there][~lines] &= 1 - inside[~lines]
            parted = True
    return parted


def with_others(found: Floats, others: Floats) -> Floats:
    """The boxes that were found, and those of `others` that lie apart from them."""
    one, other = (np.concatenate([some.min(axis=1), some.max(axis=1)], axis=1) for some in (found, others))
    common = np.minimum(one[:, None, 2:], other[None, :, 2:]) - np.maximum(one[:, None, :2], other[None, :, :2])
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (one, other)]
    shared = common.clip(min=0).prod(axis=2) / np.minimum(areas[0][:, None], areas[1][None, :])
    return np.concatenate([found, others[(shared < _APART).all(axis=0)]])


def _directions(offsets: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]) -> tuple[Doubles, Doubles]:
    """Of each outline the direction of its long side (radians, -pi/2…pi/2), and how much longer it is than thick."""
    xx, yy, xy = (
        np.add.reduceat(product, starts)
        for product in (offsets[:, 0] ** 2, offsets[:, 1] ** 2, offsets[:, 0] * offsets[:, 1])
    )
    spread = np.hypot(xx - yy, 2 * xy)
    longest, shortest = xx + yy + spread, np.maximum(xx + yy - spread, 1e-6)
    return 0.5 * np.arctan2(2 * xy, xx - yy), np.sqrt(longest / shortest)


def _settled(angle: Doubles, elongation: Doubles, extent: Doubles) -> Doubles | None:
    """Directions, with the page's own where a region is too short to tell: "I" is no line that reads downwards. None
    where the page has none of its own."""
    quarter = np.round(angle / (np.pi / 2))
    length = extent.max(axis=1)
    long = elongation > _LONG
    leaning = (angle - quarter * np.pi / 2)[long]
    skew = _weighted_median(leaning, length[long]) if long.any() else 0.0
    agreeing = length[long][np.abs(leaning - skew) < _NEAR].sum()
    if agreeing < _AGREEING * length[long].sum():
        return None
    upright = length[long & (quarter != 0)].sum() > length[long & (quarter == 0)].sum()
    # A direction and its reverse are the same here, and a quarter turn to the left the one to the right.
    turns = np.where(elongation < _SHORT, float(upright), np.abs(quarter))
    common = turns * np.pi / 2 + skew
    off = np.abs((angle - common + np.pi / 2) % np.pi - np.pi / 2)
    own = (elongation >= _SHORT) & (off > 0.5 / np.maximum(elongation, 1))
    return np.where(own, np.where(angle < -np.pi / 4, angle + np.pi, angle), common)


def _each_for_itself(outlines: Sequence[MatLike]) -> Doubles:
    """Directions of regions on a page without a common one, as in a photo: the side of the smallest rectangle around
    each, the long one, but of what is nearly square the one that lies."""
    angles = np.empty(len(outlines))
    for index, outline in enumerate(outlines):
        _, (width, height), degrees = cv2.minAreaRect(outline)
        # OpenCV's angle is that of the side it calls width.
        across = degrees if width >= height else degrees + 90
        if max(width, height) < _SQUARE * min(width, height):
            across = (across + 45) % 90 - 45
        angles[index] = math.radians((across + 45) % 180 - 45)
    return angles


def _weighted_median(values: Doubles, weights: Doubles) -> float:
    order = np.argsort(values)
    heap = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(heap, heap[-1] / 2)])
