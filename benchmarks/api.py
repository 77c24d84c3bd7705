"""How long submitting and polling take when the store holds no job, ten thousand, a hundred thousand.

A real server, on a data folder of its own, started anew for every size. The jobs have one page and the null engine
reads them, while the calls go on: what is measured is the way of a job, not of its text.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.calls import Called, Plan, call, request
from benchmarks.filling import copy_job
from benchmarks.machine import disk
from benchmarks.results import Cell, Result, Table, percentile
from benchmarks.server import FORM_TYPE, Server, ServerFailed, one_page_form

Say = Callable[[str], None]

STORE_SIZES = (0, 10_000, 100_000)
_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_DRAIN_SECONDS = 120.0
_POLLED_JOBS = 500  #: different ones


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Calls a second, and for how long."""

    submits: float
    polls: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class _Store:
    """What is in it before the calls: `jobs`, and those of the turns before; `ids` are polled, and the newest."""

    jobs: int
    ids: tuple[str, ...]


@dataclass(kw_only=True)
class _Samples:
    """What the turns on one size of store gave."""

    jobs: int
    submits: list[Called] = field(default_factory=list)
    polls: list[Called] = field(default_factory=list)


def measure(folder: Path, pace: Pace, *, sizes: tuple[int, ...], turns: int, say: Say) -> Result:
    """Measure in a temporary folder below `folder`."""
    samples: list[_Samples] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="stele-bench-", dir=folder) as name:
        data = Path(name)
        where = disk(data)
        try:
            ids = [template := _first_job(data)]
            for before, size in pairwise((0, *sizes)):
                say(f"API with {size:,} jobs: filling the store")
                ids += copy_job(data / "stele.db", template, size - before)
                samples.append(_measured(data, pace, _Store(jobs=size, ids=tuple(ids)), turns, say))
        except ServerFailed as error:
            failures.append(f"API: {error}")
    if not samples:
        return Result(name="api", tables=(), data={}, failures=tuple(failures))
    return Result(
        name="api",
        tables=(
            Table(
                title=f"API latency, {pace.submits:g} submits/s then {pace.polls:g} polls/s, milliseconds",
                columns=("jobs in the store", *(f"{verb} {share}" for verb in ("submit", "poll") for share in _SHARES)),
                rows=tuple(_row(each) for each in samples),
                caveat=(
                    f"{turns} x {pace.seconds:g} s each, medians; a latency counts from when a call was due. "
                    "Submitting is a form with a one-page PNG and is answered when the job is on the disk: "
                    f"{where}. Caller and server share the machine's cores. On a slow disk, submitting is the disk."
                ),
            ),
        ),
        data={
            "disk": {"device": where.device, "file_system": where.kind, "fsync_ms": where.fsync_ms},
            "submits_per_second": pace.submits,
            "polls_per_second": pace.polls,
            "seconds": pace.seconds,
            "stores": {
                str(each.jobs): {"submit": _record(each.submits), "poll": _record(each.polls)} for each in samples
            },
        },
        failures=tuple(failures),
    )


def _first_job(data: Path) -> str:
    """A job that ran to its end, to be copied. Raises ServerFailed."""
    with Server(data) as server, server.client() as client:
        job = server.submit(client, one_page_form())
        server.wait_idle(client, _DRAIN_SECONDS)
        return job


def _measured(data: Path, pace: Pace, store: _Store, turns: int, say: Say) -> _Samples:
    samples = _Samples(jobs=store.jobs)
    with Server(data) as server, server.client() as client:
        host, port = urlsplit(server.address).hostname, urlsplit(server.address).port
        assert host is not None and port is not None
        submit = request("POST", "/api/v1/jobs", server.token, body=one_page_form(), content_type=FORM_TYPE)
        for turn in range(1, turns + 1):
            say(f"API with {store.jobs:,} jobs, turn {turn} of {turns}")
            plan = Plan(host=host, port=port, requests=(submit,), rate=pace.submits, seconds=pace.seconds)
            samples.submits.append(_checked(call(plan), 202))
            server.wait_idle(client, _DRAIN_SECONDS)
            jobs = [*store.ids, *server.newest(client)]
            polled = random.Random(turn).sample(jobs, min(_POLLED_JOBS, len(jobs)))
            polls = tuple(request("GET", f"/api/v1/jobs/{job}", server.token) for job in polled)
            plan = Plan(host=host, port=port, requests=polls, rate=pace.polls, seconds=pace.seconds)
            samples.polls.append(_checked(call(plan), 200))
    return samples


def _checked(called: Called, status: int) -> Called:
    """Raises ServerFailed unless every call was answered as it should be."""
    if called.unanswered or set(called.statuses) != {status}:
        raise ServerFailed(f"answers other than {status}: {called.statuses}, {called.unanswered} without an answer")
    return called


def _row(samples: _Samples) -> tuple[Cell, ...]:
    cells = (
        f"{median(percentile(called.milliseconds, share) for called in calls):.1f}"
        for calls in (samples.submits, samples.polls)
        for share in _SHARES.values()
    )
    return (f"{samples.jobs:,}", *cells)


def _record(calls: list[Called]) -> dict[str, object]:
    record: dict[str, object] = {"calls": [len(called.milliseconds) for called in calls]}
    for name, share in _SHARES.items():
        turns = [round(percentile(called.milliseconds, share), 3) for called in calls]
        record[f"{name}_ms"] = {"median": round(median(turns), 3), "samples": turns}
    return record
