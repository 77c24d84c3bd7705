"""CROP_HINTS: where to crop a picture so that what matters stays in.

What matters is a map over the picture: what strikes the eye, the text read on it, and the faces and objects found in
it. A crop is the largest window of the wanted aspect ratio, so it can only slide along one side of the picture; it is
put where it holds the most of the map, but leaves the middle only for a gain: people frame what they photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.annotation import Annotations, CropHint
from stele.domain.geometry import Polygon
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.saliency import Map, saliency, share
from stele.pipeline.annotation.seam import AnnotationOptions, Picture

#: how much all text, all objects and all faces of a picture matter together, where all that strikes the eye is 1
_TEXT, _OBJECTS, _FACES = 1.0, 1.0, 2.0

#: what a window must gain to lie half a picture away from the middle; it goes with the square of the distance
_OFF_CENTRE = 0.25

Floats = npt.NDArray[np.float64]


class CropAnnotator:
    feature = Feature.CROP_HINTS

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        width, height = picture.displayed_size
        importance = _importance(picture, found)
        ratios = options.crop_aspect_ratios or (width / height,)
        return changed(found, crop_hints=tuple(_hint(picture, importance, ratio) for ratio in ratios))


def _importance(picture: Picture, found: Annotations) -> Map:
    """What matters, on the cells of `saliency`; adds up to 1."""
    total = saliency(picture.pixels)
    for weight, polygons in (
        (_TEXT, _text(picture)),
        (_OBJECTS, (thing.polygon for thing in found.objects)),
        (_FACES, (face.head for face in found.faces)),
    ):
        covered = _covered(picture, polygons, total.shape)
        if covered.any():
            total = total + weight * share(covered)
    return share(total)


def _text(picture: Picture) -> Iterator[Polygon]:
    if picture.page is not None:
        yield from (line.polygon for line in picture.page.lines())


def _covered(picture: Picture, polygons: Iterable[Polygon], shape: tuple[int, ...]) -> Map:
    """1 in the cells that any of the polygons touches, 0 elsewhere."""
    scale = np.array([shape[1], shape[0]]) / picture.displayed_size
    covered = np.zeros(shape, np.uint8)
    for polygon in polygons:
        corners = np.floor(np.array(picture.displayed(polygon)) * scale).astype(np.int32)
        cv2.fillPoly(covered, [corners], 1)
    return covered.astype(np.float64)


def _hint(picture: Picture, importance: Map, ratio: float) -> CropHint:
    width, height = picture.displayed_size
    # whole pixels, and at least one
    across, down = max(1, round(min(width, height * ratio))), max(1, round(min(height, width / ratio)))
    left, inside_x = _best(importance.sum(axis=0), width, across)
    top, inside_y = _best(importance.sum(axis=1), height, down)
    inside = min(inside_x, inside_y)
    return CropHint(
        polygon=picture.box(left, top, left + across, top + down),
        confidence=_confidence(inside, across * down / (width * height)),
        importance_fraction=inside,
    )


def _best(profile: Floats, length: int, window: int) -> tuple[int, float]:
    """Where along `length` pixels to put a window of `window` pixels, and how much it holds there of a profile (which
    adds up to 1)."""
    edges = np.linspace(0, length, len(profile) + 1)
    before = np.concatenate([[0.0], np.cumsum(profile) / profile.sum()])
    starts = np.arange(length - window + 1)
    held = np.interp(starts + window, edges, before) - np.interp(starts, edges, before)
    off_centre = (2 * starts + window) / length - 1
    best = int((held - _OFF_CENTRE * off_centre**2).argmax())
    return int(starts[best]), float(held[best].clip(0, 1))


def _confidence(inside: float, area: float) -> float:
    """How much denser what matters lies inside than outside: 0.5 for equally dense, 1 where nothing is outside.

    `inside` is the part of what matters, `area` that of the picture.
    """
    if area == 1:
        return 1.0
    return inside * (1 - area) / (inside * (1 - area) + (1 - inside) * area)
