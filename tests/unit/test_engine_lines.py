"""Reading lines: strips, how wide and low they are shown, second looks, and what a page says more than once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import (
    engine,
    repeated,
    words,
)
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.lowering import Lowering
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP, WIDTHS, Rivals, Steps
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page, Reading, Recogniser, Strip
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord
from strips import reading_of, strip_of


def box(left: float, top: float, right: float, bottom: float) -> Floats:
    return np.array(rectangle(left, top, right, bottom), np.float32)


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
