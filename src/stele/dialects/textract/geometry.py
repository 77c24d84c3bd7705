"""Where things are, as Textract writes it: parts of the page's sides, as 32-bit floats.

A picture is taken as it is stored, whatever its EXIF orientation says; a PDF page as it is displayed, after /Rotate.
Which way a text runs is told by where its polygon begins. The model's `RotationAngle` is never given: Amazon's recorded
answers have none, and its own response parser refuses them.
"""

from __future__ import annotations

from array import array
from typing import Final

from stele.dialects.textract.model import Json
from stele.domain.document import Page
from stele.domain.geometry import Orientation, Point, Polygon, bounds, to_displayed, turned

#: how far a page is turned to be displayed, in degrees clockwise
_TURNS: Final = {
    Orientation.UPRIGHT: 0,
    Orientation.QUARTER_RIGHT: 90,
    Orientation.HALF_TURN: 180,
    Orientation.QUARTER_LEFT: 270,
}
_CORNERS: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class Frame:
    """From pixels of a page as submitted to Textract's numbers."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._displayed = page.points is not None and page.orientation != Orientation.UPRIGHT
        swapped = self._displayed and page.orientation.swaps_axes
        width, height = (page.height, page.width) if swapped else (page.width, page.height)
        # A page that could not be read has no size.
        self._width, self._height = max(1, width), max(1, height)

    def geometry(self, polygon: Polygon) -> Json:
        """`Geometry`: the box is the hull of the polygon."""
        numbers = array("f")
        for x, y in map(self._moved, polygon):
            numbers.extend((_clipped(x / self._width), _clipped(y / self._height)))
        left, right = min(numbers[0::2]), max(numbers[0::2])
        top, bottom = min(numbers[1::2]), max(numbers[1::2])
        width, height = array("f", (right - left, bottom - top))
        return {
            "BoundingBox": {"Width": width, "Height": height, "Left": left, "Top": top},
            "Polygon": [{"X": x, "Y": y} for x, y in zip(numbers[0::2], numbers[1::2], strict=True)],
        }

    def whole(self) -> Json:
        """The page: its polygon begins where its text does."""
        turn = self._page.angle + (_TURNS.get(self._page.orientation, 0) if self._displayed else 0)
        first = round(turn / 90) % 4
        return {
            "BoundingBox": {"Width": 1.0, "Height": 1.0, "Left": 0.0, "Top": 0.0},
            "Polygon": [{"X": x, "Y": y} for x, y in _CORNERS[first:] + _CORNERS[:first]],
        }

    def upright(self, polygon: Polygon) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels, of the page turned so that its text can be read."""
        centre = (self._page.width / 2, self._page.height / 2)
        return bounds(turned(point, -self._page.angle, centre) for point in polygon)

    def _moved(self, point: Point) -> Point:
        page = self._page
        return to_displayed(point, page.orientation, page.width, page.height) if self._displayed else point


def percent(confidence: float) -> float:
    """A confidence of 0…1 as Textract has it."""
    return single(100 * _clipped(confidence))


def single(value: float) -> float:
    """A number as a 32-bit float has it."""
    return array("f", (value,))[0]


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))
