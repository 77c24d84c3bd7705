"""Dominant colours: exact where they are exact, close where they are not, always the same."""

from __future__ import annotations

import time
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pictures import picture, striped
from stele.domain.annotation import Annotations, Colour
from stele.domain.job import Feature
from stele.pipeline.annotation.colours import ColourAnnotator, dominant_colours
from stele.pipeline.annotation.oklab import chroma, oklab
from stele.pipeline.annotation.seam import AnnotationOptions
from stele.pipeline.intake.seam import Pixels

FOUR = [(10, 20, 30), (11, 20, 30), (200, 0, 0), (255, 255, 254)]


def with_channels(shape: tuple[int, ...]) -> st.SearchStrategy[tuple[int, ...]]:
    """A shape of grey or of coloured pixels."""
    return st.sampled_from([shape, (*shape, 3)])


def rgb(colour: Colour) -> tuple[int, int, int]:
    return colour.red, colour.green, colour.blue


def fractions(colours: tuple[Colour, ...]) -> dict[tuple[int, int, int], float]:
    return {rgb(colour): colour.pixel_fraction for colour in colours}


@pytest.mark.parametrize("scale", [1, 3, 14])
def test_flat_colours_come_out_exactly(scale: int) -> None:
    """Also where they can hardly be told apart, and where the picture is too large to look at every pixel."""
    found = dominant_colours(striped(FOUR, [40 * scale, 10 * scale, 30 * scale, 20 * scale], 70 * scale))
    assert fractions(found) == dict(zip(FOUR, [0.4, 0.1, 0.3, 0.2], strict=True))
    assert sum(colour.score for colour in found) == pytest.approx(1)


def test_a_drawing_with_soft_edges_keeps_its_colours() -> None:
    pixels = cv2.GaussianBlur(striped(FOUR[:1] + FOUR[2:], [300, 300, 300], 500), (0, 0), 1.5)
    found = fractions(dominant_colours(pixels)[:3])
    assert set(found) == {FOUR[0], FOUR[2], FOUR[3]}
    assert all(fraction == pytest.approx(1 / 3, abs=0.02) for fraction in found.values())


def test_a_photograph_of_four_colours_has_four() -> None:
    """Noise makes thousands of colours of four."""
    palette = [(60, 60, 62), (190, 60, 50), (60, 120, 60), (225, 225, 215)]
    clean = striped(palette, [200] * 4, 400).astype(np.float64)
    noisy = np.clip(clean + np.random.default_rng(5).normal(0, 4, clean.shape), 0, 255).astype(np.uint8)
    found = dominant_colours(noisy)
    assert len(found) == 4
    for wanted in palette:
        nearest = min(found, key=lambda colour: np.abs(np.subtract(rgb(colour), wanted)).max())
        assert np.abs(np.subtract(rgb(nearest), wanted)).max() <= 3
        assert nearest.pixel_fraction == pytest.approx(0.25, abs=0.01)


def test_what_strikes_the_eye_comes_first() -> None:
    grey, red = (128, 128, 128), (220, 30, 30)
    assert [rgb(colour) for colour in dominant_colours(striped([grey, red], [55, 45]))] == [red, grey]
    middle = dominant_colours(striped([(80, 80, 80), (90, 90, 90), (80, 80, 80)], [50, 100, 50]))
    assert rgb(middle[0]) == (90, 90, 90)


def test_grey_pictures_are_those_of_grey_colours() -> None:
    grey = np.repeat(np.arange(0, 250, 10, np.uint8), 40)[None].repeat(60, axis=0)
    assert dominant_colours(grey) == dominant_colours(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
    assert dominant_colours(grey[:, :80])[0].pixel_fraction == 0.5


def test_results_are_at_most_as_many_as_wanted() -> None:
    noise = picture(np.random.default_rng(1).integers(0, 256, (50, 60, 3), np.uint8))
    annotator = ColourAnnotator()
    options = AnnotationOptions(features=(annotator.feature,))
    assert len(annotator.annotate(noise, options, Annotations()).colours) == 10
    three = AnnotationOptions(features=(annotator.feature,), max_results={Feature.IMAGE_PROPERTIES: 3})
    assert len(annotator.annotate(noise, three, Annotations()).colours) == 3


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))
        | st.tuples(st.integers(1, 60), st.integers(1, 60)),
    )
)
def test_any_picture_has_colours(pixels: Pixels) -> None:
    found = dominant_colours(pixels)
    assert 1 <= len(found) <= 10
    assert sum(colour.score for colour in found) == pytest.approx(1)
    assert sum(colour.pixel_fraction for colour in found) == pytest.approx(1)
    assert all(0 < colour.score <= 1 and 0 < colour.pixel_fraction <= 1 for colour in found)
    assert all(0 <= channel <= 255 for colour in found for channel in rgb(colour))
    assert all(first.score >= second.score for first, second in pairwise(found))
    assert dominant_colours(pixels.copy()) == found


def test_a_large_photograph_takes_no_time() -> None:
    rng = np.random.default_rng(2)
    photograph = cv2.resize(rng.integers(0, 256, (30, 40, 3), np.uint8), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    dominant_colours(photograph)
    spent = []
    for _ in range(5):
        start = time.process_time()
        dominant_colours(photograph)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.05  # about 5 ms; machines under test are busy


def test_oklab_is_that_of_its_author() -> None:
    """Values of the reference implementation; white and black are the ends of lightness."""
    lab = oklab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [128, 128, 128]], np.uint8))
    assert lab[0] == pytest.approx([1, 0, 0], abs=1e-4)
    assert lab[1] == pytest.approx([0, 0, 0], abs=1e-9)
    assert lab[2, 1:] == pytest.approx([0.2249, 0.1258], abs=1e-4)
    assert chroma(lab) == pytest.approx([0, 0, 0.2577, 0], abs=1e-3)
    assert lab[3, 0] == pytest.approx(0.54, abs=0.01)  # like CIE lightness 53.6
