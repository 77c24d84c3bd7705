"""Every kind of source that PicWish takes, into every kind of result that it gives, with the text in it."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from itertools import product

import docx
import openpyxl
import pptx
import pypdfium2
import pytest
from pptx.util import Inches
from tests.dialect.google_live import pdf as born_digital
from tests.dialect.google_live import picture
from tests.dialect.live import Live
from tests.dialect.picwish_live import Picwish

SAID = "The lantern burns at seven"
#: what the null engine reads in any picture
SEEN = "page 1 of null engine"
PICTURES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP"}
#: the older formats, and of what they are made
OLDER = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
SOURCES = ("pdf", *PICTURES, "docx", "xlsx", "pptx", *OLDER)
RESULTS = ("txt", "pdf", "docx", "xlsx", "pptx")
#: each source once and each result at least twice; the others are for `make soak`
SOME = {(source, RESULTS[index % len(RESULTS)]) for index, source in enumerate(SOURCES)}


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph(SAID)
    return saved(document.save)


def sheet() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = SAID
    return saved(book.save)


def slide() -> bytes:
    deck = pptx.Presentation()
    shown = deck.slides.add_slide(deck.slide_layouts[6])
    shown.shapes.add_textbox(Inches(1), Inches(1), Inches(6), Inches(1)).text_frame.text = SAID
    return saved(deck.save)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("needs LibreOffice, as office files do (make system)")
    folder = tmp_path_factory.mktemp("sources")
    made = {"pdf": born_digital(1), "docx": word(), "xlsx": sheet(), "pptx": slide()}
    made |= {suffix: picture(kind) for suffix, kind in PICTURES.items()}
    for older, newer in OLDER.items():
        (folder / f"source.{newer}").write_bytes(made[newer])
        subprocess.run(
            [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", older,
             "--outdir", str(folder), str(folder / f"source.{newer}")], check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        made[older] = (folder / f"source.{older}").read_bytes()
    return made


def text_of(result: str, data: bytes) -> str:
    """All text of a file, as its own kind's library reads it."""
    file = io.BytesIO(data)
    match result:
        case "txt":
            return data.decode()
        case "pdf":
            return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))
        case "docx":
            document = docx.Document(file)
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
        case "xlsx":
            book = openpyxl.load_workbook(file)
            return "\n".join(
                str(cell) for one in book for row in one.iter_rows(values_only=True) for cell in row if cell
            )
    shapes = [shape for one in pptx.Presentation(file).slides for shape in one.shapes if shape.has_text_frame]
    return "\n".join(shape.text_frame.text for shape in shapes)


@pytest.mark.parametrize(
    ("source", "result"),
    [pytest.param(*pair, marks=() if pair in SOME else pytest.mark.soak) for pair in product(SOURCES, RESULTS)],
)
@pytest.mark.usefixtures("workers")
def test_a_source_becomes_a_result(google_live: Live, sources: dict[str, bytes], source: str, result: str) -> None:
    picwish = Picwish(google_live)
    told = picwish.ended(picwish.created(sources[source], f"a file.{source}", format=result))
    assert (told["state"], told["progress"]) == (1, 100), told
    answer = picwish.http.get(told["file"], headers={"x-api-key": ""})
    assert answer.status_code == 200
    wanted = SEEN if source in PICTURES else "This is page 1 of the report." if source == "pdf" else SAID
    assert " ".join(wanted.split()) in " ".join(text_of(result, answer.content).split())


def test_every_kind_has_its_turn() -> None:
    assert {source for source, _ in SOME} == set(SOURCES)
    assert {result for _, result in SOME} == set(RESULTS)
