"""What happens when processes die, stop or hang: nothing that was acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import shutil
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.chaos.conftest import PROJECT, House, png, tiff, until
from tests.processes import gone, program, send

from stele.domain.job import EngineName, JobState
from stele.service import control

ROOT = Path(__file__).resolve().parents[2]
MakeHouse = Callable[..., House]


def blobs(house: House, job: str) -> set[str]:
    return {blob.blob for blob in house.core.store.result_blobs(PROJECT.project, job)}


def test_a_job_survives_the_death_of_everything(house: House) -> None:
    server = house.serve()
    job = house.submit(tiff(60), null_switches="sleep:0.05")
    until(lambda: house.job(job).pages_done >= 20, 30)
    server.kill_everything()
    before = blobs(house, job.id)
    assert len(before) > 0 and house.job(job).pages_done < 60
    house.serve()
    ended = house.ended(job)
    assert ended.state is JobState.SUCCEEDED and (ended.pages_total, ended.pages_done, ended.pages_failed) == (
        60,
        60,
        0,
    )
    assert [page.number for page in house.pages(job)] == list(range(1, 61)), "none twice, none missing"
    assert before <= blobs(house, job.id), "what was done before was not done again"


def test_a_killed_worker_costs_a_retry(house: House) -> None:
    server = house.serve()
    job = house.submit(tiff(8), null_switches="sleep:0.2")
    until(lambda: house.job(job).state is JobState.RUNNING, 30)
    time.sleep(0.5)
    server.busy_worker().send_signal(signal.SIGKILL)
    ended = house.ended(job)
    assert ended.state is JobState.SUCCEEDED and ended.pages_done == 8
    assert [page.number for page in house.pages(job)] == list(range(1, 9))


def test_a_stopped_worker_is_noticed_and_replaced(house: House) -> None:
    server = house.serve()
    job = house.submit(tiff(4), null_switches="sleep:0.3")
    until(lambda: house.job(job).state is JobState.RUNNING, 30)
    time.sleep(0.4)
    stopped = server.busy_worker()
    stopped.send_signal(signal.SIGSTOP)
    ended = house.ended(job, 30)
    assert ended.state is JobState.SUCCEEDED and ended.pages_done == 4
    assert gone([stopped])


def test_the_late_result_of_a_stopped_server_is_refused(make_house: MakeHouse) -> None:
    house = make_house(lease_seconds=2.0)
    zombie = house.work()
    job = house.submit(png(), null_switches="sleep:1.5")
    until(lambda: house.job(job).state is JobState.RUNNING, 30)
    time.sleep(0.3)
    stopped = zombie.everything()
    for one in stopped:
        one.send_signal(signal.SIGSTOP)
    house.work()
    until(lambda: house.job(job).pages_done == 1, 30)
    (counted,) = blobs(house, job.id)
    send(stopped, signal.SIGCONT)
    time.sleep(4)
    assert blobs(house, job.id) == {counted} and house.job(job).pages_done == 1
    assert len(house.pages(job)) == 1


def test_the_death_of_the_supervisor_leaves_no_process(make_house: MakeHouse) -> None:
    house = make_house(workers=2)
    server = house.serve()
    job = house.submit(tiff(20), null_switches="sleep:0.5")
    until(lambda: house.job(job).state is JobState.RUNNING, 30)
    until(lambda: len(server.children()) == 3, 10)  # the API and two workers
    children = server.children()
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    until(lambda: gone(children), 3)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs tesseract, which is not installed")
def test_the_death_of_the_supervisor_ends_what_its_workers_started(house: House) -> None:
    server = house.serve()
    house.submit((ROOT / "samples" / "article.jpg").read_bytes(), engine=EngineName.TESSERACT)
    started: list[psutil.Process] = []

    def reads() -> bool:
        started[:] = [child for child in server.children() if program(child) == "tesseract"]
        return bool(started)

    until(reads, 30)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert until(lambda: gone(started), 10) < 0.5


def test_stopping_in_order_leaves_no_process_and_loses_nothing(house: House) -> None:
    server = house.serve()
    job = house.submit(tiff(30), null_switches="sleep:0.2")
    until(lambda: house.job(job).pages_done >= 1, 30)
    children = server.children()
    assert server.terminate() == 0
    assert gone(children)
    assert house.core.store.statistics().units_leased == 0, "what was under way was given back"
    house.serve()
    assert house.ended(job).state is JobState.SUCCEEDED
    assert [page.number for page in house.pages(job)] == list(range(1, 31))


def test_callers_are_answered_again_when_the_api_dies(house: House) -> None:
    server = house.serve()
    until(lambda: _alive(server.address), 30)
    dead = server.api()
    dead.send_signal(signal.SIGKILL)
    until(lambda: _alive(server.address) and server.api().pid != dead.pid, 30)


def _alive(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "/livez", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("switches", ["crash:5", "hang:5"])
def test_a_page_that_ends_its_worker_becomes_an_error_on_that_page(make_house: MakeHouse, switches: str) -> None:
    house = make_house(page_seconds=2.0)
    house.serve()
    job = house.submit(tiff(16), null_switches=switches)
    ended = house.ended(job, 120)
    assert ended.state is JobState.PARTIALLY_SUCCEEDED and (ended.pages_done, ended.pages_failed) == (16, 1)
    pages = house.pages(job)
    assert [page.number for page in pages] == list(range(1, 17))
    failed = [page for page in pages if page.error is not None]
    assert [page.number for page in failed] == [5] and failed[0].error is not None
    assert failed[0].error.code == {"crash:5": "engine.worker_died", "hang:5": "engine.timed_out"}[switches]
    assert "page 5" in failed[0].error.message


def test_other_failures_of_an_engine_cost_one_page_and_no_worker(house: House) -> None:
    server = house.serve()
    worker = server.busy_worker()
    job = house.submit(tiff(4), null_switches="oom:2,garbage:3")
    ended = house.ended(job)
    assert ended.state is JobState.PARTIALLY_SUCCEEDED and ended.pages_failed == 2
    codes = {page.number: page.error.code for page in house.pages(job) if page.error is not None}
    assert codes == {2: "engine.out_of_memory", 3: "engine.garbage"}
    assert server.busy_worker().pid == worker.pid


def test_a_worker_that_dies_once_is_forgiven(house: House) -> None:
    house.serve()
    job = house.submit(tiff(4), null_switches="crash-once:2")
    ended = house.ended(job)
    assert ended.state is JobState.SUCCEEDED and ended.pages_failed == 0


def test_cancel_frees_the_core_within_two_seconds(house: House) -> None:
    server = house.serve()
    job = house.submit(png(), null_switches="hang:1")
    until(lambda: house.job(job).state is JobState.RUNNING, 30)
    worker = server.busy_worker()
    control.cancel(house.core, PROJECT, job.id)
    assert until(lambda: gone([worker]), 2) < 2
    assert house.job(job).state is JobState.CANCELLED
    assert house.ended(house.submit(png())).state is JobState.SUCCEEDED, "the slot works on"
