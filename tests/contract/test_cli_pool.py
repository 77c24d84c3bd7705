"""The pool of children, with tasks that work, fail, crash and hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.conftest import ROOT
from tests.processes import command, is_gone

from stele.cli.pool import AHEAD, Pool
from stele.domain.errors import EmptyInput, Failure
from stele.domain.value import Value


class Notebook:
    """A desk that counts the tasks done at it."""

    def __init__(self) -> None:
        self.done = 0


class Square(Value):
    number: int
    pause: float = 0.0

    @property
    def where(self) -> str:
        return f"number {self.number}"

    def do(self, desk: Notebook) -> tuple[int, int]:
        """The square, and how many tasks this child has done."""
        time.sleep(self.pause)
        desk.done += 1
        return self.number**2, desk.done


class Crash(Square):
    def do(self, desk: Notebook) -> tuple[int, int]:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError


class Refuse(Square):
    def do(self, desk: Notebook) -> tuple[int, int]:
        raise EmptyInput(name="nothing.pdf")


class Stumble(Square):
    def do(self, desk: Notebook) -> tuple[int, int]:
        raise ZeroDivisionError


class Chatter(Square):
    def do(self, desk: Notebook) -> tuple[int, int]:
        os.write(1, b"a library says hello")
        os.write(2, b"a library says that a strip is short")
        return 0, 0


class StartProgram(Square):
    def do(self, desk: Notebook) -> tuple[int, int]:
        program = subprocess.Popen(["sleep", "60"])
        if self.number:
            program.wait()
        return program.pid, 0


@pytest.fixture
def pool() -> Iterator[Pool[Notebook]]:
    with Pool(make_desk=Notebook, size=2) as pool:
        yield pool


def test_outcomes_come_in_the_order_of_the_tasks(pool: Pool[Notebook]) -> None:
    tasks = [Square(number=n, pause=0.2 if n == 0 else 0.0) for n in range(20)]
    outcomes = list(pool.in_order(tasks))
    assert [square for square, _ in outcomes] == [n**2 for n in range(20)]
    assert max(done for _, done in outcomes) > 10  # the quick child did not wait for the slow one


def test_few_tasks_are_begun_ahead_of_the_one_awaited(pool: Pool[Notebook]) -> None:
    begun = 0

    def tasks() -> Iterator[Square]:
        nonlocal begun
        for begun in range(1, 1000):
            yield Square(number=begun)

    outcomes = pool.in_order(tasks())
    for _ in range(5):
        next(outcomes)
    assert begun == 5 + AHEAD * 2 - 1


def test_a_crash_costs_one_task(pool: Pool[Notebook]) -> None:
    outcomes = list(pool.in_order([Square(number=1), Crash(number=2), Square(number=3), Square(number=4)]))
    (failure,) = (outcome for outcome in outcomes if isinstance(outcome, Failure))
    assert outcomes.index(failure) == 1
    assert failure.code == "engine.worker_died"
    assert "number 2" in failure.message


def test_an_error_of_the_table_arrives_as_it_is(pool: Pool[Notebook]) -> None:
    assert pool.result(pool.submit(Refuse(number=1))) == EmptyInput(name="nothing.pdf").failure()


def test_any_other_exception_is_a_fault_of_stele(pool: Pool[Notebook], capfd: pytest.CaptureFixture[str]) -> None:
    outcome = pool.result(pool.submit(Stumble(number=7)))
    assert isinstance(outcome, Failure)
    assert outcome.code == "internal"
    log = capfd.readouterr().err
    assert "number 7" in log
    assert "ZeroDivisionError" in log


def test_what_native_libraries_print_is_not_seen(pool: Pool[Notebook], capfd: pytest.CaptureFixture[str]) -> None:
    assert pool.result(pool.submit(Chatter(number=1))) == (0, 0)
    assert capfd.readouterr() == ("", "")


def test_a_task_submitted_meanwhile_does_not_disturb_the_order(pool: Pool[Notebook]) -> None:
    outcomes = pool.in_order([Square(number=n) for n in range(12)])
    next(outcomes)
    aside = pool.result(pool.submit(Square(number=100)))
    assert isinstance(aside, tuple)
    assert aside[0] == 10_000
    assert [outcome[0] for outcome in outcomes if isinstance(outcome, tuple)] == [n**2 for n in range(1, 12)]


def test_one_task_starts_one_child() -> None:
    with Pool(make_desk=Notebook, size=8) as pool:
        pool.result(pool.submit(Square(number=1)))
        assert len(_readers()) == 1
    assert not _readers()


def test_nothing_is_left_of_children_nor_of_what_they_started() -> None:
    with Pool(make_desk=Notebook, size=2) as pool:
        started = pool.result(pool.submit(StartProgram(number=0)))
        assert isinstance(started, tuple)
        pool.submit(StartProgram(number=1))
        assert psutil.pid_exists(started[0])
    assert not _readers()
    assert _gone(started[0])


PARENT = """
    import sys, time
    sys.path.insert(0, {folder!r})
    from tests.contract.test_cli_pool import Notebook, Square
    from stele.cli.pool import Pool

    if __name__ == "__main__":
        with Pool(make_desk=Notebook, size=1) as pool:
            pool.result(pool.submit(Square(number=1)))
            ticket = pool.submit(Square(number=2, pause=60))
            print(pool._children[0].process.pid, flush=True)
            pool.result(ticket)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_children_end_with_their_parent(tmp_path: Path, ending: signal.Signals) -> None:
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT.format(folder=str(ROOT))))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(ending)
        parent.wait(5)
    assert _gone(child)


def _readers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(command(child))]


def _gone(pid: int) -> bool:
    """Whether a process ends within a second."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return True
    for _ in range(100):
        if is_gone(process):
            return True
        time.sleep(0.01)
    return False
