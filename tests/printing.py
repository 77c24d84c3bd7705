"""Pages printed for engines to read: lines of words with known boxes, in the font that Pillow brings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stele.domain.geometry import Orientation, Point, Polygon, bounds, rectangle, turned
from stele.pipeline.intake.seam import Drawing, Pixels, TextLayer

LETTER = (
    "Dear Ms Holloway,",
    "thank you for your order of 14 March. We have sent the",
    "three brass lanterns by parcel post; they should reach you",
    "before Friday. The invoice is number 20481 and comes to",
    "$312.50 in all, payable within thirty days.",
    "Yours sincerely, R. Whitcombe",
)


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A printed page: its pixels (grey) and its words with their boxes, in reading order."""

    pixels: Pixels
    words: tuple[tuple[str, Polygon], ...]

    @property
    def text(self) -> str:
        return " ".join(word for word, _ in self.words)

    def turned(self, degrees: float) -> Printed:
        """The page turned clockwise, on a page large enough for it, its ground as before."""
        image = Image.fromarray(self.pixels)
        again = image.rotate(-degrees, expand=True, resample=Image.Resampling.BICUBIC, fillcolor=255)
        before, after = ((size[0] / 2, size[1] / 2) for size in (image.size, again.size))

        def moved(point: Point) -> Point:
            x, y = turned(point, degrees, before)
            return x - before[0] + after[0], y - before[1] + after[1]

        words = tuple((word, tuple(moved(point) for point in polygon)) for word, polygon in self.words)
        return Printed(pixels=np.array(again), words=words)  # type: ignore[arg-type]


def printed(lines: Sequence[str] = LETTER, *, size: int = 28, margin: int = 60, leading: float = 1.6) -> Printed:
    """Lines of `size` pixels on white, black."""
    font = ImageFont.load_default(size)
    width = math.ceil(max(font.getlength(line) for line in lines)) + 2 * margin
    height = math.ceil(len(lines) * leading * size) + 2 * margin
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    words = []
    for row, line in enumerate(lines):
        left, top = float(margin), margin + row * leading * size
        for word in line.split():
            draw.text((left, top), word, font=font, fill=0)
            words.append((word, rectangle(*draw.textbbox((left, top), word, font=font))))
            left += font.getlength(word + " ")
    return Printed(pixels=np.array(image), words=tuple(words))


def overlap(first: Polygon, second: Polygon) -> float:
    """Intersection over union of the upright boxes around two polygons."""
    a, b = bounds(first), bounds(second)
    inside = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)


class PixelPage:
    """A page without a text layer, of some pixels."""

    def __init__(self, pixels: Pixels, number: int = 1, orientation: Orientation = Orientation.UPRIGHT) -> None:
        self.number = number
        self.height, self.width = pixels.shape[:2]
        if orientation.swaps_axes:
            self.width, self.height = self.height, self.width
        self.orientation = orientation
        self.points: tuple[float, float] | None = None
        self.scale: float | None = None
        self.warnings: tuple[str, ...] = ()
        self._pixels = pixels

    def raster(self) -> Pixels:
        return self._pixels

    def text_layer(self) -> TextLayer | None:
        return None

    def drawing(self) -> Drawing | None:
        return None
