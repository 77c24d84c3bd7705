"""Plain print, read by the small network, is read as well as by the large one alone, and most print is plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from stele.domain.job import EngineName
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.profiling import Stage, settled
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.engines.paddle.engine import PaddleEngine
from stele.pipeline.reading.engines.paddle.runtime import Precision
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
#: edits of a hundred characters that the small network may cost
COST = 0.1

Reads = Callable[[], dict[str, str]]


@pytest.fixture(scope="module")
def chooser() -> EngineChooser:
    return EngineChooser(model_cache=None, threads=2, precision=Precision.AUTO)


@pytest.fixture(scope="module")
def reads(chooser: EngineChooser) -> Reads:
    reader = Reader(chooser)

    def read(path: Path) -> str:
        with open_document(path, name=path.name, limits=Limits()) as document:
            return "\f".join(reader.read(page, ReadOptions()).text for page in document.pages(1, document.page_count))

    return lambda: {name: read(SAMPLES / name) for name in ("letter.pdf", "minutes.tif", "article.jpg", "invoice.png")}


def errors(texts: dict[str, str]) -> float:
    """Edits of a hundred characters."""
    wrong = all_ = 0
    for name, text in texts.items():
        truth = (SAMPLES / "expected" / f"{Path(name).stem}.txt").read_text("utf-8").split()
        wrong += Levenshtein.distance(" ".join(truth), " ".join(text.split()))
        all_ += len(" ".join(truth))
    return 100 * wrong / all_


def test_it_costs_no_accuracy_and_reads_most_of_the_samples(
    chooser: EngineChooser, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = chooser.engine_for(ReadOptions(engine=EngineName.PADDLE))
    assert isinstance(engine, PaddleEngine)
    settled()
    with_it, looked_at = errors(reads()), settled().seen
    monkeypatch.setattr(engine, "_plain", None)
    without, looked_at_without = errors(reads()), settled().seen
    assert with_it <= without + COST
    assert Stage.PLAIN not in looked_at_without
    assert looked_at[Stage.RECOGNISE] < 0.5 * looked_at_without[Stage.RECOGNISE]
