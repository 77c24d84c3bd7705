"""The account of where time goes: stages inside stages, and what comes out of several processes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stele.cli.profile import gathered, kept, table
from stele.pipeline.profiling import Profile, Stage, during, looked_at, settled


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@during(Stage.CROP)
def inner() -> None:
    busy(0.02)


@during(Stage.LAYOUT)
def outer() -> None:
    busy(0.01)
    inner()


def test_a_stage_is_charged_without_those_inside_it() -> None:
    settled()
    outer()
    looked_at(Stage.DETECT, 5)
    looked_at(Stage.DETECT, 7)
    profile = settled()
    assert profile.seconds[Stage.LAYOUT] == pytest.approx(0.01, abs=0.008)
    assert profile.seconds[Stage.CROP] == pytest.approx(0.02, abs=0.008)
    assert profile.seen == {Stage.DETECT: 12}
    assert settled().seconds.keys() <= {Stage.OTHER}


def test_a_stage_that_fails_is_left_too() -> None:
    @during(Stage.RENDER)
    def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    settled()
    busy(0.005)
    assert settled().seconds.keys() == {Stage.OTHER}


def test_accounts_of_processes_add_up_to_a_table(tmp_path: Path) -> None:
    kept(Profile(seconds={Stage.OPEN: 1.0, Stage.LOAD: 4.0}), tmp_path, "a")
    kept(Profile(seconds={Stage.OPEN: 2.0, Stage.RENDER: 1.0}), tmp_path, "b")
    profile = gathered(tmp_path)
    assert profile.seconds == {Stage.OPEN: 3.0, Stage.LOAD: 4.0, Stage.RENDER: 1.0}
    head, load, opened, rendered, total = table(profile, 2)
    assert head.split() == ["CPU", "s", "a", "page", "share", "least"]
    assert load.split() == ["load", "models", "4.000", "50.0%"]
    assert opened.split() == ["open", "3.000", "1.500", "37.5%"]
    assert rendered.split() == ["render", "1.000", "0.500", "12.5%"]
    assert total.split() == ["all", "8.000", "4.000", "0.000"]
