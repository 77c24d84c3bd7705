"""Fields, checkboxes and signatures, found on pages that are drawn here."""

from __future__ import annotations

import pytest

from stele.domain.document import FieldKind, MarkKind, Page
from stele.domain.geometry import bounds
from stele.domain.job import Feature
from structured import Drawing

PROSE = [
    "The river had been low all summer and the ferrymen spent their days mending nets",
    "beside the landing. Nobody crossed who did not have to, and those who did paid little",
]


def fields_of(page: Page) -> dict[str, str | None]:
    """Values by key; a checkbox is `[x]` or `[ ]`."""
    found: dict[str, str | None] = {}
    for field in page.fields:
        if field.value is None:
            found[field.key.text] = None
        elif field.value.marks:
            found[field.key.text] = "[x]" if page.marks[field.value.marks[0]].selected else "[ ]"
        else:
            found[field.key.text] = field.value.text
    return found


def test_a_colon() -> None:
    page = Drawing().write(100, 100, "Full Name: Jane Doe").write(100, 160, "Phone: 555-0100").find(Feature.FORMS)
    assert fields_of(page) == {"Full Name:": "Jane Doe", "Phone:": "555-0100"}
    assert all(0.5 < field.confidence < 1 for field in page.fields)


def test_several_keys_in_one_line() -> None:
    page = Drawing().write(100, 100, "Telephone: (702) 486-1404 Fax: (702) 486-1441").find(Feature.FORMS)
    assert fields_of(page) == {"Telephone:": "(702) 486-1404", "Fax:": "(702) 486-1441"}


def test_a_value_far_to_the_right() -> None:
    page = Drawing().write(100, 100, "Order number:").write(330, 100, "A-17").find(Feature.FORMS)
    assert fields_of(page) == {"Order number:": "A-17"}


def test_a_value_below_its_key() -> None:
    drawing = Drawing().write(100, 100, "Ship to:").write(100, 126, "Northern Lamps").write(100, 152, "12 Quay Road")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Ship to:": "Northern Lamps 12 Quay Road"}


def test_a_line_to_write_on() -> None:
    drawing = Drawing().write(100, 100, "Date").rule(150, 124, 400, 124).write(170, 98, "5/3/90")
    drawing.write(420, 100, "Place").rule(480, 124, 800, 124).write(500, 98, "Salem")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Date": "5/3/90", "Place": "Salem"}


def test_a_box_with_its_label_inside() -> None:
    drawing = Drawing().grid((100, 500, 900), (100, 180)).write(108, 104, "4. Title", 14).write(160, 140, "Manager")
    drawing.write(508, 104, "5. Date", 14).write(560, 140, "12/12/2006")
    assert fields_of(drawing.find(Feature.FORMS)) == {"4. Title": "Manager", "5. Date": "12/12/2006"}


def test_keys_side_by_side_over_their_values_in_a_box() -> None:
    drawing = Drawing().grid((100, 900), (100, 170)).write(108, 106, "Home address", 14).write(500, 106, "City", 14)
    drawing.write(750, 106, "State", 14).write(108, 136, "12 Quay Road").write(500, 136, "Salem").write(750, 136, "MN")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Home address": "12 Quay Road", "City": "Salem", "State": "MN"}


def test_a_key_is_no_value_of_another() -> None:
    drawing = Drawing().write(100, 100, "Date: 5/3/90").write(100, 160, "Approved by:").write(330, 160, "Date")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Date:": "5/3/90", "Approved by:": None}


def test_a_list_of_keys_and_values() -> None:
    drawing = Drawing()
    for row, (key, value) in enumerate([("Invoice Number", "INV-3337"), ("Order Number", "12345"), ("Due", "$93.50")]):
        drawing.write(100, 100 + 40 * row, key).write(420, 100 + 40 * row, value)
    found = fields_of(drawing.find(Feature.FORMS))
    assert found == {"Invoice Number": "INV-3337", "Order Number": "12345", "Due": "$93.50"}


def test_running_text_is_no_field() -> None:
    assert Drawing().paragraph(60, 100, PROSE).find(Feature.FORMS).fields == ()


def test_no_word_is_in_two_fields() -> None:
    drawing = Drawing().write(100, 100, "Name: Jane Doe Date: 5/3/90").write(100, 140, "Name: John Date:")
    words = [word for field in drawing.find(Feature.FORMS).fields for word in field.key.words]
    words += [word for field in drawing.find(Feature.FORMS).fields if field.value for word in field.value.words]
    assert len(words) == len(set(words))


def test_checkboxes_and_their_labels() -> None:
    drawing = Drawing().checkbox(100, 100).write(135, 100, "House").checkbox(300, 100, "x").write(335, 100, "Apartment")
    page = drawing.find(Feature.FORMS)
    assert fields_of(page) == {"House": "[ ]", "Apartment": "[x]"}
    assert [(mark.kind, mark.selected) for mark in page.marks] == [
        (MarkKind.CHECKBOX, False),
        (MarkKind.CHECKBOX, True),
    ]
    assert bounds(page.marks[0].polygon) == pytest.approx((100, 100, 122, 122), abs=4)
    words = list(page.words())
    assert [" ".join(words[index].text for index in mark.words) for mark in page.marks] == ["House", "Apartment"]


def test_labels_before_their_boxes() -> None:
    drawing = Drawing().write(100, 100, "Yes").checkbox(150, 100, "x").write(240, 100, "No").checkbox(280, 100)
    assert fields_of(drawing.find(Feature.FORMS)) == {"Yes": "[x]", "No": "[ ]"}


def test_letters_and_bullets_are_no_checkboxes() -> None:
    drawing = Drawing()
    for row in range(5):
        drawing.fill(100, 106 + 40 * row, 112, 118 + 40 * row, 0).write(130, 100 + 40 * row, "D O Q B 0 8 H")
    assert drawing.find(Feature.FORMS).marks == ()


def test_a_signature_where_one_is_asked_for() -> None:
    drawing = Drawing().write(100, 300, "Signature of lender").sign(140, 250).rule(100, 290, 500, 290)
    page = drawing.find(Feature.SIGNATURES)
    assert [mark.kind for mark in page.marks] == [MarkKind.SIGNATURE]
    left, top, right, bottom = bounds(page.marks[0].polygon)
    assert left > 120 and right < 350 and top > 210 and bottom < 292
    assert page.fields == ()


@pytest.mark.parametrize("text", ["Signature", "Dear reader"])
def test_no_signature(text: str) -> None:
    """Neither an empty line below a cue nor a drawing elsewhere is one."""
    drawing = Drawing().write(100, 300, text).rule(100, 290, 500, 290).write(100, 330, "Name in capital letters")
    if text == "Dear reader":
        drawing.sign(140, 250)
    assert drawing.find(Feature.SIGNATURES).marks == ()


def test_a_checkbox_in_a_table_is_in_its_cell() -> None:
    drawing = Drawing().grid((100, 400, 900), (300, 360, 420, 480))
    for row, (text, mark) in enumerate([("Swims", ""), ("Rows", "x"), ("Sails", "")]):
        drawing.write(110, 320 + 60 * row, text).checkbox(500, 318 + 60 * row, mark)
        drawing.write(560, 320 + 60 * row, "well")
    drawing.checkbox(100, 700).write(140, 700, "Elsewhere")
    page = drawing.find(Feature.TABLES)
    in_cells = [page.marks[at].selected for cell in page.tables[0].cells for at in cell.marks]
    assert in_cells == [False, True, False]
    assert len(page.marks) == 3, "the box that is in no table was not asked for"
    assert len(drawing.find(Feature.TABLES, Feature.FORMS).marks) == 4


def test_a_signature_is_the_value_of_its_field() -> None:
    drawing = Drawing().grid((100, 500, 900), (100, 200)).write(108, 104, "Signature", 14).sign(140, 160)
    drawing.write(150, 150, "Carlos Salazar", 22, ink=255).write(508, 104, "Date", 14).write(560, 150, "12/12/2006")
    page = drawing.find(Feature.FORMS, Feature.SIGNATURES)
    (field,) = [field for field in page.fields if field.key.text == "Signature"]
    assert field.value is not None
    assert [page.marks[at].kind for at in field.value.marks] == [MarkKind.SIGNATURE]


def pairs_of(page: Page, kind: FieldKind) -> list[tuple[str, str]]:
    return [(each.key.text, each.value.text) for each in page.fields if each.value is not None and each.kind is kind]


def test_a_header_is_the_key_of_each_value_below_it() -> None:
    drawing = Drawing().grid((100, 400, 600, 800), (100, 140, 180, 220))
    for row, texts in enumerate([("Account", "Volume", "Stores"), ("Mini Mart", "65", "15"), ("Get Go", "62", "44")]):
        for left, text in zip((110, 410, 610), texts, strict=True):
            drawing.write(left, 108 + 40 * row, text)
    assert sorted(pairs_of(drawing.find(Feature.FORMS), FieldKind.COLUMN)) == [
        ("Account", "Get Go"),
        ("Account", "Mini Mart"),
        ("Stores", "15"),
        ("Stores", "44"),
        ("Volume", "62"),
        ("Volume", "65"),
    ]


def test_boxes_with_labels_of_their_own_are_no_columns() -> None:
    drawing = Drawing().grid((100, 400, 600, 800), (100, 140, 180, 220))
    for row, texts in enumerate([("Account", "Volume", "Stores"), ("Name: Ann", "Age: 31", "Sex: F"), ("a", "b", "c")]):
        for left, text in zip((110, 410, 610), texts, strict=True):
            drawing.write(left, 108 + 40 * row, text)
    assert pairs_of(drawing.find(Feature.FORMS), FieldKind.COLUMN) == []


def test_keys_over_values_between_level_rules() -> None:
    drawing = Drawing().rule(100, 100, 800, 100).rule(100, 164, 800, 164).rule(100, 228, 800, 228)
    drawing.write(100, 108, "To", 16).write(100, 132, "Robert Shaw").write(500, 108, "Date", 16)
    drawing.write(500, 132, "November 11, 1997").write(100, 172, "Company", 16).write(100, 196, "Northern Lamps")
    assert fields_of(drawing.find(Feature.FORMS)) == {
        "To": "Robert Shaw",
        "Date": "November 11, 1997",
        "Company": "Northern Lamps",
    }


def test_a_line_to_write_on_far_behind_the_value_before() -> None:
    drawing = Drawing().write(100, 100, "Maker").rule(300, 124, 400, 124).write(310, 100, "MK 8")
    drawing.write(500, 100, "Weight").rule(640, 124, 740, 124).write(650, 100, "78.0")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Maker": "MK 8", "Weight": "78.0"}


def test_signs_for_a_number_end_a_key() -> None:
    drawing = Drawing().write(100, 100, "ST# 1477 OP# 19280104").write(100, 160, "Project No. 1990-48B")
    drawing.write(100, 220, "ACCOUNT #").write(300, 220, "1234 1234").write(100, 280, "No parking")
    found = {"ST#": "1477", "OP#": "19280104", "Project No.": "1990-48B", "ACCOUNT #": "1234 1234"}
    assert fields_of(drawing.find(Feature.FORMS)) == found


def test_dashes_in_a_list_or_before_a_number_part_keys_from_values() -> None:
    drawing = Drawing().write(100, 100, "Pay Method - Check").write(100, 130, "Separate Pay - Y")
    drawing.write(100, 300, "Validation - 1271").write(100, 500, "Progress - Report")
    found = {"Pay Method": "Check", "Separate Pay": "Y", "Validation": "1271"}
    assert fields_of(drawing.find(Feature.FORMS)) == found


def test_headers_over_a_single_row_are_keys() -> None:
    drawing = Drawing()
    for left, head, value in ((100, "CO.", "ABC"), (200, "FILE", "126543"), (320, "DEPT.", "123456")):
        drawing.write(left, 100, head).write(left, 128, value)
    page = drawing.find(Feature.FORMS)
    assert fields_of(page) == {"CO.": "ABC", "FILE": "126543", "DEPT.": "123456"}
    assert {field.kind for field in page.fields} == {FieldKind.ENTRY}


def test_headers_of_two_lines_over_several_rows_are_keys_of_each() -> None:
    drawing = Drawing().write(500, 76, "Cost Per", 18)
    rows = [("Supplier", "Total", "Interview"), ("Northern Lamps", "$35,675", "$84.2"), ("Quay", "$37,000", "$87.5")]
    for row, texts in enumerate(rows):
        for left, text in zip((100, 320, 500), texts, strict=True):
            drawing.write(left, 100 + 36 * row, text)
    assert sorted(pairs_of(drawing.find(Feature.FORMS), FieldKind.COLUMN)) == [
        ("Cost Per Interview", "$84.2"),
        ("Cost Per Interview", "$87.5"),
        ("Supplier", "Northern Lamps"),
        ("Supplier", "Quay"),
        ("Total", "$35,675"),
        ("Total", "$37,000"),
    ]


def test_the_last_lines_of_wide_cells_are_no_headers() -> None:
    drawing = Drawing()
    for top, texts in ((100, ("After 15", "In 30", "2 to 3")), (124, ("minutes", "minutes", "hours")), (170, "789")):
        for left, text in zip((100, 320, 500), texts, strict=True):
            drawing.write(left, top, text)
    assert pairs_of(drawing.find(Feature.FORMS), FieldKind.ENTRY) == []


def test_rows_between_those_of_a_list_are_of_it() -> None:
    drawing = Drawing()
    rows = [("Length", "99 mm"), ("Weight", "78 g"), ("Plug Wrap", "84 of 99"), ("Air Dilution", "13 %")]
    for row, (key, value) in enumerate(rows):
        drawing.write(100, 100 + 40 * row, key).write(320, 100 + 40 * row, value).write(600, 100 + 40 * row, "beside")
        if row != 2:
            drawing.rule(320, 124 + 40 * row, 420, 124 + 40 * row)
    found = fields_of(drawing.find(Feature.FORMS))
    assert found["Plug Wrap"] == "84 of 99"


def test_behind_an_empty_line_to_write_on_stands_no_value() -> None:
    drawing = Drawing().write(100, 100, "Division name:").rule(250, 124, 400, 124).write(410, 100, "Partial")
    assert fields_of(drawing.find(Feature.FORMS))["Division name:"] is None


def test_a_text_goes_on_on_the_next_line_to_write_on() -> None:
    drawing = Drawing().write(100, 100, "Markings").rule(220, 124, 420, 124).write(230, 100, "Sample number on")
    drawing.rule(220, 160, 420, 160).write(230, 136, "each carton")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Markings": "Sample number on each carton"}


def test_a_heading_far_behind_a_colon_is_no_value() -> None:
    drawing = Drawing().write(100, 100, "Projected:").write(500, 100, "Summary of Budget").write(500, 126, "Total: 4")
    found = fields_of(drawing.find(Feature.FORMS))
    assert found == {"Projected:": None, "Total:": "4"}


def test_a_grid_whose_cells_have_labels_is_a_form() -> None:
    drawing = Drawing().grid((100, 350, 600, 850), (100, 170, 240))
    texts = {"1 Rents": "$ 1,500", "2 Royalty": "$ 35", "3 Other": "$", "4 Tax": "$ 8", "5 Boat": "$", "6 Care": "$ 7"}
    for at, (key, value) in enumerate(texts.items()):
        left, top = 108 + 250 * (at % 3), 104 + 70 * (at // 3)
        drawing.write(left, top, key, 14).write(left + 60, top + 34, value)
    found = fields_of(drawing.find(Feature.FORMS))
    assert found == {key: None if value == "$" else value for key, value in texts.items()}


def test_a_checkbox_alone_in_a_frame_is_labelled_by_what_stands_there() -> None:
    drawing = Drawing().grid((100, 350, 600), (100, 200)).write(108, 106, "FATCA filing", 16)
    drawing.write(108, 128, "requirement", 16).checkbox(200, 160, "x").write(358, 106, "Number").write(358, 140, "17")
    assert fields_of(drawing.find(Feature.FORMS))["FATCA filing requirement"] == "[x]"


def test_keys_farther_in_below_a_key_make_it_a_heading() -> None:
    drawing = Drawing().write(100, 100, "Exemptions:").write(600, 100, "101 Main Street").write(130, 128, "State: 2")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Exemptions:": None, "State:": "2"}


def test_what_was_filled_in_close_below_a_label_is_no_part_of_it() -> None:
    drawing = Drawing().grid((100, 900), (100, 160)).write(108, 104, "Home address", 16).write(500, 104, "City", 16)
    drawing.write(108, 130, "12 Quay Road").write(505, 114, "Salem", 24)
    assert fields_of(drawing.find(Feature.FORMS)) == {"Home address": "12 Quay Road", "City": "Salem"}


def test_labels_below_a_line_to_write_on() -> None:
    drawing = Drawing().write(120, 100, "San Francisco").write(420, 100, "CA").rule(100, 124, 700, 124)
    drawing.write(140, 127, "City", 14).write(410, 127, "State", 14)
    assert fields_of(drawing.find(Feature.FORMS)) == {"City": "San Francisco", "State": "CA"}


def test_the_rest_of_a_key_reaches_over_its_line() -> None:
    drawing = Drawing().write(100, 100, "Account Name").rule(176, 124, 500, 124).write(300, 100, "Product Testing")
    assert fields_of(drawing.find(Feature.FORMS)) == {"Account Name": "Product Testing"}


def test_a_rule_under_one_word_of_a_text_is_no_line_to_write_on() -> None:
    drawing = Drawing().write(100, 100, "Same as").write(180, 100, "home").write(250, 100, "address")
    assert fields_of(drawing.rule(178, 124, 234, 124).find(Feature.FORMS)) == {}
