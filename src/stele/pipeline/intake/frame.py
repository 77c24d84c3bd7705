"""Where a PDF page lies on its raster: from points with y upwards to displayed pixels with y downwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon, rectangle
from stele.pipeline.intake.survey import Box

Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`page` is the visible box of the page; `rotation` its /Rotate; `width` and `height` the displayed raster's."""

    page: Box
    rotation: int
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels a point."""
        left, _, right, _ = self.page
        return (self.height if self.rotation % 180 else self.width) / (right - left)

    def to_pixels(self, points: Coordinates) -> Coordinates:
        """Map an array whose last axis is (x, y)."""
        left, bottom, right, top = self.page
        x, y = points[..., 0], points[..., 1]
        # as displayed, each from 0 at the left or the top to 1
        match self.rotation:
            case 90:
                across, down = (y - bottom) / (top - bottom), (x - left) / (right - left)
            case 180:
                across, down = (right - x) / (right - left), (y - bottom) / (top - bottom)
            case 270:
                across, down = (top - y) / (top - bottom), (right - x) / (right - left)
            case _:
                across, down = (x - left) / (right - left), (top - y) / (top - bottom)
        return np.stack((across * self.width, down * self.height), axis=-1)

    def box_to_polygon(self, box: Box) -> Polygon:
        """The upright displayed rectangle of a box, cut to the page."""
        corners = self.to_pixels(np.array([[box[0], box[1]], [box[2], box[3]]], np.float64))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return rectangle(
            max(0.0, float(left)),
            max(0.0, float(top)),
            min(float(self.width), float(right)),
            min(float(self.height), float(bottom)),
        )
