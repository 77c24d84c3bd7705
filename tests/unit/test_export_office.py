"""The formats that are edited: what they say, as the libraries for them and LibreOffice see it."""

from __future__ import annotations

import datetime
from io import BytesIO
from pathlib import Path

import cv2
import docx
import numpy as np
import openpyxl
import pptx
import pytest
from docx.oxml.ns import qn
from tests.builders import block, line, page, paragraph, table

from stele.domain.document import Language, Page, PageError, PageSource, Region, RegionKind
from stele.domain.errors import FormatUnavailable
from stele.domain.geometry import rectangle
from stele.domain.job import OFFICE_FORMATS, Format
from stele.domain.media import MediaType
from stele.domain.value import changed
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput

BROKEN = Page(number=2, width=0, height=0, error=PageError(code="engine.timed_out", message="It took too long."))
POINTS = 72 / 200  #: a pixel of the builder's pages, whose shape is that of no paper
GRID = [["Item", "Count", "Day"], ["Lamp", "1,200", "14.03.2024"], ["=SUM(A1)", "007", "soon"]]


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A white picture as large as the pages of the builder."""
    path = tmp_path / "original.png"
    cv2.imwrite(str(path), np.full((800, 600, 3), 255, np.uint8))
    return path


@pytest.fixture
def pictured(original: Path) -> Path:
    """The same with a blue picture at its foot."""
    pixels = cv2.imread(str(original))
    pixels[600:750, 100:400] = (200, 90, 40)
    cv2.imwrite(str(original), pixels)
    return original


def made(form: Format, original: Path, *pages: Page) -> BytesIO:
    out = BytesIO()
    write(form, ExportInput(name="made", pages=pages, original=original), out)
    out.seek(0)
    return out


def tabled(**fields: object) -> Page:
    words = page(1, ["Before it.", "", *(" ".join(row) for row in GRID), "", "After it."], source=PageSource.TEXT_LAYER)
    found = [word for word in words.words() if word.index > 1]
    return changed(words, tables=(table(GRID, found),), **fields)


@pytest.mark.parametrize("form", sorted(OFFICE_FORMATS))
def test_every_page_and_every_failure_is_there(form: Format, original: Path) -> None:
    out = made(form, original, page(1, ["First words"]), BROKEN, page(1, []), page(1, ["Last words"]))
    match form:
        case Format.DOCX:
            texts = [each.text for each in docx.Document(out).paragraphs if each.text]
        case Format.PPTX:
            slides = pptx.Presentation(out).slides
            assert len(slides) == 4
            texts = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
        case _:
            rows = openpyxl.load_workbook(out)["Text"].iter_rows(values_only=True)
            texts = [row[0] for row in rows if row[0]]
    assert texts == ["First words", "[page 2 could not be read: It took too long.]", "Last words"]


@pytest.mark.parametrize("form", sorted(OFFICE_FORMATS - {Format.XLSX}))
def test_without_the_original_there_are_no_pictures_to_take(form: Format) -> None:
    with pytest.raises(FormatUnavailable, match="no longer kept"):
        write(form, ExportInput(name="made", pages=[page()]), BytesIO())


@pytest.mark.parametrize("form", sorted(OFFICE_FORMATS))
def test_the_media_type_is_that_of_the_format(form: Format) -> None:
    assert form.media_type == MediaType[form.name]


# -- docx -------------------------------------------------------------------------------------------------------------


def word(original: Path, *pages: Page) -> docx.document.Document:
    return docx.Document(made(Format.DOCX, original, *pages))


def test_paragraphs_are_joined_and_broken_words_are_whole(original: Path) -> None:
    lines = [
        "The long line of print that reaches the right mar-",
        "gin goes on in the next one, which is about as",
        "long.",
    ]
    assert [each.text for each in word(original, page(1, lines)).paragraphs] == [
        "The long line of print that reaches the right margin goes on in the next one, which is about as long."
    ]


def test_short_lines_begin_anew(original: Path) -> None:
    lines = ["A. Holloway", "12 Mill Lane", "", "This line is long enough to tell where all the others could have gone"]
    assert word(original, page(1, lines)).paragraphs[0].text == "A. Holloway\n12 Mill Lane"


def test_large_print_is_a_heading_and_regions_overrule_it(original: Path) -> None:
    lines = [
        ("Title of it", 40.0),
        "",
        "Some text of the usual size",
        "",
        "Small but a section",
        "",
        ("Large caption", 40.0),
    ]
    plain = page(1, lines, source=PageSource.TEXT_LAYER)
    styles = [each.style.name for each in word(original, plain).paragraphs]
    assert styles == ["Heading 1", "Normal", "Normal", "Heading 1"]
    at = {each.text: each.index for each in plain.words()}
    box = rectangle(0, 0, 1, 1)
    regions = tuple(
        Region(kind=kind, polygon=box, words=tuple(range(at[first], at[last] + 1)), confidence=1)
        for kind, first, last in (
            (RegionKind.SECTION_HEADER, "Small", "section"),
            (RegionKind.FOOTER, "Large", "caption"),
        )
    )
    styles = [each.style.name for each in word(original, changed(plain, regions=regions)).paragraphs]
    assert styles == ["Heading 1", "Normal", "Heading 3", "Normal"]


def test_lists_are_lists_and_numbers_go_on(original: Path) -> None:
    bulleted = ["• Lamps of all sizes", "• Wicks for them", ""]
    ruled = [
        "3. Third of the rules",
        "4. Fourth of the rules",
        "",
        "Prose between them",
        "",
        "5. Fifth of the rules",
        "",
    ]
    paragraphs = word(original, page(1, [*bulleted, *ruled, "1. First of others"])).paragraphs
    assert paragraphs[0].text == "Lamps of all sizes"
    assert paragraphs[3].text == "Fourth of the rules"
    lists = [next(iter(each._p.xpath("./w:pPr/w:numPr/w:numId/@w:val")), None) for each in paragraphs]
    bullets, rules, others = lists[0], lists[2], lists[6]
    assert lists == [bullets, bullets, rules, rules, None, rules, others]
    assert len({bullets, rules, others}) == 3


def test_tables_are_tables(original: Path) -> None:
    document = word(original, tabled())
    assert [each.text for each in document.paragraphs if each.text] == ["Before it.", "After it."]
    (found,) = document.tables
    assert [[cell.text for cell in row.cells] for row in found.rows] == GRID
    assert found.rows[0].cells[0].paragraphs[0].runs[0].bold
    assert found.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_merged_cells_are_merged(original: Path) -> None:
    cells = table([["A", "B", "C"], ["D", "E", "F"], ["G", "H", "I"]]).cells
    wide = changed(cells[0], column_span=2)
    high = changed(cells[2], row_span=3)
    kept = (wide, high, cells[3], cells[4], cells[6], cells[7])
    merged = changed(table([["A"]]), polygon=table([["A"] * 3] * 3).polygon, cells=kept)
    (found,) = word(original, page(1, [], tables=(merged,))).tables
    assert [[cell.text for cell in row.cells] for row in found.rows] == [
        ["A", "A", "C"],
        ["D", "E", "C"],
        ["G", "H", "C"],
    ]


def test_pictures_are_kept_and_what_is_on_them_is_told_beside_them(pictured: Path) -> None:
    with_caption = page(1, ["Words above"])
    on_it = paragraph([line("Caption", left=120, top=700, size=18, first=2)])
    with_caption = changed(with_caption, blocks=(*with_caption.blocks, block([on_it])))
    document = word(pictured, with_caption)
    (picture,) = document.inline_shapes
    assert picture._inline.docPr.get("descr") == "Caption"
    assert picture.width.pt == pytest.approx(300 * POINTS, rel=0.05)
    assert [each.text for each in document.paragraphs if each.text] == ["Words above"]


def test_paper_is_that_of_the_page(original: Path) -> None:
    first = page(1, ["Upright"], points=(612.0, 792.0), scale=1.0, width=612, height=792)
    second = page(2, ["Across"], points=(792.0, 612.0), scale=1.0, width=792, height=612)
    sections = word(original, first, second).sections
    assert [(round(s.page_width.pt), round(s.page_height.pt)) for s in sections] == [(612, 792), (792, 612)]


def test_columns_are_columns(original: Path) -> None:
    def column(left: float, first: int) -> object:
        lines = [line("word after word", left=left, top=100 + 30 * n, first=first + 3 * n) for n in range(6)]
        return block([paragraph(lines)])

    title = block([paragraph([line("A title that goes across all of them", top=50, first=0)])])
    words = 8
    both = changed(page(1, []), blocks=(title, column(50, words), column(300, words + 18)))
    document = word(original, both)
    assert [section._sectPr.find(qn("w:cols")).get(qn("w:num")) for section in document.sections] == ["1", "2"]
    assert sum(run.contains_page_break for each in document.paragraphs for run in each.runs) == 0
    assert [br.get(qn("w:type")) for br in document.element.iter(qn("w:br"))].count("column") == 1


def test_right_to_left_and_east_asian_text(original: Path) -> None:
    arabic = "مرحبا بالعالم 2024 Stele"
    document = word(original, page(1, [arabic, "", "東京の天気"], languages=(Language(code="ja", confidence=0.6),)))
    first, second = document.paragraphs
    assert first.text == arabic
    assert first._p.pPr.find(qn("w:bidi")) is not None
    directions = [
        (run.text.strip(), run._r.rPr.find(qn("w:rtl")) is not None) for run in first.runs if run.text.strip()
    ]
    assert directions == [("مرحبا بالعالم 2024", True), ("Stele", False)]
    assert second._p.pPr is None or second._p.pPr.find(qn("w:bidi")) is None
    fonts = document.styles["Normal"].element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == "MS Mincho"


def test_characters_that_xml_forbids_do_not_break_it(original: Path) -> None:
    odd = page(1, ["plain\x00 \x1btext"])
    for form in OFFICE_FORMATS:
        made(form, original, odd)


# -- xlsx -------------------------------------------------------------------------------------------------------------


def test_each_table_is_a_sheet_with_values_and_no_formula(original: Path) -> None:
    book = openpyxl.load_workbook(made(Format.XLSX, original, tabled(), page(2, ["More of it"])))
    assert book.sheetnames == ["Page 1", "Text"]
    sheet = book["Page 1"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Item", "Count", "Day"],
        ["Lamp", 1200, datetime.datetime(2024, 3, 14)],
        ["=SUM(A1)", "007", "soon"],
    ]
    assert sheet["A3"].data_type == "s"
    assert (sheet["B2"].number_format, sheet["C2"].number_format) == ("#,##0", "dd.mm.yyyy")
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    rest = [row[0] for row in book["Text"].iter_rows(values_only=True) if row[0]]
    assert rest == ["Before it.", "After it.", "More of it"]


def test_a_document_of_tables_alone_has_no_sheet_for_the_rest(original: Path) -> None:
    words = page(1, [" ".join(row) for row in GRID])
    only = changed(words, tables=(table(GRID, list(words.words())), table([["x"]])))
    assert openpyxl.load_workbook(made(Format.XLSX, original, only)).sheetnames == ["Page 1 table 1", "Page 1 table 2"]


# -- pptx -------------------------------------------------------------------------------------------------------------


def test_text_stands_where_it_stood(pictured: Path) -> None:
    (slide,) = pptx.Presentation(
        made(Format.PPTX, pictured, page(1, [("Large words", 40.0), "", "Small words"]))
    ).slides
    boxes = [shape for shape in slide.shapes if shape.has_text_frame]
    assert [shape.text_frame.text for shape in boxes] == ["Large words", "Small words"]
    assert boxes[0].left.pt == pytest.approx(50 * POINTS, abs=1)
    assert boxes[0].top.pt == pytest.approx(50 * POINTS, abs=1)
    sizes = [shape.text_frame.paragraphs[0].runs[0].font.size.pt for shape in boxes]
    assert sizes[0] > 1.5 * sizes[1]
    pictures = [shape for shape in slide.shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE]
    assert len(pictures) == 1, "the blue one, by itself; nothing else is left of the page"


def test_tables_of_slides_are_tables(original: Path) -> None:
    (slide,) = pptx.Presentation(made(Format.PPTX, original, tabled())).slides
    (found,) = [shape.table for shape in slide.shapes if shape.has_table]
    assert [[cell.text for cell in row.cells] for row in found.rows] == GRID


def test_light_print_on_a_dark_page_stays_light(tmp_path: Path) -> None:
    pixels = np.full((800, 600, 3), 20, np.uint8)
    cv2.putText(pixels, "WORDS", (50, 68), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    path = tmp_path / "dark.png"
    cv2.imwrite(str(path), pixels)
    (slide,) = pptx.Presentation(made(Format.PPTX, path, page(1, ["WORDS"]))).slides
    (box,) = slide.shapes
    assert min(box.text_frame.paragraphs[0].runs[0].font.color.rgb) > 200
    assert max(slide.background.fill.fore_color.rgb) < 40
