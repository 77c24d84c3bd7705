"""A page as its reader holds it: upright, and measured in points (1/72 inch), as office formats measure paper."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from stele.domain.document import Page, PageSource, Word
from stele.domain.geometry import Point, Polygon, bounds, turned
from stele.pipeline.export.pitch import size_by_width

#: of an image that says nothing of its size: where its sides are as those of paper, it shows such a sheet
_PAPERS = ((595.3, 841.9), (612.0, 792.0))  # A4, Letter
_SAME_SHAPE = 0.02
#: else its resolution, in pixels an inch, and the longest side in inches
_RESOLUTION, _LONGEST = 200.0, 14.0
#: print of one size is this much higher, from the ascenders to the descenders, than its size says
_LEADING = 1.17


@dataclass(frozen=True)
class Box:
    """Upright, in points from the top left of the sheet."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    def common(self, other: Box) -> float:
        """The area that both cover."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        ).area


def around(boxes: list[Box]) -> Box:
    """The box around some; there must be one."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def print_size(words: Iterable[Word], sheet: Sheet) -> float:
    """The font size of some words in points, to half a point: the median over their characters; 0 without any."""
    those = list(words)
    size = size_by_width(those) * sheet.points_per_pixel if sheet.by_width else 0.0
    if not size:
        heights = [math.dist(word.polygon[0], word.polygon[3]) for word in those for _ in word.text]
        size = statistics.median(heights) * sheet.points_per_pixel / _LEADING if heights else 0.0
    return max(1.0, round(size * 2) / 2) if size else 0.0


class Sheet:
    """The upright view of a page: its size in points, and where things lie on it."""

    def __init__(self, page: Page) -> None:
        self._angle = page.angle
        #: whether the size of print is better told by its width than by its height
        self.by_width = page.source is not PageSource.TEXT_LAYER
        self._centre = (page.width / 2, page.height / 2)
        self.quarters = round(page.angle / 90) % 4
        on_side = self.quarters % 2 == 1
        pixels = (page.height, page.width) if on_side else (page.width, page.height)
        self.points_per_pixel = 1 / page.scale if page.scale else _points_per_pixel(pixels)
        self._half = (pixels[0] / 2, pixels[1] / 2)
        self.width, self.height = (side * self.points_per_pixel for side in pixels)

    def box(self, polygon: Polygon) -> Box:
        """The box around a polygon of the page."""
        return Box(*bounds(self._placed(point) for point in polygon))

    def _placed(self, point: Point) -> Point:
        x, y = turned(point, -self._angle, self._centre)
        across, down = x - self._centre[0] + self._half[0], y - self._centre[1] + self._half[1]
        return across * self.points_per_pixel, down * self.points_per_pixel


def _points_per_pixel(pixels: tuple[int, int]) -> float:
    shorter, longer = max(min(pixels), 1), max(*pixels, 1)
    for short, long in _PAPERS:
        if abs(longer / shorter - long / short) < _SAME_SHAPE * long / short:
            return long / longer
    return 72 / max(_RESOLUTION, longer / _LONGEST)
