"""Requests of PicWish's programs: every way to ask for a task, every refusal, and the addresses of results."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from tests.chaos.conftest import House, until
from tests.dialect.live import PNG, Live, Worker, pdf, serving
from tests.dialect.picwish_live import TASKS, Picwish, refused
from tests.dialect.test_native_submit import blobs_of
from tests.dialect.test_native_uploads import temporary, watched_memory
from tests.printing import printed

from stele.dialects.picwish import submitting
from stele.dialects.picwish.links import link_of
from stele.domain.job import Format, Job, MissingPack
from stele.domain.language_names import PICWISH
from stele.service import access, control, query
from stele.service.access import KeySet
from stele.settings import Settings

MEGABYTE = 1024 * 1024
HEAD = b'--b\r\nContent-Disposition: form-data; name="image_file"; filename="a.png"\r\n\r\n'
TAIL = b'\r\n--b\r\nContent-Disposition: form-data; name="format"\r\n\r\ndocx\r\n--b--\r\n'
FORM = {"content-type": "multipart/form-data; boundary=b"}
PUBLIC = "http://192.0.2.7/scan.png"


@pytest.fixture
def picwish(live: Live, keys: KeySet) -> Picwish:
    return Picwish(live, keys)


def job_of(picwish: Picwish, answer: httpx.Response) -> Job:
    assert answer.status_code == 200, answer.text
    return query.get_job(picwish.core, picwish.principal, answer.json()["data"]["task_id"])


# -- ways to ask for a task -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_of",
    [
        {"files": {"image_url": (None, "http://8.8.8.8/a.pdf"), "format": (None, "xlsx")}},
        {"files": {"image_url": ("image_url", b"http://8.8.8.8/a.pdf"), "format": (None, "xlsx")}},
        {"files": {"image_url": (None, " http://8.8.8.8/a.pdf "), "image_file": ("", b""), "format": (None, "xlsx")}},
        {"data": {"image_url": "http://8.8.8.8/a.pdf", "format": "xlsx", "sync": "0"}},
        {"json": {"url": "http://8.8.8.8/a.pdf", "format": "xlsx", "language": None, "filename": "x", "sync": 0}},
        {"json": {"image_url": "http://8.8.8.8:80/a.pdf", "format": "xlsx"}},
    ],
)
def test_an_address_comes_in_many_ways(picwish: Picwish, request_of: dict[str, Any]) -> None:
    job = job_of(picwish, picwish.post(**request_of))
    assert job.items[0].source.address in {"http://8.8.8.8/a.pdf", "http://8.8.8.8:80/a.pdf"}
    assert job.items[0].source.max_bytes == 30 * MEGABYTE
    assert job.options.formats == (Format.XLSX,)
    assert (job.options.max_seconds, job.options.missing_pack) == (180, MissingPack.NEAREST)


@pytest.mark.parametrize("part", ["image_file", "file"])
def test_a_file_comes_with_what_means_nothing_here(picwish: Picwish, part: str) -> None:
    more = dict.fromkeys(("image_url", "language", "password", "format"), (None, ""))
    more |= {"callback_url": (None, "http://example.org"), "return_type": (None, "1"), "mask": ("m.png", b"any")}
    job = job_of(picwish, picwish.post(files={part: ("scan.png", PNG), **more}))
    assert (job.items[0].name, picwish.core.blobs.read(job.items[0].source.blob or "")) == ("scan.png", PNG)
    assert (job.options.formats, job.options.languages, job.options.password) == ((Format.TXT,), (), None)


@pytest.mark.parametrize(
    ("language", "codes"),
    [
        ("ChinesePRC,English,Digits", ("zh-Hans", "en")),
        (" German , French,German", ("de", "fr")),
        ("Digits", ("en",)),
        (",".join((*list(PICWISH)[:10], next(iter(PICWISH)))), tuple(dict.fromkeys(list(PICWISH.values())[:10]))),
    ],
)
def test_languages_are_known_by_their_names(picwish: Picwish, language: str, codes: tuple[str, ...]) -> None:
    job = job_of(picwish, picwish.post(files={"image_file": ("a", PNG), "language": (None, language)}))
    assert job.options.languages == codes


@pytest.mark.parametrize("path", ["/" + TASKS, TASKS + "/", "/" + TASKS + "//"])
def test_slashes_do_not_count(picwish: Picwish, path: str) -> None:
    task = job_of(picwish, picwish.http.post(picwish.live.address + path, files={"image_file": ("a", PNG)})).id
    assert picwish.http.get(f"{picwish.live.address}{path}/{task.upper()}/").json()["data"]["task_id"] == task


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "there is no file"),
        ({"image_url": ""}, "there is no file"),
        ({"image_file": b""}, "there is no file"),
        ({"image_file": PNG, "image_url": PUBLIC}, "not both"),
        ({"image_file": PNG, "format": "TXT"}, "allowed are: txt, pdf, docx, xlsx, pptx"),
        ({"image_file": PNG, "format": "json"}, "format has the value json"),
        ({"image_file": PNG, "language": "english"}, "name english"),
        ({"image_file": PNG, "language": "Klingon"}, "Klingon"),
        ({"image_file": PNG, "language": ",".join(list(PICWISH)[:11])}, "11 names"),
        ({"image_file": PNG, "password": "p" * 33}, "33 characters"),
        ({"image_url": "http://8.8.8.8:8080/a.png"}, "port"),
        ({"image_url": "https://example.org:8443/a.png"}, "port"),
        ({"image_url": "http://127.0.0.1/a.png"}, "no public address"),
        ({"image_url": "ftp://example.org/a.png"}, "only https and http"),
        ({"image_url": "http://exa mple/a b.png"}, "may not be opened"),
        ({"image_url": "scan.png"}, "may not be opened"),
    ],
)
def test_what_is_not_right_is_said(picwish: Picwish, live: Live, fields: dict[str, Any], said: str) -> None:
    before = blobs_of(live)
    parts = {name: ("a.png" if isinstance(value, bytes) else None, value) for name, value in fields.items()}
    refused(picwish.post(files=parts or {"nothing": (None, "")}), 400, said)
    assert blobs_of(live) == before and temporary(live) == set()


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("", b"", "no type"),
        ("text/plain", b"hello", "text/plain"),
        ("application/json", b"[]", "JSON"),
        ("application/json", b'{"image_url": 7}', "image_url is not a string"),
        ("multipart/form-data", b"--b--", "no boundary"),
        (FORM["content-type"], b"nonsense", "not well-formed"),
        (FORM["content-type"], HEAD + PNG, "cut off"),
        (FORM["content-type"], (HEAD + PNG + b"\r\n") * 2 + b"--b--\r\n", "more than one file"),
        (FORM["content-type"], b'--b\r\nContent-Disposition: form-data; name="format"\r\n\r\n\xff\r\n--b--', "UTF-8"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_read(picwish: Picwish, live: Live, content_type: str, body: bytes, said: str) -> None:
    before = blobs_of(live)
    refused(picwish.post(content=body, headers={"content-type": content_type}), 400, said)
    assert blobs_of(live) == before and temporary(live) == set()


def test_keys(picwish: Picwish) -> None:
    task = picwish.created(PNG)
    for key in ("", "stk_wrong"):
        for method, url in (("POST", picwish.url), ("GET", f"{picwish.url}/{task}")):
            refused(httpx.request(method, url, headers={"X-API-KEY": key}, verify=False), 401, "keys create")
    refused(httpx.post(picwish.url, files={"image_file": ("a", PNG)}, verify=False), 401)
    assert httpx.get(f"{picwish.url}/{task}", headers={"X-Api-Key": picwish.keys.api_key}, verify=False).is_success
    access.revoke(picwish.core, picwish.keys.key_set)
    until(lambda: picwish.http.get(f"{picwish.url}/{task}").status_code == 401, 5)


def test_what_is_not_there(picwish: Picwish, client: httpx.Client, live: Live) -> None:
    task = picwish.created(PNG)
    other = Picwish(live)
    refused(other.http.get(f"{other.url}/{task}"), 404, task)
    native = client.post("/jobs", files={"file": ("a.png", PNG)}).json()["id"]
    for missing in (native, "nothing", "%00", "../x"):
        refused(picwish.http.get(f"{picwish.url}/{missing}"), 404)
    for path in ("/api/tasks", "/api/tasks/visual/scale", f"{TASKS}/{task}/more", f"{TASKS}/{task}/result.TXT"):
        refused(picwish.http.get(live.address + path), 404)
    refused(picwish.http.get(picwish.url), 404, "it takes: POST")
    refused(picwish.http.delete(f"{picwish.url}/{task}"), 404, "it takes: GET")


def test_two_requests_a_second_with_one_key(tmp_path: Path) -> None:
    with serving(Settings(data=str(tmp_path), grpc_port=0)) as live:
        picwish, other = Picwish(live), Picwish(live)
        task = picwish.created(PNG)
        assert picwish.told(task)["state"] == 0
        answer = picwish.http.get(f"{picwish.url}/{task}")
        refused(answer, 429, "more than 2")
        assert answer.headers["retry-after"] == "1"
        refused(picwish.post(files={}), 429)
        other.created(PNG)
        time.sleep(0.6)
        assert picwish.told(task)["state"] == 0


def test_a_bug_is_told_as_an_incident(picwish: Picwish, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret")

    before = blobs_of(live)
    monkeypatch.setattr(submitting, "submit", broken)
    message = refused(picwish.post(files={"image_file": ("a", PNG)}), 500, "incident")
    assert "secret" not in message
    assert blobs_of(live) == before


# -- large files ------------------------------------------------------------------------------------------------------


def form(size: int) -> Iterator[bytes]:
    piece = bytes(64 * 1024)
    yield HEAD + PNG
    for _ in range((size - len(PNG)) // len(piece)):
        yield piece
    yield bytes((size - len(PNG)) % len(piece))
    yield TAIL


def test_200_megabytes_go_to_the_disk_and_no_byte_more(picwish: Picwish, live: Live) -> None:
    picwish.created(PNG)
    with watched_memory() as seen:
        job = job_of(picwish, picwish.post(content=form(200 * MEGABYTE), headers=FORM))
    assert job.items[0].source.size == 200 * MEGABYTE
    assert job.options.formats == (Format.DOCX,), "a field behind the file counts as well"
    grown = max(seen) - seen[0]
    assert grown < 50 * MEGABYTE, f"{grown / MEGABYTE:.0f} MB"
    control.forget(picwish.core, picwish.principal, job.id)
    before = blobs_of(live)
    refused(picwish.post(content=form(200 * MEGABYTE + 1), headers=FORM), 413, "209715200")
    assert blobs_of(live) == before and temporary(live) == set()


def test_curl_is_told_before_it_sends_a_file_that_is_too_large(picwish: Picwish, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    with file.open("wb") as out:
        out.truncate(300 * MEGABYTE)
    printed = curl(picwish, "-F", f"image_file=@{file}", "-w", " %{http_code} %{size_upload}")
    assert '"status":413' in printed
    status, sent = printed.split()[-2:]
    assert status == "413" and int(sent) < MEGABYTE


def curl(picwish: Picwish, *arguments: str) -> str:
    command = [
        "curl",
        "-sS",
        "-k",
        "--noproxy",
        "*",
        picwish.url,
        "-H",
        f"X-API-KEY: {picwish.keys.api_key}",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_curl_as_the_vendor_writes_it(picwish: Picwish, tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "file.pdf").write_bytes(pdf(1))
    printed = curl(
        picwish, "-H", "Content-Type: multipart/form-data", "-F", f"image_file=@{tmp_path}/file.pdf", "-F", "format=txt"
    )
    assert printed.startswith('{"status":200,"message":"success","data":{"task_id":"')
    worker.drain()
    assert picwish.told(printed.split('"')[-2])["state"] == 1


# -- results ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def result(picwish: Picwish, worker: Worker) -> tuple[str, str]:
    """A task that has ended, and the address of its result."""
    task = picwish.created(pdf(1))
    worker.drain()
    return task, picwish.told(task)["file"]


def fetched(url: str, method: str = "GET") -> httpx.Response:
    """Without a key."""
    return httpx.request(method, url, verify=False)


def test_a_result_needs_no_key(result: tuple[str, str]) -> None:
    task, url = result
    assert urlsplit(url).path == f"{TASKS}/{task}/result.txt"
    answer = fetched(url)
    assert (answer.status_code, answer.text.strip("\n\f")) == (200, "Page 1 of nothing")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="result.txt"'
    head = fetched(url, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "forged",
    [
        lambda url: url.partition("?")[0],
        lambda url: url[:-1],
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.replace("expires=1", "expires=2"),
        lambda url: url.replace("expires=", "expires=x"),
        lambda url: url.replace("result.txt", "result.pdf"),
        lambda url: url + "%C3%A9",
    ],
)
def test_an_address_that_was_changed_is_not_good(result: tuple[str, str], forged: Callable[[str], str]) -> None:
    refused(fetched(forged(result[1])), 403, "data.file")


def test_an_address_is_good_for_its_task_alone(picwish: Picwish, worker: Worker, result: tuple[str, str]) -> None:
    task, url = result
    other = picwish.created(pdf(1))
    worker.drain()
    refused(fetched(url.replace(task, other)), 403)


def test_an_address_is_good_for_an_hour(picwish: Picwish, result: tuple[str, str]) -> None:
    task, url = result
    job = query.get_job(picwish.core, picwish.principal, task)
    assert job.finished_at is not None and job.expires_at is not None
    link = partial(link_of, picwish.core, picwish.live.address, task, Format.TXT)
    assert link(job.finished_at) == url
    now = picwish.core.store.now()
    assert fetched(link(now - 3590)).status_code == 200
    refused(fetched(link(now - 3601)), 403, "an hour, which is over")
    assert job.expires_at == pytest.approx(job.finished_at + 86_400, abs=1), "what became of it is told longer"


def test_nothing_is_left_of_a_task_that_is_forgotten(picwish: Picwish, result: tuple[str, str]) -> None:
    task, url = result
    control.forget(picwish.core, picwish.principal, task)
    refused(picwish.http.get(f"{picwish.url}/{task}"), 404)
    refused(fetched(url), 404)


def test_the_address_begins_as_the_caller_knows_the_server(
    picwish: Picwish, result: tuple[str, str], tmp_path: Path
) -> None:
    headers = {"host": "ocr.example.org", "x-forwarded-proto": "https"}
    told = picwish.http.get(f"{picwish.url}/{result[0]}", headers=headers).json()
    assert told["data"]["file"].startswith(f"https://ocr.example.org{TASKS}/")
    settings = Settings(data=str(tmp_path), grpc_port=0, picwish_address="https://ocr.example.com", picwish_qps=100)
    with serving(settings) as live:
        other = Picwish(live)
        task = other.created(pdf(1))
        Worker(live.core).drain()
        assert other.told(task)["file"].startswith(f"https://ocr.example.com{TASKS}/{task}/result.txt?")


# -- a server of its own ----------------------------------------------------------------------------------------------


def test_a_task_that_is_worked_on_for_too_long_is_stopped(tmp_path: Path) -> None:
    """With the real engine, in real workers; a task that waits for them meanwhile is not touched."""
    sheet = Image.fromarray(printed(["the quick brown fox jumps over the lazy dog"] * 60).pixels)
    path = tmp_path / "long.tif"
    sheet.save(path, "TIFF", save_all=True, append_images=[sheet] * 30)
    house = House(tmp_path / "data", picwish_seconds=1.5, picwish_qps=1000)
    try:
        running = house.serve()
        picwish = Picwish(Live(running.address, house.core), house.keys)
        long = picwish.created(path.read_bytes())
        until(lambda: picwish.told(long)["state"] == 4, 20)
        short = picwish.created(b"no document")
        waiting = picwish.created(path.read_bytes())
        data = picwish.ended(long, 30)
        assert (data["state"], data["file"]) == (-8, "")
        assert "longer than 1.5 s" in data["message"]
        assert picwish.told(short)["state"] == -7
        assert picwish.told(waiting)["state"] in {0, 2, 3, 4}
    finally:
        house.close()
