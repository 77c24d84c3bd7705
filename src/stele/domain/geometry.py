"""Points, polygons and the eight ways a page can lie.

Units are pixels; x grows to the right, y grows downwards. A polygon has four corners, clockwise, starting at the
top-left corner *of the text as it reads*: on a page that lies on its side the first corner is not the one nearest to
the origin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum

Point = tuple[float, float]
Polygon = tuple[Point, Point, Point, Point]


class Orientation(IntEnum):
    """How stored pixels must be turned to be displayed: the values of EXIF tag 274 (EXIF 2.32, 4.6.4 A).

    A PDF page with /Rotate 90, 180 or 270 is the same thing as 6, 3 or 8.
    """

    UPRIGHT = 1
    MIRRORED = 2
    HALF_TURN = 3
    MIRRORED_HALF_TURN = 4
    MIRRORED_QUARTER_LEFT = 5
    QUARTER_RIGHT = 6
    MIRRORED_QUARTER_RIGHT = 7
    QUARTER_LEFT = 8

    @classmethod
    def from_pdf_rotation(cls, degrees: int) -> Orientation:
        """The orientation of a PDF page whose /Rotate is `degrees` (a multiple of 90, clockwise)."""
        return {0: cls.UPRIGHT, 90: cls.QUARTER_RIGHT, 180: cls.HALF_TURN, 270: cls.QUARTER_LEFT}[degrees % 360]

    @property
    def swaps_axes(self) -> bool:
        """Whether the displayed page is as wide as the stored one is high."""
        return self >= 5


def to_submitted(point: Point, orientation: Orientation, width: float, height: float) -> Point:
    """Map a point of the displayed page to the page as submitted, whose size is `width` x `height` pixels."""
    x, y = point
    if orientation.swaps_axes:
        x, y = y, x
    mirror_x, mirror_y = _MIRRORS[orientation]
    return width - x if mirror_x else x, height - y if mirror_y else y


def to_displayed(point: Point, orientation: Orientation, width: float, height: float) -> Point:
    """The inverse of `to_submitted`; `width` x `height` is the size of the page as submitted in both."""
    x, y = point
    mirror_x, mirror_y = _MIRRORS[orientation]
    x, y = width - x if mirror_x else x, height - y if mirror_y else y
    return (y, x) if orientation.swaps_axes else (x, y)


#: after the axes are swapped back: whether x, and whether y, runs the other way
_MIRRORS = {
    Orientation.UPRIGHT: (False, False),
    Orientation.MIRRORED: (True, False),
    Orientation.HALF_TURN: (True, True),
    Orientation.MIRRORED_HALF_TURN: (False, True),
    Orientation.MIRRORED_QUARTER_LEFT: (False, False),
    Orientation.QUARTER_RIGHT: (False, True),
    Orientation.MIRRORED_QUARTER_RIGHT: (True, True),
    Orientation.QUARTER_LEFT: (True, False),
}


def rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    """The upright polygon of a box."""
    return (left, top), (right, top), (right, bottom), (left, bottom)


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of some points. Raises ValueError when there are none."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def bounding(polygons: Iterable[Polygon]) -> Polygon:
    """The upright rectangle around all of `polygons`."""
    return rectangle(*bounds(point for polygon in polygons for point in polygon))


def turned(point: Point, degrees: float, centre: Point) -> Point:
    """`point` turned clockwise (as seen on the page) around `centre`."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - centre[0], point[1] - centre[1]
    return centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos
