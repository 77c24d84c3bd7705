"""A crew: processes of one peer that work through a list of pages, each page on whichever process is free.

All peers are run in the same way: as many processes as cores with one thread each, or, for the time of a single page,
one process with all of them. What a process does before its first page (imports, loading models, a warm-up page that
is not counted) is not in the times.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread

import psutil

from benchmarks.peers import Reading

_START_SECONDS = 180.0  #: imports, models and the warm-up page
_PAGE_SECONDS = 120.0
_SAMPLE_SECONDS = 0.1
_MB = 1024 * 1024


class CrewFailed(Exception):
    """A peer cannot be run; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page to read: an image file, and the language that its truth is in."""

    path: Path
    language: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one page. An `error` leaves the reading empty. `cpu_seconds` are those of all its threads and
    of the processes it started."""

    sheet: int  #: index into the list of pages
    seconds: float
    reading: Reading
    cpu_seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Round:
    """One run over all pages. `outcomes` are in the order of the pages; `seconds` is wall-clock time for all of them;
    `peak_rss` is the largest sum of the resident memory of all processes, in MB (shared pages count once each)."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    peak_rss: float


def read_all(factory: str, *, workers: int, threads: int, warm_up: Sheet, sheets: Sequence[Sheet]) -> Round:
    """Read all `sheets` with `workers` processes of `threads` threads each. Raises CrewFailed."""
    with hired(factory, workers=workers, threads=threads, warm_up=warm_up) as crew:
        return crew.read(sheets)


class Crew:
    """Processes of one peer that are ready. They stay so, and cost no time, while others work."""

    def __init__(self, desks: Sequence[_Desk]) -> None:
        self._desks = desks

    def read(self, sheets: Sequence[Sheet]) -> Round:
        """Read all sheets. Raises CrewFailed."""
        with _sampled([desk.process for desk in self._desks]) as peak:
            started = time.perf_counter()
            outcomes = sorted(self.each(sheets), key=lambda outcome: outcome.sheet)
            seconds = time.perf_counter() - started
        return Round(outcomes=tuple(outcomes), seconds=seconds, peak_rss=peak.megabytes)

    def each(self, sheets: Sequence[Sheet]) -> Iterator[Outcome]:
        """Each outcome when it is there. Raises CrewFailed."""
        yield from _outcomes(self._desks, sheets)


@dataclass(frozen=True, kw_only=True)
class _Desk:
    process: BaseProcess
    connection: Connection


@contextmanager
def hired(factory: str, *, workers: int, threads: int, warm_up: Sheet) -> Iterator[Crew]:
    """`workers` processes of `threads` threads each, which have read the warm-up page. Raises CrewFailed."""
    context = multiprocessing.get_context("spawn")
    desks = []
    try:
        for _ in range(workers):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(factory, threads, warm_up, there), daemon=True)
            process.start()
            there.close()
            desks.append(_Desk(process=process, connection=here))
        for desk in desks:
            error = _received(desk, _START_SECONDS)
            if error is not None:
                raise CrewFailed(str(error))
        yield Crew(desks)
    finally:
        for desk in desks:
            desk.connection.close()  # the end of its work
        for desk in desks:
            desk.process.join(10)
            _killed(desk.process)


def _outcomes(desks: Sequence[_Desk], sheets: Sequence[Sheet]) -> Iterator[Outcome]:
    """Give each desk a page, and the next one when it has done that."""
    waiting = deque(enumerate(sheets))
    busy: dict[Connection, _Desk] = {}
    for desk in desks:
        if waiting:
            desk.connection.send(waiting.popleft())
            busy[desk.connection] = desk
    while busy:
        ready = wait(list(busy), _PAGE_SECONDS)
        if not ready:
            raise CrewFailed(f"no page was done for {_PAGE_SECONDS:.0f} seconds")
        for connection in ready:
            desk = next(each for each in busy.values() if each.connection is connection)
            outcome = _received(desk, 0)
            assert isinstance(outcome, Outcome)
            if waiting:
                desk.connection.send(waiting.popleft())
            else:
                del busy[desk.connection]
            yield outcome


def _received(desk: _Desk, seconds: float) -> object:
    """What a process says. Raises CrewFailed when it has died or says nothing in time."""
    try:
        if desk.connection.poll(seconds):
            return desk.connection.recv()
    except (EOFError, ConnectionError) as error:
        desk.process.join(5)
        raise CrewFailed(f"a process of it died with exit code {desk.process.exitcode}") from error
    raise CrewFailed(f"it was not ready after {seconds:.0f} seconds")


def _killed(process: BaseProcess) -> None:
    if process.pid is not None and process.is_alive():
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
        process.join()


# -- inside a process of a crew ---------------------------------------------------------------------------------------


def _work(factory: str, threads: int, warm_up: Sheet, connection: Connection) -> None:
    """Make the peer, read the warm-up page, say so (None, or why not), then read what is asked."""
    for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    try:
        reader = pkgutil.resolve_name(factory)(threads)
        reader.read(warm_up.path, warm_up.language)
    except Exception as error:
        connection.send(_told(error))
        return
    connection.send(None)
    while True:
        try:
            index, sheet = connection.recv()
        except EOFError:
            return
        started, worked = time.perf_counter(), _cpu_seconds()
        reading, error_told = Reading(text="", words=()), None
        try:
            reading = reader.read(sheet.path, sheet.language)
        except Exception as error:
            error_told = _told(error)
        seconds, cpu_seconds = time.perf_counter() - started, _cpu_seconds() - worked
        connection.send(
            Outcome(sheet=index, seconds=seconds, reading=reading, cpu_seconds=cpu_seconds, error=error_told)
        )


def _cpu_seconds() -> float:
    """Of this process and of those it has started and waited for."""
    return sum(os.times()[:4])


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


# -- memory -----------------------------------------------------------------------------------------------------------


@dataclass
class _Peak:
    megabytes: float = 0.0


@contextmanager
def _sampled(processes: Sequence[BaseProcess]) -> Iterator[_Peak]:
    """Watch the memory of some processes and of whatever they start."""
    peak, stop = _Peak(), Event()
    roots = [psutil.Process(process.pid) for process in processes]

    def watch() -> None:
        while True:
            peak.megabytes = max(peak.megabytes, sum(resident(root) for root in roots))
            if stop.wait(_SAMPLE_SECONDS):
                return

    thread = Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def resident(root: psutil.Process) -> float:
    """The resident memory of a process and its descendants in MB; 0 when it is gone."""
    megabytes = 0.0
    with suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                megabytes += process.memory_info().rss / _MB
    return megabytes
