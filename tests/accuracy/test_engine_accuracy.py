"""How well the default engine reads real documents: a few of each kind, scored as the data set scores them.

The thresholds stand some points below what was measured: they catch a change that breaks something, not one that costs
a tenth of a point; `make bench` shows those.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from printing import PixelPage
from stele.domain.document import Page
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What a set must reach, as shares of 1, on every `step`-th of its documents: F1 of words regardless of place, F1
    of words with the right text in the right place, and the median character error rate."""

    step: int = 1
    words: float
    placed: float | None = None
    errors: float | None = None


BARS = {
    "funsd": Bar(step=4, words=0.70, placed=0.67),
    "sroie": Bar(step=3, words=0.87),
    "isri_unlv": Bar(step=9, words=0.96, errors=0.01),
    "rotated_derived": Bar(step=3, words=0.92, placed=0.90),
    "scribe_pages": Bar(step=2, words=0.90, placed=0.88),
    "easydict_screens": Bar(step=2, words=0.96, errors=0.05),
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(EngineChooser(tmp_path_factory.mktemp("models"), threads=2))


def prediction(name: str, page: Page) -> dict[str, object]:
    return {
        "file": name,
        "text": page.text,
        "lines": [{"text": line.text, "poly": line.polygon} for line in page.lines()],
        "words": [{"text": word.text, "poly": word.polygon} for word in page.words()],
    }


@pytest.mark.parametrize("name", BARS)
def test_accuracy(name: str, shared_data: Path, reader: Reader, tmp_path: Path) -> None:
    bar = BARS[name]
    predictions = []
    for truth in sorted((shared_data / name).glob("*.gt.json"))[:: bar.step]:
        file = json.loads(truth.read_text())["file"]
        pixels = cv2.imdecode(np.fromfile(truth.parent / file, np.uint8), cv2.IMREAD_COLOR)
        page = reader.read(PixelPage(np.asarray(pixels, np.uint8)), ReadOptions())
        predictions.append(json.dumps(prediction(f"{name}/{file}", page)))
    said, scores = tmp_path / "said.jsonl", tmp_path / "scores.json"
    said.write_text("\n".join(predictions))
    score = [sys.executable, shared_data / "score.py", shared_data, said, "--sets", name, "--skip-missing"]
    table = subprocess.run([*score, "--json", scores], check=True, capture_output=True, text=True, timeout=120).stdout
    found = json.loads(scores.read_text())[name]
    assert found["w"][2] >= bar.words, table
    if bar.placed is not None:
        assert found["e2e-words"][2] >= bar.placed, table
    if bar.errors is not None:
        assert found["cer_median"] <= bar.errors, table
