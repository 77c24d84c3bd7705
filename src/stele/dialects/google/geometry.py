"""Where things are, as Google writes it: pixels of pictures, parts of a page's sides in files.

Zeros are left out, as everywhere in the JSON form. A picture's pixels are those stored, whatever its EXIF orientation
says; a PDF page is taken as it is displayed, after /Rotate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from stele.domain.document import Page
from stele.domain.geometry import Polygon, to_displayed

Json: TypeAlias = dict[str, object]
#: a polygon as a `BoundingPoly`
Poly: TypeAlias = Callable[[Polygon], Json]


def vertices(polygon: Polygon) -> Json:
    return {"vertices": [_vertex(round(x), round(y)) for x, y in polygon]}


def inclusive_vertices(page: Page) -> Poly:
    """Crop hints name the last pixel inside, not the one behind it."""
    right, bottom = page.width - 1, page.height - 1
    return lambda polygon: {
        "vertices": [_vertex(min(round(x), right), min(round(y), bottom)) for x, y in polygon],
    }


def normalised_vertices(page: Page) -> Poly:
    width, height = float(page.width), float(page.height)

    def as_submitted(polygon: Polygon) -> Json:
        return {"normalizedVertices": [_vertex(part(x / width), part(y / height)) for x, y in polygon]}

    if page.points is None or page.orientation == 1:
        return as_submitted
    wide, high = (height, width) if page.orientation.swaps_axes else (width, height)

    def as_displayed(polygon: Polygon) -> Json:
        moved = (to_displayed(point, page.orientation, width, height) for point in polygon)
        return {"normalizedVertices": [_vertex(part(x / wide), part(y / high)) for x, y in moved]}

    return as_displayed


def size(page: Page, *, of_file: bool) -> Json:
    """Width and height: of a PDF page in points, as it is displayed; else in pixels."""
    width, height = page.width, page.height
    if of_file and page.points is not None:
        width, height = (round(side) for side in page.points)
        if page.orientation.swaps_axes:
            width, height = height, width
    return {"width": width, "height": height}


def part(value: float) -> float:
    """A number between 0 and 1 with no more digits than a 32-bit float holds, whole ones without fraction."""
    rounded = round(value, 6)
    return int(rounded) if rounded in (0.0, 1.0) else rounded


def _vertex(x: float, y: float) -> Json:
    if x:
        return {"x": x, "y": y} if y else {"x": x}
    return {"y": y} if y else {}
