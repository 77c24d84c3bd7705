"""Pages as a reader sees them: the geometry that the marked-up formats (hOCR, ALTO) state.

The tree keeps polygons in pixels of the page as submitted. These formats have one box an element, meant to be laid over
the page *as displayed*, that is after the EXIF orientation or /Rotate; so boxes here are in displayed pixels. The page
is not turned any further: on a page that was scanned on its side, boxes lie on their side as the text does, and the
direction of the text is stated beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from stele.domain.document import Page
from stele.domain.geometry import Polygon, bounds, to_displayed

#: turns smaller than this (degrees) are the noise of detection: such a box is upright
_UPRIGHT = 0.2


@dataclass(frozen=True)
class Upright:
    """Where a polygon of the page lies on the displayed page."""

    polygon: Polygon

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in displayed pixels."""
        return bounds(self.polygon)

    @property
    def turn(self) -> float:
        """How far the text is turned clockwise on the displayed page: 0 ≤ turn < 360 degrees, 0 when it is upright."""
        top_left, top_right, bottom_right, bottom_left = self.polygon
        run = top_right[0] - top_left[0] + bottom_right[0] - bottom_left[0]
        rise = top_right[1] - top_left[1] + bottom_right[1] - bottom_left[1]
        degrees = math.degrees(math.atan2(rise, run)) % 360
        return 0.0 if min(degrees, 360 - degrees) < _UPRIGHT else degrees


def displayed(page: Page, polygon: Polygon) -> Upright:
    """`polygon`, of the page as submitted, on the page as displayed."""
    a, b, c, d = (to_displayed(point, page.orientation, page.width, page.height) for point in polygon)
    return Upright((a, b, c, d))


def displayed_size(page: Page) -> tuple[int, int]:
    """Width and height of the displayed page in pixels."""
    return (page.height, page.width) if page.orientation.swaps_axes else (page.width, page.height)


def legal(text: str) -> str:
    """`text` with the characters that XML 1.0 forbids replaced by U+FFFD."""
    return "".join(char if _is_legal(char) else "�" for char in text)


def _is_legal(char: str) -> bool:
    return char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
