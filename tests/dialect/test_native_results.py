"""Pages and exports."""

from __future__ import annotations

import json
import threading
import time

import httpx
import msgspec
import pytest
from tests.dialect.live import SEARCHABLE, Worker, pdf
from tests.dialect.test_native_jobs import submitted
from tests.dialect.test_native_submit import refused

from stele.dialects.native.schema import PagesView
from stele.domain.document import document_from_json


def test_pages_are_canonical_and_linked(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(10, "fail=6"))
    worker.drain()
    numbers, address = [], f"/api/v1/jobs/{job}/pages?limit=4"
    while address:
        answer = client.get(address.removeprefix("/api/v1"))
        part = msgspec.json.decode(answer.content, type=PagesView)
        assert (part.schema, part.total, part.item, part.name) == ("stele.document/1", 10, 0, "a.pdf")
        for page in part.pages:
            numbers.append(page.number)
            if page.number == 6:
                assert page.error is not None and page.error.code == "input.corrupt_page"
            else:
                assert page.text == f"Page {page.number} of nothing"
        address = answer.json()["next"]
    assert numbers == list(range(1, 11))


def test_pages_from_the_middle_and_beyond_the_end(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(6))
    worker.drain()
    middle = client.get(f"/jobs/{job}/pages?first=3&limit=2").json()
    assert [page["number"] for page in middle["pages"]] == [3, 4]
    assert middle["next"].endswith("first=5&limit=2")
    beyond = client.get(f"/jobs/{job}/pages?first=99").json()
    assert (beyond["pages"], beyond["next"], beyond["total"]) == ([], None, 6)
    for query in ("first=0", "limit=101", "item=-1", "page=1"):
        refused(client.get(f"/jobs/{job}/pages?{query}"), 400, "request.invalid")


def test_items_are_apart(client: httpx.Client, worker: Worker) -> None:
    files = [("file", ("a.pdf", pdf(2))), ("file", ("broken.pdf", b"%PDF-1.7 nothing")), ("file", ("c.pdf", pdf(3)))]
    job = client.post("/jobs", files=files).json()["id"]
    worker.drain()
    assert client.get(f"/jobs/{job}").json()["state"] == "partially_succeeded"
    assert [client.get(f"/jobs/{job}/pages?item={item}").json()["total"] for item in range(3)] == [2, None, 3]
    broken = client.get(f"/jobs/{job}/pages?item=1").json()
    assert broken["pages"] == [] and broken["error"]["code"] == "input.corrupt"
    assert client.get(f"/jobs/{job}/export?format=txt&item=2").text.count("\f") == 3
    refused(client.get(f"/jobs/{job}/pages?item=3"), 400, "request.invalid")
    refused(client.get(f"/jobs/{job}/export?format=txt&item=3"), 400, "request.invalid")


@pytest.mark.parametrize("path", ["pages", "export?format=txt", "export?format=pdf"])
def test_results_of_what_has_not_ended(client: httpx.Client, path: str) -> None:
    job = submitted(client)
    began = time.monotonic()
    answer = client.get(f"/jobs/{job}/{path}")
    assert time.monotonic() - began < 1
    assert refused(answer, 409, "conflict.not_ready")["retryable"] is True
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["pages", "export?format=md", "export?format=pdf"])
def test_results_of_what_was_cancelled(client: httpx.Client, path: str) -> None:
    job = submitted(client)
    client.delete(f"/jobs/{job}")
    refused(client.get(f"/jobs/{job}/{path}"), 404, "missing.result")


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("txt", "text/plain; charset=utf-8"),
        ("json", "application/json"),
        ("md", "text/markdown; charset=utf-8"),
        ("hocr", "text/html; charset=utf-8"),
        ("alto", "application/xml"),
    ],
)
def test_exports_are_downloads(client: httpx.Client, worker: Worker, form: str, media_type: str) -> None:
    job = submitted(client, pdf(3))
    worker.drain()
    answer = client.get(f"/jobs/{job}/export?format={form}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="a.pdf.{form}"'
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert all(word in answer.text for word in ("Page", "nothing"))
    if form == "json":
        assert len(document_from_json(answer.content).pages) == 3


def test_an_export_is_not_sent_twice(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    first = client.get(f"/jobs/{job}/export?format=txt")
    etag = first.headers["etag"]
    again = client.get(f"/jobs/{job}/export?format=txt", headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = client.get(f"/jobs/{job}/export?format=md", headers={"if-none-match": etag})
    assert other.status_code == 200 and other.headers["etag"] != etag


def test_a_large_export_streams(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, pdf(8, "lines=300"))
    worker.drain()
    with client.stream("GET", f"/jobs/{job}/export?format=json") as answer:
        size = int(answer.headers["content-length"])
        data = answer.read()
    assert len(data) == size > 1_000_000
    assert len(json.loads(data)["pages"]) == 8


def test_the_pdf_is_made_when_it_is_asked_for(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    thread = threading.Timer(0.5, worker.drain)
    thread.start()
    began = time.monotonic()
    answer = client.get(f"/jobs/{job}/export?format=pdf")
    thread.join()
    assert answer.status_code == 200 and answer.content == SEARCHABLE
    assert answer.headers["content-type"] == "application/pdf"
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert client.get(f"/jobs/{job}/export?format=pdf").content == SEARCHABLE
    assert time.monotonic() - began < 0.4, "it is kept"


def test_a_pdf_that_takes_longer_is_asked_for_again(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    answer = client.get(f"/jobs/{job}/export?format=pdf&wait=0.2")
    refused(answer, 409, "conflict.not_ready")
    assert int(answer.headers["retry-after"]) > 0
    assert worker.step() is not None and worker.step() is None, "it was ordered once"
    assert client.get(f"/jobs/{job}/export?format=pdf&wait=0").content == SEARCHABLE


def test_a_pdf_ordered_with_the_job_is_there_at_once(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client, formats="pdf,txt")
    worker.drain()
    assert client.get(f"/jobs/{job}/export?format=pdf&wait=0").content == SEARCHABLE


def test_formats_are_named(client: httpx.Client, worker: Worker) -> None:
    job = submitted(client)
    worker.drain()
    problem = refused(client.get(f"/jobs/{job}/export?format=docm"), 400, "request.unknown_option")
    assert "txt" in str(problem["detail"]) and "pdf" in str(problem["detail"])
    problem = refused(client.get(f"/jobs/{job}/export"), 400, "request.invalid")
    assert "format" in str(problem["detail"])


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ('a"b.png', "attachment; filename=\"a_b.png.txt\"; filename*=UTF-8''a%22b.png.txt"),
        (
            "naïve 漢字.png",
            "attachment; filename=\"na_ve __.png.txt\"; filename*=UTF-8''na%C3%AFve%20%E6%BC%A2%E5%AD%97.png.txt",
        ),
        ("a\x7fb\x85c.png", 'attachment; filename="abc.png.txt"'),
        ("50%.png", "attachment; filename=\"50_.png.txt\"; filename*=UTF-8''50%25.png.txt"),
    ],
)
def test_names_cannot_break_out_of_the_header(client: httpx.Client, worker: Worker, name: str, header: str) -> None:
    inputs = [{"content": "iVBORw0KGgo=", "name": name}]
    job = client.post("/jobs", json={"inputs": inputs}).json()["id"]
    worker.drain()
    assert client.get(f"/jobs/{job}/export?format=txt").headers["content-disposition"] == header


def test_line_feeds_in_a_name_do_not_split_the_answer(client: httpx.Client, worker: Worker) -> None:
    inputs = [{"content": "iVBORw0KGgo=", "name": "a\r\nSet-Cookie: x=1\r\n\r\n<script>.png"}]
    answer = client.post("/jobs", json={"inputs": inputs})
    job = answer.json()["id"]
    worker.drain()
    answer = client.get(f"/jobs/{job}/export?format=txt")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
