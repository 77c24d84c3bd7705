"""What annotation is given, and what it asks of an annotator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import msgspec

from stele.domain.annotation import MAX_CROP_RATIOS, Annotations
from stele.domain.document import Page
from stele.domain.errors import RequestError
from stele.domain.geometry import Orientation, Point, Polygon, rectangle, to_displayed, to_submitted
from stele.domain.job import Feature
from stele.domain.value import Value
from stele.pipeline.intake.seam import PageInput, Pixels

#: how many results a feature gives where the options do not say
DEFAULT_RESULTS = 10


class AnnotationOptions(Value):
    """What to look for. Features that are not annotations (text) have no effect.

    `crop_aspect_ratios` are width / height of the crops wanted, as the picture is displayed; none means one crop of the
    picture's own ratio. `max_results` limits lists by feature, `DEFAULT_RESULTS` where it does not say; crops are as
    many as ratios. Raises RequestError for ratios that no crop has, and for more than `MAX_CROP_RATIOS`.
    """

    features: tuple[Feature, ...]
    crop_aspect_ratios: tuple[float, ...] = ()
    max_results: dict[Feature, int] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(math.isfinite(ratio) and ratio > 0 for ratio in self.crop_aspect_ratios):
            raise RequestError(reason="aspect ratios of crops are numbers above 0 (width / height)")
        if len(self.crop_aspect_ratios) > MAX_CROP_RATIOS:
            raise RequestError(reason=f"at most {MAX_CROP_RATIOS} aspect ratios of crops can be given")

    def most(self, feature: Feature) -> int:
        """How many results of `feature` are wanted."""
        return self.max_results.get(feature, DEFAULT_RESULTS)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded picture.

    `pixels` are displayed ones, i.e. after `orientation` was applied; `width` x `height` is the size as submitted, at
    the same scale. `page` is what was read on it, where it was read. Nobody may write to the pixels.
    """

    pixels: Pixels
    orientation: Orientation
    width: int
    height: int
    page: Page | None = None

    @classmethod
    def of(cls, source: PageInput, page: Page | None = None) -> Picture:
        """Decode a page. Raises CorruptPage, and LimitError cases before decoding."""
        return cls(
            pixels=source.raster(),
            orientation=source.orientation,
            width=source.width,
            height=source.height,
            page=page,
        )

    @property
    def displayed_size(self) -> tuple[int, int]:
        """Width and height of `pixels`."""
        height, width = self.pixels.shape[:2]
        return width, height

    def box(self, left: float, top: float, right: float, bottom: float) -> Polygon:
        """A box of the displayed picture as a polygon on the page as submitted: cut off at the picture's edges, to a
        tenth of a pixel."""
        a, b, c, d = rectangle(left, top, right, bottom)
        return self._placed(a), self._placed(b), self._placed(c), self._placed(d)

    def displayed(self, polygon: Polygon) -> Polygon:
        """A polygon of the page as submitted, on the displayed picture."""
        a, b, c, d = (to_displayed(point, self.orientation, self.width, self.height) for point in polygon)
        return a, b, c, d

    def _placed(self, point: Point) -> Point:
        x, y = to_submitted(point, self.orientation, self.width, self.height)
        return round(min(max(x, 0.0), float(self.width)), 1), round(min(max(y, 0.0), float(self.height)), 1)


class Annotator(Protocol):
    """Answers one feature. Constructed once in the process that uses it, called by one thread at a time."""

    feature: Feature

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        """`found`, with what this feature finds filled in. `found` has what was wanted and comes before this one in
        `annotating.ORDER`. Raises EngineError cases."""
        ...


class Annotators(Protocol):
    """Who answers which feature."""

    def annotator_for(self, feature: Feature) -> Annotator | None:
        """None where nobody does: its model is not installed, or there is none. Raises ModelDamaged."""
        ...
