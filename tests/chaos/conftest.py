"""A real server in processes of its own, to be killed, and the use cases beside it, to look at what is left."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image
from tests.processes import command, send

from stele import app
from stele.domain.document import Page
from stele.domain.job import EngineName, Job, JobOptions
from stele.service import access, query, submit, uploads
from stele.service.core import Core, Principal
from stele.service.names import new_job_id
from stele.settings import environment_of, load

PROJECT = Principal(project="chaos")
_SERVE = "from stele.app import App; App({{}}).serve({})"
_WORK = "from stele.app import App; App({{}}).work({})"
_STARTED = "lambda *_: print('started', flush=True)"
_START_SECONDS = 60.0


class Running:
    """One `stele serve` or `stele worker`, and its children as they were last seen."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        return [child for child in self.children() if "stele.working" in command(child)]

    def api(self) -> psutil.Process:
        (one,) = [child for child in self.children() if "stele.serving" in command(child)]
        return one

    def busy_worker(self) -> psutil.Process:
        """The worker of a server that has one."""
        until(lambda: len(self.workers()) == 1, 10)
        return self.workers()[0]

    def everything(self) -> list[psutil.Process]:
        return [psutil.Process(self.process.pid), *self.children()]

    def kill_everything(self) -> None:
        send(self.everything(), signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


class House:
    """A data folder with its use cases, and what runs on it."""

    def __init__(self, data: Path, **overrides: object) -> None:
        self.port = free_port()
        defaults: dict[str, object] = {
            "grpc_port": 0,
            "workers": 1,
            "silence_seconds": 4.0,
            "page_seconds": 20.0,
            "drain_seconds": 2.0,
        }
        self.settings = load({}, {**defaults, **overrides, "data": str(data), "port": self.port})
        self.core: Core = app.core_of(self.settings)
        self.keys = access.create_keys(self.core, PROJECT.project)
        self.running: list[Running] = []

    def serve(self) -> Running:
        return self._start(_SERVE)

    def work(self) -> Running:
        return self._start(_WORK)

    def _start(self, program: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-c", program.format(_STARTED)],
            env={**os.environ, **environment_of(self.settings)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(Running(process, self.port))
        assert process.stdout is not None and process.stdout.readline() == "started\n"
        return self.running[-1]

    def submit(self, data: bytes, name: str = "input", **options: object) -> Job:
        job = new_job_id()
        upload = uploads.receive_whole(self.core, job, 0, name, data)
        wanted = JobOptions(**{"engine": EngineName.NULL, **options})  # type: ignore[arg-type]
        request = submit.Submission(job=job, dialect="native", inputs=(upload,), options=wanted)
        return submit.submit(self.core, PROJECT, request).job

    def job(self, job: Job) -> Job:
        return query.get_job(self.core, PROJECT, job.id)

    def ended(self, job: Job, seconds: float = 60.0) -> Job:
        until(lambda: self.job(job).state.ended, seconds)
        return self.job(job)

    def pages(self, job: Job) -> list[Page]:
        return list(query.pages(self.core, PROJECT, job.id, 0))

    def close(self) -> None:
        for one in self.running:
            if one.process.poll() is None:
                one.kill_everything()
        self.core.store.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(true: Callable[[], bool], seconds: float) -> float:
    """Wait until something is true; gives the seconds it took. Fails the test when it takes longer than `seconds`."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"still not true after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def tiff(pages: int) -> bytes:
    """A TIFF of small blank pages."""
    images = [Image.new("1", (850, 1100), 1) for _ in range(pages)]
    buffer = io.BytesIO()
    images[0].save(buffer, "TIFF", save_all=True, append_images=images[1:], compression="group4")
    return buffer.getvalue()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (850, 1100), 255).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "data")
    yield house
    house.close()


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Like `house`, with settings of its own."""
    made: list[House] = []

    def make(**overrides: object) -> House:
        made.append(House(tmp_path / f"data-{len(made)}", **overrides))
        return made[-1]

    yield make
    for one in made:
        one.close()
