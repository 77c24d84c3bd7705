from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stele.app import App
from stele.cli import diagnosis
from stele.cli.diagnosis import Library, Standing, Tried, TryLibrary
from stele.cli.main import app
from stele.domain.errors import EngineMissing, WorkerDied
from stele.domain.job import EngineName
from stele.pipeline.reading.engines.choosing import EngineProbe


class FakePool:
    """Answers what children would have found."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = outcomes

    def in_order(self, tasks: Iterator[object]) -> Iterator[object]:
        return iter(self.outcomes)

    def submit(self, task: object) -> None:
        return None

    def result(self, ticket: None) -> object:
        return self.outcomes[0]


def engine(name: EngineName, *, available: bool, remedy: str = "") -> EngineProbe:
    return EngineProbe(name=name, available=available, version="1" if available else None, detail="", remedy=remedy)


def test_this_machine_can_read(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--json"], obj=App({"data": str(tmp_path / "none")}))
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["works"]
    assert {finding["group"] for finding in told["findings"]} == {"machine", "libraries", "formats", "engines"}
    assert not (tmp_path / "none").exists()


def test_a_library_that_is_missing_or_crashes_is_broken() -> None:
    count = len(diagnosis._LIBRARIES)
    crash = WorkerDied(where="cv2").failure()
    outcomes = [Tried(version="1")] * (count - 2) + [Tried(reason="No module named cv2"), crash]
    findings = list(diagnosis._libraries(FakePool(*outcomes)))
    assert [finding.standing for finding in findings[-3:]] == [Standing.GOOD, Standing.BROKEN, Standing.BROKEN]
    assert "No module named cv2" in findings[-2].found
    assert "needed for" in findings[-2].cost


def test_trying_a_library_that_is_not_there_gives_the_reason() -> None:
    library = Library(module="no_such_module", distribution="none", purpose="nothing")
    assert "no_such_module" in TryLibrary(library=library).do(None).reason


@pytest.mark.parametrize(
    ("paddle", "tesseract", "expected"),
    [
        (True, True, [Standing.GOOD, Standing.GOOD]),
        (True, False, [Standing.GOOD, Standing.MISSING]),
        (False, True, [Standing.MISSING, Standing.GOOD]),
        (False, False, [Standing.BROKEN, Standing.BROKEN]),
    ],
)
def test_one_engine_is_enough(paddle: bool, tesseract: bool, expected: list[Standing]) -> None:
    probes = (
        engine(EngineName.PADDLE, available=paddle),
        engine(EngineName.TESSERACT, available=tesseract),
    )
    assert [finding.standing for finding in diagnosis._engines(FakePool(probes))] == expected


def test_an_engine_with_a_remedy_works_but_is_weak() -> None:
    probes = (engine(EngineName.TESSERACT, available=True, remedy="Install the pack osd"),)
    (finding,) = diagnosis._engines(FakePool(probes))
    assert (finding.standing, finding.cost) == (Standing.WEAK, "Install the pack osd")


def test_engines_that_cannot_even_be_asked_are_broken() -> None:
    (finding,) = diagnosis._engines(FakePool(EngineMissing(engine="any", remedy="libGL is missing").failure()))
    assert finding.standing is Standing.BROKEN
    assert "libGL" in finding.found
