"""How well handwriting is told from print, on documents that the probe was not fitted on.

The truth is known for sets that are all in one, and for words to which Amazon Textract gave a `TextType`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from printing import PixelPage, printed
from stele.domain.document import Page, Word
from stele.domain.geometry import bounds
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

#: sets of print, and which of their documents are read
PRINT = {"sroie": 3, "scribe_pages": 2, "htr_print_modern": 2, "ocrd_historic_print": 3, "easydict_screens": 3}
#: letters by hand
BY_HAND = "JDH_*"
#: a page on which the real service found both, and its answer
BOTH = "default_document_4.png"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(EngineChooser(tmp_path_factory.mktemp("models"), threads=2))


def read(reader: Reader, path: Path) -> Page:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    return reader.read(PixelPage(np.asarray(pixels, np.uint8)), ReadOptions())


def share_by_hand(words: list[Word]) -> float:
    return sum(word.handwritten for word in words) / len(words)


def test_a_printed_page_has_no_handwriting(reader: Reader) -> None:
    for size in (14, 28, 60):
        words = list(reader.read(PixelPage(printed(size=size).pixels), ReadOptions()).words())
        assert len(words) > 20
        assert share_by_hand(words) == 0


def test_print_is_hardly_ever_taken_for_handwriting(shared_data: Path, reader: Reader) -> None:
    words = [
        word
        for name, step in PRINT.items()
        for truth in sorted((shared_data / name).glob("*.gt.json"))[::step]
        for word in read(reader, truth.parent / json.loads(truth.read_text())["file"]).words()
    ]
    assert len(words) > 2000
    assert share_by_hand(words) < 0.005


def test_handwriting_is_found(shared_data: Path, reader: Reader) -> None:
    for path in sorted((shared_data / "handwriting_en").glob(f"{BY_HAND}.jpg")):
        words = list(read(reader, path).words())
        assert len(words) > 50
        assert share_by_hand(words) > 0.85, path.name


def test_words_are_told_apart_on_one_page_as_textract_does(shared_data: Path, reader: Reader) -> None:
    page = read(reader, shared_data / "textract" / "docs" / BOTH)
    pairs = list(told(page, shared_data / "textract"))
    assert len(pairs) > 50
    by_hand = [ours for ours, theirs in pairs if theirs]
    printed_ = [ours for ours, theirs in pairs if not theirs]
    assert sum(by_hand) / len(by_hand) > 0.7
    assert sum(printed_) / len(printed_) < 0.1


def told(page: Page, data: Path) -> Iterator[tuple[bool, bool]]:
    """Of words that both found, whether we and they say that they are by hand."""
    with (data / "MANIFEST.tsv").open() as table:
        (response,) = {
            row["response"] for row in csv.DictReader(table, delimiter="\t") if row["document"].endswith(BOTH)
        }
    for theirs in json.loads((data / response).read_text())["Blocks"]:
        if theirs["BlockType"] != "WORD":
            continue
        box = theirs["Geometry"]["BoundingBox"]
        x, y = (box["Left"] + box["Width"] / 2) * page.width, (box["Top"] + box["Height"] / 2) * page.height
        for ours in page.words():
            left, top, right, bottom = bounds(ours.polygon)
            if left <= x <= right and top <= y <= bottom:
                yield ours.handwritten, theirs["TextType"] == "HANDWRITING"
