"""Regions and answers, found on pages that are drawn here."""

from __future__ import annotations

import pytest

from stele.domain.document import Page, RegionKind
from stele.domain.geometry import bounds
from stele.domain.job import Feature, Query
from stele.pipeline.structure.layout.blocks import length_of
from structured import Drawing

PROSE = [
    "The river had been low all summer and the ferrymen spent their days mending",
    "nets beside the landing. Nobody crossed who did not have to, and those who",
    "did paid little for it. When the first rain came at last the water rose.",
]


def regions_of(page: Page) -> list[tuple[RegionKind, str]]:
    words = list(page.words())
    return [(region.kind, " ".join(words[index].text for index in region.words)) for region in page.regions]


def report() -> Drawing:
    drawing = Drawing().write(380, 20, "Annual report", 16).write(150, 140, "On Ferries", 48)
    drawing.write(80, 260, "1. The River", 28).paragraph(80, 320, PROSE)
    drawing.write(80, 460, "• mend the nets").write(80, 490, "• wait for rain").write(80, 520, "• cross")
    drawing.paragraph(80, 600, PROSE).write(480, 1160, "- 7 -", 16)
    return drawing


def test_the_parts_of_a_page() -> None:
    kinds = [kind for kind, _ in regions_of(report().find(Feature.LAYOUT))]
    assert kinds == [
        RegionKind.HEADER,
        RegionKind.TITLE,
        RegionKind.SECTION_HEADER,
        RegionKind.TEXT,
        RegionKind.LIST,
        RegionKind.TEXT,
        RegionKind.TEXT,
        RegionKind.TEXT,
        RegionKind.TEXT,
        RegionKind.PAGE_NUMBER,
    ]


def test_items_are_within_their_list() -> None:
    page = report().find(Feature.LAYOUT)
    at = next(at for at, region in enumerate(page.regions) if region.kind is RegionKind.LIST)
    items = [text for region, (_, text) in zip(page.regions, regions_of(page), strict=True) if region.within == at]
    assert items == ["• mend the nets", "• wait for rain", "• cross"]


def test_each_word_is_in_one_region() -> None:
    page = report().find(Feature.LAYOUT)
    words = [word for region in page.regions if region.within is None for word in region.words]
    assert sorted(words) == [word.index for word in page.words()]


def test_a_picture_is_a_figure_and_moves_no_item_out_of_its_list() -> None:
    drawing = report()
    for at in range(60):
        drawing.fill(600, 830 + 3 * at, 600 + 250, 831 + 3 * at, 40 + 3 * at)
        drawing.rule(600 + 4 * at, 830, 620 + 4 * at, 1010, 3, ink=2 * at)
    page = drawing.find(Feature.LAYOUT)
    assert sum(region.kind is RegionKind.FIGURE for region in page.regions) == 1
    assert {page.regions[region.within].kind for region in page.regions if region.within is not None} == {
        RegionKind.LIST
    }


def test_a_table_is_one_region() -> None:
    drawing = Drawing().paragraph(80, 100, PROSE).grid((100, 400, 900), (300, 340, 380, 420))
    for row, (item, price) in enumerate([("Item", "Price"), ("Lamp", "49.00"), ("Wick", "0.80")]):
        drawing.write(110, 310 + 40 * row, item).write(410, 310 + 40 * row, price)
    page = drawing.find(Feature.LAYOUT)
    assert regions_of(page)[-1] == (RegionKind.TABLE, "Item Price Lamp 49.00 Wick 0.80")
    assert page.tables == ()


def read_as_one_line(*texts: tuple[float, str]) -> Drawing:
    """Texts far apart, which a reader took for one line."""
    drawing = Drawing()
    for at, (left, text) in enumerate(texts):
        drawing.write(left, 300, text)
        if at:
            drawing.join()
    return drawing


def test_a_line_read_across_a_wide_gap_is_of_two_regions() -> None:
    page = read_as_one_line((80, "Lamps of Salem"), (700, "Earnings of March")).find(Feature.LAYOUT)
    assert regions_of(page) == [(RegionKind.TEXT, "Lamps of Salem"), (RegionKind.TEXT, "Earnings of March")]


def test_short_lines_right_below_each_other_are_one_region() -> None:
    drawing = Drawing().paragraph(80, 600, PROSE)
    for row, text in enumerate(("Jane Holloway", "12 Ferry Lane", "Salem")):
        drawing.write(80, 300 + 26 * row, text)
    drawing.write(80, 440, "Dear Jane,")
    assert regions_of(drawing.find(Feature.LAYOUT))[1:] == [
        (RegionKind.TEXT, "Jane Holloway 12 Ferry Lane Salem"),
        (RegionKind.TEXT, "Dear Jane,"),
    ]


def test_lines_of_a_paragraph_far_apart_are_two_regions() -> None:
    drawing = Drawing()
    for top, text in ((300, "What was sold"), (360, "Lamps and wicks of"), (386, "all kinds and some")):
        drawing.write(80, top, text)
    page = drawing.join().join().find(Feature.LAYOUT)
    assert [text for _, text in regions_of(page)] == ["What was sold", "Lamps and wicks of all kinds and some"]


def test_the_first_heading_of_a_document_is_its_title_where_no_print_is_larger() -> None:
    drawing = Drawing().write(300, 80, "ANNUAL REPORT", 25).paragraph(80, 160, PROSE)
    drawing.write(80, 300, "ON FERRIES", 23).paragraph(80, 350, PROSE)
    assert [kind for kind, _ in regions_of(drawing.find(Feature.LAYOUT))] == [
        RegionKind.TITLE,
        RegionKind.TEXT,
        RegionKind.SECTION_HEADER,
        RegionKind.TEXT,
    ]


@pytest.mark.parametrize("text", ["2.1 Materials and tools", "2. Materials and tools"])
def test_a_number_alone_in_its_line_heads_a_section(text: str) -> None:
    page = Drawing().paragraph(80, 100, PROSE).write(80, 240, text).paragraph(80, 300, PROSE).find(Feature.LAYOUT)
    assert regions_of(page)[1] == (RegionKind.SECTION_HEADER, text)


def test_ideographs_are_counted_two_to_a_word() -> None:
    assert [length_of(text) for text in ("three short words", "河水" * 14, "")] == [3, 14, 0]


def test_bars_of_a_code_are_a_figure_and_rules_are_none() -> None:
    drawing = Drawing().paragraph(80, 100, PROSE).rule(80, 400, 900, 400).rule(500, 420, 500, 560)
    assert RegionKind.FIGURE not in [kind for kind, _ in regions_of(drawing.find(Feature.LAYOUT))]
    for at in range(40):
        drawing.rule(200 + 7 * at, 700, 200 + 7 * at, 780, 3)
    page = drawing.find(Feature.LAYOUT)
    (figure,) = [region for region in page.regions if region.kind is RegionKind.FIGURE]
    assert bounds(figure.polygon) == pytest.approx((200, 700, 475, 780), abs=16)


def test_fields_near_to_each_other_and_their_labels_are_one_region() -> None:
    drawing = Drawing().paragraph(80, 100, PROSE)
    for row, (key, value) in enumerate([("Name:", "Jane"), ("Town:", "Salem"), ("Trade:", "Lamps"), ("Since:", "May")]):
        drawing.write(80 + 60 * row, 400 + 50 * row, f"{key} {value}")
    drawing.write(440, 450, "as spoken").write(80, 760, "signed in Salem")
    kinds = {text: kind for kind, text in regions_of(drawing.find(Feature.LAYOUT))[1:]}
    assert kinds == {
        "Name: Jane Town: Salem Trade: Lamps Since: May as spoken": RegionKind.KEY_VALUE,
        "signed in Salem": RegionKind.TEXT,
    }


def test_the_number_of_the_page_is_no_part_of_its_footer() -> None:
    drawing = Drawing().paragraph(80, 300, PROSE).write(80, 1120, "Paid within 30 days").write(80, 1144, "Page 1/1")
    assert regions_of(drawing.find(Feature.LAYOUT))[-2:] == [
        (RegionKind.FOOTER, "Paid within 30 days"),
        (RegionKind.PAGE_NUMBER, "Page 1/1"),
    ]


# -- questions --------------------------------------------------------------------------------------------------------


def letter() -> Drawing:
    drawing = Drawing().write(150, 60, "Bill of Sale", 48)
    drawing.write(100, 200, "Invoice Number: 20481").write(100, 240, "Invoice Date: March 14, 2024")
    drawing.write(100, 280, "Customer: Jane Holloway").write(100, 320, "Total due: $312.50")
    drawing.grid((100, 400, 900), (400, 440, 480, 520))
    for row, (item, price) in enumerate([("Item", "Price"), ("Lantern", "$104.00"), ("Wick", "$0.50")]):
        drawing.write(110, 410 + 40 * row, item).write(410, 410 + 40 * row, price)
    return drawing


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the invoice number?", "20481"),
        ("What is the date of the invoice?", "March 14, 2024"),
        ("Who is the customer?", "Jane Holloway"),
        ("How much is the total due?", "$312.50"),
        ("What is the price of the lantern?", "$104.00"),
        ("What is the title of the document?", "Bill of Sale"),
    ],
)
def test_questions_that_the_page_answers(question: str, answer: str) -> None:
    (found,) = letter().find(Feature.QUERIES, queries=[Query(text=question, alias="it")]).answers
    assert found.span is not None and found.span.text == answer
    assert (found.query, found.alias) == (question, "it")
    assert 0.5 <= found.confidence < 1


@pytest.mark.parametrize("question", ["Who is the president?", "What colour is the car?", "???"])
def test_questions_that_it_does_not_answer(question: str) -> None:
    (found,) = letter().find(Feature.QUERIES, queries=[Query(text=question)]).answers
    assert (found.span, found.confidence) == (None, 0.0)


def test_a_page_without_words_answers_nothing() -> None:
    (found,) = Drawing().find(Feature.QUERIES, queries=[Query(text="What is the total?")]).answers
    assert found.span is None


@pytest.mark.parametrize(
    ("pages", "asked"),
    [((), True), (("*",), True), (("1",), True), (("2",), False), (("1-3",), True), (("2-*",), False), (("x",), False)],
)
def test_pages_of_a_question(pages: tuple[str, ...], asked: bool) -> None:
    page = letter().find(Feature.QUERIES, queries=[Query(text="What is the invoice number?", pages=pages)])
    assert len(page.answers) == asked


def test_a_checkbox_answers_yes_or_no() -> None:
    drawing = Drawing().checkbox(100, 100, "x").write(140, 100, "Student").checkbox(100, 160).write(140, 160, "Retired")
    questions = [Query(text="Is the applicant a student?"), Query(text="Is the applicant retired?")]
    page = drawing.find(Feature.QUERIES, queries=questions)
    told = [answer.span and (answer.span.text, page.marks[answer.span.marks[0]].selected) for answer in page.answers]
    assert told == [("yes", True), ("no", False)]
