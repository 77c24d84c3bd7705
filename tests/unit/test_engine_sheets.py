"""Lines on sheets of their own: they are legible there, and what is seen comes back to where it stands on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import cv2
import numpy as np
import pytest

from stele.domain.geometry import Polygon, rectangle
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.by_lines import LinesOnSheets
from stele.pipeline.reading.engines.paddle.finding import Found, LineFinder
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT
from stele.pipeline.reading.engines.paddle.recogniser import Page
from stele.pipeline.reading.engines.paddle.scale import Print
from stele.pipeline.reading.engines.sheets import Sheet, filled, on_page
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenSymbol, SeenWord

#: pixels from the top of a row to that of the next, and white around
ROW, ROOM = 72, 24


def word(text: str, *box: float, confidence: float = 0.9) -> SeenWord:
    polygon = rectangle(*box)
    symbol = SeenSymbol(text=text[0], confidence=confidence, polygon=polygon)
    return SeenWord(text=text, confidence=confidence, polygon=polygon, symbols=(symbol,))


def near(polygon: Polygon, *box: float) -> bool:
    return bool(np.allclose(polygon, rectangle(*box), atol=0.01))


def sheet_of(pixels: Pixels, *boxes: tuple[float, float, float, float]) -> Sheet:
    page = Page(pixels)
    (sheet,) = filled(page.strip(np.array(rectangle(*box), np.float32)) for box in boxes)
    return sheet


@pytest.mark.parametrize(("ground", "ink"), [(250, 20), (20, 250), (150, 60), (110, 230)])
def test_a_line_is_black_on_white_whatever_it_was_on(ground: int, ink: int) -> None:
    pixels = np.full((200, 600), ground, np.uint8)
    # The ground of a photo is darker on one side.
    pixels = (pixels * np.linspace(1, 0.8, 600)).astype(np.uint8)
    cv2.putText(pixels, "printed words", (30, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.4, ink, 3)
    sheet = sheet_of(pixels, (20, 60, 420, 124))
    assert sheet.pixels.shape == (ROW + ROOM, 300 + 2 * ROOM)
    line = sheet.pixels[ROOM : ROOM + LINE_HEIGHT, ROOM:-ROOM]
    assert np.median(line) > 240 and line.min() < 160
    assert 0.03 < (line < 200).mean() < 0.3


def test_what_was_seen_is_placed_where_its_line_stands() -> None:
    sheet = sheet_of(np.full((300, 500, 3), 255, np.uint8), (100, 50, 300, 98), (40, 150, 240, 246))
    below = ROOM + ROW
    page = SeenPage(
        lines=(
            SeenLine(polygon=rectangle(0, 0, 1, 1), words=(word("ab", ROOM, ROOM + 10, ROOM + 60, ROOM + 40),)),
            SeenLine(polygon=rectangle(0, 0, 1, 1), words=(word("cd", ROOM + 5, below, ROOM + 25, below + 48),)),
        )
    )
    first, second = on_page(page, sheet)
    assert near(first.polygon, 100, 60, 160, 90) and near(first.words[0].polygon, 100, 60, 160, 90)
    # This line was shrunk to half its height.
    assert near(second.words[0].polygon, 50, 150, 90, 246)
    assert second.words[0].symbols[0].polygon == second.words[0].polygon


def test_a_line_that_was_seen_over_two_rows_is_parted() -> None:
    sheet = sheet_of(np.full((300, 500), 255, np.uint8), (100, 50, 300, 98), (100, 150, 300, 198))
    words = (word("up", ROOM, ROOM, ROOM + 40, ROOM + 48), word("down", ROOM, ROOM + ROW, ROOM + 40, ROOM + ROW + 48))
    lines = list(on_page(SeenPage(lines=(SeenLine(polygon=words[0].polygon, words=words),)), sheet))
    assert [[word.text for word in line.words] for line in lines] == [["up"], ["down"]]
    assert near(lines[1].polygon, 100, 150, 140, 198)


def test_many_lines_take_several_sheets() -> None:
    page = Page(np.full((48, 4800), 255, np.uint8))
    strip = page.strip(np.array(rectangle(0, 0, 4800, 48), np.float32))
    found = list(filled([strip] * 100))
    assert sum(len(sheet.strips) for sheet in found) == 100 and len(found) > 1
    assert all(sheet.pixels.size <= 12_000_000 for sheet in found)


# -- pages ------------------------------------------------------------------------------------------------------------

BOXES = np.array([rectangle(100, top, 400, top + 48) for top in range(50, 850, 60)], np.float32)


def by_lines(found: Found | None, see: Callable[[Pixels], SeenPage]) -> SeenPage | None:
    finder = cast("LineFinder", lambda pixels: found)
    return LinesOnSheets(finder)(np.full((900, 500), 255, np.uint8), see)


class Seeing:
    """Sees a word on every row, surely if lines are read from one end, doubtfully from the other."""

    def __init__(self, *confidences: float) -> None:
        self._confidences = iter(confidences)
        self.rows: list[int] = []

    def __call__(self, pixels: Pixels) -> SeenPage:
        rows = range(ROOM, len(pixels) - ROOM, ROW)
        self.rows.append(len(rows))
        confidence = next(self._confidences)
        words = [word("word", ROOM, top, ROOM + 90, top + 48, confidence=confidence) for top in rows]
        return SeenPage(lines=tuple(SeenLine(polygon=word.polygon, words=(word,)) for word in words))


def found(boxes: np.ndarray = BOXES) -> Found:
    return Found(boxes, stands=False, print_=Print(letter=20, blank=False))


def test_a_page_without_lines_is_not_read_by_them() -> None:
    assert by_lines(None, Seeing()) is None


def test_lines_that_read_well_are_read_once() -> None:
    see = Seeing(0.9)
    page = by_lines(found(), see)
    assert page is not None and len(page.lines) == len(BOXES) and see.rows == [len(BOXES)]
    assert page.angle == pytest.approx(0)
    assert near(page.lines[2].polygon, 100, 170, 190, 218)


def test_lines_that_read_better_from_the_other_end_are_read_so() -> None:
    see = Seeing(0.4, 0.9, 0.92)
    page = by_lines(found(), see)
    assert page is not None and abs(page.angle) == pytest.approx(180)
    assert see.rows[0] == see.rows[2] == len(BOXES) and see.rows[1] <= 6
    # A word that is first on its line, upside down, is last on the page.
    assert page.lines[0].polygon[0] == pytest.approx((400, 98)) and page.lines[0].polygon[2] == pytest.approx((310, 50))


@pytest.mark.parametrize("other", [0.42, 0.6])
def test_lines_that_read_badly_from_both_ends_stay(other: float) -> None:
    see = Seeing(0.4, other)
    page = by_lines(found(), see)
    assert page is not None and page.angle == pytest.approx(0) and len(see.rows) == 2
