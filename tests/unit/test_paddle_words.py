"""Where the words of a line stand: what is ink of theirs, and where on the page that is."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import words
from stele.pipeline.reading.engines.paddle.ink import ink_of
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP
from stele.pipeline.reading.engines.paddle.pixels import grey, labels_of, percentile
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip
from stele.pipeline.reading.seam import SeenLine

#: left, top, right, bottom of an upright mark
Mark = tuple[int, int, int, int]


def strip_of(width: int, *marks: Mark) -> Pixels:
    pixels = np.full((LINE_HEIGHT, width, 3), 255, np.uint8)
    for left, top, right, bottom in marks:
        pixels[top:bottom, left:right] = 0
    return pixels


def line(pixels: Pixels, text: str, centres: list[float], to_page: npt.NDArray[np.float64] | None = None) -> SeenLine:
    """The line in which each character was seen a step wide around its centre."""
    places = np.array(centres, np.float32)
    confidences = np.linspace(0.9, 1, len(text), dtype=np.float32)
    reading = Reading(
        strip=Strip(pixels=pixels, to_page=np.eye(2, 3) if to_page is None else to_page),
        texts=tuple(text),
        confidences=confidences,
        starts=places - STEP / 2,
        ends=places + STEP / 2,
        by_hand=np.zeros(len(text), np.float32),
    )
    found = words.line_of(reading, symbols=True)
    assert found is not None
    return found


def sides(polygon: object) -> list[float]:
    """Left, top, right, bottom, without the pixel of room around the ink."""
    corners = np.array(polygon)
    return [*(corners.min(axis=0) + 1).tolist(), *(corners.max(axis=0) - 1).tolist()]


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=20)), st.integers(0, 100))
def test_percentiles_are_those_of_numpy(pixels: Pixels, percent: int) -> None:
    assert percentile(pixels, percent) == pytest.approx(np.percentile(pixels, percent))


@pytest.mark.parametrize(("share", "kind"), [(0.05, cv2.CV_16U), (0.5, cv2.CV_16U), (0.2, cv2.CV_32S)])
def test_labels_are_as_small_as_they_can_be(share: float, kind: int) -> None:
    dots = np.random.default_rng(1).random((900, 900)) < share
    ink = dots.astype(np.uint8) if share < 0.5 else np.asarray(cv2.dilate(dots.astype(np.uint8), np.ones((9, 9))))
    assert labels_of(ink) == kind
    wide, chosen = (cv2.connectedComponentsWithStats(ink, 8, ltype=each)[2] for each in (cv2.CV_32S, kind))
    assert {tuple(row) for row in chosen.tolist()} == {tuple(row) for row in wide.tolist()}


def test_ink_is_what_stands_out_and_no_rule() -> None:
    ink, rules = ink_of(grey(strip_of(300, (20, 10, 34, 38), (100, 42, 280, 44))), 1)
    assert cv2.boundingRect(ink) == (20, 10, 14, 28)
    assert rules[42:44, 100:280].all()
    # With its soft edge.
    assert rules[41:45, 98:282].sum() == rules.sum()
    assert set(np.unique(ink)) == {0, 1}


@pytest.mark.parametrize("characters", [1, 200_000])
def test_the_widest_strips_may_be_nothing_but_specks(characters: int) -> None:
    pixels = strip_of(160 * LINE_HEIGHT)
    pixels[::2, ::2] = 0
    ink, _ = ink_of(grey(pixels), characters)
    assert int(ink.sum()) == (0 if characters == 1 else LINE_HEIGHT * LINE_HEIGHT * 40)


@pytest.mark.parametrize(("gap", "top"), [(5, 8), (6, 16)])
def test_a_dot_is_part_of_its_letter_and_what_stands_further_off_is_not(gap: int, top: int) -> None:
    bottom_of_dot = 8 + 2 if gap == 6 else 11
    marks = [(20, bottom_of_dot + gap, 26, 38), (20, 8, 26, bottom_of_dot)]
    found = line(strip_of(100, *marks), "i", [23])
    assert sides(found.words[0].polygon) == [20, top, 26, 38]


def test_of_two_letters_in_line_the_one_in_the_middle_of_the_strip_is_meant() -> None:
    found = line(strip_of(100, (20, 0, 40, 4), (26, 12, 34, 38), (20, 45, 44, 48)), "l", [30])
    assert sides(found.words[0].polygon) == [26, 12, 34, 38]


def test_words_part_in_the_widest_gap_between_their_characters() -> None:
    # The first letter is broken; the gap inside is narrower than that behind it.
    marks = [(20, 10, 30, 38), (34, 10, 44, 38), (60, 10, 80, 38)]
    found = line(strip_of(120, *marks), "a b", [28, 50, 68])
    assert [word.text for word in found.words] == ["a", "b"]
    assert [sides(word.polygon) for word in found.words] == [[20, 10, 44, 38], [60, 10, 80, 38]]
    assert [word.confidence for word in found.words] == pytest.approx([0.9, 1.0])


def test_words_that_touch_part_where_there_is_the_least_ink() -> None:
    marks = [(20, 10, 40, 38), (40, 30, 44, 34), (44, 30, 46, 31), (46, 30, 50, 34), (50, 10, 70, 38)]
    first, second = line(strip_of(120, *marks), "a b", [30, 45, 60]).words
    assert sides(first.polygon)[2] == sides(second.polygon)[0] == 44


def test_what_was_seen_in_the_padding_stands_at_the_end() -> None:
    found = line(strip_of(60, (10, 10, 30, 38)), "a b c", [20, 40, 60, 64, 64])
    assert [word.text for word in found.words] == ["a", "b", "c"]
    assert sides(found.words[0].polygon)[::2] == [10, 30]
    assert all(right >= left for word in found.words for left, _, right, _ in [sides(word.polygon)])


def test_symbols_part_in_the_middle_of_what_is_empty_between_them() -> None:
    (word,) = line(strip_of(120, (20, 10, 34, 38), (44, 10, 60, 38)), "ab", [27, 52]).words
    assert [symbol.text for symbol in word.symbols] == ["a", "b"]
    assert [sides(symbol.polygon)[::2] for symbol in word.symbols] == [[20, 39], [39, 60]]


def test_polygons_lie_on_the_page_as_the_strip_does_with_a_pixel_of_room() -> None:
    turn, size = math.radians(30), 2.5
    along, down = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
    to_page = np.column_stack([along / size, down / size, [300.0, 200.0]])
    found = line(strip_of(120, (20, 10, 60, 38)), "x", [40], to_page)
    corners = [(20 / size - 1, 10 / size - 1), (60 / size + 1, 10 / size - 1), (60 / size + 1, 38 / size + 1)]
    expected = [[300.0, 200.0] + x * along + y * down for x, y in corners]
    assert np.array(found.words[0].polygon[:3]) == pytest.approx(np.array(expected))
    assert found.polygon == found.words[0].polygon
