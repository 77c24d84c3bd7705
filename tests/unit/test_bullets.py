"""Marks that stand before the items of a list are found, and what only looks like one is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.bullets import with_bullets
from stele.pipeline.reading.engines.paddle.recogniser import Page, Reading
from stele.pipeline.reading.seam import SeenLine, SeenWord

#: rows of the page at which the boxes of lines begin, how high they are, and where they begin
ROWS, HIGH, LEFT = (40, 100, 160), 32, 100
#: draws something on the page, its middle at a place
Drawn = Callable[[Pixels, int, int], None]


def dot(page: Pixels, x: int, y: int, radius: int = 4) -> None:
    cv2.circle(page, (x, y), radius, 0, -1)


def square(page: Pixels, x: int, y: int) -> None:
    page[y - 4 : y + 4, x - 4 : x + 4] = 0


def dash(page: Pixels, x: int, y: int) -> None:
    page[y - 1 : y + 1, x - 9 : x + 9] = 0


def ring(page: Pixels, x: int, y: int) -> None:
    cv2.circle(page, (x, y), 7, 0, 1)


def letter(page: Pixels, x: int, y: int) -> None:
    cv2.putText(page, "h", (x - 8, y + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)


def seen(draw: Drawn, places: tuple[tuple[int, int], ...], first: str = "word") -> list[str]:
    """The lines of a page on which something is drawn at places: so far before a line, and below its top."""
    page = np.full((240, 400), 250, np.uint8)
    for top in ROWS:
        page[top + 8 : top + 26, LEFT + 4 : 300 : 6] = 0
    for row, (before, below) in zip(ROWS, places, strict=False):
        draw(page, LEFT - before, row + below)
    boxes = np.array([rectangle(LEFT, top, 304, top + HIGH) for top in ROWS], np.float32)
    sheet = Page(page)
    lines = [
        SeenLine(
            polygon=rectangle(LEFT + 3, top + 7, 301, top + 27),
            words=(SeenWord(text=first, confidence=0.99, polygon=rectangle(LEFT + 3, top + 7, 301, top + 27)),),
        )
        for top in ROWS
    ]
    nothing = np.ones(1, np.float32)
    readings = [
        Reading(
            strip=sheet.strip(box), texts=("w",), confidences=nothing, starts=nothing, ends=nothing, by_hand=nothing
        )
        for box in boxes
    ]
    found = with_bullets(lines, readings, boxes, sheet, symbols=True)
    assert all(line is not None for line in found)
    for line in found:
        if line and line.words[0].text != first:
            assert line.polygon[0][0] == pytest.approx(line.words[0].polygon[0][0], abs=1)
            assert line.words[0].symbols[0].text == line.words[0].text
            assert line.words[1].text == first
    return [line.words[0].text for line in found if line]


HERE = (20, 17)


@pytest.mark.parametrize(
    ("draw", "places", "found"),
    [
        (dot, (HERE, HERE, HERE), ["•", "•", "•"]),
        (dot, (HERE, HERE), ["•", "•", "word"]),
        (square, (HERE, HERE, HERE), ["■", "■", "■"]),
        (dot, ((7, 17), (7, 17), (7, 17)), ["•", "•", "•"]),
        # Alone, of another size, elsewhere.
        (dot, (HERE,), ["word", "word", "word"]),
        (dot, ((20, 17), (45, 17)), ["word", "word", "word"]),
        (dot, ((20, 29), (20, 29), (20, 29)), ["word", "word", "word"]),
        (partial(dot, radius=1), (HERE, HERE), ["word", "word", "word"]),
        (partial(dot, radius=10), (HERE, HERE), ["word", "word", "word"]),
        # No bullets.
        (dash, (HERE, HERE), ["word", "word", "word"]),
        (ring, (HERE, HERE), ["word", "word", "word"]),
        (letter, (HERE, HERE), ["word", "word", "word"]),
    ],
)
def test_marks_before_lines(draw: Drawn, places: tuple[tuple[int, int], ...], found: list[str]) -> None:
    assert seen(draw, places) == found


def test_of_two_marks_neither_is_a_bullet() -> None:
    def pair(page: Pixels, x: int, y: int) -> None:
        dot(page, x, y)
        dot(page, x - 20, y)

    assert seen(pair, (HERE, HERE, HERE)) == ["word", "word", "word"]


def test_what_was_read_as_a_bullet_is_not_told_twice() -> None:
    assert seen(dot, (HERE, HERE, HERE), first="•") == ["•", "•", "•"]
