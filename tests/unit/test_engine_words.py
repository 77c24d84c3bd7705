"""From the characters of a line to words: where they end, and their boxes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.reading.engines.breaks import parts_words
from stele.pipeline.reading.engines.paddle import (
    heights,
    words,
)
from stele.pipeline.reading.engines.paddle.recogniser import Strip
from strips import reading_of, strip_of


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
