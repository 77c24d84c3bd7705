"""How well structure is found on real documents: a few of each kind.

The thresholds stand some points below what was measured on these very pages: they catch a change that breaks something.
`make bench` scores all pages.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.relations import Tally
from benchmarks.structure import RECORDED, Case, labelled, recorded, score

from stele.domain.job import Feature
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader

#: by set: every how manieth page, the feature, and the F1 that must be reached
BARS = {
    "icdar2013_tables": (3, Feature.TABLES, 0.94),
    "icdar2013_tables_png": (6, Feature.TABLES, 0.90),
    "pubtabnet_examples": (3, Feature.TABLES, 0.85),
    "funsd": (7, Feature.FORMS, 0.50),
}
#: by feature: agreement with the recorded answers
RECORDED_BARS = {Feature.TABLES: 0.75, Feature.FORMS: 0.60, Feature.LAYOUT: 0.45}
#: milliseconds of processor time that structure may cost a page, in the mean
MOST_MILLISECONDS = 150


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(EngineChooser(tmp_path_factory.mktemp("models"), threads=2))


def tally(cases: list[Case], reader: Reader, feature: Feature) -> tuple[Tally, float]:
    scored = [score(case, reader) for case in cases]
    whole = sum((each.tallies[feature] for each in scored if feature in each.tallies), Tally())
    return whole, sum(each.milliseconds for each in scored) / len(scored)


@pytest.mark.parametrize("name", BARS)
def test_a_set_of_real_documents(name: str, shared_data: Path, reader: Reader) -> None:
    step, feature, least = BARS[name]
    found, spent = tally(list(labelled(shared_data / name))[::step], reader, feature)
    assert found.f1 >= least, found
    assert spent < MOST_MILLISECONDS


def test_recorded_answers(shared_data: Path, reader: Reader) -> None:
    cases = [case for case in recorded(shared_data / RECORDED) if case.areas is not None][::4]
    scored = [score(case, reader) for case in cases]
    for feature, least in RECORDED_BARS.items():
        whole = sum((each.tallies[feature] for each in scored if feature in each.tallies), Tally())
        assert whole.f1 >= least, (feature, whole)
