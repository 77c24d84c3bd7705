"""Two hundred submissions a second for half a minute, polls beside them, and then: is every job there exactly once?

wrk makes the load, in two processes of one thread each. Afterwards the API is asked for all jobs: each one that was
acknowledged must be there and have ended, with its one page done once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import disk
from benchmarks.results import Cell, Result, Table
from benchmarks.server import FORM_TYPE, Server, ServerFailed, one_page_form

Say = Callable[[str], None]

_SCRIPT = Path(__file__).with_name("load.lua")
_CONNECTIONS = 128  #: as many requests may be under way before one is sent late
_TIMEOUT_SECONDS = 10
_DRAIN_SECONDS = 300.0
_WARM_UP_JOBS = 20  #: before memory is looked at: each worker has read some


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests a second, and for how long."""

    submits: float
    polls: float
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of the acknowledged jobs: all should be in `ended_once`."""

    acknowledged: int
    ended_once: int
    states: dict[str, int]
    missing: int
    unacknowledged: int  #: in the store, but cut off with the load before the answer was read

    def holds(self, answers: int) -> bool:
        """Whether every one of that many acknowledgements stands for a job of its own that ended exactly once."""
        return self.acknowledged == self.ended_once == answers and self.missing == 0


def measure(folder: Path, load: Load, *, say: Say) -> Result:
    """Measure in a temporary folder below `folder`."""
    if shutil.which("wrk") is None:
        return Result(name="load", tables=(), data={}, failures=("load: wrk is missing (Debian: apt-get install wrk)",))
    with tempfile.TemporaryDirectory(prefix="stele-bench-", dir=folder) as name:
        try:
            return _measured(Path(name), load, say)
        except ServerFailed as error:
            return Result(name="load", tables=(), data={}, failures=(f"load: {error}",))


def _measured(data: Path, load: Load, say: Say) -> Result:
    where = disk(data)
    body, ids = data / "bench.form", data / "bench.ids"
    body.write_bytes(one_page_form())
    with Server(data) as server, server.client() as client:
        first = [server.submit(client, one_page_form()) for _ in range(_WARM_UP_JOBS)]
        server.wait_idle(client, _DRAIN_SECONDS)
        ids.write_text(f"{first[-1]}\n")
        say(f"load: {load.submits:g} submits/s and {load.polls:g} polls/s for {load.seconds} s")
        submitting = _wrk(server, load, "submit", load.submits, ids, str(body), FORM_TYPE)
        polling = _wrk(server, load, "poll", load.polls, ids)
        memory = _memory_over(server, load.seconds)
        submits, polls = _told(submitting), _told(polling)
        say("load: waiting for the last jobs")
        drained = server.wait_idle(client, _DRAIN_SECONDS)
        memory.append({"at": "drained", **server.memory()})
        say("load: counting the jobs")
        checked = check(ids.read_text().split()[1:], server.jobs(client), set(first))
    return _result(load, where_told=str(where), submits=submits, polls=polls, memory=memory, checked=checked, data={
        "disk": {"device": where.device, "file_system": where.kind, "fsync_ms": where.fsync_ms},
        "form_bytes": len(one_page_form()),
        "drained_after_seconds": round(drained, 2),
    })  # fmt: skip


def _wrk(server: Server, load: Load, role: str, rate: float, ids: Path, *more: str) -> subprocess.Popen[str]:
    command = (
        "wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{load.seconds}s", "--timeout", f"{_TIMEOUT_SECONDS}s",
        "-H", f"Authorization: Bearer {server.token}", "-s", str(_SCRIPT), server.address,
        "--", role, f"{rate:g}", str(ids), *more,
    )  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The JSON in the last line of what wrk says. Raises ServerFailed."""
    said, _ = process.communicate(timeout=60)
    last = said.strip().rpartition("\n")[2]
    if process.returncode or not last.startswith("{"):
        raise ServerFailed(f"wrk failed: {said.strip()[-400:]}")
    told: dict[str, Any] = json.loads(last)
    return told


def _memory_over(server: Server, seconds: int) -> list[dict[str, Any]]:
    """The server's memory now, at each third of the time, and at its end."""
    started, samples = time.monotonic(), []
    for third in range(4):
        time.sleep(max(0.0, started + third * seconds / 3 - time.monotonic()))
        samples.append({"at": f"{third * seconds / 3:g} s", **server.memory()})
    return samples


def check(acknowledged: Sequence[str], jobs: Sequence[dict[str, Any]], others: set[str]) -> Checked:
    """Hold what the load generator was told against what the server lists."""
    listed = Counter(job["id"] for job in jobs)
    by_id = {job["id"]: job for job in jobs}
    mine = [by_id[id_] for id_ in acknowledged if id_ in by_id]
    once = sum(
        job["state"] == "succeeded" and job["pages_done"] == job["pages_total"] == 1 and listed[job["id"]] == 1
        for job in mine
    )
    return Checked(
        acknowledged=len(set(acknowledged)),
        ended_once=once,
        states=dict(Counter(job["state"] for job in mine)),
        missing=len(acknowledged) - len(mine),
        unacknowledged=len(by_id.keys() - set(acknowledged) - others),
    )


def _result(
    load: Load, *, where_told: str, submits: dict[str, Any], polls: dict[str, Any], memory: list[dict[str, Any]],
    checked: Checked, data: dict[str, object],
) -> Result:  # fmt: skip
    calls = Table(
        title=f"Load: {load.submits:g} submits/s and {load.polls:g} polls/s for {load.seconds} s",
        columns=("", "sent", "answered well", "refused", "p50 ms", "p95 ms", "p99 ms", "max ms", "sent > 10 ms late"),
        rows=(_call_row("submit", submits), _call_row("poll", polls)),
        caveat=(
            "Made by wrk, which counts a latency from when a request is sent; how many were sent late, because no "
            f"connection was free or wrk got no core, is in the last column. The disk: {where_told}. Load, server and "
            "workers share the machine's cores."
        ),
    )
    right = checked.holds(submits["acknowledged"])
    jobs = Table(
        title="Every acknowledged job ended exactly once" if right else "NOT every acknowledged job ended exactly once",
        columns=("acknowledged", "ended once, with one page", "missing", "stored, answer not read", "drained after"),
        rows=((checked.acknowledged, checked.ended_once, checked.missing, checked.unacknowledged,
               f"{data['drained_after_seconds']} s"),),
        caveat="Jobs whose answer was on its way when the load generator stopped are stored, not acknowledged.",
    )  # fmt: skip
    rss = Table(
        title="Memory of the server, MB resident",
        columns=("after", "supervisor", "API", "workers", "all"),
        rows=tuple((each["at"], each["supervisor"], each["api"], each["workers"], each["all"]) for each in memory),
        caveat=f"Resident memory; pages that processes share count once each. Begun after {_WARM_UP_JOBS} jobs.",
    )
    return Result(
        name="load",
        tables=(calls, jobs, rss),
        data={
            **data,
            "submits_per_second": load.submits,
            "polls_per_second": load.polls,
            "seconds": load.seconds,
            "submit": submits,
            "poll": polls,
            "acknowledged": checked.acknowledged,
            "ended_once": checked.ended_once,
            "states": checked.states,
            "all_ended_exactly_once": right,
            "missing": checked.missing,
            "stored_unacknowledged": checked.unacknowledged,
            "memory_mb": memory,
        },
    )


def _call_row(name: str, told: dict[str, Any]) -> tuple[Cell, ...]:
    bad = told["refused"] + told["socket_errors"] + told["timeouts"]
    latencies = (f"{told[key]:.1f}" for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))
    return (name, told["sent"], told["acknowledged"], bad, *latencies, told["late_10ms"])
