"""The bench's own scorer."""

from __future__ import annotations

import pytest
from benchmarks.placing import Word, overlap
from benchmarks.scoring import Tally, Truth, tally, total


def _box(left: float, top: float, width: float = 40, height: float = 10) -> tuple[tuple[float, float], ...]:
    return (left, top), (left + width, top), (left + width, top + height), (left, top + height)


def test_equal_text_has_no_errors_however_it_is_broken_into_lines() -> None:
    sums = tally(Truth(text="one  two\nthree"), "one two three", ())
    assert sums.character_error_rate == 0.0
    assert sums.character_f1 == 1.0
    assert sums.word_f1 is None


def test_an_edit_counts_once() -> None:
    assert tally(Truth(text="abcdefghij"), "abcdXfghij", ()).character_error_rate == pytest.approx(0.1)


def test_compatible_characters_are_equal() -> None:
    assert tally(Truth(text="ﬁne ２５"), "fine 25", ()).character_error_rate == 0.0


def test_order_costs_errors_but_no_characters() -> None:
    sums = tally(Truth(text="first second"), "second first", ())
    assert sums.character_error_rate is not None
    assert sums.character_error_rate > 0.5
    assert sums.character_f1 == 1.0


def test_a_truth_without_order_gives_no_error_rate() -> None:
    assert tally(Truth(text="first second", ordered=False), "second first", ()).character_error_rate is None


def test_white_space_means_nothing_in_chinese() -> None:
    assert tally(Truth(text="开放时间 请勿喧哗", language="zh"), "开放 时间请勿喧哗", ()).character_error_rate == 0.0


def test_case_means_nothing_where_the_truth_says_so() -> None:
    assert tally(Truth(text="TOTAL"), "Total", ()).character_error_rate == pytest.approx(0.8)
    assert tally(Truth(text="TOTAL", caseless=True), "Total", ()).character_error_rate == 0.0


def test_nothing_read_is_all_wrong() -> None:
    sums = tally(Truth(text="abc", words=(Word(text="abc", polygon=_box(0, 0)),)), "", ())
    assert (sums.character_error_rate, sums.character_f1, sums.word_f1) == (1.0, 0.0, 0.0)


def test_a_word_needs_its_text_and_its_place() -> None:
    truth = Truth(
        text="a b c",
        words=(
            Word(text="alpha", polygon=_box(0, 0)),
            Word(text="beta", polygon=_box(50, 0)),
            Word(text="gamma", polygon=_box(100, 0)),
        ),
    )
    read = (
        Word(text="alpha", polygon=_box(2, 1)),  # right
        Word(text="bela", polygon=_box(50, 0)),  # another text
        Word(text="gamma", polygon=_box(130, 0)),  # another place
    )
    sums = tally(truth, "", read)
    assert (sums.words_found, sums.words_true, sums.words_read) == (1, 3, 3)
    assert sums.word_f1 == pytest.approx(1 / 3)


def test_equal_words_are_matched_one_to_one() -> None:
    twice = Truth(text="x", words=(Word(text="x", polygon=_box(0, 0)), Word(text="x", polygon=_box(4, 0))))
    assert tally(twice, "", (Word(text="x", polygon=_box(1, 0)),)).words_found == 1
    both = (Word(text="x", polygon=_box(1, 0)), Word(text="x", polygon=_box(3, 0)))
    assert tally(twice, "", both).words_found == 2


def test_overlap_of_turned_boxes() -> None:
    assert overlap(_box(0, 0), _box(0, 0)) == pytest.approx(1.0)
    assert overlap(_box(0, 0), _box(20, 0)) == pytest.approx(1 / 3)
    assert overlap(_box(0, 0), _box(100, 100)) == 0.0
    diamond = ((20.0, -15.0), (40.0, 5.0), (20.0, 25.0), (0.0, 5.0))
    assert 0.3 < overlap(_box(0, 0), diamond) < 0.6
    assert overlap(((0, 0), (1, 0), (1, 0), (0, 0)), _box(0, 0)) == 0.0


def test_tallies_add_up() -> None:
    pages = [tally(Truth(text="abcd"), "abcX", ()), tally(Truth(text="abcdef"), "abcdef", ())]
    assert total(pages).character_error_rate == pytest.approx(0.1)
    assert total([]) == Tally()
    assert total([]).character_f1 is None
