"""What the reading benchmark makes of finished runs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.crew import Outcome, Round, Sheet
from benchmarks.inputs import Inputs, Page
from benchmarks.peers import OURS, PEERS, Reading
from benchmarks.reading import Runs, measure, result_of
from benchmarks.results import percentile, show, write
from benchmarks.scoring import Truth
from rich.console import Console

_NOTHING = Reading(text="", words=())


def _page(name: str, text: str) -> Page:
    return Page(
        set="samples", name=name, sheet=Sheet(path=Path(name), language="en"), size=(10, 10), truth=Truth(text=text)
    )


_PAGES = (_page("a.png", "abcde"), _page("b.png", "fghij"))
_INPUTS = Inputs(pages=_PAGES, dense=_PAGES[0], warm_up=_PAGES[0].sheet, skipped=("funsd: not in the data folder",))


def _round(seconds: float, *texts: str | None) -> Round:
    outcomes = (
        Outcome(sheet=index, seconds=seconds, reading=Reading(text=text, words=()))
        if text is not None
        else Outcome(sheet=index, seconds=seconds, reading=_NOTHING, error="ValueError: torn")
        for index, text in enumerate(texts)
    )
    return Round(outcomes=tuple(outcomes), seconds=seconds, peak_rss=100.0)


def _peers() -> list[Runs]:
    ours, other = PEERS[:2]
    assert ours.name == OURS
    return [
        Runs(peer=ours, rounds=[_round(1.0, "abcde", "fghij"), _round(2.0, "abcde", "fghij")], alone=[[0.5], [0.5]]),
        Runs(peer=other, rounds=[_round(4.0, "abcdX", None), _round(6.0, "abcdX", None)], alone=[[2.0], [2.0]]),
        Runs(peer=PEERS[3], failure="not installed: tesseract"),
    ]


def test_rates_ratios_and_errors() -> None:
    result = result_of(_peers(), _INPUTS, cores=2)
    peers = result.data["peers"]
    assert isinstance(peers, dict)
    ours, other = peers[OURS], peers["rapidocr-onnxruntime"]
    assert ours["pages_per_second"] == {"median": 1.5, "samples": [2.0, 1.0]}
    assert other["ours_over_it"] == {"median": 3.5, "samples": [4.0, 3.0]}  # within a turn, not of the medians
    assert (ours["cer"], other["cer"]) == (0.0, 0.6)
    assert other["errors"] == ["samples/b.png: ValueError: torn"]
    assert "tesseract" not in peers


def test_what_was_not_measured_is_told() -> None:
    failures = result_of(_peers(), _INPUTS, cores=2).failures
    assert failures[0] == "Tesseract: not installed: tesseract"
    assert any("samples/b.png" in failure for failure in failures)
    assert failures[-1] == "funsd: not in the data folder"


def test_a_run_without_ours_has_no_ratios() -> None:
    result = result_of(_peers()[1:], _INPUTS, cores=2)
    assert isinstance(result.data["peers"], dict)
    assert result.data["peers"]["rapidocr-onnxruntime"]["ours_over_it"] is None


def test_a_run_of_nobody_is_only_failures() -> None:
    gone = replace(PEERS[0], missing=lambda: "not installed: openvino")
    result = measure([gone], _INPUTS, turns=1, cores=1, say=print)
    assert result.failures[0] == "Stele: not installed: openvino"
    assert not result.tables
    assert not result.data


def test_tables_and_record(tmp_path: Path) -> None:
    result = result_of(_peers(), _INPUTS, cores=2)
    out = io.StringIO()
    show(result, Console(file=out, width=120))
    assert "Reading 2 pages with 2 cores" in out.getvalue()
    assert "not measured: Tesseract: not installed: tesseract" in out.getvalue()
    assert all(table.caveat for table in result.tables)
    written = write(result, {"cores": 2}, tmp_path / "new").read_text("utf-8")
    assert '"samples": [ 2.0, 1.0 ]' in written  # on one line
    record = json.loads(written)
    assert record["benchmark"] == "reading"
    assert record["machine"] == {"cores": 2}
    assert record["inputs"][0] == {"set": "samples", "name": "a.png", "width": 10, "height": 10}


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_percentiles(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value
