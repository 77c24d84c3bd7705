"""Tables whose columns are close together, whose headings reach over several, and whose cells have several lines."""

from __future__ import annotations

from stele.domain.document import Page
from stele.domain.job import Asked, Feature
from stele.domain.value import changed
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.structuring import structure
from structured import Drawing, cells_of


def between_rules(*ys: int) -> Drawing:
    drawing = Drawing()
    for y in ys:
        drawing.rule(100, y, 900, y)
    return drawing


def rows(drawing: Drawing, top: int, texts: list[list[str]], xs: tuple[int, ...], step: int = 40) -> Drawing:
    for row, each in enumerate(texts):
        for x, text in zip(xs, each, strict=True):
            if text:
                drawing.write(x, top + step * row, text)
    return drawing


def in_a_row(drawing: Drawing, top: int, texts: dict[int, str]) -> Drawing:
    for x, text in texts.items():
        drawing.write(x, top, text)
    return drawing


NUMBERS = [["Lamp", "11", "21", "31"], ["Wick", "12", "22", "32"], ["Oil", "13", "23", "33"]]
XS = (110, 500, 600, 700)


def test_headings_side_by_side_are_each_of_its_column() -> None:
    """They are so long that hardly more than a space is between them."""
    drawing = between_rules(300, 335, 590)
    drawing.write(110, 308, "Item").write(470, 308, "Bought").write(555, 308, "Delivered").write(660, 308, "Returned")
    rows(drawing, 345, NUMBERS * 2, XS)
    assert cells_of(drawing.find(Feature.TABLES))[0] == ["Item", "Bought", "Delivered", "Returned"]


def spans_of(drawing: Drawing, text: str) -> tuple[int, int, int]:
    (table,) = drawing.find(Feature.TABLES).tables
    cell = next(cell for cell in table.cells if cell.text == text)
    return cell.row, cell.column, cell.column_span


def test_a_heading_reaches_over_what_its_own_rule_runs_along() -> None:
    drawing = between_rules(280, 345, 480).rule(490, 311, 740, 311).write(490, 286, "Year")
    rows(drawing, 318, [["Item", "first", "second", "third"]], XS)
    assert spans_of(rows(drawing, 355, NUMBERS, XS), "Year") == (0, 1, 3)


def test_a_heading_reaches_over_what_it_is_centred_over() -> None:
    drawing = between_rules(280, 345, 480).write(590, 286, "Year")
    rows(drawing, 318, [["Item", "first", "second", "third"]], XS)
    assert spans_of(rows(drawing, 355, NUMBERS, XS), "Year") == (0, 1, 3)


def test_numbers_half_a_line_lower_are_of_the_cell_beside_them() -> None:
    drawing = between_rules(280, 315, 500)
    rows(drawing, 288, [["Item", "first", "second", "third"]], XS)
    for at, (label, *numbers) in enumerate(NUMBERS):
        top = 325 + 60 * at
        drawing.write(110, top, f"{label} of the best kind").write(110, top + 24, "there is")
        rows(drawing, top + 12, [["", *numbers]], XS)
    assert cells_of(drawing.find(Feature.TABLES))[1:] == [
        [f"{label} of the best kind there is", *numbers] for label, *numbers in NUMBERS
    ]


def test_years_head_a_table_that_starts_with_the_rule_below_them() -> None:
    drawing = between_rules(340, 480)
    rows(drawing, 312, [["Item", "1997", "1998", "1999"]], XS)
    assert cells_of(rows(drawing, 350, NUMBERS, XS).find(Feature.TABLES))[0] == ["Item", "1997", "1998", "1999"]


def test_a_note_in_prose_ends_a_table_that_has_no_last_rule() -> None:
    drawing = rows(between_rules(300, 335), 308, [["Item", "first", "second", "third"]], XS)
    rows(drawing, 345, NUMBERS, XS).write(110, 465, "All of it was counted by hand at the end of the year by the owner")
    rows(drawing, 505, [["and", "", "", "twice"]], XS)
    assert len(cells_of(drawing.find(Feature.TABLES))) == 4


def test_what_has_several_lines_is_one_row_where_rules_part_all_others() -> None:
    drawing = between_rules(300, 340, 380, 444, 484)
    rows(drawing, 308, [["Item", "first", "second", "third"], NUMBERS[0]], XS)
    rows(drawing, 390, [["Wick of", "cut by", "in all", "lost"], ["cotton", "hand", "months", "at sea"]], XS, step=24)
    rows(drawing, 452, [NUMBERS[2]], XS)
    assert cells_of(drawing.find(Feature.TABLES)) == [
        ["Item", "first", "second", "third"],
        NUMBERS[0],
        ["Wick of cotton", "cut by hand", "in all months", "lost at sea"],
        NUMBERS[2],
    ]


def test_sums_below_the_last_rule_are_of_the_table_whatever_their_label_goes_across() -> None:
    drawing = rows(between_rules(300, 335, 470), 308, [["Item", "first", "second", "third"]], XS)
    rows(drawing, 345, NUMBERS, XS).write(170, 480, "Sum of all that there is in the whole shop").write(
        600, 480, "66"
    ).write(700, 480, "96")
    assert [text for text in cells_of(drawing.find(Feature.TABLES))[-1] if text] == [
        "Sum of all that there is in the whole shop",
        "66",
        "96",
    ]


def test_a_heading_with_a_rule_of_its_own_above_the_headers_of_columns_is_of_the_table() -> None:
    drawing = between_rules(345, 480).rule(490, 311, 740, 311).write(490, 286, "Year")
    rows(drawing, 318, [["Item", "first", "second", "third"]], XS)
    assert spans_of(rows(drawing, 355, NUMBERS, XS), "Year") == (0, 1, 3)


def test_two_rows_of_words_are_a_table_where_no_place_is_empty() -> None:
    words = [["quick", "an hour", "two hours", "noon"], ["slow", "a day", "two days", "evening"]]
    xs = (110, 310, 510, 710)
    drawing = rows(Drawing().grid((100, 300, 500, 700, 900), (300, 340, 380)), 310, words, xs)
    assert cells_of(drawing.find(Feature.TABLES)) == words
    words[1][2] = ""
    drawing = rows(Drawing().grid((100, 300, 500, 700, 900), (300, 340, 380)), 310, words, xs)
    assert drawing.find(Feature.TABLES).tables == ()


STAMP = ((520.0, 480.0), (700.0, 300.0), (730.0, 330.0), (550.0, 510.0))


def found_below_a_stamp(drawing: Drawing) -> Page:
    """The tables of a page across which "Paid" is stamped."""
    page = drawing.write(590, 700, "Paid").page()
    *others, last = page.blocks
    (line,) = last.paragraphs[0].lines
    (word,) = line.words
    moved = changed(line, polygon=STAMP, words=(changed(word, polygon=STAMP),))
    block = changed(last, paragraphs=(changed(last.paragraphs[0], lines=(moved,)),))
    return structure(drawing.source(), changed(page, blocks=(*others, block)), Asked(features=(Feature.TABLES,)))


def test_a_stamp_across_a_table_is_in_none_of_its_cells() -> None:
    drawing = rows(between_rules(300, 335, 470), 308, [["Item", "first", "second", "third"]], XS)
    found = found_below_a_stamp(rows(drawing, 345, NUMBERS, XS))
    assert cells_of(found) == [["Item", "first", "second", "third"], *NUMBERS]


def test_rules_below_a_stamp_are_no_strokes_of_it() -> None:
    texts = [["Item", "first", "second", "third"], *NUMBERS]
    drawing = rows(Drawing().grid((100, 490, 590, 690, 800), (320, 360, 400, 440, 480)), 328, texts, XS)
    assert cells_of(found_below_a_stamp(drawing)) == texts


def test_numbers_part_at_a_smaller_gap_than_words() -> None:
    texts = [
        ["Item", "No", "Range"],
        ["Lamp", "21.8", "(16.0–29.0)"],
        ["Wick", "56.0", "(53.2–58.8)"],
        ["Oil", "24.1", "(23.4–24.8)"],
    ]
    drawing = rows(between_rules(300, 340, 470), 310, texts, (110, 500, 557))
    assert cells_of(drawing.find(Feature.TABLES)) == texts


def test_thin_rules_between_rows_of_print_a_little_large_do_not_fade() -> None:
    drawing = Drawing().paragraph(100, 100, ["Lamp", "Wick", "Oil"], size=14.4)
    for y in range(300, 580, 28):
        drawing.rule(100, y + y % 13, 900, y + y % 13, 1, ink=234)
    assert len(Rules(Sheet(drawing.source(), drawing.page())).level) == 10


def test_texts_below_each_other_with_one_beside_them_are_no_table() -> None:
    drawing = in_a_row(Drawing(), 100, {100: "PAYMENT SERVICE", 350: "-", 380: "E"})
    in_a_row(drawing, 131, {100: "TERMINAL # C95778D3"})
    in_a_row(drawing, 195, {174: "12/07/2019", 414: "12:22 PM"})
    in_a_row(drawing, 259, {235: "CHANGE DUE", 434: "0.00"})
    in_a_row(drawing, 310, {100: "TC #2034", 260: "2049", 360: "1021", 450: "1007", 560: "5519"})
    assert drawing.find(Feature.TABLES).tables == ()


def test_a_table_that_the_end_of_the_page_cuts_off_has_its_last_row() -> None:
    drawing = rows(Drawing(), 1060, [["Item", "first", "second", "third"], *NUMBERS], (110, 510, 610, 710))
    for y in (1050, 1090, 1130, 1170):
        drawing.rule(100, y, 800, y)
    for x in (100, 500, 600, 700, 800):
        drawing.rule(x, 1050, x, 1199)
    assert cells_of(drawing.find(Feature.TABLES)) == [["Item", "first", "second", "third"], *NUMBERS]


def test_a_box_that_starts_below_a_table_is_none_of_its_rows() -> None:
    drawing = between_rules(300, 350, 400, 450, 500, 520, 570)
    rows(drawing, 315, [["Item", "first", "second", "third"], *NUMBERS], XS, step=50)
    rows(drawing, 535, [["Signed by", "", "", "Jane"]], XS)
    assert cells_of(drawing.find(Feature.TABLES)) == [["Item", "first", "second", "third"], *NUMBERS]


def test_a_table_does_not_go_on_with_rows_of_other_columns() -> None:
    drawing = between_rules(300, 380)
    in_a_row(drawing, 308, {110: "Code", 300: "Issues", 500: "Pulls", 700: "Deeds"})
    in_a_row(drawing, 345, {110: "open", 300: "many", 500: "none", 700: "some"})
    in_a_row(drawing, 400, {190: "branch", 400: "tags", 600: "files"})
    in_a_row(drawing, 440, {190: "first", 400: "new", 600: "old"})
    page = drawing.find(Feature.TABLES)
    told = [{cell.text for cell in table.cells} for table in page.tables]
    assert not any({"Code", "branch"} <= texts for texts in told)
