"""An office file, printed, scanned, read and exported again is the same to whoever edits it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from stele.domain.errors import LayoutMissing
from stele.domain.job import Asked, Feature, Format
from stele.domain.media import Limits
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.intake import office_program
from stele.pipeline.intake.opening import open_document
from stele.pipeline.looking import look
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

FEATURES = (Feature.TEXT, *Format.DOCX.features)

TITLE, SECTION = "The lantern workshop", "What was sold"
PROSE = (
    "The workshop opened its doors again in the second week of March, after the roof had been mended and the two "
    "furnaces had been lined anew. Four people work in it now, and a fifth will join them before the summer fair."
)
ITEMS = ("Brass lanterns with a hinged door", "Copper lanterns for candles", "Spare panes of clear glass")
CELLS = (
    ("Article", "Ordered", "Price", "Total"),
    ("Brass lantern", "14", "42.50", "595.00"),
    ("Copper lantern", "9", "38.00", "342.00"),
    ("Clear pane", "120", "1.75", "210.00"),
    ("Wick", "300", "0.20", "60.00"),
)
CLOSING = "Orders that reach us before the end of the month are sent without postage."


@pytest.fixture(autouse=True)
def _program() -> None:
    try:
        office_program.version()
    except LayoutMissing as error:
        pytest.skip(error.message)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(EngineChooser(tmp_path_factory.mktemp("models"), 2))


def photograph() -> BytesIO:
    """A picture without any text."""
    image = Image.new("RGB", (640, 320), (70, 110, 160))
    draw = ImageDraw.Draw(image)
    draw.ellipse((240, 60, 400, 220), fill=(250, 210, 90))
    draw.rectangle((0, 250, 640, 320), fill=(60, 120, 60))
    out = BytesIO()
    image.save(out, "PNG")
    return out


def scanned(path: Path) -> Path:
    """The pages of an office file as pictures at 200 dpi, as a scanner would give them: a TIFF."""
    with open_document(path, name=path.name, limits=Limits()) as document:
        pages = [Image.fromarray(page.raster()[:, :, ::-1]) for page in document.pages(1, document.page_count)]
    scan = path.with_suffix(".tif")
    pages[0].save(scan, save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(200, 200))
    return scan


def exported(reader: Reader, scan: Path, form: Format) -> BytesIO:
    with open_document(scan, name=scan.name, limits=Limits()) as document:
        pages = [
            look(reader, page, ReadOptions(features=FEATURES), Asked(features=FEATURES))
            for page in document.pages(1, document.page_count)
        ]
    out = BytesIO()
    write(form, ExportInput(name=scan.name, pages=pages, original=scan), out)
    out.seek(0)
    return out


def cer(expected: str, found: str) -> float:
    plain = [re.sub(r"\s+", " ", text).strip() for text in (expected, found)]
    return Levenshtein.distance(*plain) / len(plain[0])


def test_a_word_document(reader: Reader, tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading(TITLE, 1)
    made.add_paragraph(PROSE)
    for item in ITEMS:
        made.add_paragraph(item, style="List Bullet")
    made.add_heading(SECTION, 2)
    table = made.add_table(len(CELLS), len(CELLS[0]), style="Table Grid")
    for row, texts in enumerate(CELLS):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    made.add_paragraph()
    made.add_picture(photograph(), width=docx.shared.Inches(3))
    made.add_paragraph(CLOSING)
    made.save(tmp_path / "made.docx")

    again = docx.Document(exported(reader, scanned(tmp_path / "made.docx"), Format.DOCX))
    paragraphs = [paragraph for paragraph in again.paragraphs if paragraph.text]
    assert cer("\n".join([TITLE, PROSE, *ITEMS, SECTION, CLOSING]), "\n".join(p.text for p in paragraphs)) <= 0.01
    headings = [paragraph.text for paragraph in paragraphs if paragraph.style.name.startswith("Heading")]
    assert headings == [TITLE, SECTION]
    assert [p.text for p in paragraphs if p._p.pPr is not None and p._p.pPr.numPr is not None] == list(ITEMS)
    assert [[[cell.text for cell in row.cells] for row in table.rows] for table in again.tables] == [
        [list(row) for row in CELLS]
    ]
    assert len(again.inline_shapes) == 1
    assert again.sections[0].page_width.pt == pytest.approx(made.sections[0].page_width.pt, abs=2)


def test_a_spreadsheet(reader: Reader, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    for texts in CELLS:
        sheet.append([float(text) if text[0].isdigit() else text for text in texts])
    thin = openpyxl.styles.Side(style="thin")
    for row in sheet.iter_rows():
        for cell in row:
            cell.border = openpyxl.styles.Border(thin, thin, thin, thin)
            cell.number_format = "0.00" if cell.column > 2 else "0"
    made.save(tmp_path / "made.xlsx")

    again = openpyxl.load_workbook(exported(reader, scanned(tmp_path / "made.xlsx"), Format.XLSX))
    rows = [[cell.value for cell in row] for row in again.worksheets[0].iter_rows()]
    assert rows == [[float(text) if text[0].isdigit() else text for text in texts] for texts in CELLS]
    assert again.worksheets[0]["C2"].number_format == "0.00"


def test_a_presentation(reader: Reader, tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = TITLE
    slide.placeholders[1].text = "\n".join(ITEMS)
    last = made.slides.add_slide(made.slide_layouts[5])
    last.shapes.title.text = SECTION
    last.shapes.add_picture(photograph(), 914400, 2 * 914400, width=4 * 914400)
    made.save(tmp_path / "made.pptx")

    again = pptx.Presentation(exported(reader, scanned(tmp_path / "made.pptx"), Format.PPTX))
    assert len(again.slides) == 2
    first, second = (
        [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in again.slides
    )
    assert cer("\n".join([TITLE, *ITEMS]), "\n".join(first)) <= 0.01
    assert second == [SECTION]
    pictures = [
        shape for shape in again.slides[1].shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE
    ]
    assert pictures, "the picture is there, by itself or on the page behind the text"
    assert again.slide_width / again.slide_height == pytest.approx(made.slide_width / made.slide_height, rel=0.01)
