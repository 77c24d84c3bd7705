"""Looking at jobs: lists, waiting, cancelling, forgetting, and that nobody sees another project's."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import httpx
import pytest
from tests.dialect.live import PNG, Live, Worker, pdf
from tests.dialect.test_native_submit import refused

from stele.domain.job import UnitKind
from stele.service.access import KeySet
from stele.service.core import Principal
from stele.service.query import get_job
from stele.service.records import DeliveryLog


def submitted(client: httpx.Client, data: bytes = PNG, **fields: str) -> str:
    answer = client.post("/jobs", files={"file": ("a.pdf", data)}, data=fields)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_a_job_is_shown_whole_and_without_secrets(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(5, "fail=2"), tag="t", password="hunter2")
    worker.drain()
    answer = client.get(f"/jobs/{job}")
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert shown["state"] == "partially_succeeded"
    assert shown["ended"] is True
    assert (shown["pages_total"], shown["pages_done"], shown["pages_failed"]) == (5, 5, 1)
    assert shown["items"][0]["media_type"] == "application/pdf"
    assert shown["error"]["code"] == "input.corrupt_page"
    times = [datetime.fromisoformat(shown[name]) for name in ("created_at", "started_at", "finished_at", "expires_at")]
    assert times == sorted(times)
    assert all(one.tzinfo is not None for one in times)
    assert (times[3] - times[2]).days == 7
    for secret in ("hunter2", "input-0", "blob", "project"):
        assert secret not in answer.text


def test_lists_are_filtered(client: httpx.Client, worker: Worker) -> None:
    done = submitted(client, tag="a")
    worker.drain()
    waiting = submitted(client, tag="b")
    cancelled = submitted(client, tag="b")
    client.delete(f"/jobs/{cancelled}")

    def listed(query: str) -> list[str]:
        return [job["id"] for job in client.get(f"/jobs?{query}").json()["jobs"]]

    assert listed("") == [cancelled, waiting, done]
    assert listed("tag=b") == [cancelled, waiting]
    assert listed("state=succeeded") == [done]
    assert listed("state=succeeded,cancelled") == listed("state=succeeded&state=cancelled") == [cancelled, done]
    assert listed("dialect=native&tag=a") == [done]
    assert listed("dialect=google") == []


def test_pages_of_a_list_do_not_shift(client: httpx.Client) -> None:
    jobs = [submitted(client, tag="t") for _ in range(7)]
    seen, address = [], "/api/v1/jobs?limit=3&tag=t"
    while address:
        listed = client.get(address.removeprefix("/api/v1")).json()
        seen += [job["id"] for job in listed["jobs"]]
        submitted(client, tag="t")  # newer than everything listed
        address = listed["next"]
        assert (address is None) == (listed["next_cursor"] is None)
    assert seen == jobs[::-1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "request.invalid"),
        ("limit=201", "request.invalid"),
        ("limit=many", "request.invalid"),
        ("cursor=nonsense", "request.invalid"),
        ("cursor=4pyT4pyT", "request.invalid"),
        ("state=asleep", "request.unknown_option"),
        ("sort=name", "request.invalid"),
        ("tag=a&tag=b", "request.invalid"),
        ("tag=%ff", "request.invalid"),
        ("&".join(f"x{number}=1" for number in range(200)), "request.invalid"),
    ],
)
def test_queries_are_strict(client: httpx.Client, query: str, code: str) -> None:
    refused(client.get(f"/jobs?{query}"), 400, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs/{job}"),
        ("GET", "/jobs/{job}?wait=1"),
        ("DELETE", "/jobs/{job}"),
        ("POST", "/jobs/{job}/forget"),
        ("GET", "/jobs/{job}/events"),
        ("GET", "/jobs/{job}/pages"),
        ("GET", "/jobs/{job}/export?format=txt"),
        ("GET", "/jobs/{job}/export?format=pdf"),
        ("GET", "/jobs/{job}/deliveries"),
    ],
)
def test_another_projects_job_does_not_exist(
    client: httpx.Client, stranger: httpx.Client, worker: Worker, method: str, path: str
) -> None:
    job = submitted(client)
    worker.drain()
    problem = refused(stranger.request(method, path.format(job=job)), 404, "missing.job")
    nowhere = refused(stranger.request(method, path.format(job="no-such-job")), 404, "missing.job")
    assert str(problem["detail"]).replace(job, "") == str(nowhere["detail"]).replace("no-such-job", "")
    assert client.get(f"/jobs/{job}").json()["state"] == "succeeded"
    assert stranger.get("/jobs").json()["jobs"] == []


def test_waiting_ends_promptly_when_the_job_does(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    finished = []

    def work() -> None:
        time.sleep(0.5)
        worker.drain()
        finished.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    answer = client.get(f"/jobs/{job}?wait=20")
    heard = time.monotonic()
    thread.join()
    assert answer.json()["state"] == "succeeded"
    assert heard - finished[0] < 0.3


def test_waiting_gives_the_job_as_it_is_when_time_is_up(client: httpx.Client) -> None:
    job = submitted(client)
    began = time.monotonic()
    assert client.get(f"/jobs/{job}?wait=0.5").json()["state"] == "accepted"
    assert 0.4 < time.monotonic() - began < 1.5
    refused(client.get(f"/jobs/{job}?wait=61"), 400, "request.invalid")


def test_pages_count_before_their_unit_is_committed(client: httpx.Client, live: Live, worker: Worker) -> None:
    job = submitted(client, pdf(4))
    worker.step()  # prepares
    lease = live.core.store.claim("slow", 60)
    assert lease is not None and lease.kind is UnitKind.READ
    worker.tell(lease, 3)
    deadline = time.monotonic() + 2
    while client.get(f"/jobs/{job}").json()["pages_done"] != 3:
        assert time.monotonic() < deadline
    assert client.get("/jobs").json()["jobs"][0]["pages_done"] == 3


def test_cancelling(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(12))
    for _ in range(2):
        worker.step()  # prepares, reads four pages
    answer = client.delete(f"/jobs/{job}")
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"
    assert answer.json()["pages_done"] == 4
    assert worker.step() is None
    assert client.delete(f"/jobs/{job}").json()["state"] == "cancelled", "cancelling twice is harmless"
    assert len(client.get(f"/jobs/{job}/pages").json()["pages"]) == 4, "what was read stays readable"


def test_cancelling_what_has_ended_changes_nothing(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    assert client.delete(f"/jobs/{job}").json()["state"] == "succeeded"


def test_forgetting_leaves_nothing(client: httpx.Client, live: Live, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    answer = client.post(f"/jobs/{job}/forget")
    assert (answer.status_code, answer.content) == (204, b"")
    refused(client.get(f"/jobs/{job}"), 404, "missing.job")
    assert job not in set(live.core.blobs.folders(-1))
    under_way = submitted(client)
    client.post(f"/jobs/{under_way}/forget")
    assert worker.step() is None


def test_deliveries_are_told(client: httpx.Client, live: Live, keys: KeySet, worker: Worker) -> None:
    job = submitted(client, webhook="https://example.com/hook")
    assert client.get(f"/jobs/{job}/deliveries").json() == {"deliveries": []}
    worker.drain()
    (notice,) = [one for one in live.core.store.due_notices(10, 60) if one.job == job]
    now = live.core.store.now()
    failed = DeliveryLog(at=now, attempt=1, outcome="failed", status=500, error="HTTP 500")
    live.core.store.notice_done(notice, failed, now + 60)
    (told,) = client.get(f"/jobs/{job}/deliveries").json()["deliveries"]
    assert (told["attempt"], told["outcome"], told["status"], told["error"]) == (1, "failed", 500, "HTTP 500")
    assert datetime.fromisoformat(told["at"]).tzinfo is not None


def test_the_job_of_the_answer_is_the_one_that_is_stored(client: httpx.Client, live: Live, keys: KeySet) -> None:
    job = submitted(client)
    assert get_job(live.core, Principal(project=keys.project), job).dialect == "native"
