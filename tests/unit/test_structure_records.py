"""Small tables of forms: names with their values below, cells to be ticked, and what is no table."""

from __future__ import annotations

import pytest

from stele.domain.job import Feature
from structured import Drawing, cells_of


def in_a_row(drawing: Drawing, top: int, texts: dict[int, str]) -> Drawing:
    for x, text in texts.items():
        drawing.write(x, top, text)
    return drawing


def record() -> Drawing:
    drawing = Drawing().write(700, 150, "Earnings", 40)
    in_a_row(drawing, 150, {100: "Firm", 180: "File", 270: "Office", 360: "Clock", 420: "Number"})
    return in_a_row(drawing, 178, {100: "ABC", 180: "126543", 270: "123456", 360: "1234", 420: "000000"})


def test_names_and_the_values_that_start_below_them() -> None:
    expected = [["Firm", "File", "Office", "Clock", "Number"], ["ABC", "126543", "123456", "1234", "000000"]]
    assert cells_of(record().find(Feature.TABLES)) == expected


def test_names_over_words_are_no_record() -> None:
    drawing = in_a_row(Drawing(), 150, {100: "North", 250: "South", 400: "East", 550: "West"})
    in_a_row(drawing, 178, {100: "cold", 250: "warm", 400: "dry", 550: "wet"})
    assert drawing.find(Feature.TABLES).tables == ()


def questions(*heads: str) -> Drawing:
    drawing = Drawing().grid((100, 500, 600, 700), (300, 340, 380, 420))
    in_a_row(drawing, 310, {110: "Question", 520: heads[0], 620: heads[1]})
    in_a_row(drawing, 350, {110: "Lamp lit"}).fill(640, 352, 656, 368, 0)
    return in_a_row(drawing, 390, {110: "Door shut"}).fill(540, 392, 556, 408, 0)


@pytest.mark.parametrize("heads", [("Yes", "No"), ("Oui", "Non")])
def test_cells_below_yes_and_no_are_ticked_or_not(heads: tuple[str, str]) -> None:
    page = questions(*heads).find(Feature.TABLES, Feature.FORMS)
    (table,) = page.tables
    told = {(cell.row, cell.column): [page.marks[at].selected for at in cell.marks] for cell in table.cells}
    assert told[1, 1] == told[2, 2] == [False]
    assert told[1, 2] == told[2, 1] == [True]
    assert [told[row, 0] for row in range(3)] == [[], [], []]


def test_cells_below_other_headings_are_not_for_ticking() -> None:
    assert questions("East", "West").find(Feature.TABLES, Feature.FORMS).marks == ()


def test_boxes_with_labels_are_a_choice_and_no_table() -> None:
    drawing = Drawing().grid((100, 400, 700, 1000), (300, 340, 380, 420))
    for row, texts in enumerate([("Radio", "Friend", "Mail"), ("Paper", "Landlord", "Wire"), ("Poster", "Firm", "No")]):
        for x, text in zip((110, 410, 710), texts, strict=True):
            drawing.checkbox(x, 310 + 40 * row).write(x + 40, 312 + 40 * row, text)
    assert drawing.find(Feature.TABLES).tables == ()
