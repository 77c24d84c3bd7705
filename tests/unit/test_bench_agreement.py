"""The bench's scorer says what the data set's own says, on made-up predictions."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from benchmarks.inputs import truth_of
from benchmarks.placing import Word
from benchmarks.scoring import Tally, tally

_WORDS = [
    "The",
    "quick",
    "brown",
    "Fox",
    "12,50",
    "jumps;",
    "over—the",
    "«lazy»",
    "dog’s",
    "ﬁnal",
    "TOTAL",
    "naïve",
    "x",
]


@pytest.fixture(scope="module")
def official(shared_data: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", shared_data / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _label(seed: int, **more: object) -> dict[str, Any]:
    """Rows of words, each a little askew; some rows overlap."""
    rnd = random.Random(seed)
    rows = []
    for row in range(6):
        left, words = 20.0, []
        for text in rnd.sample(_WORDS, 5):
            width = 12.0 * len(text)
            top = 40 + 30 * row + rnd.uniform(-4, 4)
            corners = [[left, top], [left + width, top + 2], [left + width, top + 22], [left, top + 20]]
            words.append({"text": text, "poly": corners})
            left += width + 14
        rows.append(words)
    lines = [
        {
            "text": " ".join(word["text"] for word in words),
            "poly": [*words[0]["poly"][0], *words[-1]["poly"][2]],
        }
        for words in rows
    ]
    text = "\n".join(line["text"] for line in lines)
    return {"file": "a.png", "text": text, "lines": lines, "words": [word for words in rows for word in words]} | more


def _prediction(label: dict[str, Any], seed: int) -> dict[str, Any]:
    """The truth with words lost, moved, misread and out of order."""
    rnd = random.Random(seed)

    def hurt(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = [item for item in items if rnd.random() > 0.15]
        rnd.shuffle(kept)
        return [
            {
                "text": item["text"].replace("o", "0") if rnd.random() < 0.3 else item["text"],
                "poly": [[x + rnd.uniform(-8, 8), y + rnd.uniform(-8, 8)] for x, y in _corners(item["poly"])],
            }
            for item in items
            if item in kept
        ]

    words = hurt(label.get("words") or [])
    lines = hurt(label.get("lines") or [])
    return {"file": label["file"], "text": " ".join(item["text"] for item in lines), "words": words, "lines": lines}


def _corners(poly: Any) -> list[list[float]]:
    if len(poly) == 4 and not isinstance(poly[0], list):
        left, top, right, bottom = poly
        return [[left, top], [right, top], [right, bottom], [left, bottom]]
    return [list(corner) for corner in poly]


def _ours(label: dict[str, Any], prediction: dict[str, Any]) -> Tally:
    words, lines = (
        tuple(Word(text=item["text"], polygon=tuple((x, y) for x, y in item["poly"])) for item in prediction[kind])
        for kind in ("words", "lines")
    )
    return tally(truth_of(label), prediction["text"], words, lines)


_CASES: dict[str, dict[str, Any]] = {
    "words and lines": {},
    "lines alone": {"words": []},
    "upper case": {"text_case": "upper"},
    "no order": {"order": "unordered"},
    "a region to ignore": {"ignore": [[[0, 30], [300, 30], [300, 100], [0, 100]]]},
    "chinese": {"text": "开放时间 请勿喧哗\n3002 ", "words": [], "lines": []},
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("case", _CASES)
def test_numbers_agree(case: str, seed: int, official: ModuleType) -> None:
    label = _label(seed, **_CASES[case])
    prediction = _prediction(label, seed + 100)
    sums = official.Sum()
    official.score_file(label, prediction, 0.5, sums)
    ours = _ours(label, prediction)
    assert (ours.edits, ours.ordered_characters) == (sums["cer", "e"], sums["cer", "n"])
    assert (ours.placed_edits, ours.placed_characters) == (sums["geo", "e"], sums["geo", "n"])
    assert (ours.characters_found, ours.characters_true, ours.characters_read) == _three(sums, "c")
    if label["words"]:
        assert (ours.words_found, ours.words_true, ours.words_read) == _three(sums, "e2e-words")
        assert (ours.boxes_found, ours.boxes_true, ours.boxes_read) == _three(sums, "det-words")
    elif label["lines"]:
        assert (ours.boxes_found, ours.boxes_true, ours.boxes_read) == _three(sums, "det-lines")


def test_a_partial_truth_gives_recall_only(official: ModuleType) -> None:
    label = _label(5, partial=True)
    prediction = _prediction(label, 6)
    sums = official.Sum()
    official.score_file(label, prediction, 0.5, sums)
    ours = _ours(label, prediction)
    assert ours.word_f1 == pytest.approx(sums["e2e-words", "tp"] / sums["e2e-words", "t"])
    assert (ours.character_error_rate, ours.placed_error_rate, ours.character_f1) == (None, None, None)


def _three(sums: Any, name: str) -> tuple[int, int, int]:
    return sums[name, "tp"], sums[name, "t"], sums[name, "p"]
