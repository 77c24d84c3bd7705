"""What the accuracy benchmark makes of readings; what is kept of them; how confidences are judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks import accuracy, collection
from benchmarks.accuracy import Desk, Readings, measure, result_of
from benchmarks.calibration import calibrated, verdicts
from benchmarks.collection import Set, collect
from benchmarks.crew import Outcome, Sheet
from benchmarks.inputs import Page
from benchmarks.kept import Kept
from benchmarks.peers import OURS, PEERS, Reading
from benchmarks.placing import Polygon, Word
from benchmarks.scoring import Truth

_OURS, _OTHER = PEERS[0], PEERS[3]


def _box(left: float, top: float) -> Polygon:
    return (left, top), (left + 40, top), (left + 40, top + 10), (left, top + 10)


def _page(set_: str, name: str, truth: Truth) -> Page:
    return Page(set=set_, name=name, sheet=Sheet(path=Path(name), language="en"), size=(10, 10), truth=truth)


_PAGES = (_page("letters", "a.png", Truth(text="abcde")), _page("letters", "b.png", Truth(text="fghij")))
_SIGNS = (_page("signs", "c.jpg", Truth(text="stop", ordered=False)),)


def _sets() -> list[Set]:
    return [
        Set(name="letters", pages=_PAGES, size=9, left_out={"needs a password": 2}, order="reading"),
        Set(name="signs", pages=_SIGNS, size=1, left_out={}, order="unordered", without_pack={"fra": 1}),
    ]


def _outcome(sheet: int, text: str) -> Outcome:
    return Outcome(sheet=sheet, seconds=1.0, cpu_seconds=0.5, reading=Reading(text=text, words=()))


def test_a_set_is_told_as_a_whole_and_page_by_page() -> None:
    readings = [Readings(peer=_OURS, outcomes=[_outcome(0, "abcde"), _outcome(1, "fghXX"), _outcome(2, "stop")])]
    data = result_of(readings, _sets()).data
    assert isinstance(data["sets"], dict)
    letters, signs = data["sets"]["letters"], data["sets"]["signs"]
    assert letters["peers"][OURS]["cer"] == {"all": 0.2, "mean": 0.2, "median": 0.2, "pages": (0.0, 0.4)}
    assert letters["peers"][OURS]["cpu_seconds"]["all"] == 1.0
    assert (letters["pages"], letters["of"]) == (2, 9)
    assert signs["peers"][OURS]["cer"]["all"] is None
    assert signs["peers"][OURS]["char_f1"]["all"] == 1.0


def test_what_was_left_out_or_failed_is_told() -> None:
    readings = [
        Readings(
            peer=_OURS, outcomes=[replace(_outcome(0, ""), error="ValueError: torn"), *map(_outcome, (1, 2), "xy")]
        ),
        Readings(peer=_OTHER, failure="not installed: tesseract"),
    ]
    failures = result_of(readings, _sets()).failures
    assert failures == (
        "Tesseract: not installed: tesseract",
        "Stele: letters/a.png: ValueError: torn",
        "letters: 2 left out: needs a password",
        "signs: Tesseract with fra (1 pages read with eng): not installed",
    )


@pytest.fixture
def read_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which peer's factory has been asked, once a page."""
    asked: list[str] = []

    class Pretending:
        def __init__(self, factory: str) -> None:
            self._factory = factory

        def each(self, sheets: list[Sheet]) -> Iterator[Outcome]:
            for index, _ in enumerate(sheets):
                asked.append(self._factory)
                yield _outcome(index, "abcde")

    @contextmanager
    def hired(factory: str, *, workers: int, threads: int, warm_up: Sheet) -> Iterator[Pretending]:
        yield Pretending(factory)

    monkeypatch.setattr(accuracy, "hired", hired)
    return asked


def test_peers_are_kept_and_ours_are_not(read_by: list[str], tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.png", "b.png")]
    for file in files:
        file.write_bytes(file.name.encode())
    pages = tuple(
        replace(page, sheet=Sheet(path=file, language="en")) for page, file in zip(_PAGES, files, strict=True)
    )
    sets = [Set(name="letters", pages=pages, size=2, left_out={}, order="reading")]
    peers = [replace(peer, missing=lambda: None, release=lambda: "1") for peer in (_OURS, _OTHER)]
    desk = Desk(workers=1, say=lambda _: None, kept=lambda peer: Kept(tmp_path / "kept", peer))

    def asked(desk: Desk) -> list[int]:
        read_by.clear()
        measure(peers, sets, pages[0].sheet, desk)
        return [read_by.count(peer.factory) for peer in peers]

    assert asked(desk) == [2, 2]
    assert asked(desk) == [2, 0]
    files[0].write_bytes(b"another picture")
    assert asked(desk) == [2, 1]
    assert asked(replace(desk, refresh=True)) == [2, 2]
    peers[1] = replace(peers[1], release=lambda: "2")
    assert asked(desk) == [2, 2]


def test_a_torn_file_is_as_none(tmp_path: Path) -> None:
    sheet = Sheet(path=tmp_path / "a.png", language="en")
    sheet.path.write_bytes(b"picture")
    kept = Kept(tmp_path, replace(_OTHER, release=lambda: "1"))
    word = Word(text="Ünï", polygon=_box(1, 2), confidence=0.5)
    outcome = Outcome(sheet=4, seconds=2.0, reading=Reading(text="a\nb", words=(word,)), error="torn")
    assert kept.get(sheet) is None
    kept.put(sheet, outcome)
    assert kept.get(sheet) == outcome
    (path,) = tmp_path.glob("tesseract-*/*.json")
    path.write_bytes(path.read_bytes()[:20])
    assert kept.get(sheet) is None


def test_a_word_is_right_once_and_in_its_place() -> None:
    truth = Truth(text="a b", words=(Word(text="a", polygon=_box(0, 0)), Word(text="b", polygon=_box(50, 0))))
    read = [
        Word(text="a", polygon=_box(2, 1), confidence=0.6),
        Word(text="a", polygon=_box(1, 1), confidence=0.9),
        Word(text="b", polygon=_box(0, 40), confidence=0.8),
        Word(text="b", polygon=_box(50, 0)),
    ]
    assert list(verdicts(truth, read)) == [(0.9, True), (0.8, False), (0.6, False)]


def test_without_boxes_a_word_is_right_when_the_truth_has_it() -> None:
    read = [
        Word(text="开放", polygon=_box(0, 0), confidence=0.9),
        Word(text="时日", polygon=_box(0, 0), confidence=0.8),
        Word(text="OPEN", polygon=_box(0, 0), confidence=0.7),
    ]
    assert list(verdicts(Truth(text="开放时间 OPEN"), read)) == [(0.9, True), (0.8, False), (0.7, True)]


def test_bins_hold_every_word_once() -> None:
    words = tuple(
        Word(text=text, polygon=_box(0, 0), confidence=said) for text, said in (("a", 1.0), ("b", 0.98), ("x", 0.95))
    )
    page = _page("letters", "a.png", Truth(text="a b c"))
    partial = _page("signs", "b.png", Truth(text="a b c", partial=True))
    outcome = Outcome(sheet=0, seconds=1.0, reading=Reading(text="", words=words))
    first, second = calibrated([page, partial], [outcome, outcome])
    assert (first.low, first.words, first.right) == (0.95, 1, 0.0)
    assert (second.low, second.words, second.right, second.confidence) == (0.98, 2, 1.0, pytest.approx(0.99))


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[..., None]:
    """Puts a document with its truth into a set named letters."""
    home = tmp_path / "data" / "letters"
    home.mkdir(parents=True)

    def put(name: str, **label: object) -> None:
        if name.endswith(".png"):
            cv2.imwrite(str(home / name), np.full((20, 30), 255, np.uint8))
        (home / f"{name}.gt.json").write_text(json.dumps({"file": name, "text": "abc", "language": "en"} | label))

    return put


def test_what_is_collected_and_what_is_left_out(
    labelled: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled("a.png", order="unordered")
    labelled("b.png", robustness=True)
    labelled("c.png", password="sesame")
    labelled("d.png", text=" ")
    labelled("e.docx")
    labelled("f.png", order="by entity", language="fr")
    monkeypatch.setattr(collection, "installed_packs", lambda: frozenset({"eng"}))
    labelled("g.png", language="ru")
    (found,) = collect(tmp_path, tmp_path / "data", pages=5)
    assert [page.name for page in found.pages] == ["a.png", "f.png"]
    assert [page.truth.ordered for page in found.pages] == [False, True]
    assert found.left_out == {
        "needs a password": 1,
        "peers do not open such files": 1,
        "Russian: Tesseract's pack rus is not installed, and no other model here reads it": 1,
    }
    assert found.without_pack == {"fra": 1}


def test_pages_of_a_pdf_have_their_own_text(labelled: Callable[..., None], tmp_path: Path) -> None:
    report = Path(__file__).resolve().parents[2] / "samples" / "report.pdf"
    (tmp_path / "data" / "letters" / "r.pdf").write_bytes(report.read_bytes())
    labelled("r.pdf", pages=[{"page": number, "text": text} for number, text in ((1, " "), (2, "two"), (4, "four"))])
    (found,) = collect(tmp_path, tmp_path / "data", pages=5)
    assert [(page.name, page.truth.text) for page in found.pages] == [
        ("r.pdf, page 2", "two"),
        ("r.pdf, page 4", "four"),
    ]
    assert all(page.sheet.path.suffix == ".png" for page in found.pages)
