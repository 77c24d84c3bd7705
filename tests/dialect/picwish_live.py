"""The PicWish dialect on a live server, called as its users call it: with forms, a key and no library."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
from tests.dialect.live import Live

from stele.service.access import KeySet, create_keys
from stele.service.core import Core, Principal

TASKS = "/api/tasks/document/ocr"


class Picwish:
    """A server, and a project with its keys."""

    def __init__(self, live: Live, keys: KeySet | None = None) -> None:
        self.live = live
        self.core: Core = live.core
        self.keys: KeySet = keys or create_keys(self.core, f"w-{secrets.token_hex(6)}")
        self.principal = Principal(project=self.keys.project)
        self.url = live.address + TASKS
        self.http = httpx.Client(headers={"x-api-key": self.keys.api_key}, timeout=60, verify=False)

    def post(self, **request: Any) -> httpx.Response:
        return self.http.post(self.url, **request)

    def created(self, data: bytes | None = None, name: str = "scan.pdf", **fields: str) -> str:
        """The id of a task with this file, or an image_url among the fields."""
        parts: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
        if data is not None:
            parts["image_file"] = (name, data)
        answer = self.post(files=parts)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["status"], body["message"]) == (200, "success")
        task: str = body["data"]["task_id"]
        return task

    def told(self, task: str) -> dict[str, Any]:
        """What is said of a task; the message is among the data."""
        answer = self.http.get(f"{self.url}/{task}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["status"] == 200 and body["data"]["task_id"] == task
        return {**body["data"], "message": body["message"]}

    def ended(self, task: str, seconds: float = 60.0) -> dict[str, Any]:
        """Asked as the vendor says: until the state is 1, or below 0."""
        until = time.monotonic() + seconds
        while (data := self.told(task))["state"] != 1 and data["state"] >= 0:
            assert data["progress"] < 100 and data["file"] == ""
            assert time.monotonic() < until, data
            time.sleep(0.02)
        return data


def refused(answer: httpx.Response, status: int, *said: str) -> str:
    """The message of an answer that refuses, which has no data."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert body.keys() == {"status", "message"} and body["status"] == status
    message: str = body["message"]
    for one in said:
        assert one in message
    return message


class _Site(BaseHTTPRequestHandler):
    """Answers each path with the bytes or the status that it is given for it."""

    def __init__(self, pages: dict[str, bytes | int | str], *rest: Any) -> None:
        self._pages = pages
        super().__init__(*rest)

    def do_GET(self) -> None:
        found = self._pages.get(self.path, 404)
        if isinstance(found, bytes):
            self.send_response(200)
            if "sized" in self.path:
                self.send_header("content-length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)
            return
        self.send_response(302 if isinstance(found, str) else found)
        self.send_header("location", str(found))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site(pages: dict[str, bytes | int | str]) -> Iterator[str]:
    """A web server with these pages: bytes, statuses, or addresses to go on to. Only what has `sized` in its path says
    how long it is. Gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, pages)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
