"""Words of a PDF that nobody sees: taken, or read anew from the pixels in their place."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from printing import LETTER
from sheets import Sheet
from stele.domain.document import Page, PageSource
from stele.domain.job import EngineName, HiddenText
from stele.domain.languages import Language
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import Engine, Foreign, ReadOptions, SeenPage

INVISIBLE = 3  #: the text rendering mode (ISO 32000-1, table 106)
#: what a recogniser left on the scan, and what an engine sees there
LEFT = LETTER
SEEN = tuple(line.upper() for line in LETTER)
STAMP = "Exhibit twelve"


class Seeing:
    """An engine that sees `SEEN` where `LEFT` is, and a stamp a little wrong; its own provider."""

    name = EngineName.PADDLE
    needs_pixels = True

    def __init__(self) -> None:
        self.looks = 0

    def engine_for(self, options: ReadOptions) -> Engine:
        return self

    def nearest_to(self, languages: tuple[str, ...]) -> Language | None:
        return None

    def foreign_to(self, page: PageInput, pixels: Pixels, seen: SeenPage) -> Foreign | None:
        return None

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        self.looks += 1
        assert page.scale is not None
        size = 12 * page.scale
        sheet = Sheet().column(40 * page.scale, 75 * page.scale, SEEN, size)
        return sheet.type(400 * page.scale, (842 - 30) * page.scale - size, "Exhibit 12", size).seen()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[Page, int]]:
    """Reads a scan with invisible words and, where it is `stamped`, some that can be seen; how often was it looked
    at?"""

    def read(options: ReadOptions, *, stamp: str = "", setting: HiddenText = HiddenText.TRUST) -> tuple[Page, int]:
        path, engine = tmp_path / "scan.pdf", Seeing()
        path.write_bytes(scanned(stamp))
        with open_document(path, name=path.name, limits=Limits()) as document:
            page = Reader(engine, setting).read(next(iter(document.pages(1, 1))), options)
        return page, engine.looks

    return read


def scanned(stamp: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    paper = Image.new("L", (1190, 1684), 255)
    ImageDraw.Draw(paper).rectangle((100, 100, 900, 120), fill=0)
    canvas.drawImage(ImageReader(paper), 0, 0, *A4)
    hidden = canvas.beginText(40, 760)
    hidden.setFont("Helvetica", 12)
    hidden.setTextRenderMode(INVISIBLE)
    hidden.textLines(LEFT)
    hidden.setTextRenderMode(0)
    canvas.drawText(hidden)
    canvas.drawString(400, 30, stamp)
    canvas.save()
    return out.getvalue()


REREAD = ReadOptions(hidden_text=HiddenText.REREAD)


def test_they_are_trusted_unless_something_is_said(read: Callable[..., tuple[Page, int]]) -> None:
    page, looks = read(ReadOptions())
    assert page.source is PageSource.TEXT_LAYER and looks == 0
    assert "three brass lanterns" in page.text


def test_read_anew_the_page_is_as_if_it_had_none(read: Callable[..., tuple[Page, int]]) -> None:
    page, looks = read(REREAD)
    assert page.source is PageSource.OCR and looks == 1
    assert "THREE BRASS LANTERNS" in page.text and "brass" not in page.text
    assert page.warnings == ()


def test_words_that_can_be_seen_stay_as_the_file_has_them(read: Callable[..., tuple[Page, int]]) -> None:
    page, looks = read(REREAD, stamp=STAMP)
    assert page.source is PageSource.MIXED and looks == 1
    assert "THREE BRASS LANTERNS" in page.text and "brass" not in page.text
    assert STAMP in page.text and "Exhibit 12" not in page.text
    assert sorted(word.index for word in page.words()) == list(range(len(list(page.words()))))


def test_the_setting_holds_where_a_job_says_nothing(read: Callable[..., tuple[Page, int]]) -> None:
    sources = {
        (setting, asked): read(ReadOptions(hidden_text=asked), setting=setting)[0].source
        for setting in HiddenText
        for asked in (None, *HiddenText)
    }
    for (setting, asked), source in sources.items():
        expected = PageSource.OCR if (asked or setting) is HiddenText.REREAD else PageSource.TEXT_LAYER
        assert source is expected, (setting, asked)
