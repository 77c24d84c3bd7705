"""What is another project's does not exist: in every dialect the same answer, to the letter, as for what never was."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator

import httpx
import pytest
from tests.dialect.live import PNG, Live, Worker, pdf

from stele.service.access import KeySet, create_keys
from stele.service.names import new_job_id

TASKS = "/api/tasks/document/ocr"
RECOGNIZE = "/v5.0/ocr/RecognizeImage"
ANNOTATE = "/v1/files:asyncBatchAnnotate"

JOBS = (
    ("GET", "/api/v1/jobs/{}"),
    ("GET", "/api/v1/jobs/{}?wait=1"),
    ("DELETE", "/api/v1/jobs/{}"),
    ("POST", "/api/v1/jobs/{}/forget"),
    ("GET", "/api/v1/jobs/{}/events"),
    ("GET", "/api/v1/jobs/{}/pages"),
    ("GET", "/api/v1/jobs/{}/pages?item=9"),
    ("GET", "/api/v1/jobs/{}/export?format=txt"),
    ("GET", "/api/v1/jobs/{}/export?format=pdf&wait=0"),
    ("GET", "/api/v1/jobs/{}/deliveries"),
    ("GET", RECOGNIZE + "?id={}"),
    ("DELETE", RECOGNIZE + "?id={}"),
    ("GET", "/v5.0/ocr/Utilities/GetTaskStatus?id={}"),
    ("GET", TASKS + "/{}"),
    ("GET", TASKS + "/{}/result.txt?expires=9999999999&sign=00"),
)
OPERATIONS = (
    ("GET", "/v1/projects/p/operations/{}"),
    ("POST", "/v1/projects/p/operations/{}:cancel"),
    ("POST", "/v1/projects/p/operations/{}:wait"),
    ("DELETE", "/v1/projects/p/operations/{}"),
)
BUCKETS = (
    ("GET", "/api/v1/buckets/{}/objects"),
    ("GET", "/api/v1/buckets/{}/objects/a.pdf"),
    ("GET", "/api/v1/buckets/{}/objects/b.pdf"),
    ("PUT", "/api/v1/buckets/{}/objects/a.pdf"),
    ("DELETE", "/api/v1/buckets/{}/objects/a.pdf"),
    ("GET", "/storage/v1/b/{}"),
    ("DELETE", "/storage/v1/b/{}"),
    ("GET", "/storage/v1/b/{}/o"),
    ("GET", "/storage/v1/b/{}/o/a.pdf"),
    ("GET", "/storage/v1/b/{}/o/a.pdf?alt=media"),
    ("DELETE", "/storage/v1/b/{}/o/a.pdf"),
    ("POST", "/upload/storage/v1/b/{}/o?uploadType=media&name=a.pdf"),
)


class Caller:
    """A project, called with all of its credentials at once, so that each dialect finds its own."""

    def __init__(self, live: Live, keys: KeySet) -> None:
        headers = {"authorization": f"Bearer {keys.bearer_token}", "x-api-key": keys.api_key}
        self.http = httpx.Client(base_url=live.address, headers=headers, timeout=30, verify=False)

    def made(self, answer: httpx.Response, *path: str) -> str:
        found = answer.raise_for_status().json()
        for step in path:
            found = found[step]
        return str(found)

    def answer(self, method: str, path: str, name: str) -> tuple[int, str, list[tuple[str, str]]]:
        """Status, body and headers, without the name that was asked for."""
        answer = self.http.request(method, path.format(name), content=b"x" if method in {"PUT", "POST"} else None)
        headers = [(key, value) for key, value in answer.headers.items() if key not in {"date", "content-length"}]
        return answer.status_code, answer.text.replace(name, "NAME"), headers


@pytest.fixture
def owner(live: Live, keys: KeySet) -> Caller:
    return Caller(live, keys)


@pytest.fixture
def other(live: Live) -> Iterator[Caller]:
    caller = Caller(live, create_keys(live.core, f"o-{new_job_id()[-12:]}"))
    yield caller
    caller.http.close()


@pytest.fixture
def bucket(owner: Caller, keys: KeySet) -> str:
    name = f"b-{keys.key_set}"
    owner.http.post("/api/v1/buckets", json={"name": name}).raise_for_status()
    owner.http.put(f"/api/v1/buckets/{name}/objects/a.pdf", content=pdf(1)).raise_for_status()
    return name


@pytest.fixture
def jobs(owner: Caller, worker: Worker) -> list[str]:
    """Of each dialect one that is under way, and one that has ended."""

    def submitted() -> list[str]:
        image = base64.b64encode(PNG).decode()
        task = owner.http.post(RECOGNIZE, json={"image": image, "settings": {"language": "English"}})
        files = {"file": ("scan.png", PNG)}
        return [
            owner.made(owner.http.post("/api/v1/jobs", files=files), "id"),
            task.raise_for_status().text,
            owner.made(owner.http.post(TASKS, files={"image_file": ("scan.png", PNG)}), "data", "task_id"),
        ]

    ended = submitted()
    worker.drain()
    return ended + submitted()


def test_jobs_of_others_are_as_those_that_never_were(other: Caller, jobs: list[str]) -> None:
    for job, (method, path) in itertools.product(jobs, JOBS):
        assert other.answer(method, path, job) == other.answer(method, path, new_job_id()), (method, path)


def test_operations_of_others_are_as_those_that_never_were(owner: Caller, other: Caller, bucket: str) -> None:
    asked = {
        "requests": [
            {
                "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
                "inputConfig": {"gcsSource": {"uri": f"gs://{bucket}/a.pdf"}, "mimeType": "application/pdf"},
                "outputConfig": {"gcsDestination": {"uri": f"gs://{bucket}/out/"}},
            }
        ]
    }
    made = owner.made(owner.http.post(ANNOTATE, json=asked), "name").rpartition("/")[2]
    for method, path in OPERATIONS:
        assert other.answer(method, path, made) == other.answer(method, path, "0" * 16), (method, path)
    listed = other.http.get("/v1/projects/p/operations").json()
    assert listed == {}
    refusals = []
    for name in (bucket, "no-such-bucket"):
        asked["requests"][0]["inputConfig"]["gcsSource"] = {"uri": f"gs://{name}/a.pdf"}  # type: ignore[index]
        answer = other.http.post(ANNOTATE, json=asked)
        refusals.append((answer.status_code, answer.text.replace(name, "NAME")))
    assert refusals[0] == refusals[1] and refusals[0][0] >= 400


def test_buckets_of_others_are_as_those_that_never_were(owner: Caller, other: Caller, bucket: str) -> None:
    for method, path in BUCKETS:
        assert other.answer(method, path, bucket) == other.answer(method, path, "no-such-bucket"), (method, path)
    assert owner.http.get(f"/api/v1/buckets/{bucket}/objects/a.pdf").content == pdf(1), "and nothing was done to it"
