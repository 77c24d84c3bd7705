"""Quotation marks as they are printed: when a page's marks are bent, and which way each of them is."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from printing import PixelPage
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.engine import PaddleEngine
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.quotes import NO_QUOTES, Quotes, as_printed
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip
from stele.pipeline.reading.engines.paddle.runtime import Runtime
from stele.pipeline.reading.seam import ReadOptions

BENT, STRAIGHT = Quotes(3.0, 0.4), Quotes(0.1, 2.0)


def line(text: str) -> Reading:
    numbers = np.ones(len(text), np.float32)
    strip = Strip(pixels=np.full((LINE_HEIGHT, 20 * len(text)), 255, np.uint8), to_page=np.eye(2, 3))
    return Reading(
        strip=strip, texts=tuple(text), confidences=numbers, starts=numbers, ends=numbers, by_hand=-10 * numbers
    )


def printed(*lines: tuple[str, Quotes]) -> list[str]:
    return [reading.text for reading in as_printed([line(text) for text, _ in lines], [seen for _, seen in lines])]


@pytest.mark.parametrize(
    ("read", "bent"),
    [
        ("the interviewer's own", "the interviewer’s own"),
        ('he said "no" (and "so what?").', "he said “no” (and “so what?”)."),
        ("the 'small' ones'", "the ‘small’ ones’"),
        ('"A', "“A"),
        ("in the '90s", "in the ’90s"),
        ("a board of 5' by 6\" and", "a board of 5' by 6\" and"),
        ('"in 1990"', "“in 1990”"),
        ("“former\" and 'late'", "“former” and ‘late’"),
        ("„so\" und ‚so'", "„so“ und ‚so‘"),
        ('a lone " stays', 'a lone " stays'),
        ("none at all", "none at all"),
    ],
)
def test_a_straight_mark_opens_before_a_word_and_closes_behind_one(read: str, bent: str) -> None:
    assert printed((read, BENT)) == [bent]


@pytest.mark.parametrize("seen", [NO_QUOTES, STRAIGHT, Quotes(0.9, 0.0), Quotes(3.0, 1.6)])
def test_a_page_that_does_not_clearly_show_bent_marks_stays_as_it_was_read(seen: Quotes) -> None:
    assert printed(("it's", seen)) == ["it's"]


def test_all_lines_of_a_page_count_and_a_line_of_straight_marks_stays() -> None:
    lines = [
        ("it's", Quotes(0.6, 0.1)),
        ("we're", Quotes(0.6, 0.1)),
        ("print('a')", Quotes(0.0, 0.3)),
        ("I'm", NO_QUOTES),
    ]
    assert printed(*lines) == ["it’s", "we’re", "print('a')", "I’m"]


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine(Runtime(threads=2))


def page(*lines: tuple[float, float, str], face: str = "Times-Roman") -> Pixels:
    """A page at 150 dpi: texts of 11 points, so many points from the left and from the top."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(400, 300))
    canvas.setFont(face, 11)
    for left, top, text in lines:
        canvas.drawString(left, 300 - top, text)
    canvas.save()
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        return np.array(document[0].render(scale=150 / 72, grayscale=True).to_pil())


def texts(engine: PaddleEngine, pixels: Pixels) -> list[str]:
    seen = engine.see(PixelPage(pixels), pixels, ReadOptions())
    lines = sorted(seen.lines, key=lambda line: line.polygon[0][1])
    return [" ".join(word.text for word in line.words) for line in lines]


BOOK = (
    "It was the lamplighter’s boy who brought the news, and",
    "“Nobody” is what he called himself at the inn’s door.",
    "The brass lanterns, said the captain’s wife, are “lost”.",
)


def test_a_printed_page_has_the_marks_that_it_was_set_in(engine: PaddleEngine) -> None:
    bent = [(40, 60 + 20 * index, text) for index, text in enumerate(BOOK)]
    assert texts(engine, page(*bent)) == list(BOOK)
    straight = [text.replace("’", "'").replace("“", '"').replace("”", '"') for text in BOOK]
    typed = [(40, 60 + 20 * index, text) for index, text in enumerate(straight)]
    assert texts(engine, page(*typed, face="Helvetica")) == straight


def test_a_page_that_stands_on_its_head_is_read_as_plain_print_too(engine: PaddleEngine) -> None:
    # Some lines are read to see which way up it is: only the others are.
    lines = BOOK * 4
    bent = page(*((40, 30 + 20 * index, text) for index, text in enumerate(lines)))
    assert texts(engine, np.ascontiguousarray(np.rot90(bent, 2)))[::-1] == list(lines)


def test_the_number_of_a_page_is_read_though_it_stands_alone(engine: PaddleEngine) -> None:
    lines = [(40, 60 + 20 * index, text) for index, text in enumerate(BOOK)]
    assert texts(engine, page(*lines, (198, 270, "1")))[-1] == "1"
