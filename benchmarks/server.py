"""A real server on a data folder of its own, started and stopped around a measurement."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any

import httpx
import psutil
from PIL import Image, ImageDraw

from benchmarks.crew import resident
from benchmarks.inputs import ROOT

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_TAIL_BYTES = 600
_API_PROGRAM = "stele.serving"
_LIST_LIMIT = 200  #: jobs in one answer, at most


class ServerFailed(Exception):
    """The server cannot be measured; the message says why."""


class Server:
    """A context manager: a server on `data`, with the default settings but for `settings` (`STELE_*`).

    Raises ServerFailed when it does not come up."""

    address: str
    token: str

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._settings = dict(settings or {})
        self._token_file = data / "bench.token"
        self._log = data / "bench.log"

    def __enter__(self) -> Server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STELE_")}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "STELE_DATA": str(self._data),
            "STELE_PORT": "0",
            "STELE_GRPC_PORT": "0",
            "STELE_LOG_LEVEL": "warning",
            **self._settings,
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "benchmarks.serving"),
                cwd=self._data, env=environment, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            told = self._first_line()
            self.address, token = told["address"], told["token"]
            if token is not None:
                self._token_file.write_text(token)
            self.token = self._token_file.read_text()
            self._await_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _first_line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if select([self._process.stdout], [], [], _START_SECONDS)[0] and (line := self._process.stdout.readline()):
            told: dict[str, Any] = json.loads(line)
            return told
        raise ServerFailed(f"the server did not start: {self._last_words()}")

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
            if self._process.poll() is not None:
                break
        raise ServerFailed(f"the server did not get ready: {self._last_words()}")

    def _last_words(self) -> str:
        return self._log.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip() or "it says nothing"

    def _stop(self) -> None:
        family = [self._root, *self._root.children(recursive=True)] if self._process.poll() is None else []
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in family:
                if process.is_running():
                    process.kill()
            self._process.wait()

    @property
    def _root(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    # -- what is asked of it ------------------------------------------------------------------------------------------

    def memory(self) -> dict[str, float]:
        """Resident MB: of the supervisor, of the API, of all workers, and in all."""
        supervisor = self._root.memory_info().rss / 2**20
        api = workers = 0.0
        for child in self._root.children():
            rss = resident(child)
            if _API_PROGRAM in child.cmdline():
                api += rss
            else:
                workers += rss
        parts = {"supervisor": supervisor, "api": api, "workers": workers, "all": supervisor + api + workers}
        return {name: round(megabytes, 1) for name, megabytes in parts.items()}

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.address}/api/v1", headers={"authorization": f"Bearer {self.token}"}, timeout=60
        )

    def submit(self, client: httpx.Client, body: bytes) -> str:
        """Submit one job; gives its id. Raises ServerFailed."""
        answer = client.post("/jobs", content=body, headers={"content-type": FORM_TYPE})
        if answer.status_code != 202:
            raise ServerFailed(f"a job was refused with {answer.status_code}: {answer.text[:300]}")
        return str(answer.json()["id"])

    def wait_idle(self, client: httpx.Client, seconds: float) -> float:
        """Wait until no job of the project is under way; gives the seconds it took. Raises ServerFailed."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if not client.get("/jobs", params={"state": OPEN_STATES, "limit": 1}).raise_for_status().json()["jobs"]:
                return time.monotonic() - started
            time.sleep(0.1)
        raise ServerFailed(f"jobs were still under way after {seconds:.0f} seconds: {self._last_words()}")

    def newest(self, client: httpx.Client) -> list[str]:
        """The ids of the newest jobs of the project."""
        answer = client.get("/jobs", params={"limit": _LIST_LIMIT}).raise_for_status().json()
        return [str(job["id"]) for job in answer["jobs"]]

    def jobs(self, client: httpx.Client) -> list[dict[str, Any]]:
        """All jobs of the project, as the API lists them."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            parameters = {"limit": _LIST_LIMIT} | ({"cursor": cursor} if cursor else {})
            answer = client.get("/jobs", params=parameters).raise_for_status().json()
            found += answer["jobs"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return found


OPEN_STATES = "accepted,preparing,waiting,running,publishing"

# -- the job that is submitted over and over --------------------------------------------------------------------------

_BOUNDARY = "stele-bench-boundary"
FORM_TYPE = f"multipart/form-data; boundary={_BOUNDARY}"


def one_page_form() -> bytes:
    """A form with a one-page PNG of about a kilobyte, to be read by the null engine."""
    page = Image.new("1", (595, 842), 1)  # A4 at 72 dpi
    ImageDraw.Draw(page).text((60, 80), "One page.", fill=0)
    file = io.BytesIO()
    page.save(file, "PNG", dpi=(72, 72))
    return b"".join(
        (
            _part('name="engine"', ""), b"null\r\n",
            _part('name="file"; filename="page.png"', "Content-Type: image/png\r\n"), file.getvalue(), b"\r\n",
            f"--{_BOUNDARY}--\r\n".encode(),
        )
    )  # fmt: skip


def _part(disposition: str, more: str) -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n".encode()
