"""Pictures for tests of annotation, and hypothesis strategies for what is found in them."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st

from stele.domain import annotation
from stele.domain.annotation import Annotations, FaceLandmarkKind, Likelihood
from stele.domain.document import Page
from stele.domain.geometry import Orientation
from stele.domain.job import Feature
from stele.pipeline.annotation.seam import Picture
from stele.pipeline.intake.seam import Pixels, TextLayer

# -- pictures ---------------------------------------------------------------------------------------------------------


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


# -- strategies -------------------------------------------------------------------------------------------------------

# Text has no lone surrogates: neither JSON in UTF-8 nor msgpack can say them.
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_scores = st.floats(0, 1)
_points = st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
_polygons = st.tuples(_points, _points, _points, _points)
_angles = st.none() | st.floats(-180, 180)
_likelihoods = st.sampled_from(Likelihood)
_images = st.builds(annotation.WebImage, url=_texts, score=_scores)
_named = {"mid": st.none() | _texts, "name": _texts, "score": _scores, "polygon": _polygons}


def _some(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, max_size=2).map(tuple)


_face_landmarks = st.builds(
    annotation.FaceLandmark,
    kind=st.sampled_from(FaceLandmarkKind),
    x=st.floats(-1e5, 1e5),
    y=st.floats(-1e5, 1e5),
    z=st.floats(-1e5, 1e5),
)
_faces = st.builds(
    annotation.Face,
    polygon=_polygons,
    head=_polygons,
    landmarks=_some(_face_landmarks),
    roll=_angles,
    pan=_angles,
    tilt=_angles,
    detection_confidence=_scores,
    landmarking_confidence=st.none() | _scores,
    joy=_likelihoods,
    sorrow=_likelihoods,
    anger=_likelihoods,
    surprise=_likelihoods,
    under_exposed=_likelihoods,
    blurred=_likelihoods,
    headwear=_likelihoods,
)
_labels = st.builds(annotation.Label, mid=st.none() | _texts, description=_texts, score=_scores, topicality=_scores)
_objects = st.builds(annotation.LocalizedObject, **_named)
_logos = st.builds(annotation.Logo, **_named)
_coordinates = st.builds(annotation.Coordinates, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
_landmarks = st.builds(annotation.Landmark, **_named, locations=_some(_coordinates))
_safe_searches = st.builds(
    annotation.SafeSearch,
    adult=_likelihoods,
    spoof=_likelihoods,
    medical=_likelihoods,
    violence=_likelihoods,
    racy=_likelihoods,
)
_channels = st.integers(0, 255)
_colours = st.builds(
    annotation.Colour, red=_channels, green=_channels, blue=_channels, score=_scores, pixel_fraction=_scores
)
_crop_hints = st.builds(annotation.CropHint, polygon=_polygons, confidence=_scores, importance_fraction=_scores)
_entities = st.builds(annotation.WebEntity, id=st.none() | _texts, description=_texts, score=st.floats(0, 1e3))
_web_pages = st.builds(
    annotation.WebPage,
    url=_texts,
    title=st.none() | _texts,
    score=_scores,
    full_matching=_some(_images),
    partial_matching=_some(_images),
)
_web_labels = st.builds(annotation.WebLabel, label=_texts, language=st.none() | _texts)
_webs = st.builds(
    annotation.Web,
    entities=_some(_entities),
    full_matching=_some(_images),
    partial_matching=_some(_images),
    similar=_some(_images),
    pages=_some(_web_pages),
    best_guesses=_some(_web_labels),
)
_missing = st.builds(annotation.MissingFeature, feature=st.sampled_from(Feature), model=st.none() | _texts)

#: anything that can be found in a picture
annotations = st.builds(
    Annotations,
    faces=_some(_faces),
    labels=_some(_labels),
    objects=_some(_objects),
    logos=_some(_logos),
    landmarks=_some(_landmarks),
    safe_search=st.none() | _safe_searches,
    colours=_some(_colours),
    crop_hints=_some(_crop_hints),
    web=st.none() | _webs,
    missing=_some(_missing),
)

#: those of which annotations are made, to be held against the values
STRATEGIES = (
    _face_landmarks,
    _faces,
    _labels,
    _objects,
    _logos,
    _coordinates,
    _landmarks,
    _safe_searches,
    _colours,
    _crop_hints,
    _images,
    _entities,
    _web_pages,
    _web_labels,
    _webs,
    _missing,
    annotations,
)
