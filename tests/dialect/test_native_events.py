"""`GET /jobs/{job}/events`: progress as it happens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.dialect.live import Live, Worker, pdf
from tests.dialect.test_native_jobs import submitted
from tests.dialect.test_native_submit import refused

from stele.dialects.native import events
from stele.dialects.native.events import Clock
from stele.domain.job import EngineName, Job, JobOptions, JobState, UnitKind
from stele.service.records import Progress


def events_of(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Events as they arrive; a comment is one with the field `comment`."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line:
            if "data" in event or "comment" in event:
                yield event
            event = {}
        elif line.startswith(":"):
            event["comment"] = line[1:]
        else:
            name, _, value = line.partition(": ")
            event[name] = value


def test_every_step_until_the_end(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(12, "fail=3"))
    with worker.working(pause=0.05), client.stream("GET", f"/jobs/{job}/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        heard = list(events_of(answer))
    told = [json.loads(event["data"]) for event in heard]
    assert {event["event"] for event in heard} == {"progress"}
    assert [event["id"] for event in heard] == [*map(str, range(1, len(heard))), "end"]
    done = [one["pages_done"] for one in told]
    assert done == sorted(done) and done[-1] == 12
    assert len(set(done)) >= 3
    last = told[-1]
    assert (last["state"], last["ended"], last["pages_total"], last["pages_failed"]) == (
        "partially_succeeded",
        True,
        12,
        1,
    )
    assert last["eta_seconds"] == 0
    elapsed = [one["elapsed"] for one in told]
    assert elapsed == sorted(elapsed) and 0 <= elapsed[-1] < 10


def test_pages_are_told_before_their_unit_is_committed(client: httpx.Client, live: Live, worker: Worker) -> None:
    job = submitted(client, pdf(4))
    worker.step()  # prepares
    lease = live.core.store.claim("slow", 60)
    assert lease is not None and lease.kind is UnitKind.READ
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        heard = events_of(answer)
        assert json.loads(next(heard)["data"])["pages_done"] == 0
        for count in (1, 2, 3):
            worker.tell(lease, count)
            event = json.loads(next(heard)["data"])
            assert event["pages_done"] == count
            assert event["eta_seconds"] is not None
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        assert json.loads(next(events_of(answer))["data"])["pages_done"] == 3, "who comes later sees as much"
    client.delete(f"/jobs/{job}")


def test_a_job_that_has_ended_has_one_event(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        (event,) = events_of(answer)
    assert event["id"] == "end" and json.loads(event["data"])["state"] == "succeeded"
    again = client.get(f"/jobs/{job}/events", headers={"last-event-id": "end"})
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize("ending", ["cancel", "forget"])
def test_the_stream_ends_when_the_job_is_taken_away(client: httpx.Client, ending: str) -> None:
    job = submitted(client)

    def end() -> None:
        time.sleep(0.3)
        if ending == "cancel":
            httpx.delete(f"{client.base_url}jobs/{job}", headers=client.headers)
        else:
            httpx.post(f"{client.base_url}jobs/{job}/forget", headers=client.headers)

    thread = threading.Thread(target=end)
    thread.start()
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        heard = [json.loads(event["data"])["state"] for event in events_of(answer)]
    thread.join()
    assert heard[0] == "accepted"
    assert heard[1:] in (["cancelled"], [] if ending == "forget" else None)


def test_silence_is_filled(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_HEARTBEAT_SECONDS", 0.1)
    job = submitted(client)
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        heard = events_of(answer)
        assert "data" in next(heard)
        assert [next(heard) for _ in range(3)] == [{"comment": " alive"}] * 3


def test_callers_that_go_are_forgotten(client: httpx.Client, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_HEARTBEAT_SECONDS", 0.05)
    ended = threading.Event()
    gone = events._gone

    async def noticed(receive: object) -> None:
        await gone(receive)  # type: ignore[arg-type]
        ended.set()

    monkeypatch.setattr(events, "_gone", noticed)
    job = submitted(client)
    with client.stream("GET", f"/jobs/{job}/events") as answer:
        next(events_of(answer))
    assert ended.wait(2)


def test_unknown_jobs_are_a_problem_and_not_a_stream(client: httpx.Client) -> None:
    refused(client.get("/jobs/nope/events"), 404, "missing.job")


def a_job(started: float | None) -> Job:
    return Job(
        id="j",
        project="p",
        dialect="native",
        state=JobState.RUNNING,
        options=JobOptions(engine=EngineName.NULL),
        items=(),
        pages_total=10,
        pages_done=0,
        pages_failed=0,
        pages_with_text=0,
        created_at=100.0,
        started_at=started,
        finished_at=None,
        expires_at=None,
        error=None,
    )


def progress(state: JobState, done: int, total: int | None = 10) -> Progress:
    return Progress(job="j", state=state, pages_total=total, pages_done=done, pages_failed=0)


def test_the_time_left_follows_the_pace_of_the_pages() -> None:
    clock = Clock(a_job(started=110.0))
    assert clock.view(progress(JobState.RUNNING, 0), 111.0).eta_seconds is None
    halfway = clock.view(progress(JobState.RUNNING, 5), 120.0)
    assert (halfway.elapsed, halfway.eta_seconds) == (20.0, 10.0)
    assert clock.view(progress(JobState.RUNNING, 5, None), 120.0).eta_seconds is None
    assert clock.view(progress(JobState.SUCCEEDED, 10), 130.0).eta_seconds == 0
    unstarted = Clock(a_job(started=None))
    assert unstarted.view(progress(JobState.ACCEPTED, 0), 150.0).eta_seconds is None
    unstarted.view(progress(JobState.RUNNING, 0), 200.0)
    assert unstarted.view(progress(JobState.RUNNING, 1), 202.0).eta_seconds == 18.0
