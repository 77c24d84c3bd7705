"""The scorers of structure: which relations and pairs count as right."""

from __future__ import annotations

from benchmarks.relations import Cell, Tally, agreeing, equal, neighbours, score_pairs
from benchmarks.structure import _answered_tables

TABLE: list[Cell] = [(0, 0, 0, 1, "Sales"), (1, 1, 0, 0, "12,500"), (1, 1, 1, 1, "Lanterns")]


def test_a_cell_over_two_columns_has_two_neighbours_below() -> None:
    assert set(neighbours([TABLE])) == {
        ("sales", "12500", "below"),
        ("sales", "lanterns", "below"),
        ("12500", "lanterns", "right"),
    }


def test_texts_that_are_alike_agree_and_are_not_equal() -> None:
    found = neighbours([[(0, 0, 0, 1, "Sales"), (1, 1, 0, 0, "12,500"), (1, 1, 1, 1, "Lantems")]])
    assert equal(neighbours([TABLE]), found) == 1
    assert agreeing(neighbours([TABLE]), found) == 3


def test_other_texts_and_other_places_do_not_agree() -> None:
    beside = neighbours([[(0, 0, 0, 0, "12,500"), (1, 1, 0, 0, "Lanterns")]])
    assert agreeing(neighbours([TABLE]), beside) == 0


def test_a_relation_counts_once() -> None:
    once = neighbours([[(0, 0, 0, 0, "Lantern"), (0, 0, 1, 1, "Wick")]])
    twice = neighbours([[(0, 0, 0, 0, "Lanterm"), (0, 0, 1, 1, "Wick"), (1, 1, 0, 0, "Lanterm"), (1, 1, 1, 1, "Wick")]])
    assert agreeing(once, twice) == 1


def test_a_recorded_merged_cell_is_one_cell_with_all_its_words() -> None:
    def block(name: str, kind: str, **more: object) -> dict[str, object]:
        return {"Id": name, "BlockType": kind, **more}

    def holds(kind: str, *names: str) -> dict[str, object]:
        return {"Type": kind, "Ids": list(names)}

    place = {"RowIndex": 1, "RowSpan": 1, "ColumnSpan": 1}
    blocks = [
        block("t", "TABLE", Page=1, Relationships=[holds("CHILD", "a", "b"), holds("MERGED_CELL", "m")]),
        block("a", "CELL", ColumnIndex=1, **place, Relationships=[holds("CHILD", "x")]),
        block("b", "CELL", ColumnIndex=2, **place, Relationships=[holds("CHILD", "y")]),
        block(
            "m", "MERGED_CELL", ColumnIndex=1, **{**place, "ColumnSpan": 2}, Relationships=[holds("CHILD", "a", "b")]
        ),
        block("x", "WORD", Text="Gross"),
        block("y", "WORD", Text="pay"),
    ]
    assert _answered_tables(blocks, 1) == [[(0, 0, 0, 1, "Gross pay")]]


def test_pairs_need_both_texts() -> None:
    found = [("Name:", "Jane Doe"), ("Date:", "5/3/90")]
    assert score_pairs([("Name", "Jane Do"), ("Date", "6/7/12")], found) == Tally(right=1, found=2, true=2)
