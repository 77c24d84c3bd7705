"""Plain print: what is believed, what is in doubt and where, and how a line is mended."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from printing import printed
from stele.domain.geometry import rectangle
from stele.pipeline.reading.engines.paddle import plain
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.mending import mended
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, Core, RecogniserModel
from stele.pipeline.reading.engines.paddle.plain import Doubt, Patience, PlainPrint, PlainReading
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page, Reading, Recogniser, Strip, nothing
from stele.pipeline.reading.engines.paddle.runtime import Runtime

CHARACTERS = np.array(["", *"abcdefghij", " ", "\ufffd"], dtype=object)
#: pixels of the strip that a time step stands for, and steps that a character takes here
PIXELS, STEPS = 2 / plain.SHARE, 6


def strip_of(width: float) -> Strip:
    return Strip(pixels=np.full((LINE_HEIGHT, round(width), 3), 255, np.uint8), to_page=np.eye(2, 3))


def steps_of(text: str, *unsure: int, refused: str = "?") -> Floats:
    """As the network says `text`, a character in the middle of its steps; those at `unsure` with less probability."""
    steps = np.zeros((len(text) * STEPS, len(CHARACTERS)), np.float32)
    steps[:, 0] = 1
    for index, character in enumerate(text):
        row = index * STEPS + STEPS // 2
        said = list(CHARACTERS).index("\ufffd" if character == refused else character)
        probability = 0.7 if index in unsure else 0.999
        steps[row, 0], steps[row, said] = 1 - probability, probability
    return steps


def read(text: str, *unsure: int) -> PlainReading | None:
    return known_by(steps_of(text, *unsure), inked(text))


def known_by(steps: Floats, inked: npt.NDArray[np.float64]) -> PlainReading | None:
    seen = plain.seen_in(strip_of(len(steps) * PIXELS), steps, CHARACTERS, inked)
    return plain.read(seen) if seen else None


def inked(text: str) -> npt.NDArray[np.float64]:
    """There is ink where `text` has letters."""
    starts = [index * STEPS for index, character in enumerate(text) if character != " "]
    return np.array([(start + 1, start + STEPS) for start in starts], np.float64).reshape(-1, 2)


def test_what_is_seen_without_doubt_is_believed_with_its_places() -> None:
    known = read("abba caf")
    assert known is not None and not known.doubts
    assert known.reading.text == "abba caf"
    assert (known.reading.starts + known.reading.ends) / 2 == pytest.approx(
        [(index * STEPS + STEPS // 2 + 0.5) * PIXELS for index in range(8)]
    )
    assert (known.reading.by_hand < -1).all()


def test_a_doubtful_character_puts_its_word_in_doubt_as_far_as_the_spaces_around_it() -> None:
    known = read("abcdefgh abcdefgh abcdefgh", 12)
    assert known is not None
    space = (STEPS // 2 + 0.5) * PIXELS
    ((first, last, left, right, gap),) = known.doubts
    assert (first, last, gap) == (9, 17, False)
    assert (left, right) == pytest.approx((8 * STEPS * PIXELS + space, 17 * STEPS * PIXELS + space), abs=1)


def test_a_doubtful_space_puts_both_its_words_in_doubt() -> None:
    known = read("abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh", 8)
    assert known is not None
    assert [(doubt.first, doubt.last) for doubt in known.doubts] == [(0, 17)]


def test_a_short_doubt_takes_the_words_beside_it_along() -> None:
    known = read("abcdefgh abcdefgh a abcdefgh abcdefgh abcdefgh", 18)
    assert known is not None
    assert [(doubt.first, doubt.last) for doubt in known.doubts] == [(9, 28)]


def test_what_is_seen_beside_the_best_is_a_doubt_too() -> None:
    text = "abcdefgh abcdefgh abcdefgh"
    steps = steps_of(text)
    # Between two letters of the second word a third one may stand: it loses to the blank, but not by enough.
    between = 12 * STEPS
    steps[between, 0], steps[between, 5] = 0.8, 0.2
    known = known_by(steps, inked(text))
    assert known is not None and known.reading.text == text
    assert [(doubt.first, doubt.last) for doubt in known.doubts] == [(9, 17)]
    # A hesitation between a letter and its neighbour says when the one ends, not that there is another.
    steps = steps_of(text)
    steps[between, 0], steps[between, list(CHARACTERS).index(text[12])] = 0.8, 0.2
    known = known_by(steps, inked(text))
    assert known is not None and not known.doubts


def test_a_mark_that_nothing_was_read_of_puts_the_words_beside_it_in_doubt() -> None:
    text = "abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh"
    steps = steps_of(text)
    steps[7 * STEPS : 8 * STEPS] = steps[0]
    known = known_by(steps, inked(text))
    assert known is not None and known.reading.text == text.replace("h", "", 1)
    assert [(doubt.first, doubt.last) for doubt in known.doubts] == [(0, 16)]
    # What stands before the first character, as a bullet does, is in the first word's doubt.
    marked = np.concatenate([[[1.0, 2.0]], inked("  " + text)])
    known = known_by(steps_of("  " + text), marked)
    assert known is not None
    assert known.doubts[0].left == 0


def test_a_gap_as_wide_as_a_space_puts_the_word_in_doubt_for_that() -> None:
    text = "abcdefgh abcdefgh abcdefgh abcdefgh"
    marks = inked(text)
    # Between the fourth and the fifth letter of the second word.
    marks[11, 1] = marks[11, 0] + 1
    marks[12, 0] = marks[12, 1] - 1
    known = known_by(steps_of(text), marks)
    assert known is not None
    assert [(doubt.first, doubt.last, doubt.gap) for doubt in known.doubts] == [(9, 17, True)]


def test_a_line_with_signs_that_it_does_not_know_is_refused() -> None:
    assert read("abcdefgh abcdefgh abcdefgh") is not None
    assert read("abcdefgh abc?efgh abcdefgh") is None


def test_a_line_mostly_in_doubt_or_without_text_is_not_read() -> None:
    assert read("abcdefgh abcdefgh", 2, 11) is None
    steps = np.zeros((40, len(CHARACTERS)), np.float32)
    steps[:, 0] = 1
    assert known_by(steps, inked("a")) is None


def test_after_some_misses_in_a_row_fewer_lines_are_tried() -> None:
    patience = Patience()
    tried = []
    for _ in range(40):
        tried.append(patience.due())
        if tried[-1]:
            patience.learned(None)
    assert tried[:4] == [True, True, False, True]
    assert 5 < sum(tried) < 10
    while not patience.due():
        pass
    patience.learned(read("abba"))
    assert patience.due()
    patience.learned(None)
    assert patience.due()


# -- mending ----------------------------------------------------------------------------------------------------------


def reading_of(strip: Strip, text: str, confidence: float) -> Reading:
    centres = np.linspace(10, strip.pixels.shape[1] - 10, len(text)).astype(np.float32)
    return Reading(
        strip=strip,
        texts=tuple(text),
        confidences=np.full(len(text), confidence, np.float32),
        starts=centres - 2,
        ends=centres + 2,
        by_hand=np.zeros(len(text), np.float32),
    )


class Seen:
    """A recogniser that reads a word in each stretch of ink, and keeps what it is shown."""

    def __init__(self, confidence: float, *words: str) -> None:
        self.confidence, self.words = confidence, words
        self.strips: list[Strip] = []

    def __call__(self, strip: Strip) -> Reading:
        self.strips.append(strip)
        edges = np.flatnonzero(np.diff((strip.pixels.min(axis=(0, 2)) < 128).astype(int), prepend=0, append=0))
        runs = [reading_of(strip, word, self.confidence) for word in self.words]
        places = [
            np.linspace(left, right, len(word) + 2)[1:-1]
            for left, right, word in zip(edges[::2], edges[1::2], self.words, strict=True)
        ]
        return replace(
            reading_of(strip, " ".join(self.words), self.confidence),
            texts=tuple(text for index, run in enumerate(runs) for text in (" " * (index > 0)) + run.text),
            starts=np.concatenate(spaced(places)).astype(np.float32) - 1,
            ends=np.concatenate(spaced(places)).astype(np.float32) + 1,
        )


def spaced(places: list[npt.NDArray[np.float64]]) -> list[npt.NDArray[np.float64]]:
    """With a space before each word but the first."""
    return [np.concatenate([[place[0] - 12], place]) if index else place for index, place in enumerate(places)]


def line_of(text: str, *doubts: tuple[int, int], sure: tuple[int, ...] = ()) -> PlainReading:
    """A line of `text`, 20 pixels a character, with ink where the words in doubt stand, and all of their characters in
    doubt that are not `sure`."""
    confidences = np.full(len(text), 0.99, np.float32)
    for first, last in doubts:
        confidences[[place for place in range(first, last) if place not in sure]] = 0.8
    pixels = np.full((LINE_HEIGHT, 20 * len(text), 3), 250, np.uint8)
    for first, last in doubts:
        pixels[20:30, 20 * first : 20 * last] = 0
    strip = Strip(pixels=pixels, to_page=np.eye(2, 3))
    centres = (np.arange(len(text)) * 20 + 10).astype(np.float32)
    return PlainReading(
        reading=replace(reading_of(strip, text, 0.99), confidences=confidences, starts=centres - 2, ends=centres + 2),
        doubts=tuple(
            Doubt(first=first, last=last, left=max(0, 20 * first - 10), right=20 * last + 10) for first, last in doubts
        ),
    )


def never(strip: Strip) -> Reading:
    raise AssertionError("nothing is left to be read")


#: plain print has nothing to say when it is asked again
silent = nothing


def test_words_in_doubt_are_read_together_and_put_back_where_they_stand() -> None:
    seen = Seen(0.97, "two", "five", "six")
    lines = [line_of("one twq three", (4, 7)), line_of("four"), line_of("fiue sex seven", (0, 4), (5, 8))]
    one, two, three = mended(lines, silent, seen, never)
    assert one and two and three
    assert [one.text, two.text, three.text] == ["one two three", "four", "five six seven"]
    (strip,) = seen.strips
    assert strip.pixels.shape[0] == LINE_HEIGHT and strip.pixels.shape[1] < 600
    for line, reading in zip(lines, (one, two, three), strict=True):
        centres = (reading.starts + reading.ends) / 2
        assert centres == pytest.approx((line.reading.starts + line.reading.ends) / 2, abs=12)
        assert (np.diff(centres) > 0).all()
        assert len(reading.texts) == len(reading.confidences) == len(reading.starts) == len(reading.by_hand)
    assert one.confidences == pytest.approx([0.99] * 4 + [0.97] * 3 + [0.99] * 6)


def test_a_line_whose_doubts_stay_is_nobodys() -> None:
    lines = [line_of("one twq three", (4, 7)), line_of("four")]
    assert mended(lines, silent, Seen(0.94, "two"), Seen(0.94, "two"))[0] is None
    assert mended([], never, never, never) == []


def test_plain_print_is_believed_when_it_says_the_same_again_without_doubt() -> None:
    lines = [line_of("one twq three", (4, 7)), line_of("four"), line_of("fiue sex seven", (0, 4), (5, 8))]
    plain, low = Seen(0.99, "twq", "five", "sex"), Seen(0.97, "five")
    assert [line and line.text for line in mended(lines, plain, low, never)] == [
        "one twq three",
        "four",
        "five sex seven",
    ]
    assert len(plain.strips) == len(low.strips) == 1

    # How wide a gap is, is not seen in a few words.
    line = line_of("onetwo three", (0, 6))
    line = replace(line, doubts=(line.doubts[0]._replace(gap=True),))
    (mended_,) = mended([line], never, Seen(0.97, "one two"), never)
    assert mended_ and mended_.text == "one two three"

    class Doubting(Seen):
        def __call__(self, strip: Strip) -> Reading:
            reading = super().__call__(strip)
            return replace(reading, confidences=reading.confidences * np.array([1, 0, 1], np.float32))

    (line,) = mended([line_of("one two three", (4, 7))], Doubting(0.99, "two"), Seen(0.97, "ten"), never)
    assert line and line.text == "one ten three"


def test_where_two_looks_say_the_same_the_surer_one_is_asked() -> None:
    line = line_of("bbrittle", (0, 8), sure=(0, 1))
    (mended_,) = mended([line], silent, Seen(0.99, "brittle"), Seen(0.9, "brittle"))
    assert mended_ and mended_.text == "brittle" and mended_.confidence == pytest.approx(0.99)
    assert mended([line], silent, Seen(0.99, "brittle"), Seen(0.9, "brit"))[0] is None


def test_what_is_in_doubt_low_is_looked_at_once_more_in_full() -> None:
    low, full = Seen(0.94, "two"), Seen(0.97, "two")
    lines = [line_of("one twq three", (4, 7)), line_of("four")]
    assert [line and line.text for line in mended(lines, silent, low, full)] == ["one two three", "four"]
    assert len(full.strips) == 1


def test_what_was_read_surely_is_not_lost_among_what_was_not() -> None:
    line = line_of("stand still, look", (6, 17), sure=(11,))
    low, full = Seen(0.99, "still look"), Seen(0.97, "still, look")
    assert [line and line.text for line in mended([line], silent, low, full)] == ["stand still, look"]
    # What is read in full is believed.
    low, full = Seen(0.99, "still look"), Seen(0.97, "still look")
    assert [line and line.text for line in mended([line], silent, low, full)] == ["stand still look"]


def test_many_words_in_doubt_are_shown_on_several_strips() -> None:
    class One(Seen):
        def __call__(self, strip: Strip) -> Reading:
            self.words = ("word",) * (strip.pixels.shape[1] // 132)
            return super().__call__(strip)

    seen = One(0.97)
    lines = mended([line_of("the wond is", (4, 8))] * 30, silent, seen, never)
    assert [line and line.text for line in lines] == ["the word is"] * 30
    assert 2 < len(seen.strips) < 6
    assert all(strip.pixels.shape[1] <= 1600 for strip in seen.strips)


def test_of_a_page_what_is_plain_is_read_plainly_and_the_rest_as_ever() -> None:
    page = Page(np.full((300, 1000), 255, np.uint8))
    boxes = np.array([rectangle(20, top, 900, top + 48) for top in (20, 100, 180)], np.float32)
    known = iter([line_of("first"), None, line_of("third thing", (6, 11))])

    def recogniser(strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        return reading_of(strip, "whole line", 0.97 if strip.pixels.shape[1] > 500 else 0.9)

    class Plain:
        again = staticmethod(silent)

        def __call__(self, strip: Strip) -> PlainReading | None:
            return next(known)

    lines = Lines(page, cast("Recogniser", recogniser))
    lines.plainly(boxes, cast("PlainPrint", Plain()))
    assert [lines(box).text for box in boxes] == ["first", "whole line", "whole line"]


# -- the network itself -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def print_() -> PlainPrint:
    return PlainPrint(Core(Runtime(threads=2)))


def lines_of(text: str, size: int) -> Strip:
    """A line as the detector gives it, with some room around the letters."""
    sheet = printed([text], size=size, margin=size)
    height, width = sheet.pixels.shape
    top, bottom = size * 0.85, size * 2.25
    return Page(sheet.pixels).strip(np.array(rectangle(0.6 * size, top, width - 0.6 * size, min(bottom, height))))


PRINT = (
    "thank you for your order of 14 March. We have sent the",
    "$312.50 in all, payable within thirty days (No. 20481)",
    "Our terms: seven days. The lanterns are of brass, with",
    "hinged doors; each holds a candle of the usual length.",
)


def typeset(text: str, face: str, size: int) -> Strip:
    """The same, in one of the faces that every PDF reader has."""
    width, baseline = stringWidth(text, face, size) + 2 * size, 2 * size
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(width, 3 * size))
    canvas.setFont(face, size)
    canvas.drawString(size, size, text)
    canvas.save()
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        pixels = np.array(document[0].render(grayscale=True).to_pil())
    return Page(pixels).strip(
        np.array(rectangle(0.6 * size, baseline - 0.95 * size, width - 0.6 * size, baseline + 0.4 * size))
    )


def sure_of(known: PlainReading, text: str) -> int:
    """How many characters of a line of `text` were read surely, all of which are to be right."""
    edges = [0, *(edge for doubt in known.doubts for edge in (doubt.first, doubt.last)), len(known.reading.text)]
    parts = [known.reading.text[first:last] for first, last in list(pairwise(edges))[::2]]
    assert re.fullmatch(".+".join(map(re.escape, parts)), text)
    return sum(map(len, parts))


@pytest.mark.parametrize("face", ["Times-Roman", "Times-Bold", "Helvetica", "Helvetica-Bold", "Courier"])
def test_clean_print_is_read_and_what_is_sure_is_right(print_: PlainPrint, face: str) -> None:
    sizes = (18, 22, 28, 36, 50)
    read = [(print_(typeset(text, face, size)), text) for text in PRINT for size in sizes]
    assert sum(sure_of(known, text) for known, text in read if known) > 0.75 * len(sizes) * sum(map(len, PRINT))


def test_of_print_in_a_face_that_is_seldom_seen_what_is_sure_is_right(print_: PlainPrint) -> None:
    read = [(print_(lines_of(text, size)), text) for text in PRINT for size in (18, 22, 28, 36, 50)]
    assert sum(sure_of(known, text) for known, text in read if known) > 0.5 * 5 * sum(map(len, PRINT))


def test_what_is_no_print_is_not_read(print_: PlainPrint) -> None:
    random = np.random.default_rng(5)
    for _ in range(5):
        noise = random.integers(0, 256, (LINE_HEIGHT, 600, 3)).astype(np.uint8)
        assert print_(replace(strip_of(600), pixels=noise)) is None
    upside_down = lines_of("thank you for your order of 14 March", 28)
    assert print_(replace(upside_down, pixels=np.ascontiguousarray(upside_down.pixels[::-1, ::-1]))) is None
    assert print_(strip_of(600)) is None
    assert print_(strip_of(LINE_HEIGHT * 160)) is None


def test_it_reads_nothing_that_the_large_network_cannot() -> None:
    core = Core(Runtime())
    with np.load(plain.FILE) as table:
        characters = [str(character) for character in table["characters"]]
    assert characters[0] == "" and characters[-1] == "\ufffd" and len(set(characters)) == len(characters)
    assert set(characters[:-1]) <= set(RecogniserModel(core).characters)
