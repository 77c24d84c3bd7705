"""The samples are read as they were typed: the text layer exactly, scans to within one character in a hundred."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from stele.domain.document import Page, PageSource
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SCANS = [
    "letter.pdf",
    "invoice.png",
    "form.jpg",
    "article.jpg",
    "sideways.jpg",
    "minutes.tif",
    "notice-zh-en.png",
]
PAGES = {"report.pdf": 12, "minutes.tif": 3}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(EngineChooser(model_cache=None, threads=2))


def read(reader: Reader, name: str) -> list[Page]:
    path = SAMPLES / name
    with open_document(path, name=name, limits=Limits()) as document:
        return [reader.read(page, ReadOptions()) for page in document.pages(1, document.page_count)]


def expected(name: str) -> list[list[str]]:
    """The lines of each page, without the empty ones between paragraphs."""
    text = (SAMPLES / "expected" / f"{Path(name).stem}.txt").read_text(encoding="utf-8")
    return [[line for line in page.split("\n") if line] for page in text.split("\f")]


def lines(pages: Sequence[Page]) -> list[list[str]]:
    return [[line for line in page.text.split("\n") if line] for page in pages]


def test_the_report_is_read_exactly(reader: Reader) -> None:
    pages = read(reader, "report.pdf")
    assert {page.source for page in pages} == {PageSource.TEXT_LAYER}
    assert lines(pages) == expected("report.pdf")


@pytest.mark.parametrize("name", SCANS)
def test_scans_are_read_to_within_one_character_in_a_hundred(reader: Reader, name: str) -> None:
    pages = read(reader, name)
    assert len(pages) == PAGES.get(name, 1)
    assert {page.source for page in pages} == {PageSource.OCR}
    typed = "\n".join(line for page in expected(name) for line in page)
    seen = "\n".join(line for page in lines(pages) for line in page)
    wrong = Levenshtein.distance(typed, seen) / len(typed)
    assert wrong <= 0.01, f"{wrong:.2%} of the characters of {name} differ"


def test_the_page_on_its_side_is_seen_to_be(reader: Reader) -> None:
    (page,) = read(reader, "sideways.jpg")
    assert abs(page.angle + 90) < 2
    assert page.width > page.height


def test_the_skew_of_the_article_is_measured(reader: Reader) -> None:
    (page,) = read(reader, "article.jpg")
    assert abs(page.angle + 1.4) < 0.3


def test_the_expected_texts_are_what_the_generator_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SAMPLES))
    try:
        from making import correspondence, prints, report, sheet

        sheet.register_fonts()
        typed = {
            "letter": correspondence.letter,
            "invoice": correspondence.invoice,
            "form": correspondence.form,
            "article": prints.article,
            "sideways": prints.timetable,
            "minutes": prints.minutes,
            "report": report.report,
        }
        for name, make in typed.items():
            assert make()[1] == (SAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")
    finally:
        for module in [module for module in sys.modules if module.split(".")[0] == "making"]:
            del sys.modules[module]


def test_the_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir() if path.is_file()) < 3_000_000
