"""Reading order of typical pages, line by line."""

from __future__ import annotations

import math
from itertools import chain, pairwise

import pytest

from sheets import Sheet, arrange, prose, texts
from stele.domain.document import Block, Break
from stele.domain.geometry import turned

LEFT, RIGHT = 100.0, 620.0  # two columns of 48 characters of 10 pixels, with a gutter of two text heights


def two_columns() -> tuple[Sheet, list[str]]:
    left, right = prose(48, 20), prose(48, 18, start=90)
    sheet = Sheet().type(200, 100, "A HEADING ACROSS BOTH COLUMNS", size=40)
    sheet.column(LEFT, 200, left).column(RIGHT, 200, right)
    return sheet.type(580, 900, "- 7 -"), ["A HEADING ACROSS BOTH COLUMNS", *left, *right, "- 7 -"]


def test_columns_are_read_one_after_the_other_and_what_spans_them_where_it_stands() -> None:
    sheet, expected = two_columns()
    assert texts(arrange(sheet.seen()).blocks) == expected


def test_a_heading_across_columns_parts_them() -> None:
    parts = [prose(48, 8), prose(48, 8, 60), prose(48, 9, 120), prose(48, 9, 180)]
    heading = "SECOND PART, OVER BOTH COLUMNS OF THE PAGE AND MORE OF IT"
    sheet = Sheet().column(LEFT, 100, parts[0]).column(RIGHT, 100, parts[1]).type(150, 340, heading, 30)
    sheet.column(LEFT, 420, parts[2]).column(RIGHT, 420, parts[3])
    assert texts(arrange(sheet.seen()).blocks) == [*parts[0], *parts[1], heading, *parts[2], *parts[3]]


def test_columns_with_lines_at_the_same_heights_are_columns_too() -> None:
    columns = [prose(30, 15, start) for start in (0, 40, 80)]
    sheet = Sheet()
    for number, lines in enumerate(columns):
        sheet.column(100 + 340 * number, 100, lines)
    assert texts(arrange(sheet.seen()).blocks) == list(chain.from_iterable(columns))


@pytest.mark.parametrize("turn", [90, 180, -90, 5, -5, 94, 1.5])
def test_a_turned_page_reads_as_an_upright_one(turn: float) -> None:
    sheet, expected = two_columns()
    arranged = arrange(sheet.seen(turn))
    assert texts(arranged.blocks) == expected
    assert math.isclose(arranged.angle, turn, abs_tol=0.01)


@pytest.mark.parametrize("turn", [90, 180, -90, 3, 93])
def test_a_turn_that_the_engine_does_not_know_is_found(turn: float) -> None:
    sheet, expected = two_columns()
    arranged = arrange(sheet.seen(turn, stated=0.0))
    assert texts(arranged.blocks) == expected
    assert math.isclose(arranged.angle, turn, abs_tol=0.01)


@pytest.mark.parametrize("turn", [0, 90, 180, -90, 5])
def test_polygons_of_every_level_begin_at_the_top_left_of_the_text(turn: float) -> None:
    sheet = Sheet().column(100, 100, prose(60, 6))
    (block,) = arrange(sheet.seen(turn)).blocks
    (paragraph,) = block.paragraphs
    right, bottom = 100 + 10 * max(map(len, prose(60, 6))), 100 + 5 * 26 + 20
    upright = (100, 100), (right, 100), (right, bottom), (100, bottom)
    for polygon in (block.polygon, paragraph.polygon):
        for corner, expected in zip(polygon, upright, strict=True):
            x, y = turned(expected, turn, (700.0, 900.0))
            assert corner == (pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5))
    line = paragraph.lines[0]
    assert line.polygon[0] == pytest.approx(turned((100.0, 100.0), turn, (700.0, 900.0)))
    assert line.words[0].polygon[0] == pytest.approx(line.polygon[0])


def test_a_receipt_is_read_row_by_row() -> None:
    items = [("Bread, rye", "3.20"), ("Milk", "1.15"), ("Apples 1.2 kg", "4.08"), ("Soap", "2.00"), ("TOTAL", "10.43")]
    sheet = Sheet().type(180, 50, "CORNER SHOP")
    for number, (name, price) in enumerate(items):
        sheet.row(120 + 28 * number, [(60, name), (520 - 10 * len(price), price)])
    blocks = arrange(sheet.seen()).blocks
    assert texts(blocks) == ["CORNER SHOP", *(text for item in items for text in item)]
    assert [p.text for p in blocks[-1].paragraphs] == ["\n".join(f"{name} {price}" for name, price in items)]


def test_a_form_is_read_row_by_row_though_its_values_sit_a_little_higher() -> None:
    rows = [("Name:", "Alma Reyes"), ("Street:", "12 Mill Lane"), ("City:", "Northport"), ("Born on:", "4 May 1961")]
    sheet = Sheet()
    for number, (label, value) in enumerate(rows):
        sheet.type(100, 100 + 48 * number, label).type(400, 94 + 48 * number, value)
    assert texts(arrange(sheet.seen()).blocks) == [text for row in rows for text in row]


def test_a_table_is_read_row_by_row() -> None:
    head = ("Region", "Stations", "2019", "2020")
    body = [(name, str(50 + at), f"{at}.4", f"{at}.9") for at, name in enumerate(["North", "East", "South", "West"])]
    sheet = Sheet().column(100, 50, prose(70, 3))
    for number, cells in enumerate([head, *body]):
        sheet.row(200 + 30 * number, zip((100, 350, 520, 690), cells, strict=True))
    expected = [*prose(70, 3), *head, *(cell for row in body for cell in row)]
    assert texts(arrange(sheet.seen()).blocks) == expected


def test_a_label_of_several_lines_is_read_whole_before_the_numbers_of_its_row() -> None:
    labels = [
        ("Treatment with such", "drugs is effective", "and safe"),
        ("They calm patients", "down"),
        ("Age",),
        ("Sex",),
    ]
    sheet, top, expected = Sheet(), 100.0, []
    for number, label in enumerate(labels):
        numbers = [f"{number}7.1", f"{number}", f"33.{number}"]
        sheet.column(100, top, label).row(top, zip((400, 520, 640), numbers, strict=True))
        top += 26 * len(label)
        expected += [*label, *numbers]
    assert texts(arrange(sheet.seen()).blocks) == expected


def test_a_table_of_words_with_wide_white_between_is_no_text_in_columns() -> None:
    rows = [("Primer", "Sequence used"), *((f"Gene{at} forward", f"CAGT{at}ACGTTACGGT") for at in range(9))]
    sheet = Sheet()
    for number, cells in enumerate(rows):
        sheet.row(100 + 32 * number, zip((100, 500), cells, strict=True))
    assert texts(arrange(sheet.seen()).blocks) == [cell for row in rows for cell in row]


def test_single_words_that_stand_a_little_higher_or_lower_are_still_rows() -> None:
    rows = [(name, answer) for name in ("ab", "abg", "ag", "bdg", "eg", "abeg") for answer in ("no", "yes")]
    sheet = Sheet()
    for number, (name, answer) in enumerate(rows):
        sheet.type(100, 100 + 30 * number, name).type(260, 100 + 30 * number - 7, answer)
    assert texts(arrange(sheet.seen()).blocks) == [cell for row in rows for cell in row]


def test_cells_of_a_form_close_beside_each_other_are_read_across_though_their_lines_are_not_level() -> None:
    left = [(100, "Payer, street or"), (126, "telephone"), (170, "Payer, tax or"), (196, "account"), (250, "Post code")]
    right = [(108, "1 Rents"), (138, "2 Royalties"), (168, "3 Other"), (198, "4 Withheld"), (228, "5 Boats")]
    sheet = Sheet()
    for x, cells in ((100, left), (285, right)):
        for y, text in cells:
            sheet.type(x, y, text)
    across = "Payer, street or 1 Rents telephone 2 Royalties Payer, tax or 3 Other account 4 Withheld 5 Boats Post code"
    assert " ".join(texts(arrange(sheet.seen()).blocks)) == across


def test_a_sidebar_with_lines_of_its_own_is_read_after_the_text() -> None:
    main = prose(60, 20)
    sidebar = ["Opening hours", "Monday to Friday", "nine to five", "Closed on", "public holidays", "and in August"]
    sheet = Sheet().column(100, 100, main).column(760, 109, sidebar, size=16, leading=1.9)
    assert texts(arrange(sheet.seen()).blocks) == [*main, *sidebar]


def test_line_numbers_in_the_margin_stay_with_their_lines() -> None:
    lines = prose(60, 12)
    sheet = Sheet()
    for number, text in enumerate(lines, 1):
        sheet.row(100 + 40 * number, [(100, str(number)), (180, text)])
    expected = [part for number, text in enumerate(lines, 1) for part in (str(number), text)]
    assert texts(arrange(sheet.seen()).blocks) == expected


def test_a_running_head_over_two_columns_comes_first() -> None:
    left, right = prose(48, 16), prose(48, 16, start=90)
    sheet = Sheet().row(60, [(LEFT, "Northern Almanac"), (1050, "118")])
    sheet.column(LEFT, 140, left).column(RIGHT, 140, right)
    assert texts(arrange(sheet.seen()).blocks) == ["Northern Almanac", "118", *left, *right]


def test_chance_alignments_of_spaces_are_no_gutter() -> None:
    # Typed text, double-spaced: the words of four lines end at the same place, and two spaces follow.
    lines = [
        "the crew came back.  They had seen no land and were",
        "tired of the sails.  Nobody spoke of the storm now,",
        "only of home and of  the long way that was left, as",
        "sailors do when the  wind has gone and the sea lies",
    ]
    assert texts(arrange(Sheet().column(100, 100, lines, leading=2.2).seen()).blocks) == [
        " ".join(line.split()) for line in lines
    ]


def test_fragments_on_one_base_line_become_one_line() -> None:
    sheet = Sheet().type(100, 100, "The quick").type(198, 101, "brown fox").type(295, 99, "jumps")
    assert texts(arrange(sheet.seen()).blocks) == ["The quick brown fox jumps"]


def test_an_engine_line_that_runs_across_the_gutter_is_parted() -> None:
    left, right = prose(40, 16), prose(40, 16, start=90)
    sheet = Sheet()
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        sheet.type(100, 100 + 26 * number, one.ljust(44) + other)
    assert texts(arrange(sheet.seen()).blocks) == [*left, *right]


def test_a_drop_capital_begins_its_paragraph() -> None:
    lines = prose(50, 8)
    sheet = Sheet().type(100, 100, "O", size=70).column(150, 104, lines[:3]).column(100, 182, lines[3:])
    assert texts(arrange(sheet.seen()).blocks)[0] == f"O {lines[0]}"


def test_text_turned_against_the_page_comes_after_it() -> None:
    sheet = Sheet().column(100, 100, prose(50, 6))
    page = sheet.seen()
    stamp = Sheet().type(100, 800, "arXiv:2301.00001 [cs] 1 Jan 2023").seen(-90, stated=0.0)
    both = arrange(type(page)(lines=stamp.lines + page.lines))
    assert texts(both.blocks) == [*prose(50, 6), "arXiv:2301.00001 [cs] 1 Jan 2023"]
    assert both.angle == pytest.approx(0.0, abs=0.01)
    (x0, y0), (x1, y1), *_ = both.blocks[-1].polygon
    assert x1 == pytest.approx(x0) and y1 < y0


def paragraphs_of(blocks: tuple[Block, ...]) -> list[list[str]]:
    return [[line.text for line in paragraph.lines] for block in blocks for paragraph in block.paragraphs]


def test_paragraphs_begin_with_an_indent() -> None:
    first, second = prose(50, 5), prose(50, 4, start=100)
    first[-1] = "and no more was said."
    sheet = Sheet().column(100, 100, first).type(130, 230, second[0]).column(100, 256, second[1:])
    assert paragraphs_of(arrange(sheet.seen()).blocks) == [first, second]


def test_paragraphs_are_parted_by_white_and_blocks_by_more() -> None:
    parts = [prose(50, 4), prose(50, 4, start=100), prose(50, 4, start=200)]
    sheet = Sheet().column(100, 100, parts[0]).column(100, 218, parts[1]).column(100, 400, parts[2])
    blocks = arrange(sheet.seen()).blocks
    assert paragraphs_of(blocks) == parts
    assert [len(block.paragraphs) for block in blocks] == [2, 1]


def test_a_heading_is_a_block_of_its_own() -> None:
    sheet = Sheet().type(100, 100, "On Ferries", size=32).column(100, 145, prose(50, 5))
    assert [len(texts([block])) for block in arrange(sheet.seen()).blocks] == [1, 5]


def test_items_of_a_list_are_paragraphs() -> None:
    items = ["1. Bread and salt.", "2. A lamp, with oil.", "3. Two blankets."]
    assert paragraphs_of(arrange(Sheet().column(100, 100, items).seen()).blocks) == [[item] for item in items]


def test_a_line_without_letters_that_reach_down_is_of_the_same_print() -> None:
    items = [
        ("1. Bread for the journey, of rye", "and a little salt."),
        ("2. A lamp, with oil and a spare wick", "in a small tin box."),
        ("3. Two blankets, grey or brown", "that do not show dirt."),
    ]
    sheet = Sheet()
    for row, (first, second) in enumerate(items):
        # Boxes as they are drawn at the ink.
        sheet.type(100, 100 + 60 * row, first, size=20).type(100, 130 + 60 * row, second, size=20 / 1.35)
    (block,) = arrange(sheet.seen()).blocks
    assert paragraphs_of((block,)) == [list(item) for item in items]


def test_double_spaced_typescript_is_one_block() -> None:
    (block,) = arrange(Sheet().column(100, 100, prose(60, 10), leading=2.4).seen()).blocks
    assert len(block.paragraphs) == 1


def breaks(blocks: tuple[Block, ...]) -> list[tuple[str, Break]]:
    return [
        (word.text, word.break_)
        for block in blocks
        for paragraph in block.paragraphs
        for line in paragraph.lines
        for word in line.words
    ]


def test_breaks_say_what_follows_a_word() -> None:
    sheet = Sheet().column(100, 100, ["They were un-", "able to see the well-", "Known path."])
    assert breaks(arrange(sheet.seen()).blocks) == [
        ("They", Break.SPACE),
        ("were", Break.SPACE),
        ("un-", Break.HYPHEN),
        ("able", Break.SPACE),
        ("to", Break.SPACE),
        ("see", Break.SPACE),
        ("the", Break.SPACE),
        ("well-", Break.LINE),
        ("Known", Break.SPACE),
        ("path.", Break.PARAGRAPH),
    ]


def test_words_are_numbered_in_reading_order() -> None:
    sheet, _ = two_columns()
    words = [
        word
        for block in arrange(sheet.seen()).blocks
        for paragraph in block.paragraphs
        for line in paragraph.lines
        for word in line.words
    ]
    assert [word.index for word in words] == list(range(len(words)))


def test_the_order_that_a_file_states_is_kept_where_it_is_one() -> None:
    # A table written column by column: white space alone would have it row by row.
    columns = [["Item", "Lamp", "Rope", "Bread"], ["Price", "12.00", "3.50", "2.20"]]
    sheet = Sheet()
    for left, cells in zip((100, 400), columns, strict=True):
        sheet.column(left, 100, cells)
    seen = sheet.seen(shuffled=False)
    assert texts(arrange(seen, stated=len(seen.lines)).blocks) == list(chain.from_iterable(columns))
    assert texts(arrange(seen).blocks) == [cell for row in zip(*columns, strict=True) for cell in row]


def test_what_was_seen_in_pictures_comes_in_where_it_stands() -> None:
    first, second = ["Lamp", "Rope"], ["12.00", "3.50"]
    sheet = Sheet().type(100, 60, "Prices").column(100, 100, first).column(400, 100, second).type(100, 400, "Thanks.")
    sheet.type(100, 10, "LOGO").type(100, 250, "Seen in a picture").type(100, 600, "Stamp")
    seen = sheet.seen(shuffled=False)
    assert texts(arrange(seen, stated=6).blocks) == [
        "LOGO", "Prices", *first, "Seen in a picture", *second, "Thanks.", "Stamp",
    ]  # fmt: skip


def test_a_stated_order_that_jumps_about_the_page_is_not_kept() -> None:
    lines = prose(60, 40)
    assert texts(arrange(Sheet().column(100, 100, lines).seen(), stated=40).blocks) == lines


def test_a_page_without_text_has_no_blocks() -> None:
    arranged = arrange(Sheet().seen(stated=12.0))
    assert arranged.blocks == ()
    assert arranged.angle == 12.0


def test_many_words_take_little_time_and_memory() -> None:
    # Each word a line of its own, as some engines have it: nothing may be compared with everything.
    sheet = Sheet()
    for number, line in enumerate(prose(90, 60) * 3):
        for at, word in enumerate(line.split()):
            sheet.type(100 + 100 * at, 100 + 26 * number, word)
    seen = sheet.seen()
    words = sum(len(line.words) for line in seen.lines)
    found = breaks(arrange(seen).blocks)
    assert len(found) == words > 2500


def test_rows_follow_a_bent_page() -> None:
    # The lines of a book that lies open sag towards the middle; the engine cut them into three.
    sheet, expected = Sheet(), []
    for number in range(12):
        parts = [f"left{number:02} part", f"middle{number:02} part", f"right{number:02} part"]
        for left, part, sag in zip((100, 220, 360), parts, (0, 8, 14), strict=True):
            sheet.type(left, 100 + 26 * number + sag, part)
        expected.append(" ".join(parts))
    assert texts(arrange(sheet.seen()).blocks) == expected


def test_columns_of_different_length_and_blocks_do_not_overlap() -> None:
    left, right = prose(48, 24), prose(48, 6, start=90)
    blocks = arrange(Sheet().column(LEFT, 100, left).column(RIGHT, 100, right).seen()).blocks
    assert texts(blocks) == [*left, *right]
    for one, other in pairwise(blocks):
        assert one.polygon[1][0] <= other.polygon[0][0] or one.polygon[2][1] <= other.polygon[0][1]
