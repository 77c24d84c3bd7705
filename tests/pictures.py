"""Pictures for tests of annotation."""

from __future__ import annotations

import cv2
import numpy as np

from stele.domain.document import Page
from stele.domain.geometry import Orientation
from stele.pipeline.annotation.seam import Picture
from stele.pipeline.intake.seam import Drawing, Pixels, TextLayer


def striped(colours: list[tuple[int, int, int]], widths: list[int], height: int = 90) -> Pixels:
    """Upright stripes of RGB colours."""
    stripes = [np.full((height, w, 3), rgb[::-1], np.uint8) for rgb, w in zip(colours, widths, strict=True)]
    return np.concatenate(stripes, axis=1)


def ball(width: int, height: int, left: int, top: int, size: int = 100) -> Pixels:
    """A red ball with a blue middle on light grey paper with a little noise."""
    paper = 205 + np.random.default_rng(7).normal(0, 3, (height, width, 3))
    pixels = np.clip(paper, 0, 255).astype(np.uint8)
    centre = (left + size // 2, top + size // 2)
    cv2.circle(pixels, centre, size * 9 // 20, (40, 60, 220), -1)
    cv2.circle(pixels, centre, size // 5, (220, 100, 40), -1)
    return pixels


def picture(pixels: Pixels, orientation: Orientation = Orientation.UPRIGHT, page: Page | None = None) -> Picture:
    """A picture that is displayed as `pixels`."""
    height, width = pixels.shape[:2]
    stored = (height, width) if orientation.swaps_axes else (width, height)
    return Picture(pixels=pixels, orientation=orientation, width=stored[0], height=stored[1], page=page)


class PicturePage:
    """A `PageInput` displayed as `pixels`, that counts how often it is decoded."""

    points: tuple[float, float] | None = None
    scale: float | None = None

    def __init__(self, pixels: Pixels, orientation: Orientation = Orientation.UPRIGHT) -> None:
        of = picture(pixels, orientation)
        self.number = 1
        self.width, self.height, self.orientation = of.width, of.height, orientation
        self.warnings: tuple[str, ...] = ()
        self.decoded = 0
        self._pixels = pixels

    def raster(self) -> Pixels:
        self.decoded += 1
        self.warnings = ("Two rows are missing.",)
        return self._pixels

    def text_layer(self) -> TextLayer | None:
        return None

    def drawing(self) -> Drawing | None:
        return None
