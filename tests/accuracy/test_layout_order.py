"""Reading order on real documents: their own text layers, and lines whose order people have written down.

No engine is involved: what is measured is layout alone. The documents are other people's, so thresholds leave room.
"""

from __future__ import annotations

import importlib.util
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sheets import arrange
from stele.domain.document import PageSource
from stele.domain.geometry import Polygon, rectangle
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import Engine, ReadOptions, SeenLine, SeenPage, SeenWord

#: seconds a page, on a busy machine; a dense page takes some hundredths
MAX_SECONDS = 0.5


@pytest.fixture(scope="module")
def score(shared_data: Path) -> ModuleType:
    """The scorer that comes with the documents."""
    pytest.importorskip("rapidfuzz")
    spec = importlib.util.spec_from_file_location("score", shared_data / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ErrorRate:
    """Characters to change, of all characters of the truth."""

    def __init__(self, score: ModuleType) -> None:
        self._score = score
        self.edits = self.letters = self.pages = 0

    def add(self, truth: str, text: str) -> None:
        edits, letters = self._score.edits(self._score.norm(truth), self._score.norm(text))
        self.edits, self.letters, self.pages = self.edits + edits, self.letters + letters, self.pages + 1

    @property
    def value(self) -> float:
        return self.edits / self.letters


def truths(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.gt.json")):
        truth = json.loads(path.read_text("utf-8"))
        yield folder / truth["file"], truth


class NoEngine:
    """Pages must be read from their text layer, but for pictures on them, which stay unread."""

    def engine_for(self, options: ReadOptions) -> Engine:
        return self

    name = ReadOptions().engine
    needs_pixels = False

    def see(self, page: PageInput, pixels: object, options: ReadOptions) -> SeenPage:
        return SeenPage(lines=())


@pytest.mark.parametrize(("name", "limit"), [("pdf_borndigital", 0.03), ("icdar2013_tables", 0.03)])
def test_text_layers_are_read_in_order(shared_data: Path, score: ModuleType, name: str, limit: float) -> None:
    rate, reader, seconds = ErrorRate(score), Reader(NoEngine()), 0.0
    for path, truth in truths(shared_data / name):
        with open_document(path, name=path.name, limits=Limits()) as document:
            count = min(document.page_count, len(truth["pages"]), 4)
            for page, expected in zip(document.pages(1, count), truth["pages"], strict=False):
                start = time.process_time()
                read = reader.read(page, ReadOptions())
                seconds += time.process_time() - start
                if expected["text"].strip() and read.source is PageSource.TEXT_LAYER:
                    rate.add(expected["text"], read.text)
    assert rate.pages > 30
    assert rate.value < limit
    assert seconds / rate.pages < MAX_SECONDS


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("scribe_pages", 0.06),
        ("ocrd_historic_print", 0.01),
        ("omnidocbench_demo", 0.09),
        ("htr_print_modern", 0.01),
        ("ehri_typescript", 0.02),
        ("rotated_derived", 0.15),
        ("pubtabnet_examples", 0.08),
    ],
)
def test_lines_come_in_the_order_in_which_people_read_them(
    shared_data: Path, score: ModuleType, name: str, limit: float
) -> None:
    rate, seconds = ErrorRate(score), 0.0
    for _, truth in truths(shared_data / name):
        lines = [line for line in truth["lines"] if line["text"].strip() and len(score.quad(line["poly"])) >= 4]
        seen = [seen_line(line["text"], score.quad(line["poly"])) for line in lines]
        random.Random(7).shuffle(seen)
        start = time.process_time()
        arranged = arrange(SeenPage(lines=tuple(seen)))
        seconds += time.process_time() - start
        texts = [line.text for b in arranged.blocks for p in b.paragraphs for line in p.lines]
        rate.add("\n".join(line["text"] for line in lines), "\n".join(texts))
    assert rate.value < limit
    assert seconds / rate.pages < MAX_SECONDS


def seen_line(text: str, corners: list[tuple[float, float]]) -> SeenLine:
    """A line as an engine would see it: its words share its length by their characters."""
    if len(corners) != 4:
        xs, ys = zip(*corners, strict=True)
        corners = list(rectangle(min(xs), min(ys), max(xs), max(ys)))
    one, two, three, four = corners
    words, at = [], 0
    for word in text.split():
        start, end = at / len(text), (at + len(word)) / len(text)
        polygon = (
            between(one, two, start),
            between(one, two, end),
            between(four, three, end),
            between(four, three, start),
        )
        words.append(SeenWord(text=word, confidence=0.9, polygon=polygon))
        at += len(word) + 1
    line: Polygon = (one, two, three, four)
    return SeenLine(polygon=line, words=tuple(words))


def between(one: tuple[float, float], two: tuple[float, float], share: float) -> tuple[float, float]:
    return one[0] + (two[0] - one[0]) * share, one[1] + (two[1] - one[1]) * share
