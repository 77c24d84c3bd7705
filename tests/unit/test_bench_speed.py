"""What the speed benchmark makes of pairs of rounds, and what it reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2
from benchmarks.crew import Outcome, Round, Sheet
from benchmarks.peers import OURS, PEERS, Reading
from benchmarks.speed import Contest, Course, courses, measure, result_of

_SHEET = Sheet(path=Path("a.png"), language="en")


def _round(seconds: float, text: str = "abcde") -> Round:
    outcome = Outcome(
        sheet=0, seconds=seconds, cpu_seconds=seconds / 2, reading=Reading(text=text, words=()), error=None
    )
    return Round(outcomes=(outcome, replace(outcome, sheet=1)), seconds=seconds, peak_rss=300.0)


def _contest(name: str, *, pages: int, truth: str | None) -> Contest:
    course = Course(name=name, sheets=(_SHEET, _SHEET), pages=pages, workers=2, threads=1, warm_up=_SHEET, truth=truth)
    pairs = [(_round(1.0), _round(4.0, "abcdX")), (_round(2.0), _round(6.0)), (_round(1.0), _round(5.0))]
    return Contest(course=course, rounds={"tesseract": pairs}, titles={OURS: "Stele", "tesseract": "Tesseract"})


def test_ratios_are_those_of_pairs() -> None:
    dense, none = (
        _contest("dense", pages=2, truth="abcde"),
        replace(_contest("few_words", pages=2, truth=""), rounds={}),
    )
    data = result_of(dense, none, _contest("born_digital", pages=50, truth=None)).data
    assert set(data) == {"dense", "born_digital"}
    assert isinstance(data["dense"], dict)
    assert isinstance(data["born_digital"], dict)
    ours, theirs = data["dense"][OURS], data["dense"]["tesseract"]
    assert ours["pages_per_second"] == {"median": 2.0, "samples": [2.0, 1.0, 2.0]}
    assert theirs["ours_over_it"] == {"median": 4.0, "samples": [4.0, 3.0, 5.0]}
    assert theirs["processor_milliseconds"]["samples"] == [2000.0, 3000.0, 2500.0]
    assert (ours["cer"], theirs["cer"], ours["process_mb"]) == (0.0, 0.2, 150)
    assert data["born_digital"][OURS]["pages_per_second"]["median"] == 50.0
    assert data["born_digital"][OURS]["page_milliseconds"] == 40.0


def test_a_peer_that_is_missing_costs_the_others_nothing() -> None:
    gone = [replace(peer, missing=lambda: "not installed: it") for peer in PEERS[:2]]
    failures = measure(gone, turns=0, cores=1, say=print).failures
    assert "Stele: not installed: it" in failures
    assert "dense: there is nothing to compare peers with" in failures


def test_what_is_read(tmp_path: Path) -> None:
    dense, few, digital = courses(tmp_path, 2)
    assert (dense.workers, dense.threads, few.workers, few.threads) == (2, 1, 1, 2)
    assert dense.truth is not None
    assert len(dense.truth.splitlines()) == 53
    assert few.truth is not None
    assert len(few.truth.split()) == 10
    with pypdfium2.PdfDocument(digital.sheets[0].path) as document:
        assert digital.pages == len(digital.sheets) * len(document)
        texts = [page.get_textpage().get_text_range().split() for page in document]
    assert texts[0] != texts[1]
    assert sorted(texts[0]) == sorted(texts[1]) == sorted(dense.truth.split())
