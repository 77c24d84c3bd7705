"""Who may call, how often, and how errors look."""

from __future__ import annotations

import time

import httpx
import pytest
from tests.dialect.live import PNG, Live
from tests.dialect.test_native_submit import refused

from stele.dialects.native import jobs
from stele.dialects.native.problems import status_of, title_of
from stele.domain.errors import SteleError, table
from stele.service.access import KeySet, create_keys, revoke


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer stb_wrong"},
        {"authorization": "Basic c3Ri"},
        {"x-api-key": "stk_wrong"},
        {"x-api-key": ""},
    ],
)
@pytest.mark.parametrize("path", ["/jobs", "/jobs/x/export?format=txt", "/buckets", "/project"])
def test_nobody_comes_in_without_credentials(live: Live, headers: dict[str, str], path: str) -> None:
    answer = httpx.get(f"{live.address}/api/v1{path}", headers=headers)
    refused(answer, 401, "access.unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_uploads_are_refused_before_they_are_read(live: Live) -> None:
    answer = httpx.post(f"{live.address}/api/v1/jobs", files={"file": ("a.png", PNG)})
    refused(answer, 401, "access.unauthenticated")


def test_a_token_or_a_key_is_enough(live: Live, keys: KeySet) -> None:
    for headers in (
        {"authorization": f"Bearer {keys.bearer_token}"},
        {"authorization": f"bearer {keys.bearer_token}"},
        {"x-api-key": keys.api_key},
    ):
        answer = httpx.get(f"{live.address}/api/v1/project", headers=headers)
        assert answer.json()["project"] == keys.project


def test_a_revoked_key_stops_working(live: Live) -> None:
    keys = create_keys(live.core, "revoked")
    with live.client(keys) as client:
        assert client.get("/project").status_code == 200
        revoke(live.core, keys.key_set)
        deadline = time.monotonic() + 3
        while client.get("/project").status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        refused(client.get("/project"), 401, "access.unauthenticated")


def test_a_project_that_sends_too_much_is_slowed_down(strict: Live) -> None:
    with strict.client(create_keys(strict.core, "eager")) as eager:
        answers = [eager.get("/project") for _ in range(20)]
        slowed = [answer for answer in answers if answer.status_code == 429]
        assert 5 <= len(slowed) <= 11
        assert refused(slowed[0], 429, "quota.requests")["retryable"] is True
        assert int(slowed[0].headers["retry-after"]) > 0
        with strict.client(create_keys(strict.core, "calm")) as calm:
            assert calm.get("/project").status_code == 200, "the other project is not slowed down"
        time.sleep(1.1)
        assert eager.get("/project").status_code == 200


def test_the_project_knows_its_limits(client: httpx.Client, keys: KeySet) -> None:
    shown = client.get("/project").json()
    assert shown["project"] == keys.project
    assert shown["limits"]["bytes"] == 200 * 1024 * 1024
    assert shown["limits"]["pages"] == 3_000
    assert set(shown["queue"]) == {"waiting", "running"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "missing.address"),
        ("GET", "/jobs/", 404, "missing.address"),
        ("PATCH", "/jobs", 405, "request.method"),
        ("POST", "/jobs/x", 405, "request.method"),
        ("HEAD", "/jobs/x/events", 405, "request.method"),
    ],
)
def test_wrong_addresses_are_problems_too(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        refused(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]
    if path == "/jobs":
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


def test_bugs_are_told_without_details(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(jobs.query, "list_jobs", broken)
    answer = client.get("/jobs")
    problem = refused(answer, 500, "internal")
    assert "secret" not in answer.text
    incident = str(problem["instance"]).removeprefix("urn:stele:incident:")
    logged = capsys.readouterr().out
    assert incident in logged and "secret detail" in logged


def test_every_error_has_a_status_and_a_title() -> None:
    for error in table():
        assert 400 <= status_of(error) < 600
        assert title_of(error)
    assert status_of(SteleError) == 500
