"""Crop hints: the wanted shape, within the picture, around what matters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
from pictures import ball, picture
from stele.domain.annotation import Annotations, CropHint, Face, LocalizedObject
from stele.domain.document import Page
from stele.domain.errors import RequestError
from stele.domain.geometry import Orientation, Polygon, bounds, rectangle, to_displayed, to_submitted
from stele.domain.job import Feature
from stele.pipeline.annotation.cropping import CropAnnotator
from stele.pipeline.annotation.saliency import saliency
from stele.pipeline.annotation.seam import AnnotationOptions, Picture

RATIOS = (1.0, 4 / 3, 16 / 9, 9 / 16, 0.8, 2.4)
Box = tuple[float, float, float, float]


def hints(of: Picture, *ratios: float, found: Annotations | None = None) -> tuple[CropHint, ...]:
    options = AnnotationOptions(features=(Feature.CROP_HINTS,), crop_aspect_ratios=ratios)
    return CropAnnotator().annotate(of, options, found or Annotations()).crop_hints


def inside(crop: Polygon, subject: Box) -> float:
    """The part of `subject` that lies in the crop."""
    left, top, right, bottom = bounds(crop)
    across = min(right, subject[2]) - max(left, subject[0])
    down = min(bottom, subject[3]) - max(top, subject[1])
    return max(0.0, across) * max(0.0, down) / ((subject[2] - subject[0]) * (subject[3] - subject[1]))


@pytest.mark.parametrize(("width", "height"), [(600, 400), (400, 600), (500, 500)])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (0.25, 0.9)])
def test_a_subject_anywhere_stays_in(width: int, height: int, x: float, y: float) -> None:
    left, top = round(x * (width - 100)), round(y * (height - 100))
    for ratio, hint in zip(RATIOS, hints(picture(ball(width, height, left, top)), *RATIOS), strict=True):
        assert inside(hint.polygon, (left + 5, top + 5, left + 95, top + 95)) >= 0.9, ratio
        assert hint.importance_fraction > 0.6
        assert hint.confidence > 0.6


@pytest.mark.parametrize("ratio", [*RATIOS, 1e-6, 1e6, 1e-300, 1e300])
def test_crops_are_the_largest_of_their_shape(ratio: float) -> None:
    (hint,) = hints(picture(ball(600, 400, 30, 40)), ratio)
    left, top, right, bottom = bounds(hint.polygon)
    assert right - left == pytest.approx(max(1, min(600, 400 * ratio)), abs=0.5)
    assert bottom - top == pytest.approx(max(1, min(400, 600 / ratio)), abs=0.5)


def test_without_a_ratio_the_picture_is_kept_whole() -> None:
    (hint,) = hints(picture(ball(301, 200, 0, 0)))
    assert hint == CropHint(polygon=rectangle(0, 0, 301, 200), confidence=1, importance_fraction=1)


def test_of_a_picture_that_is_the_same_all_over_the_middle_is_kept() -> None:
    (hint,) = hints(picture(np.full((300, 600, 3), 90, np.uint8)), 1.0)
    assert bounds(hint.polygon) == pytest.approx((150, 0, 450, 300), abs=2)
    assert hint.importance_fraction == pytest.approx(0.5, abs=0.01)
    assert hint.confidence == pytest.approx(0.5, abs=0.02)


def test_recognised_things_matter_more_than_what_strikes_the_eye() -> None:
    """A ball on the left, and on the right something that only a detector, or a reader, sees."""
    pixels = ball(800, 200, 20, 50)
    (hint,) = hints(picture(pixels), 1.0)
    assert inside(hint.polygon, (25, 55, 115, 145)) == 1

    box = (640, 40, 760, 160)
    face = Face(
        polygon=rectangle(*box),
        head=rectangle(*box),
        landmarks=(),
        roll=None,
        pan=None,
        tilt=None,
        detection_confidence=0.9,
        landmarking_confidence=None,
    )
    thing = LocalizedObject(mid=None, name="thing", score=0.9, polygon=rectangle(*box))
    for found in (Annotations(faces=(face,)), Annotations(objects=(thing,), faces=(face,))):
        (hint,) = hints(picture(pixels), 1.0, found=found)
        assert inside(hint.polygon, box) >= 0.9

    plain = np.full((200, 800, 3), 200, np.uint8)
    read = builders.page(1, ["Some words"], width=800, height=200)
    moved = Page(number=1, width=800, height=200, blocks=(builders.block([paragraph_at(600)]),))
    (hint,) = hints(picture(plain, page=moved), 1.0)
    assert bounds(hint.polygon)[0] >= 400
    (hint,) = hints(picture(plain, page=read), 1.0)
    assert bounds(hint.polygon)[0] <= 100


def paragraph_at(left: float) -> builders.Paragraph:
    return builders.paragraph([builders.line("Some words", left=left)])


@pytest.mark.parametrize("orientation", Orientation)
def test_crops_lie_on_the_page_as_submitted(orientation: Orientation) -> None:
    """However a picture is stored, what is displayed is cropped alike, and text on it is found where it is."""
    pixels = ball(600, 400, 480, 10)
    plain = picture(pixels)
    stored = picture(pixels, orientation)
    for upright, turned in zip(hints(plain, *RATIOS), hints(stored, *RATIOS), strict=True):
        assert turned.polygon == tuple(
            to_submitted(point, orientation, stored.width, stored.height) for point in upright.polygon
        )
        assert (turned.confidence, turned.importance_fraction) == (upright.confidence, upright.importance_fraction)
        # the first corner is the top left one as displayed
        shown = [to_displayed(point, orientation, stored.width, stored.height) for point in turned.polygon]
        assert tuple(shown) == rectangle(*bounds(shown))

    flat = np.full((400, 600, 3), 200, np.uint8)
    page = builders.page(1, ["Some words"], width=600, height=400, orientation=orientation)
    (hint,) = hints(picture(flat, orientation, page), 0.5)
    shown = [to_displayed(point, orientation, stored.width, stored.height) for point in hint.polygon]
    assert inside(tuple(shown), (50, 50, 150, 70)) >= 0.9


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.lists(st.floats(1e-3, 1e3), max_size=4),
    st.sampled_from(Orientation),
    st.integers(0, 9),
)
def test_all_crops_are_in_the_picture(
    width: int, height: int, ratios: list[float], orientation: Orientation, seed: int
) -> None:
    of = picture(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8), orientation)
    found = hints(of, *ratios)
    assert len(found) == max(1, len(ratios))
    for hint in found:
        assert 0 <= hint.confidence <= 1
        assert 0 <= hint.importance_fraction <= 1
        assert all(0 <= x <= of.width and 0 <= y <= of.height for x, y in hint.polygon)
        left, top, right, bottom = bounds(hint.polygon)
        assert right - left >= 1
        assert bottom - top >= 1
    assert hints(of, *ratios) == found


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 2), (40, 30), (400, 3000, 3)])
def test_every_picture_has_a_map(shape: tuple[int, ...]) -> None:
    found = saliency(np.random.default_rng(3).integers(0, 256, shape, np.uint8))
    assert max(found.shape) == min(128, max(shape[:2]))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan, math.inf])
def test_ratios_that_no_crop_has_are_refused(ratio: float) -> None:
    with pytest.raises(RequestError, match="above 0"):
        hints(picture(ball(200, 200, 0, 0)), ratio)


def test_seventeen_ratios_are_refused() -> None:
    with pytest.raises(RequestError, match="16"):
        hints(picture(ball(200, 200, 0, 0)), *[1.0] * 17)
