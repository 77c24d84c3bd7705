"""Tables, found on pages that are drawn here: what is a table, and where its cells are."""

from __future__ import annotations

import pytest

from stele.domain.document import CellKind
from stele.domain.geometry import bounds
from stele.domain.job import Feature
from structured import Drawing, cells_of

ROWS = [["Lamp", "2", "49.00"], ["Lantern", "1", "12.50"], ["Wick", "10", "0.80"]]
HEAD = ["Item", "Count", "Price"]
PROSE = [
    "The river had been low all summer and the ferrymen spent their days mending nets",
    "beside the landing. Nobody crossed who did not have to, and those who did paid little",
    "for it. When the first rain came at last the water rose within a single night, brown",
    "and loud, and carried away two of the boats that had been left untied all summer long.",
]


def written(rows: list[list[str]], *, xs: tuple[int, ...] = (110, 410, 660), top: int = 310, step: int = 40) -> Drawing:
    drawing = Drawing()
    for row, texts in enumerate(rows):
        for x, text in zip(xs, texts, strict=True):
            if text:
                drawing.write(x, top + step * row, text)
    return drawing


def ruled() -> Drawing:
    return written([HEAD, *ROWS]).grid((100, 400, 650, 900), (300, 340, 380, 420, 460))


def test_a_ruled_table() -> None:
    page = ruled().find(Feature.TABLES)
    assert cells_of(page) == [HEAD, *ROWS]
    assert [cell.kind for cell in page.tables[0].cells[:3]] == [CellKind.COLUMN_HEADER] * 3
    assert page.tables[0].confidence > 0.9
    assert bounds(page.tables[0].polygon) == pytest.approx((100, 300, 900, 460), abs=5)
    assert bounds(page.tables[0].cells[0].polygon) == pytest.approx((100, 300, 400, 340), abs=5)


def test_words_are_pointed_at() -> None:
    page = ruled().find(Feature.TABLES)
    words = list(page.words())
    for cell in page.tables[0].cells:
        assert " ".join(words[index].text for index in cell.words) == cell.text


def test_a_page_that_lies_on_its_side() -> None:
    page = ruled().find_turned(Feature.TABLES)
    assert cells_of(page) == [HEAD, *ROWS]
    left, top, right, bottom = bounds(page.tables[0].polygon)
    assert (right - left, bottom - top) == pytest.approx((160, 800), abs=8)


@pytest.mark.parametrize("degrees", [-2.0, 1.5])
def test_a_page_that_leans(degrees: float) -> None:
    drawing = ruled().paragraph(100, 600, PROSE)
    assert cells_of(drawing.find_leaning(degrees, Feature.TABLES)) == [HEAD, *ROWS]


def test_merged_cells() -> None:
    drawing = Drawing().grid((100, 400, 900), (300, 340, 380, 420, 460))
    drawing.rule(650, 340, 650, 460).write(110, 310, "Year").write(600, 310, "Sales")
    for x, texts in ((110, "2019 2020 2021"), (420, "11 12 13"), (670, "21 22 23")):
        for row, text in enumerate(texts.split()):
            drawing.write(x, 350 + 40 * row, text)
    page = drawing.find(Feature.TABLES)
    assert cells_of(page) == [["Year", "Sales", ""], ["2019", "11", "21"], ["2020", "12", "22"], ["2021", "13", "23"]]
    sales = next(cell for cell in page.tables[0].cells if cell.text == "Sales")
    assert (sales.column, sales.column_span) == (1, 2)


def test_every_place_is_covered_once() -> None:
    drawing = ruled().rule(400, 340, 400, 380, 8, ink=255)
    table = drawing.find(Feature.TABLES).tables[0]
    places = [
        (row, column)
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    ]
    assert sorted(places) == [(row, column) for row in range(4) for column in range(3)]


def test_rules_above_and_below_only() -> None:
    drawing = written([HEAD, *ROWS], top=310)
    for y in (300, 340, 470):
        drawing.rule(100, y, 900, y)
    page = drawing.find(Feature.TABLES)
    assert cells_of(page) == [HEAD, *ROWS]
    assert page.tables[0].cells[0].kind is CellKind.COLUMN_HEADER


def test_no_rules_at_all() -> None:
    page = written([HEAD, *ROWS]).find(Feature.TABLES)
    assert cells_of(page) == [HEAD, *ROWS]
    assert page.tables[0].confidence < ruled().find(Feature.TABLES).tables[0].confidence


def test_a_cell_of_several_lines() -> None:
    rows = [HEAD, ["Lamp with a", "2", "49.00"], ["shade", "", ""], ["Wick", "10", "0.80"]]
    drawing = written(rows, step=24)
    for y in (300, 335, 420):
        drawing.rule(100, y, 900, y)
    assert cells_of(drawing.find(Feature.TABLES))[1] == ["Lamp with a shade", "2", "49.00"]


def test_shaded_rows_are_parted_by_their_edges() -> None:
    drawing = Drawing().fill(100, 300, 900, 340, 190).fill(100, 380, 900, 420, 225)
    for row, texts in enumerate([HEAD, *ROWS]):
        for x, text in zip((110, 410, 660), texts, strict=True):
            drawing.write(x, 308 + 40 * row, text)
    assert cells_of(drawing.find(Feature.TABLES)) == [HEAD, *ROWS]


def test_title_notes_and_totals() -> None:
    drawing = written([HEAD, *ROWS, ["Total", "13", "62.30"]])
    drawing.grid((100, 400, 650, 900), (300, 340, 380, 420, 460, 500))
    drawing.write(100, 262, "Table 3. What was sold in March").write(100, 508, "Source: the till", 18)
    table = drawing.find(Feature.TABLES).tables[0]
    assert table.title is not None and table.title.text == "Table 3. What was sold in March"
    assert [note.text for note in table.footers] == ["Source: the till"]
    assert [cell.kind for cell in table.cells[-3:]] == [CellKind.SUMMARY] * 3


def test_running_text_is_no_table() -> None:
    drawing = Drawing().paragraph(80, 100, PROSE)
    assert drawing.find(Feature.TABLES).tables == ()


def test_columns_of_running_text_are_no_table() -> None:
    drawing = Drawing()
    for left in (60, 540):
        drawing.paragraph(left, 100, [line[:40] for line in PROSE * 3])
    assert drawing.find(Feature.TABLES).tables == ()


def test_columns_of_running_text_in_a_frame_are_no_table_but_may_have_one() -> None:
    drawing = Drawing().grid((30, 970), (60, 1150))
    for left in (60, 540):
        drawing.paragraph(left, 100, [line[:40] for line in PROSE * 3])
    assert drawing.find(Feature.TABLES).tables == ()
    for row, texts in enumerate((HEAD, *ROWS)):
        for x, text in zip((60, 240, 360), texts, strict=True):
            drawing.write(x, 560 + 40 * row, text)
    page = drawing.grid((50, 230, 350, 450), (555, 595, 635, 675, 715)).find(Feature.TABLES)
    assert len(page.tables) == 1 and cells_of(page) == [HEAD, *ROWS]


def test_numbered_lines_are_no_table() -> None:
    drawing = Drawing()
    for row, text in enumerate(["That was the basement.", "Was it the basement?", "There was an area.", "It was low."]):
        drawing.write(80, 100 + 60 * row, str(row + 1)).write(300, 100 + 60 * row, text)
    assert drawing.find(Feature.TABLES).tables == ()


def test_a_page_without_words_has_no_structure() -> None:
    page = Drawing().grid((100, 400, 900), (300, 340, 380)).find(Feature.TABLES, Feature.FORMS, Feature.LAYOUT)
    assert (page.tables, page.fields, page.regions) == ((), (), ())


def test_only_what_is_asked_for_is_filled() -> None:
    page = ruled().find(Feature.TABLES)
    assert page.tables and not page.regions and not page.fields and not page.answers


def test_tables_side_by_side() -> None:
    drawing = Drawing().rule(500, 300, 500, 480)
    for xs, ys in (((100, 300, 500), (300, 345, 390, 435, 480)), ((500, 700, 900), (300, 360, 420, 480))):
        drawing.grid(xs, ys)
    for row in range(4):
        drawing.write(110, 312 + 45 * row, f"left{row}").write(310, 312 + 45 * row, str(row))
    for row in range(3):
        drawing.write(510, 320 + 60 * row, f"right{row}").write(710, 320 + 60 * row, str(row))
    page = drawing.find(Feature.TABLES)
    assert len(page.tables) == 2
    assert cells_of(page, 0) == [[f"left{row}", str(row)] for row in range(4)]
    assert cells_of(page, 1) == [[f"right{row}", str(row)] for row in range(3)]


def test_a_currency_sign_is_no_column() -> None:
    drawing = Drawing().grid((100, 400, 900), (300, 340, 380, 420))
    for row, (text, amount) in enumerate([("Base pay", "520"), ("Rations", "162"), ("Clothing", "452")]):
        drawing.write(110, 310 + 40 * row, text).write(420, 310 + 40 * row, "$").write(520, 310 + 40 * row, amount)
    page = drawing.find(Feature.TABLES)
    assert cells_of(page) == [["Base pay", "$ 520"], ["Rations", "$ 162"], ["Clothing", "$ 452"]]


def test_labels_beside_the_rules_and_headers_above_them_are_of_the_table() -> None:
    drawing = written([["", *HEAD[1:]], *ROWS, ["Shade", "3", "7.20"], ["Glass", "4", "2.10"]], xs=(250, 410, 660))
    for y in (340, 380, 420):
        drawing.rule(400, y, 900, y)
    found = cells_of(drawing.find(Feature.TABLES))
    assert found == [["", "Count", "Price"], *ROWS, ["Shade", "3", "7.20"], ["Glass", "4", "2.10"]]


def test_a_rule_below_several_headers_spans_none_of_them() -> None:
    drawing = written([HEAD, *ROWS]).rule(100, 300, 900, 300).rule(100, 470, 900, 470).rule(100, 340, 720, 340)
    page = drawing.find(Feature.TABLES)
    assert cells_of(page) == [HEAD, *ROWS]


def test_rows_of_numbers_above_the_first_rule_are_no_header() -> None:
    rows = [["1,200", "2", "49.00"], ["1,300", "1", "12.50"], ["1,400", "5", "8.00"], ["1,500", "6", "0.80"]]
    drawing = written(rows)
    for y in (300, 380, 470):
        drawing.rule(100, y, 900, y)
    assert cells_of(drawing.find(Feature.TABLES)) == rows


def test_the_boxes_of_a_form_are_no_table() -> None:
    drawing = Drawing().grid((100, 400, 650, 900), (300, 370, 440))
    for y in (306, 376):
        for x, label, value in ((110, "Name", "Jane Doe"), (410, "Place", "Salem"), (660, "Trade", "Lamps")):
            drawing.write(x, y, label, 14).write(x + 20, y + 30, value)
    assert drawing.find(Feature.TABLES).tables == ()
