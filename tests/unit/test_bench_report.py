"""The page on accuracy: it tells what was measured, and is what the record makes it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.accuracy import Figure
from benchmarks.report import IMAGES, PAGE, files
from benchmarks.standing import RECORD, BinRecord, Machine, Record, SetRecord, load, losses


def _figure(*pages: float | None) -> Figure:
    known = [each for each in pages if each is not None]
    middle = sum(known) / len(known) if known else None
    return Figure(all=middle, mean=middle, median=middle, pages=pages)


def _figures(**told: tuple[float | None, ...]) -> dict[str, Figure]:
    nothing = dict.fromkeys(("cer", "cer_by_place", "char_f1", "word_f1", "box_f1"), (None,))
    return {name: _figure(*pages) for name, pages in (nothing | {"cpu_seconds": (1.0,)} | told).items()}


def _set(ours: dict[str, Figure], theirs: dict[str, Figure], *names: str) -> SetRecord:
    peers = {"stele": ours, "tesseract": theirs}
    return SetRecord(
        pages=len(names), of=9, order="reading", left_out={"needs a password": 2}, names=names, peers=peers
    )


@pytest.fixture
def record() -> Record:
    versions = dict.fromkeys(("stele", "rapidocr", "onnxruntime", "openvino", "tesseract"), "1.0")
    return Record(
        machine=Machine(date="2026-01-02T03:04:05Z", cpu="a <fast> one", cores=2, versions=versions, commit="abc",
                        precision="f32", source_changed=True),
        sets={
            "letters": _set(
                _figures(cer=(0.02, 0.2), cer_by_place=(0.3, 0.3)), _figures(cer=(0.04, 0.04)), "a.png", "b.png"
            ),
            "rows": _set(_figures(cer=(0.5,), cer_by_place=(0.01,)), _figures(cer=(0.4,), cer_by_place=(0.2,)), "c"),
            "signs": _set(_figures(char_f1=(0.9,)), _figures(char_f1=(0.5,)), "d.png"),
            "words": _set(_figures(word_f1=(0.75,), box_f1=(0.8,)), _figures(word_f1=(0.5,), box_f1=(0.9,)), "e.png"),
        },
        calibration=(BinRecord(low=0.9, high=0.95, words=12, right=0.75, confidence=0.92),),
        titles={"stele": "Stele", "tesseract": "Tesseract"},
        not_measured=("Tesseract: letters/a.png: ValueError: torn", "letters: 2 left out: needs a password"),
    )  # fmt: skip


def test_a_set_is_judged_by_the_order_that_readers_agree_with(record: Record) -> None:
    assert {name: each.text_metric for name, each in record.sets.items()} == {
        "letters": "cer",
        "rows": "cer_by_place",
        "signs": "char_f1",
        "words": "char_f1",
    }


def test_what_we_lose_is_told_with_the_pages(record: Record) -> None:
    (loss,) = losses(record)
    assert (loss.set, loss.metric, loss.peer) == ("letters", "cer", "tesseract")
    assert [(name, ours, theirs) for _, name, ours, theirs in loss.pages] == [("b.png", 0.2, 0.04)]


def test_the_page(record: Record) -> None:
    page = files(record)[PAGE]
    assert "| letters | 2 of 9 | CER | 11.0 (11.0) | **4.0** (4.0) |" in page
    assert "| signs | 1 of 9 | character F1 | **10.0** (10.0) | 50.0 (50.0) |" in page
    assert "| words | 1 of 9 | **75.0** | 50.0 | 80.0 | **90.0** |" in page
    assert "| 0.90 - 0.95 | 12 | 0.920 | 0.750 |" in page
    assert "| letters | CER | 11.0 | Tesseract | 4.0 |" in page
    assert "- 8 documents: needs a password" in page
    assert "- Tesseract: letters/a.png: ValueError: torn" in page
    assert "$" not in page


def test_plots_are_well_formed(record: Record) -> None:
    for path, text in files(record).items():
        if path.parent == IMAGES:
            assert ElementTree.fromstring(text).tag.endswith("svg")


def test_what_is_committed_is_what_the_record_makes() -> None:
    for path, text in files(load(RECORD)).items():
        assert path.read_text("utf-8") == text, f"{path.name} is old: run `python -m benchmarks.report`"


def test_every_image_of_the_page_is_there(record: Record) -> None:
    page = files(record)[PAGE]
    named = {part.partition(")")[0] for part in page.split("](")[1:] if ".svg" in part.partition(")")[0]}
    assert {(PAGE.parent / Path(name)).resolve() for name in named} == set(files(record)) - {PAGE}
