"""Office files become pages: which they are, how they open, and that their text is exactly theirs."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from tests import offices

from stele.domain.errors import (
    CorruptInput,
    LayoutMissing,
    PageLimitExceeded,
    PasswordRequired,
    PasswordWrong,
    SteleError,
    UnknownFormat,
)
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake import office_program
from stele.pipeline.intake.opening import open_document

#: real files of ../shared/data/office that a run of all tests looks at
SAMPLE = (
    *("docling__lorem_ipsum.docx", "docling__omml_multi_equation_paragraph.docx", "poi__SampleSS_xlsx.xlsx"),
    *("tika__testPPT_pptx.pptx", "tika__testRTF.rtf", "tika__testHTML.html", "tika__testWORD6.doc"),
    *(
        "tika__testWORD_protected_passtika_doc.doc",
        "tika__testEXCEL_protected_passtika.xlsx",
        "tika__testOpenOffice2.odt",
    ),
    *("tika__testEPUB.epub", "tika__testVISIO.vsdx", "tika__testODTEncrypted.odt"),
)
REFUSED = {".epub", ".eml", ".txt", ".vsdx", ".wpd"}


@pytest.fixture(autouse=True)
def _program(request: pytest.FixtureRequest) -> None:
    if "without_program" in request.fixturenames:
        return
    try:
        office_program.version()
    except LayoutMissing as error:
        pytest.skip(error.message)


@pytest.fixture
def without_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_program.shutil, "which", lambda _: None)


def words_of(path: Path, password: str | None = None) -> list[str]:
    """Its words, in the order that the layout states."""
    with open_document(path, name=path.name, limits=Limits(), password=password) as document:
        layers = [page.text_layer() for page in document.pages(1, document.page_count)]
    return [word.text for layer in layers if layer for word in layer.words]


def sheet(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def letter(path: Path, *texts: str) -> Path:
    document = docx.Document()
    for text in texts:
        document.add_paragraph(text)
    document.save(path)
    return path


def encrypted(path: Path, password: str) -> Path:
    made = BytesIO()
    with path.open("rb") as plain:
        OOXMLFile(plain).encrypt(password, made)
    path.write_bytes(made.getvalue())
    return path


# -- what they are ----------------------------------------------------------------------------------------------------


def test_the_first_bytes_tell_office_files_from_others(tmp_path: Path) -> None:
    presentation = tmp_path / "a.pptx"
    pptx.Presentation().save(presentation)
    for path in (letter(tmp_path / "a.docx", "x"), sheet(tmp_path / "a.xlsx", [[1]]), presentation):
        assert sniff(path.read_bytes()[:HEAD_BYTES]) is MediaType.OOXML
    assert sniff(encrypted(tmp_path / "a.docx", "secret").read_bytes()[:HEAD_BYTES]) is MediaType.OLE
    assert sniff(offices.open_document("text", "")) is MediaType.ODT
    assert sniff(offices.open_document("spreadsheet", "")) is MediaType.ODS
    assert sniff(b"{\\rtf1 words}") is MediaType.RTF


@pytest.mark.parametrize(
    ("head", "is_html"),
    [
        (b"<!DOCTYPE html>\n<title>x</title>", True),
        (b"\xef\xbb\xbf  <HTML lang=en>", True),
        (
            b'<?xml version="1.0"?><!-- by hand --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">',
            True,
        ),
        (b"<table><tr><td>x", True),
        (b"<?xml version='1.0'?><svg/>", False),
        (b"<note>a letter</note>", False),
        (b"<paragraph>", False),
        (b"1 < 2 <html>", False),
    ],
)
def test_html_is_told_by_its_first_element(head: bytes, is_html: bool) -> None:
    assert (sniff(head) is MediaType.HTML) == is_html


def test_other_archives_are_not_taken_for_office_files(tmp_path: Path) -> None:
    assert sniff(offices.packed({"notes.txt": "x"})) is None
    assert sniff(offices.packed({"mimetype": "application/epub+zip"}, stored="mimetype")) is None
    path = tmp_path / "a.docx"
    path.write_bytes(offices.packed({"[Content_Types].xml": "<Types/>", "visio/document.xml": ""}))
    with pytest.raises(UnknownFormat, match="DOCX, XLS"):
        open_document(path, name="a", limits=Limits())


def test_the_kind_is_told_by_the_content(tmp_path: Path) -> None:
    path = letter(tmp_path / "letter.xlsx", "Plain words")
    with open_document(path, name="letter", limits=Limits()) as document:
        assert (document.media_type, document.page_count) == (MediaType.DOCX, 1)


@pytest.mark.usefixtures("without_program")
def test_without_the_program_the_error_names_the_packages(tmp_path: Path) -> None:
    with pytest.raises(LayoutMissing, match="apt-get install libreoffice-writer-nogui"):
        open_document(letter(tmp_path / "a.docx", "x"), name="a", limits=Limits())


# -- text -------------------------------------------------------------------------------------------------------------


def test_text_of_all_scripts_is_exact(tmp_path: Path) -> None:
    texts = ["Ünïcödé “quotes” – dashes…", "東京の天気は晴れです。", "Привет, мир", "Γειά σου Κόσμε", "ﬁne ﬂuff"]
    found = " ".join(words_of(letter(tmp_path / "a.docx", *texts)))
    assert found == " ".join(texts).replace("ﬁ", "fi").replace("ﬂ", "fl")


def test_cells_are_whole_and_rows_stay_together(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [f"Heading {column} that is longer than its cell" for column in range(12)],
        *([123456789.5 + row] * 12 for row in range(3)),
    ]
    path = sheet(tmp_path / "wide.xlsx", rows)
    with open_document(path, name="wide", limits=Limits()) as document:
        assert document.page_count == 1
    words = words_of(path)
    assert words == [str(word) for row in rows for cell in row for word in str(cell).split()]


def test_a_long_sheet_is_read_to_its_end(tmp_path: Path) -> None:
    path = sheet(tmp_path / "long.xlsx", [[number, f"item {number}"] for number in range(1, 10_001)])
    with open_document(path, name="long", limits=Limits()) as document:
        assert document.page_count > 100
        for last in document.pages(document.page_count, 1):
            layer = last.text_layer()
            assert layer is not None and layer.words[-1].text == "10000"
    with pytest.raises(PageLimitExceeded):
        open_document(path, name="long", limits=Limits(max_pages=50))


# -- passwords and damage ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [letter, lambda path, text: sheet(path, [[text]])], ids=["docx", "xlsx"])
def test_a_password_opens_what_is_encrypted(make, tmp_path: Path) -> None:
    path = encrypted(make(tmp_path / "secret", "Hidden words"), "géheim")
    with pytest.raises(PasswordRequired):
        words_of(path)
    with pytest.raises(PasswordWrong):
        words_of(path, "wrong")
    assert words_of(path, "géheim") == ["Hidden", "words"]


def test_a_password_that_is_not_needed_is_not_looked_at(tmp_path: Path) -> None:
    assert words_of(letter(tmp_path / "a.docx", "Plain"), "any") == ["Plain"]


@pytest.mark.parametrize("damage", ["cut", "holes", "OLE header alone"])
def test_damaged_files_say_so(damage: str, tmp_path: Path) -> None:
    path = letter(tmp_path / "a.docx", "Plain")
    whole = bytearray(path.read_bytes())
    match damage:
        case "cut":
            del whole[len(whole) // 3 :]
        case "holes":
            for at in range(200, len(whole) - 200, 97):
                whole[at] ^= 0x55
        case _:
            whole = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    path.write_bytes(whole)
    with pytest.raises((CorruptInput, UnknownFormat)):
        words_of(path)


# -- real files -------------------------------------------------------------------------------------------------------


def same_letters(expected: str, found: str) -> float:
    """How many of the expected characters are there, whatever their order."""
    wanted, there = (Counter(re.sub(r"\s", "", unicodedata.normalize("NFKC", text))) for text in (expected, found))
    return 1 - sum((wanted - there).values()) / max(1, sum(wanted.values()))


@pytest.mark.parametrize("name", SAMPLE)
def test_real_files(name: str, shared_data: Path) -> None:
    check(shared_data / "office" / name)


@pytest.mark.soak
def test_all_real_files(shared_data: Path) -> None:
    for path in sorted((shared_data / "office").iterdir()):
        if path.suffix != ".json":
            check(path)


def check(path: Path) -> None:
    truth = json.loads(path.with_name(f"{path.stem}.gt.json").read_text())
    try:
        found = "".join(words_of(path, truth.get("password")))
    except SteleError as error:
        # formats that are none of ours, and one that nobody has the password of
        assert path.suffix in REFUSED or (isinstance(error, PasswordRequired) and not truth.get("password")), error
        return
    assert path.suffix not in REFUSED
    # Some truths hold what is not printed: properties, formulas, fall-backs of drawings, text beside a slide.
    if truth.get("text") and path.name not in NOT_ALL_PRINTED:
        assert same_letters(truth["text"], found) > 0.95, found


NOT_ALL_PRINTED = {
    *("docling__drawingml.docx", "poi__SampleDoc_docx.docx", "poi__SampleSS.xls", "poi__SampleSS_xlsx.xlsx"),
    *("tika__testODFwithOOo3.odt", "tika__testPPT_various.pptx", "tika__testWORD_text_box.docx"),
    *("tika__testMasterFooter.odp", "tika__testWORD_charts.docx"),
}
