"""Where things are, as Textract writes it: parts of the page's sides, as 32-bit floats.

A picture is taken as it is stored, whatever its EXIF orientation says; a PDF page as it is displayed, after /Rotate.
Which way a text runs is told by where its polygon begins. The model's `RotationAngle` is never given: Amazon's recorded
answers have none, and its own response parser refuses them.
"""

from __future__ import annotations

import struct
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
#: 32-bit floats
_ONE, _TWO, _EIGHT = (struct.Struct(f"{count}f") for count in (1, 2, 8))
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
        points = map(self._moved, polygon) if self._displayed else polygon
        parts = (
            side
            for x, y in points
            for side in (min(1.0, max(0.0, x / self._width)), min(1.0, max(0.0, y / self._height)))
        )
        x0, y0, x1, y1, x2, y2, x3, y3 = _EIGHT.unpack(_EIGHT.pack(*parts))
        left, top = min(x0, x1, x2, x3), min(y0, y1, y2, y3)
        width, height = _TWO.unpack(_TWO.pack(max(x0, x1, x2, x3) - left, max(y0, y1, y2, y3) - top))
        return {
            "BoundingBox": {"Width": width, "Height": height, "Left": left, "Top": top},
            "Polygon": [{"X": x0, "Y": y0}, {"X": x1, "Y": y1}, {"X": x2, "Y": y2}, {"X": x3, "Y": y3}],
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
        return to_displayed(point, page.orientation, page.width, page.height)


def percent(confidence: float) -> float:
    """A confidence of 0…1 as Textract has it."""
    return single(100 * min(1.0, max(0.0, confidence)))


def single(value: float) -> float:
    """A number as a 32-bit float has it."""
    found: float = _ONE.unpack(_ONE.pack(value))[0]
    return found
