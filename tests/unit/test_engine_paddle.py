"""The parts of the paddle engine that need no model: tiling, boxes, strips, words, orientation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing import LETTER, printed
from stele.domain.geometry import rectangle
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.breaks import parts_words
from stele.pipeline.reading.engines.paddle import (
    detector,
    engine,
    finding,
    heights,
    orientation,
    repeated,
    scale,
    words,
)
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.lowering import Lowering
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP, WIDTHS, Rivals, Steps
from stele.pipeline.reading.engines.paddle.pixels import median
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page, Reading, Recogniser, Strip
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord


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


# -- strips and readings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_strip_is_upright_and_knows_its_way_back(turn: int) -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[60:140, 40:160] = 0
    page[60:100, 40:70] = 128  # the text's top left, when it reads to the right
    corners = np.roll(box(40, 60, 160, 140), turn, axis=0)
    strip = Page(np.rot90(page, 0)).strip(np.roll(corners, -turn, axis=0))
    assert strip.pixels.shape == (LINE_HEIGHT, 72)
    assert strip.pixels[10, 8] == 128
    place = strip.to_page @ [72, LINE_HEIGHT, 1]
    assert place == pytest.approx([160, 140])


def test_a_strip_of_a_turned_box_shows_it_upright() -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[40:160, 60:140] = 0
    page[40:70, 110:140] = 128  # top right of the page: top left of text that reads downwards
    strip = Page(page).strip(np.roll(box(60, 40, 140, 160), -1, axis=0))
    assert strip.pixels[8, 8] == 128
    assert strip.pixels[40, 60] == 0


NO_RIVALS = Rivals(np.empty(0, np.intp), np.empty(0, np.int32), np.empty(0, np.float32))


class StepModel:
    """Says what it is told, a character a step; stands in for the network."""

    characters = ("", "a", "b", " ")

    def __init__(self, say: Callable[[int], list[int]]) -> None:
        self.say = say
        self.widths: list[int] = []

    def __call__(self, line: Pixels) -> Steps:
        self.widths.append(line.shape[1])
        classes = np.zeros(line.shape[1] // STEP, np.int32)
        told = self.say(len(self.widths))
        classes[: len(told)] = told
        steps = np.arange(len(classes), dtype=np.float32)
        return Steps(classes, np.linspace(0.5, 1, len(classes), dtype=np.float32), steps, NO_RIVALS)


def strip_of(width: int) -> Strip:
    return Strip(pixels=np.full((LINE_HEIGHT, width, 3), 255, np.uint8), to_page=np.eye(2, 3))


def test_runs_are_one_character_and_blanks_part_equal_ones() -> None:
    reading = Recogniser(StepModel(lambda _: [0, 1, 1, 0, 1, 2, 3, 0]))(strip_of(96))  # type: ignore[arg-type]
    assert reading.text == "aab "
    assert reading.starts.tolist() == [8, 32, 40, 48]
    assert reading.ends.tolist() == [24, 40, 48, 56]
    # The steps say 0, 1, 2, ...; blank ones count for the character before.
    assert reading.by_hand.tolist() == [2, 4, 5, 8.5]
    assert reading.confidences[0] > 0.5


def test_nothing_read_is_an_empty_reading() -> None:
    reading = Recogniser(StepModel(lambda _: []))(strip_of(50))  # type: ignore[arg-type]
    assert (reading.text, reading.confidence) == ("", 0)
    assert words.line_of(reading, symbols=True) is None


@pytest.mark.parametrize("width", [1, 95, 97, 333, 1919, 2100, 6000])
def test_only_known_widths_are_asked_for(width: int) -> None:
    model = StepModel(lambda _: [])
    Recogniser(model)(strip_of(width))  # type: ignore[arg-type]
    assert set(model.widths) <= set(WIDTHS)


def test_a_long_line_is_cut_at_a_space_and_keeps_it() -> None:
    strip = strip_of(3000)
    for left in range(0, 3000, 20):
        if not 1490 <= left <= 1530:
            strip.pixels[10:40, left : left + 14] = 0
    reading = Recogniser(StepModel(lambda call: [0, call]))(strip)  # type: ignore[arg-type]
    assert reading.text == "a b"
    assert 1480 <= reading.starts[1] <= 1540


@pytest.mark.parametrize(
    ("looks", "heights", "believed"),
    [
        ([0.99], [40], 0.99),
        ([0.9, 0.99], [40, 34], 0.99),
        ([0.9, 0.8], [40, 34], 0.9),
        # What is hardly print is read as wide as it is before it is looked at closer.
        ([0.8, 0.9, 0.7], [40, 40, 34], 0.9),
        ([0.8, 0.7, 0.75], [40, 40, 34], 0.75),
        # What was noise so far has to be clear text to be believed.
        ([0.3, 0.3, 0.7], [40, 40, 34], 0.3),
    ],
)
def test_a_line_that_reads_badly_is_looked_at_again_and_closer(
    looks: list[float], heights: list[int], believed: float
) -> None:
    seen: list[float] = []
    confidences = iter(looks)

    def read(strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        along, across = (float(np.hypot(*strip.to_page[:, axis])) for axis in (0, 1))
        assert along == pytest.approx(across, rel=0.05)
        assert (width == 1 or not seen) and height == LINE_HEIGHT
        seen.append(across * LINE_HEIGHT)
        reading = reading_of(strip, "abcdefgh", [20.0 + 10 * index for index in range(8)])
        return replace(reading, confidences=np.full(8, next(confidences), np.float32))

    page = Page(np.full((100, 300), 255, np.uint8))
    box = np.array([(20, 20), (220, 20), (220, 60), (20, 60)], np.float32)
    reading = Lines(page, cast("Recogniser", read))(box)
    assert seen == pytest.approx(heights)
    assert reading.confidence == pytest.approx(believed)


@pytest.mark.parametrize(("width", "texts"), [(200, ["", "row"]), (60, [""])])
def test_a_long_line_of_which_nothing_is_read_is_looked_at_in_its_middle(width: int, texts: list[str]) -> None:
    seen: list[float] = []

    def read(strip: Strip, *_: float) -> Reading:
        seen.append(float(np.hypot(*strip.to_page[:, 1])) * LINE_HEIGHT)
        text = texts[len(seen) - 1]
        return reading_of(strip, text, [20.0 + 20 * index for index in range(len(text))])

    reading = Lines(Page(np.full((100, 300), 255, np.uint8)), cast("Recogniser", read))(box(20, 20, 20 + width, 60))
    assert reading.text == texts[-1]
    assert seen == pytest.approx([40, 24][: len(texts)])


class Counted:
    """Reads as many characters as it is told, line by line, and keeps how wide it was shown each."""

    def __init__(self, *texts: str) -> None:
        self.texts = iter(texts)
        self.text = ""
        self.widths: list[float] = []
        self.strips: list[Strip] = []

    def __call__(self, strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        assert height == LINE_HEIGHT
        if not any(strip is known for known in self.strips):
            self.strips.append(strip)
            self.text = next(self.texts)
        self.widths.append(width)
        return reading_of(strip, self.text, [float(place) for place in range(len(self.text))])


@pytest.mark.parametrize(
    ("texts", "widths"),
    [
        # 960 pixels a line: 48 letters need 13 of every 20; the second line of the page is shown as the first needed.
        (("a" * 48, "a" * 48), [0.75, 0.65]),
        # Narrow print after wide is shown again with the room that it needs, and what follows has most of that.
        (("a" * 48, "a" * 70, "a" * 48), [0.75, 0.65, 70 * 13 / 960, 0.89]),
        # Ideographs are wide: nothing is squeezed. Nor is anything made wider, or squeezed beyond reading.
        (("字" * 40, "字" * 40), [0.75, 1, 1]),
        (("aa", "aa"), [0.75, 0.6]),
    ],
)
def test_lines_are_shown_as_narrow_as_their_print_allows(texts: tuple[str, ...], widths: list[float]) -> None:
    recogniser = Counted(*texts)
    read = Lines(Page(np.full((600, 1000), 255, np.uint8)), cast("Recogniser", recogniser))
    for row in range(len(texts)):
        read(box(20, 60 * row, 980, 60 * row + 48))
        read(box(20, 60 * row, 980, 60 * row + 48))  # known already
    assert recogniser.widths == pytest.approx(widths, rel=0.03)


def test_only_lines_that_are_hard_to_read_are_read_in_exact_numbers() -> None:
    def sure(confidence: float) -> Recogniser:
        def read(strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
            return replace(reading_of(strip, "a" * 40, [1.0] * 40), confidences=np.full(40, confidence, np.float32))

        return cast("Recogniser", read)

    page, exact = Page(np.full((100, 1000), 255, np.uint8)), sure(0.97)
    made: list[Recogniser] = []

    def first_wanted() -> Recogniser:
        made.append(exact)
        return exact

    assert Lines(page, sure(0.96), first_wanted)(box(20, 20, 980, 68)).confidence == pytest.approx(0.96)
    assert not made
    assert Lines(page, sure(0.9), first_wanted)(box(20, 20, 980, 68)).confidence == pytest.approx(0.97)


def test_a_page_of_clear_print_is_shown_lower() -> None:
    lowering = Lowering()
    shown = []
    for _ in range(12):
        shown.append(lowering.now)
        assert lowering.suffices(0.9995)
    assert shown == [48] * 3 + [32] * 9


def test_who_doubts_at_the_lower_height_sees_the_line_and_those_after_it_in_full() -> None:
    lowering = Lowering()
    assert all(lowering.suffices(0.9995) for _ in range(6))
    assert lowering.now == 32
    # Low, a line may be a little less certain than those that led there; but not by much.
    assert lowering.suffices(0.992) and lowering.now == 32
    assert not lowering.suffices(0.98)
    assert lowering.now == LINE_HEIGHT
    # In full every reading holds, but one in doubt begins the row anew.
    assert lowering.suffices(0.9995) and lowering.suffices(0.3)
    assert all(lowering.now == height and lowering.suffices(0.9995) for height in (48, 48, 48, 32, 32))


def test_a_doubtful_line_is_read_once_more_in_full() -> None:
    heights: list[int] = []

    def read(strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        heights.append(height)
        sure = 0.98 if len(heights) == 4 else 1.0
        return replace(reading_of(strip, "a" * 50, [1.0] * 50), confidences=np.full(50, sure, np.float32))

    reads = Lines(Page(np.full((600, 1000), 255, np.uint8)), cast("Recogniser", read))
    assert [reads(box(20, 60 * row, 980, 60 * row + 48)).confidence for row in range(5)] == [1.0] * 5
    assert heights == [48, 48, 48, 32, 48, 48]


def test_lines_are_read_the_widest_first_and_once() -> None:
    widths: list[int] = []

    def read(strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        widths.append(strip.pixels.shape[1])
        return reading_of(strip, "a" * (strip.pixels.shape[1] // 20), [1.0] * (strip.pixels.shape[1] // 20))

    reads = Lines(Page(np.full((600, 1000), 255, np.uint8)), cast("Recogniser", read))
    boxes = np.array([box(20, 60 * row, 20 + wide, 60 * row + 48) for row, wide in enumerate((100, 700, 300, 900))])
    assert reads(boxes[2]).text == "a" * 15
    reads.ahead(boxes)
    assert widths == [300, 900, 700, 100]
    assert [len(reads(each).text) for each in boxes] == [5, 35, 15, 45]
    assert len(widths) == 4


def test_low_lines_are_given_to_the_network_low_and_keep_their_places() -> None:
    seen: list[tuple[int, ...]] = []

    class Model(StepModel):
        def __call__(self, line: Pixels) -> Steps:
            seen.append(line.shape)
            return super().__call__(line)

    reading = Recogniser(Model(lambda _: [0, 0, 1]))(strip_of(900), 1.0, 32)  # type: ignore[arg-type]
    # There are fewer widths for low lines: 960 is not among them.
    assert seen == [(32, 1120, 3)]
    assert reading.starts == pytest.approx([2 * STEP])


def test_squeezed_lines_tell_places_in_pixels_of_the_strip() -> None:
    model = StepModel(lambda _: [0, 0, 1])
    reading = Recogniser(model)(strip_of(1280), 0.75)  # type: ignore[arg-type]
    assert model.widths == [960]
    assert reading.starts == pytest.approx([2 * STEP * 1280 / 960])


# -- words that are said more than once -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doubt", "believed"),
    [
        ("Chack:", 2, "Check:"),
        ("Tota1", 4, "Total"),
        # A letter that nobody doubts, one that does not look like the other, and one that could be two.
        ("Chack:", None, "Chack:"),
        ("Chxck", 2, "Chxck"),
        ("wo1d", 2, "wo1d"),
        # Numbers have no letters to tell them by.
        ("2O24", 1, "2O24"),
    ],
)
def test_a_letter_in_doubt_is_the_one_that_the_page_has_elsewhere(text: str, doubt: int | None, believed: str) -> None:
    def said(text: str, doubt: int | None) -> Reading:
        reading = reading_of(strip_of(400), text, [10.0 + 20 * index for index in range(len(text))])
        if doubt is not None:
            reading.confidences[doubt] = 0.6
        return reading

    page = [said("Check the Total", None), said("wold woid 2024", None), said(text, doubt)]
    found = repeated.agreed(page)
    assert found[:2] == page[:2]
    assert found[2].text == believed


# -- words ------------------------------------------------------------------------------------------------------------


def reading_of(strip: Strip, text: str, places: list[float]) -> Reading:
    """A reading whose characters were seen a step wide around `places`."""
    return Reading(
        strip=strip,
        texts=tuple(text),
        confidences=np.full(len(text), 0.99, np.float32),
        starts=np.array(places, np.float32) - STEP / 2,
        ends=np.array(places, np.float32) + STEP / 2,
        by_hand=np.zeros(len(text), np.float32),
    )


def inked(width: int, *boxes: tuple[int, int, int, int]) -> Strip:
    strip = strip_of(width)
    for left, top, right, bottom in boxes:
        strip.pixels[top:bottom, left:right] = 0
    return strip


def test_words_are_drawn_in_to_their_ink() -> None:
    strip = inked(200, (20, 10, 34, 38), (40, 10, 54, 38), (90, 10, 104, 38), (110, 10, 124, 38))
    line = words.line_of(reading_of(strip, "ab cd", [26, 48, 70, 95, 118]), symbols=True)
    assert line is not None
    assert [word.text for word in line.words] == ["ab", "cd"]
    assert [word.space_after for word in line.words] == [True, False]
    # One pixel of the page around the ink.
    assert line.words[0].polygon == rectangle(19, 9, 55, 39)
    assert line.words[1].polygon == rectangle(89, 9, 125, 39)
    assert line.polygon == rectangle(19, 9, 125, 39)
    cut = line.words[0].symbols[0].polygon[1][0] - 1
    assert 34 <= cut <= 40


def test_low_words_are_drawn_towards_the_height_of_their_line() -> None:
    ink = np.array([[20, 8, 60, 40], [70, 20, 90, 32], [100, 24, 110, 27], [120, 8, 140, 32]], float)
    by, on, dash, no = heights.evened(ink, ["by", "on", "-", "No"])
    assert by.tolist() == ink[0].tolist()
    assert dash.tolist() == ink[2].tolist()
    # Of height 12 in a line of 32, so 1.3 times as high at most; above and below in proportion.
    assert on.tolist() == pytest.approx([70, 20 - 3.6 * 12 / 20, 90, 32 + 3.6 * 8 / 20])
    assert no.tolist() == pytest.approx([120, 8, 140, 8 + math.sqrt(24 * 32)])


def test_rules_and_frames_are_not_part_of_words() -> None:
    strip = inked(200, (60, 10, 80, 38), (86, 10, 106, 38), (0, 43, 200, 45), (190, 0, 192, 48))
    line = words.line_of(reading_of(strip, "ab_", [70, 96, 150]), symbols=False)
    assert line is not None
    assert [word.text for word in line.words] == ["ab"]
    assert line.polygon == rectangle(59, 9, 107, 39)


def test_a_halftone_ground_is_not_part_of_words() -> None:
    dots = [(x, y, x + 3, y + 3) for x in range(2, 196, 9) for y in (2, 42)]
    strip = inked(200, (80, 12, 94, 36), (100, 12, 114, 36), *dots)
    line = words.line_of(reading_of(strip, "ab", [87, 107]), symbols=False)
    assert line is not None
    assert line.polygon == rectangle(79, 11, 115, 37)


def test_a_word_ends_near_its_last_character_whatever_stands_beyond() -> None:
    strip = inked(300, (20, 12, 34, 36), (40, 12, 54, 36), (60, 10, 110, 38))
    line = words.line_of(reading_of(strip, "ab", [27, 47]), symbols=False)
    assert line is not None
    assert line.polygon[1][0] < 70


def test_an_underscore_that_is_one_stays() -> None:
    strip = inked(200, (20, 10, 40, 38), (44, 40, 64, 42), (70, 10, 90, 38))
    line = words.line_of(reading_of(strip, "a_b", [30, 54, 80]), symbols=False)
    assert line is not None
    assert line.words[0].text == "a_b"


def test_an_underscore_behind_a_colon_is_where_a_rule_begins() -> None:
    strip = inked(200, (20, 10, 40, 38), (60, 20, 64, 38), (70, 40, 100, 42))
    line = words.line_of(reading_of(strip, "a:_", [30, 62, 85]), symbols=False)
    assert line is not None
    assert line.words[0].text == "a:"


@pytest.mark.parametrize(
    ("text", "gap", "parts"),
    [
        ("$150", 15, ["$150"]),
        ("$150", 40, ["$", "150"]),
        ("a.bc", 10, ["a.bc"]),
        ("a.bc", 20, ["a.", "bc"]),
        ("1.25", 20, ["1.25"]),
        ("ab c", 40, ["a", "b", "c"]),
    ],
)
def test_words_part_where_a_gap_is_wider_than_a_character(text: str, gap: int, parts: list[str]) -> None:
    """Characters 20 wide; the gap is behind the first, or behind the mark that is the second."""
    first = 2 if text[1] == "." else 1
    lefts = [10 + 24 * index + (gap - 4 if index >= first else 0) for index in range(len(text))]
    strip = inked(260, *((x, 10, x + 20, 38) for x, letter in zip(lefts, text, strict=True) if letter != " "))
    line = words.line_of(reading_of(strip, text, [x + 10.0 for x in lefts]), symbols=False)
    assert line is not None
    assert [word.text for word in line.words] == parts
    assert all(word.space_after for word in line.words[:-1])


def test_words_that_no_ink_shows_still_have_a_place() -> None:
    line = words.line_of(reading_of(strip_of(120), "ab cd", [20, 36, 50, 70, 90]), symbols=True)
    assert line is not None
    first, second = (word.polygon for word in line.words)
    assert first[1][0] > first[0][0] and second[1][0] > second[0][0]
    assert first[0][0] < 24 and second[1][0] > 86
    assert all(math.isfinite(x + y) for word in line.words for x, y in word.polygon)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("你好世界", ["你好世界"]),
        ("你好，世界。", ["你好，", "世界。"]),
        ("iPhone手机 15寸", ["iPhone", "手机", "15", "寸"]),
        ("カタカナ語", ["カタカナ語"]),
        ("it's x-ray, no?", ["it's", "x-ray,", "no?"]),
        ("(你好)", ["(你好)"]),
    ],
)
def test_where_words_end(text: str, parts: list[str]) -> None:
    places = [10.0 + 20 * index for index in range(len(text))]
    line = words.line_of(reading_of(strip_of(20 * len(text) + 20), text, places), symbols=False)
    assert line is not None
    assert [word.text for word in line.words] == parts


def test_latin_words_never_part_inside() -> None:
    assert not any(parts_words(before, after) for before in "aZ9.,-" for after in "aZ9.,-")


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
        strip=strip_of(10),
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


def seen_lines(*lines: tuple[str, float]) -> SeenPage:
    def line(text: str, confidence: float) -> SeenLine:
        place = rectangle(0, 0, 100, 20)
        return SeenLine(polygon=place, words=(SeenWord(text=text, confidence=confidence, polygon=place),))

    return SeenPage(lines=tuple(line(*each) for each in lines))


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([("SALE", 0.95), ("ll1l", 0.6), ("EXIT", 0.8)], 2),
        # Nothing clear: it may be a script that the model does not know, or handwriting.
        ([("SALE", 0.7), ("ll1l", 0.6)], 2),
        # A sheet of text.
        ([*[("n" * 60, 0.95)] * 6, ("m" * 60, 0.6)], 7),
    ],
)
def test_what_is_rough_in_a_photo_is_no_text(lines: list[tuple[str, float]], left: int) -> None:
    assert len(engine.without_rough(seen_lines(*lines)).lines) == left


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
