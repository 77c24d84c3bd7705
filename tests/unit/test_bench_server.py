"""Filling a store, calling at a fixed rate, and holding acknowledgements against jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.calls import Plan, call, request
from benchmarks.filling import copy_job
from benchmarks.load import check
from benchmarks.machine import disk

from stele.adapters.store.store import embedded
from stele.domain.job import JobOptions, JobState, Source, SourceKind
from stele.service.names import new_job_id
from stele.service.records import (
    JobFilter,
    NewItem,
    NewJob,
    ReadResult,
    Retention,
)

# -- filling ----------------------------------------------------------------------------------------------------------


def test_copies_of_a_job_are_jobs_that_ended(tmp_path: Path) -> None:
    path = tmp_path / "stele.db"
    store = embedded(path)
    store.create_project("p", "whsec_c2VjcmV0")
    source = Source(kind=SourceKind.UPLOAD, name="a.png", blob="job/input-0")
    item = NewItem(name="a.png", source=source, media_type="image/png", pages=1)
    job = store.submit(
        NewJob(
            id=new_job_id(), project="p", dialect="native", options=JobOptions(), items=(item,),
            retention=Retention(seconds=3600), quota=10,
        )
    ).job  # fmt: skip
    lease = store.claim("worker", 30)
    assert lease is not None
    store.complete_read(lease, ReadResult(blob="job/pages", pages=1, failed=0, with_text=1))
    store.close()

    ids = copy_job(path, job.id, 250)

    store = embedded(path)
    assert len(set(ids)) == 250
    assert store.statistics().jobs == {"succeeded": 251}
    copy = store.job("p", ids[99])
    assert copy is not None
    assert (copy.state, copy.pages_done, [each.name for each in copy.items]) == (JobState.SUCCEEDED, 1, ["a.png"])
    assert [blob.blob for blob in store.result_blobs("p", ids[99])] == ["job/pages"]
    newest = [each.id for each in store.jobs(JobFilter(project="p", limit=3))]
    assert newest == sorted(ids, reverse=True)[:3]
    assert store.claim("worker", 30) is None
    store.close()


# -- calls ------------------------------------------------------------------------------------------------------------


@contextmanager
def _server(handler: type[BaseHTTPRequestHandler]) -> Iterator[tuple[str, int]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield str(server.server_address[0]), server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    delay = 0.0

    def do_GET(self) -> None:
        time.sleep(self.delay)
        self._answer(200 if self.headers["Authorization"] == "Bearer secret" else 401)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(202 if body == b"form" else 400)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


class _SlowHandler(_Handler):
    delay = 0.3


class _HangingUp(_Handler):
    def do_GET(self) -> None:
        self.close_connection = True


def test_calls_come_at_their_rate_and_take_turns() -> None:
    with _server(_Handler) as (host, port):
        requests = (request("GET", "/", "secret"), request("POST", "/", "x", body=b"form", content_type="text/plain"))
        started = time.monotonic()
        called = call(Plan(host=host, port=port, requests=requests, rate=50, seconds=1))
    assert time.monotonic() - started >= 0.98
    assert called.statuses == {200: 25, 202: 25}
    assert called.unanswered == 0
    assert len(called.milliseconds) == 50


def test_a_slow_server_does_not_slow_the_calls() -> None:
    """Ten calls due within 0.1 s, each answered after 0.3 s: they overlap, and every one counts 0.3 s."""
    with _server(_SlowHandler) as (host, port):
        called = call(Plan(host=host, port=port, requests=(request("GET", "/", "secret"),), rate=100, seconds=0.1))
    assert len(called.milliseconds) == 10
    assert min(called.milliseconds) >= 299


def test_calls_without_an_answer_are_counted() -> None:
    with _server(_HangingUp) as (host, port):
        called = call(Plan(host=host, port=port, requests=(request("GET", "/", "secret"),), rate=20, seconds=0.25))
    assert called.unanswered == 5
    assert called.milliseconds == ()


# -- load -------------------------------------------------------------------------------------------------------------


def _job(name: str, state: str = "succeeded", done: int = 1) -> dict[str, Any]:
    return {"id": name, "state": state, "pages_done": done, "pages_total": 1}


def test_acknowledged_jobs_that_all_ended_once() -> None:
    checked = check(["a", "b"], [_job("b"), _job("a"), _job("first"), _job("cut-off")], {"first"})
    assert checked.holds(answers=2)
    assert checked.unacknowledged == 1


def test_jobs_that_are_not_right_are_seen() -> None:
    assert not check(["a", "b"], [_job("a")], set()).holds(answers=2)  # lost
    assert not check(["a"], [_job("a", done=2)], set()).holds(answers=1)  # done twice
    assert not check(["a"], [_job("a"), _job("a")], set()).holds(answers=1)  # there twice
    assert not check(["a", "a"], [_job("a")], set()).holds(answers=2)  # one id for two submissions
    assert not check(["a"], [_job("a", state="failed")], set()).holds(answers=1)
    assert not check(["a"], [_job("a", state="running", done=0)], set()).holds(answers=1)


def test_the_disk_is_named(tmp_path: Path) -> None:
    measured = disk(tmp_path)
    assert measured.device
    assert measured.fsync_ms >= 0
    assert measured.kind in str(measured)
