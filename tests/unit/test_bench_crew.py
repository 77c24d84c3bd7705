"""Crews of processes: pages are shared out, and what goes wrong is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks.crew import CrewFailed, Round, Sheet, read_all
from benchmarks.peers import Reading

_WARM_UP = Sheet(path=Path("warm-up"), language="en")


class Echo:
    """A peer that reads the name of the file, from a process that says who it is."""

    def __init__(self, threads: int) -> None:
        assert os.environ["OMP_THREAD_LIMIT"] == str(threads)
        self._warm = False

    def read(self, path: Path, language: str) -> Reading:
        if path.name == "warm-up":
            self._warm = True
        if path.name == "bad":
            raise ValueError("no such page")
        if path.name == "deadly":
            os._exit(9)
        assert self._warm
        return Reading(text=f"{path.name} {language} {os.getpid()}", words=())


class Broken:
    def __init__(self, threads: int) -> None:
        raise FileNotFoundError("no weights")

    def read(self, path: Path, language: str) -> Reading:
        raise AssertionError


def _run(*names: str, factory: str = f"{__name__}:Echo", workers: int = 1) -> Round:
    sheets = [Sheet(path=Path(name), language="en") for name in names]
    return read_all(factory, workers=workers, threads=1, warm_up=_WARM_UP, sheets=sheets)


def test_all_pages_are_read_in_order_by_two_processes() -> None:
    names = [f"page-{number}" for number in range(40)]
    done = _run(*names, workers=2)
    told = [outcome.reading.text.split() for outcome in done.outcomes]
    assert [name for name, _, _ in told] == names
    assert len({pid for _, _, pid in told}) == 2
    assert done.seconds > 0
    assert done.peak_rss > 10  # an interpreter has some megabytes


def test_a_page_that_fails_is_empty_and_the_next_is_read() -> None:
    done = _run("bad", "good")
    assert done.outcomes[0].error == "ValueError: no such page"
    assert done.outcomes[0].reading.text == ""
    assert done.outcomes[1].error is None


def test_a_peer_that_cannot_be_made_says_why() -> None:
    with pytest.raises(CrewFailed, match="FileNotFoundError: no weights"):
        _run("page", factory=f"{__name__}:Broken")


def test_a_process_that_dies_ends_the_run() -> None:
    with pytest.raises(CrewFailed, match="died with exit code 9"):
        _run("deadly", "page")
