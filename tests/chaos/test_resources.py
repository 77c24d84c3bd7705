"""What happens when the disk is full, and what long documents cost."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image
from tests.chaos.conftest import House, png, tiff

from stele.domain.errors import StorageFull
from stele.domain.job import EngineName, JobState

MakeHouse = Callable[..., House]
_MEGABYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_and_forgives(small_disk: Path) -> None:
    house = House(small_disk / "data")
    try:
        house.serve()
        before = house.ended(house.submit(png()))
        ballast = small_disk / "ballast"
        with pytest.raises(StorageFull):
            while True:
                with ballast.open("ab") as file:
                    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
                    file.write(bytes(max(4096, free - 64 * 1024)))
                house.submit(png() + bytes(256 * 1024))
        ballast.unlink()
        assert house.ended(house.submit(png())).state is JobState.SUCCEEDED
        assert house.job(before) == before, "what was there before is there still"
    except OSError as error:
        pytest.fail(f"an error that is not of the table: {error}")
    finally:
        house.close()


_BLACK_OR_WHITE = [0] * 128 + [255] * 128


def peak_bytes(process: psutil.Process) -> int:
    """The most resident memory a process ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def measured_peak(house: House, scan: bytes, pages: int, engine: EngineName) -> int:
    """Peak memory of the worker and the supervisor together for a scan of so many pages."""
    server = house.serve()
    worker = server.busy_worker()
    job = house.submit(scan, engine=engine)
    ended = house.ended(job, seconds=6000)
    assert ended.state is JobState.SUCCEEDED and ended.pages_done == pages
    assert server.busy_worker().pid == worker.pid, "it was replaced, so its peak says nothing"
    peak = peak_bytes(worker) + peak_bytes(psutil.Process(server.process.pid))
    server.terminate()
    return peak


def test_memory_does_not_grow_with_the_number_of_pages(make_house: MakeHouse) -> None:
    few = measured_peak(make_house(), tiff(20), 20, EngineName.NULL)
    many = measured_peak(make_house(), tiff(1000), 1000, EngineName.NULL)
    assert many <= 1.3 * few, f"{many / _MEGABYTE:.0f} MB for 1,000 pages, {few / _MEGABYTE:.0f} MB for 20"


@pytest.mark.soak
def test_memory_does_not_grow_with_the_number_of_pages_that_are_read(make_house: MakeHouse) -> None:
    patient = {"page_seconds": 600.0, "silence_seconds": 120.0}
    few = measured_peak(make_house(**patient), sample_scan(20), 20, EngineName.PADDLE)
    many = measured_peak(make_house(**patient), sample_scan(1000), 1000, EngineName.PADDLE)
    print(f"peak {many / _MEGABYTE:.0f} MB for 1,000 pages, {few / _MEGABYTE:.0f} MB for 20: {many / few:.2f}")
    assert many <= 1.3 * few


def sample_scan(pages: int) -> bytes:
    """The samples that are scans, over and over, as one TIFF."""
    samples = Path(__file__).resolve().parents[2] / "samples"
    names = ("article.jpg", "form.jpg", "invoice.png")
    scans = [Image.open(samples / name).convert("L").point(_BLACK_OR_WHITE, "1") for name in names]
    buffer = io.BytesIO()
    rest = (scans[number % len(scans)] for number in range(1, pages))
    scans[0].save(buffer, "TIFF", save_all=True, append_images=rest, compression="group4")
    return buffer.getvalue()
