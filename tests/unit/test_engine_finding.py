"""Finding lines: how large a page is looked at, its tiles, the boxes, and which way they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing import LETTER, printed
from stele.domain.geometry import rectangle
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import (
    detector,
    finding,
    orientation,
    scale,
)
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.pixels import median
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Reading, Strip


def box(left: float, top: float, right: float, bottom: float) -> Floats:
    return np.array(rectangle(left, top, right, bottom), np.float32)


# -- scale and tiles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [14, 28, 70])
def test_letters_are_measured(size: int) -> None:
    letter = scale.measured(printed(size=size).pixels).letter
    # A lower-case letter is about half as high as its line.
    assert letter is not None
    assert 0.4 * size < letter < 0.75 * size


def test_light_print_measures_like_dark_print() -> None:
    pixels = printed().pixels
    assert scale.measured(255 - pixels).letter == pytest.approx(scale.measured(pixels).letter, rel=0.1)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=50))
def test_the_median_is_one_of_the_middle_ones(levels: list[int]) -> None:
    ordered = sorted(levels)
    middle = median(np.array([levels], np.uint8))
    assert middle in (ordered[(len(levels) - 1) // 2], ordered[len(levels) // 2])


def test_a_picture_without_a_ground_is_a_photo() -> None:
    slope = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (300, 1))
    slope[100:120, 40:60] = 255
    assert scale.measured(slope).photo
    sheet = np.full((300, 400), 250, np.uint8)
    sheet[100:120, 40:60] = 0
    assert not scale.measured(sheet).photo


def test_an_even_page_is_blank_and_a_printed_one_is_not() -> None:
    assert scale.measured(np.full((500, 400), 230, np.uint8)).blank
    assert not scale.measured(printed().pixels).blank


@given(height=st.integers(1, 9000), width=st.integers(1, 9000), wanted=st.floats(0.1, 3), least=st.floats(0.5, 1))
def test_tiles_cover_the_page_and_overlap(height: int, width: int, wanted: float, least: float) -> None:
    plan = detector.planned(height, width, wanted, least)
    assert least * wanted * 0.999 < plan.scale <= wanted
    for starts, tile, side in ((plan.tops, plan.tile[0], height), (plan.lefts, plan.tile[1], width)):
        assert starts[0] == 0
        assert starts[-1] + tile >= round(side * plan.scale)
        assert all(second + detector.OVERLAP <= first + tile for first, second in pairwise(starts))


def map_of(*cores: tuple[int, int, int, int]) -> Pixels:
    """A probability map of lines of text; those above one another are joined by what is hardly text."""
    found = np.zeros((300, 600), np.uint8)
    left, top, right, bottom = np.array([core for core in cores if core[0] == 500]).reshape(-1, 4).T
    if len(left):
        found[top.min() : bottom.max(), 500 : right.max()] = 100
    for left_, top_, right_, bottom_ in cores:
        found[top_:bottom_, left_:right_] = 230
    return found


LINES = tuple((20, top, 420, top + 8) for top in (40, 60, 80, 100))


def test_lines_of_a_narrow_column_are_each_a_line() -> None:
    column = tuple((500, top, 530, top + 8) for top in (40, 52, 64, 76))
    found = detector.boxes(map_of(*LINES, *column))
    middles = sorted(box.mean(axis=0).round().tolist() for box in found if box.mean(axis=0)[0] > 450)
    assert middles == [[515, 44], [515, 56], [515, 68], [515, 80]]
    assert len(found) == 8


def test_what_is_large_stays_whole() -> None:
    sign = ((500, 40, 560, 90), (500, 100, 560, 150))
    assert len(detector.boxes(map_of(*LINES, *sign))) == 5
    # Side by side, and with nothing to compare them with.
    assert len(detector.boxes(map_of((500, 40, 512, 100), (518, 40, 530, 100), *LINES))) == 6
    assert len(detector.boxes(map_of((500, 40, 530, 48), (500, 52, 530, 60)))) == 1


class InkModel:
    """Takes dark pixels for text; stands in for the network."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.sizes: list[tuple[int, ...]] = []

    def many(self, tiles: Sequence[Pixels]) -> list[Pixels]:
        assert len(tiles) <= self.batch
        self.sizes.extend(tile.shape for tile in tiles)
        return [np.where(tile[:, :, 0] < 128, np.uint8(255), np.uint8(0)) for tile in tiles]


@pytest.mark.parametrize("batch", [1, 4])
def test_a_page_of_many_tiles_is_seen_whole_and_its_empty_tiles_not_at_all(batch: int) -> None:
    page = np.full((2600, 1900), 255, np.uint8)
    cv2.rectangle(page, (100, 300), (1799, 329), 0, -1)
    model = InkModel(batch)
    (found,) = detector.Detector(model)(page, 1.0, 0.9)  # type: ignore[arg-type]
    assert 0 < len(model.sizes) < detector.planned(2600, 1900, 1.0, 0.9).cost / (640 * 960) / 2
    left, top = found.min(axis=0)
    right, bottom = found.max(axis=0)
    assert left < 100 and right > 1800 and 270 < top < 300 and 330 < bottom < 360


@pytest.mark.parametrize("degrees", [-40, -3, 0, 12, 44, 90])
def test_boxes_lie_as_their_regions(degrees: float) -> None:
    page = np.zeros((700, 700), np.uint8)
    core = cv2.boxPoints(((350, 350), (400, 20), degrees))
    cv2.fillPoly(page, [core.astype(np.int32)], 255)
    (found,) = detector.boxes(page)
    along, across = found[1] - found[0], found[3] - found[0]
    assert math.degrees(math.atan2(along[1], along[0])) == pytest.approx(degrees, abs=0.5)
    assert np.cross([*along, 0], [*across, 0])[2] > 0
    assert found.mean(axis=0) == pytest.approx([350, 350], abs=1)
    assert 400 < np.hypot(*along) < 460 and 30 < np.hypot(*across) < 60


def test_short_text_of_a_photo_lies_each_in_its_own_direction() -> None:
    probabilities = np.zeros((600, 600), np.uint8)
    for (x, y), length, degrees in (((100, 100), 160, 40), ((400, 100), 160, -35), ((150, 450), 60, 12)):
        corners = cv2.boxPoints(((x, y), (length, 20 if length > 100 else 30), degrees))
        cv2.fillPoly(probabilities, [np.round(corners).astype(np.int32)], 255)
    found = detector.boxes(probabilities)
    short = found[np.argmin(np.abs(found.mean(axis=1) - (150, 450)).sum(axis=1))]
    side = short[1] - short[0]
    assert math.degrees(math.atan2(side[1], side[0])) == pytest.approx(12, abs=3)


def test_of_a_second_look_only_what_lies_apart_is_added() -> None:
    found = np.stack([box(100, 100, 300, 130), box(100, 140, 300, 170)])
    around, beside = box(90, 95, 310, 175), box(320, 90, 700, 300)
    assert detector.with_others(found, np.stack([around, beside])) == pytest.approx(np.stack([*found, beside]))
    none = np.zeros((0, 4, 2), np.float32)
    assert detector.with_others(none, found) == pytest.approx(found)
    assert detector.with_others(found, none) == pytest.approx(found)


def test_faint_and_tiny_regions_are_no_text() -> None:
    page = np.zeros((100, 200), np.uint8)
    page[20:30, 20:180] = 100
    page[60:62, 20:180] = 255
    assert not len(detector.boxes(page))


# -- orientation ------------------------------------------------------------------------------------------------------


def lines_of_boxes(turn: float, count: int = 8) -> Floats:
    """Boxes of lines on a page turned clockwise, each starting at its own top left corner."""
    found = np.stack([box(100, 60 * row, 700, 60 * row + 30) for row in range(1, count + 1)])
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    turned: Floats = (found @ np.array([[cos, sin], [-sin, cos]])).astype(np.float32)
    return turned


@pytest.mark.parametrize("turn", [-179.5, -90, -30, 0, 3.25, 90, 91, 180])
def test_angle(turn: float) -> None:
    found = orientation.angle(lines_of_boxes(turn))
    assert -180 < found <= 180
    assert abs((found - turn + 180) % 360 - 180) < 0.01


def test_single_letters_lie_as_the_page_does() -> None:
    letter = np.roll(box(300, 700, 318, 740), -1, axis=0)  # higher than wide: looks as if it read downwards
    column = np.roll(box(800, 100, 830, 600), -1, axis=0)
    found, stands = orientation.laid(np.concatenate([lines_of_boxes(0), letter[None], column[None]]))
    assert not stands
    assert orientation.standing(found).tolist() == [False] * 9 + [True]
    assert found[8] == pytest.approx(box(300, 700, 318, 740))
    assert orientation.laid(np.stack([column, column + 50]))[1]


def confident(amount: float) -> Reading:
    return Reading(
        strip=Strip(pixels=np.zeros((LINE_HEIGHT, 10), np.uint8), to_page=np.eye(2, 3)),
        texts=("a",),
        confidences=np.array([amount], np.float32),
        starts=np.zeros(1, np.float32),
        ends=np.ones(1, np.float32),
        by_hand=np.zeros(1, np.float32),
    )


@pytest.mark.parametrize(
    ("as_is", "reversed_", "verdict", "reads"),
    [(0.97, 0.99, False, 6), (0.5, 0.95, True, 12), (0.85, 0.86, False, 12), (0.2, 0.4, False, 12)],
)
def test_a_page_is_upside_down_when_it_reads_better_so(
    as_is: float, reversed_: float, verdict: bool, reads: int
) -> None:
    boxes, calls = lines_of_boxes(0), 0

    def read(line: Floats) -> Reading:
        nonlocal calls
        calls += 1
        return confident(as_is if line[0, 0] < line[1, 0] else reversed_)

    assert orientation.upside_down(boxes, read) is verdict
    assert calls == reads


# -- the helpers of these tests ---------------------------------------------------------------------------------------


def test_printed_pages_turn_with_their_words() -> None:
    page = printed(LETTER[:2]).turned(90)
    (left, top), _, (right, bottom), _ = page.words[0][1]
    inside = page.pixels[int(top) : int(bottom), int(right) : int(left)]
    assert inside.min() < 50


# -- photos -----------------------------------------------------------------------------------------------------------


def test_photos_and_posters_are_looked_at_from_farther_off() -> None:
    pixels = np.zeros((1280, 960), np.uint8)

    def scale_of(letter: float, *, photo: bool = False) -> float:
        return finding.working_scale(scale.Print(letter=letter, blank=False, photo=photo), pixels)

    assert scale_of(5) == 2
    assert scale_of(20) == 1
    assert scale_of(20, photo=True) == pytest.approx(0.8)
    assert scale_of(70) == 0.5
    small = np.zeros((600, 600), np.uint8)
    assert finding.working_scale(scale.Print(letter=20, blank=False, photo=True), small) == pytest.approx(1024 / 600)
    assert finding.working_scale(scale.Print(letter=20, blank=False), small) == 1
