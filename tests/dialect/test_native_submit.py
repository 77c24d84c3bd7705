"""`POST /api/v1/jobs`: every kind of input, strictness, idempotency."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.dialect.live import PNG, Live, Worker, pdf

from stele.service.access import KeySet, create_keys
from stele.service.core import Principal
from stele.service.query import get_job


def blobs_of(live: Live) -> set[str]:
    """Folders of the server's own keeping."""
    return set(live.core.blobs.folders(-1))


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The problem, when it is one and well-formed."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == f"/api/docs#error-{code}"
    assert problem["instance"] and problem["title"] and problem["detail"]
    return problem


def test_files_of_a_form_become_items_of_one_job(client: httpx.Client, worker: Worker) -> None:
    files = [("file", ("scan.png", PNG)), ("file", ("folder/report.pdf", pdf(6)))]
    answer = client.post("/jobs", files=files)
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}" == job["links"]["self"]
    assert [item["name"] for item in job["items"]] == ["scan.png", "report.pdf"]
    assert job["state"] == "accepted"
    assert job["pages_total"] is None
    worker.drain()
    ended = client.get(f"/jobs/{job['id']}").json()
    assert (ended["state"], ended["pages_done"], ended["pages_total"]) == ("succeeded", 7, 7)


@pytest.mark.parametrize("form", ["fields", "repeated", "part"])
def test_options_come_as_fields_or_as_one_part(client: httpx.Client, live: Live, keys: KeySet, form: str) -> None:
    fields: dict[str, object] = {
        "languages": "en, de",
        "features": "text,symbols",
        "formats": "pdf",
        "engine": "tesseract",
        "hidden_text": "reread",
        "password": "secret",
        "webhook": "https://example.com/hook",
        "priority": "3",
        "tag": "invoices",
        "retention_seconds": "7200",
    }
    if form == "repeated":
        fields["languages"] = ["en", "de"]
    if form == "part":
        part = (
            b'{"languages":["en","de"],"features":["text","symbols"],"formats":["pdf"],"engine":"tesseract",'
            b'"hidden_text":"reread","password":"secret","webhook":{"url":"https://example.com/hook"},"priority":3,"tag":"invoices",'
            b'"retention_seconds":7200}'
        )
        files = [("options", ("options.json", part, "application/json")), ("file", ("a.png", PNG))]
        answer = client.post("/jobs", files=files)
    else:
        answer = client.post("/jobs", files={"file": ("a.png", PNG)}, data=fields)
    assert answer.status_code == 202, answer.text
    shown = answer.json()
    assert shown["options"] == {
        "languages": ["en", "de"],
        "features": ["text", "symbols"],
        "formats": ["pdf"],
        "engine": "tesseract",
        "hidden_text": "reread",
        "priority": 3,
    }
    assert shown["tag"] == "invoices"
    assert "secret" not in answer.text and "example.com" not in answer.text and "input-0" not in answer.text
    stored = get_job(live.core, Principal(project=keys.project), shown["id"]).options
    assert stored.password == "secret"
    assert stored.webhook is not None and stored.webhook.url == "https://example.com/hook"
    assert stored.retention_seconds == 7200


def test_json_takes_addresses_objects_and_base64(client: httpx.Client, worker: Worker) -> None:
    name = f"inputs-{client.headers['authorization'][-8:].lower().replace('_', 'x')}"
    assert client.post("/buckets", json={"name": name}).status_code == 201
    assert client.put(f"/buckets/{name}/objects/a/b.pdf", content=pdf(3)).status_code == 200
    inputs = [
        {"url": "https://1.1.1.1/some/file.pdf?x=1"},
        {"uri": f"gs://{name}/a/b.pdf"},
        {"uri": f"s3://{name}/a/b.pdf"},
        {"content": base64.b64encode(PNG).decode(), "name": "a/picture.png"},
        {"content": base64.b64encode(PNG).decode()},
    ]
    answer = client.post("/jobs", json={"inputs": inputs, "tag": "mixed"})
    assert answer.status_code == 202, answer.text
    assert [item["name"] for item in answer.json()["items"]] == [
        "file.pdf",
        "b.pdf",
        "b.pdf",
        "picture.png",
        "file-5",
    ]
    worker.drain()
    assert client.get(answer.json()["links"]["self"].removeprefix("/api/v1")).json()["pages_done"] == 2 + 3 + 3 + 1 + 1


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"inputs": [{"url": "https://x.example/"}], "langauges": ["en"]}, "request.invalid", "langauges"),
        ({"inputs": [{"url": "https://x.example/", "pages": 1}]}, "request.invalid", "pages"),
        ({"inputs": [{"url": "https://x.example/"}], "engine": "magic"}, "request.unknown_option", "auto, paddle"),
        ({"inputs": [], "formats": ["txt", "docm"]}, "request.unknown_option", "docm"),
        ({"inputs": []}, "request.invalid", "no input"),
        ({}, "request.invalid", "inputs"),
        ({"inputs": [{}]}, "request.invalid", "exactly one"),
        ({"inputs": [{"url": "https://x.example/", "uri": "gs://b/k"}]}, "request.invalid", "exactly one"),
        ({"inputs": [{"url": "https://x.example/", "name": "n"}]}, "request.invalid", "name"),
        ({"inputs": [{"uri": "file:///etc/passwd"}]}, "request.invalid", "gs://BUCKET/KEY"),
        ({"inputs": [{"uri": "gs://only-a-bucket"}]}, "request.invalid", "gs://BUCKET/KEY"),
        ({"inputs": [{"content": "not base64!"}]}, "request.invalid", "content"),
        ({"inputs": [{"url": "https://x.example/"}], "priority": 11}, "request.invalid", "priority"),
        ({"inputs": [{"url": "https://x.example/"}], "retention_seconds": 10**9}, "request.invalid", "retention"),
        ({"inputs": [{"url": "file:///etc/passwd"}]}, "request.address_forbidden", "https"),
        ({"inputs": [{"url": "http://127.0.0.1/"}]}, "request.address_forbidden", "127.0.0.1"),
        (
            {"inputs": [{"url": "https://1.1.1.1/"}], "webhook": {"url": "http://10.0.0.1/"}},
            "request.address_forbidden",
            "10.0.0.1",
        ),
        ([], "request.invalid", "object"),
    ],
)
def test_json_that_is_not_right_is_refused_by_name(
    client: httpx.Client, live: Live, body: object, code: str, said: str
) -> None:
    before = blobs_of(live)
    problem = refused(client.post("/jobs", json=body), 400, code)
    assert said in str(problem["detail"])
    assert client.get("/jobs").json()["jobs"] == []
    assert blobs_of(live) == before


def test_an_input_that_fails_leaves_nothing_of_the_others(client: httpx.Client, live: Live) -> None:
    before = blobs_of(live)
    good = {"content": base64.b64encode(PNG).decode()}
    refused(client.post("/jobs", json={"inputs": [good, {"content": ""}]}), 400, "input.empty")
    refused(client.post("/jobs", json={"inputs": [good, {"content": "aGVsbG8="}]}), 415, "input.unknown_format")
    refused(client.post("/jobs", json={"inputs": [good, {"uri": "gs://nobody/x"}]}), 404, "missing.bucket")
    files = [("file", ("a.png", PNG)), ("file", ("b.txt", b"just text"))]
    refused(client.post("/jobs", files=files), 415, "input.unknown_format")
    refused(client.post("/jobs", files=[("file", ("a.png", PNG)), ("file", ("b.png", b""))]), 400, "input.empty")
    assert blobs_of(live) == before


def test_an_object_that_is_not_there_is_refused(client: httpx.Client, keys: KeySet) -> None:
    name = f"empty-{keys.key_set}"
    client.post("/buckets", json={"name": name})
    answer = client.post("/jobs", json={"inputs": [{"uri": f"s3://{name}/nothing.pdf"}]})
    problem = refused(answer, 404, "missing.object")
    assert "nothing.pdf" in str(problem["detail"])


def test_another_projects_bucket_does_not_exist(client: httpx.Client, stranger: httpx.Client, keys: KeySet) -> None:
    name = f"mine-{keys.key_set}"
    client.post("/buckets", json={"name": name})
    client.put(f"/buckets/{name}/objects/a.png", content=PNG)
    refused(stranger.post("/jobs", json={"inputs": [{"uri": f"gs://{name}/a.png"}]}), 404, "missing.bucket")


@pytest.mark.parametrize(
    ("fields", "files", "code", "said"),
    [
        ({"colour": "red"}, [("file", PNG)], "request.invalid", "colour"),
        ({"engine": "magic"}, [("file", PNG)], "request.unknown_option", "tesseract"),
        ({"priority": "high"}, [("file", PNG)], "request.invalid", "priority"),
        ({"tag": ["a", "b"]}, [("file", PNG)], "request.invalid", "tag"),
        ({"tag": "a"}, [("file", PNG), ("options", b"{}")], "request.invalid", "not both"),
        ({}, [("file", PNG), ("options", b"{nonsense")], "request.invalid", "JSON"),
        ({}, [("upload", PNG)], "request.invalid", "upload"),
        ({"tag": "x"}, [("options2", b"")], "request.invalid", "options2"),
    ],
)
def test_forms_that_are_not_right_are_refused_by_name(
    client: httpx.Client, live: Live, fields: dict[str, str], files: list[tuple[str, bytes]], code: str, said: str
) -> None:
    before = blobs_of(live)
    named = [(name, ("x", data)) for name, data in files]
    problem = refused(client.post("/jobs", data=fields, files=named), 400, code)
    assert said in str(problem["detail"])
    assert blobs_of(live) == before


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("text/plain", b"hello", 415, "request.unsupported_body"),
        ("application/json", b"{", 400, "request.invalid"),
        ("application/json", b'{"tag": "\xff"}', 400, "request.invalid"),
        ("multipart/form-data", b"--x--", 400, "request.invalid"),
        ("multipart/form-data; boundary=x", b"nonsense", 400, "request.invalid"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n", 400, "request.invalid"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + PNG,
            400,
            "request.invalid",
        ),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400, "request.invalid"),
        ("multipart/form-data; boundary=" + "x" * 500, b"--x--\r\n", 400, "request.invalid"),
    ],
)
def test_bodies_that_cannot_be_read(
    client: httpx.Client, live: Live, content_type: str, body: bytes, status: int, code: str
) -> None:
    before = blobs_of(live)
    refused(client.post("/jobs", content=body, headers={"content-type": content_type}), status, code)
    refused(client.post("/jobs"), 415, "request.unsupported_body")
    assert blobs_of(live) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\scan.pdf", "scan.pdf"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("..", "file-1"),
        ("", "file-1"),
        ("n" * 500 + ".pdf", "n" * 200),
        ("Größe 漢字.png", "Größe 漢字.png"),
    ],
)
def test_names_of_files_are_made_harmless(client: httpx.Client, given: str, kept: str) -> None:
    boundary = "b0undary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{given}"\r\n\r\n'.replace(
        "C:\\Users\\me\\scan.pdf", "C:\\\\Users\\\\me\\\\scan.pdf"
    )
    body = head.encode() + PNG + f"\r\n--{boundary}--\r\n".encode()
    answer = client.post("/jobs", content=body, headers={"content-type": f"multipart/form-data; boundary={boundary}"})
    assert answer.status_code == 202, answer.text
    assert answer.json()["items"][0]["name"] == kept


def test_the_same_request_under_one_key_is_one_job(client: httpx.Client, live: Live) -> None:
    headers = {"idempotency-key": "once"}
    first = client.post("/jobs", files={"file": ("a.png", PNG)}, data={"tag": "t"}, headers=headers)
    before = blobs_of(live)
    again = client.post("/jobs", files={"file": ("a.png", PNG)}, data={"tag": "t"}, headers=headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert blobs_of(live) == before, "the repeated upload was not deleted"
    assert len(client.get("/jobs").json()["jobs"]) == 1


@pytest.mark.parametrize("change", ["content", "option", "name"])
def test_another_request_under_the_same_key_is_refused(client: httpx.Client, live: Live, change: str) -> None:
    headers = {"idempotency-key": "once"}
    client.post("/jobs", files={"file": ("a.png", PNG)}, headers=headers)
    before = blobs_of(live)
    file = ("b.png" if change == "name" else "a.png", PNG + b"!" * (change == "content"))
    data = {"tag": "other"} if change == "option" else {}
    refused(client.post("/jobs", files={"file": file}, data=data, headers=headers), 409, "conflict.idempotency")
    assert blobs_of(live) == before


def test_a_key_is_the_projects_own(client: httpx.Client, stranger: httpx.Client) -> None:
    headers = {"idempotency-key": "once"}
    mine = client.post("/jobs", files={"file": ("a.png", PNG)}, headers=headers)
    theirs = stranger.post("/jobs", files={"file": ("b.png", PNG)}, headers=headers)
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]
    stranger.delete(f"/jobs/{theirs.json()['id']}")


def test_duplicates_at_the_same_time_are_one_job(live: Live, keys: KeySet, client: httpx.Client) -> None:
    together = threading.Barrier(8)

    def send(_: int) -> httpx.Response:
        with live.client(keys) as own:
            together.wait()
            return own.post("/jobs", files={"file": ("a.png", PNG)}, headers={"idempotency-key": "race"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(client.get("/jobs").json()["jobs"]) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_a_length(client: httpx.Client, key: str) -> None:
    answer = client.post("/jobs", files={"file": ("a.png", PNG)}, headers={"idempotency-key": key})
    refused(answer, 400, "request.invalid")


def test_limits_hold(strict: Live) -> None:
    with strict.client(create_keys(strict.core, "limited")) as client:
        refused(client.post("/jobs", files={"file": ("a.png", PNG + bytes(100_000))}), 413, "limit.bytes")
        many = [("file", (f"{number}.png", PNG)) for number in range(4)]
        refused(client.post("/jobs", files=many), 413, "limit.items")
        inputs = [{"url": "https://1.1.1.1/"}] * 4
        refused(client.post("/jobs", json={"inputs": inputs}), 413, "limit.items")
        refused(client.post("/jobs", data={"tag": "x" * 70_000}, files={"file": ("a", PNG)}), 400, "request.invalid")
        fields = [(f"f{number}", (None, b"x")) for number in range(70)]
        refused(client.post("/jobs", files=[*fields, ("file", ("a", PNG))]), 400, "request.invalid")
        whole = [("file", (f"{number}.png", PNG + bytes(99_000))) for number in range(3)]
        assert client.post("/jobs", files=whole).status_code == 202
        assert client.post("/jobs", files={"file": ("a.png", PNG)}).status_code == 202
        problem = client.post("/jobs", files={"file": ("a.png", PNG)})
        assert refused(problem, 429, "quota.jobs")["retryable"] is True
        assert int(problem.headers["retry-after"]) > 0
    assert len(blobs_of(strict)) == 2


def test_json_bodies_are_bounded(client: httpx.Client) -> None:
    body = b'{"inputs":[{"content":"' + b"A" * (17 * 1024 * 1024) + b'"}]}'
    answer = client.post("/jobs", content=body, headers={"content-type": "application/json"})
    refused(answer, 413, "limit.body")
