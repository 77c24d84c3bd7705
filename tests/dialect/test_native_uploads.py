"""Large, slow and broken uploads: memory stays flat, others are served, nothing is left behind."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
from tests.dialect.live import PNG, Live
from tests.dialect.test_native_submit import blobs_of, refused

from stele.adapters.objects import files
from stele.dialects import bodies

MEGABYTE = 1024 * 1024
SIZE = 199 * MEGABYTE
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
FORM = {"content-type": "multipart/form-data; boundary=b"}


def temporary(live: Live) -> set[str]:
    """What writers hold at the moment."""
    return {path.name for path in (live.core.blobs.path("x/y").parents[3] / "tmp").iterdir()}


@contextmanager
def watched_memory() -> Iterator[list[int]]:
    """Resident bytes of this process, where the server runs too, looked at all the time."""
    process = psutil.Process()
    seen = [process.memory_info().rss]
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            seen.append(process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def body(size: int) -> Iterator[bytes]:
    piece = bytes(64 * 1024)
    yield HEAD + PNG
    for _ in range(size // len(piece)):
        yield piece
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("way", ["form", "object"])
def test_memory_does_not_grow_with_an_upload(client: httpx.Client, live: Live, way: str, keys: object) -> None:
    name = f"large-{client.headers['authorization'][-6:].lower().replace('_', 'x').replace('-', 'x')}"
    client.post("/buckets", json={"name": name})
    client.post("/jobs", files={"file": ("warm.png", PNG)})
    with watched_memory() as seen:
        if way == "form":
            answer = client.post("/jobs", content=body(SIZE), headers=FORM)
        else:
            answer = client.put(f"/buckets/{name}/objects/large", content=body(SIZE))
    assert answer.status_code in (200, 202), answer.text
    assert max(seen) - seen[0] < 50 * MEGABYTE, f"{(max(seen) - seen[0]) / MEGABYTE:.0f} MB"
    if way == "form":
        client.post(f"/jobs/{answer.json()['id']}/forget")
        return
    received = 0
    with watched_memory() as seen, client.stream("GET", f"/buckets/{name}/objects/large") as download:
        for piece in download.iter_bytes():
            received += len(piece)
    assert received == answer.json()["size"] > SIZE
    assert max(seen) - seen[0] < 50 * MEGABYTE
    client.delete(f"/buckets/{name}/objects/large")


def test_an_upload_over_the_limit_is_stopped(client: httpx.Client, live: Live) -> None:
    before = blobs_of(live)
    refused(client.post("/jobs", content=body(201 * MEGABYTE), headers=FORM), 413, "limit.bytes")
    assert blobs_of(live) == before
    assert temporary(live) == set()


@pytest.mark.parametrize("sent", [b"", b"--b", HEAD, HEAD + PNG, HEAD + PNG + bytes(MEGABYTE)])
def test_callers_that_go_leave_nothing_behind(client: httpx.Client, live: Live, sent: bytes) -> None:
    before = blobs_of(live)
    whole = HEAD + PNG + b"\r\n"  # one file is complete by then
    request = (
        f"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {client.headers['authorization']}\r\n"
        f"Content-Type: {FORM['content-type']}\r\nContent-Length: {50 * MEGABYTE}\r\n\r\n"
    ).encode()
    connection = socket.create_connection((str(client.base_url.host), client.base_url.port or 80))
    connection.sendall(request + whole + sent)
    time.sleep(0.2)
    connection.close()
    deadline = time.monotonic() + 3
    while temporary(live) or blobs_of(live) != before:
        assert time.monotonic() < deadline, (temporary(live), blobs_of(live) - before)
        time.sleep(0.02)
    assert client.get("/jobs").json()["jobs"] == []


def test_a_stalled_upload_is_given_up(client: httpx.Client, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STALL_SECONDS", 0.3)
    before = blobs_of(live)

    def stalling() -> Iterator[bytes]:
        yield HEAD + PNG
        yield bytes(300_000)
        time.sleep(1)
        yield b"more"

    answer = client.post("/jobs", content=stalling(), headers=FORM)
    assert refused(answer, 408, "request.stalled")["retryable"] is True
    assert blobs_of(live) == before
    assert temporary(live) == set()


def test_a_slow_disk_holds_up_nobody_else(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = files._FileWriter.keep

    def slowly(writer: files._FileWriter, name: str) -> int:
        time.sleep(1)
        return keep(writer, name)

    client.get("/project")
    monkeypatch.setattr(files._FileWriter, "keep", slowly)
    upload = threading.Thread(
        target=httpx.post,
        args=(f"{client.base_url}jobs",),
        kwargs={"files": {"file": ("a.png", PNG)}, "headers": {"authorization": client.headers["authorization"]}},
    )
    upload.start()
    slowest = 0.0
    while upload.is_alive():
        began = time.monotonic()
        assert client.get("/jobs").status_code == 200
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.3


def test_boundaries_may_fall_anywhere(client: httpx.Client) -> None:
    """The same form in pieces of every size is the same job."""
    whole = HEAD + PNG + b'\r\n--b\r\nContent-Disposition: form-data; name="tag"\r\n\r\nx\r\n--b--\r\n'
    for size in (1, 2, 3, 7, 50):
        pieces = (whole[start : start + size] for start in range(0, len(whole), size))
        answer = client.post("/jobs", content=pieces, headers=FORM)
        assert answer.status_code == 202
        assert answer.json()["tag"] == "x"
