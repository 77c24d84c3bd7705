"""The memory of a worker of a real server stays where it is over thousands of pages that differ in kind and size."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image
from tests.chaos.conftest import House, until

from stele.domain.job import EngineName

MEGABYTE = 1024 * 1024
PAGES, AT_ONCE = 5_000, 80
#: what is read, and how often: photos, receipts, forms, and files with a text layer
PICTURES = {"svt_scene": 2, "icdar2013_scene": 2, "icdar2015_scene": 1, "sroie": 2, "funsd": 1}
FILES = ("pdf_borndigital", "invoice2data")
SHARE_OF_FILES, SHARE_OF_WHOLE = 0.3, 0.1
MOST_BYTES = 300_000
#: sides of what is cut out of pictures, so that thousands take minutes
SIDES = (100, 700)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_memory_of_a_worker_is_flat(shared_data: Path, make_house: Callable[..., House]) -> None:
    house = make_house(recycle_pages=10**6, page_seconds=600.0, silence_seconds=120.0)
    server = house.serve()
    worker, inputs = server.busy_worker(), varied(shared_data)
    resident: list[float] = []
    pages = 0
    while pages < PAGES:
        pages += read(house, inputs)
        until(lambda: server.busy_worker().is_running(), 10)
        assert server.busy_worker().pid == worker.pid, "it was replaced, so what it held says nothing"
        resident.append(worker.memory_info().rss / MEGABYTE)
        print(f"{pages} pages, {resident[-1]:.0f} MB", flush=True)
    half = len(resident) // 2
    assert max(resident[half:]) < 1.05 * max(resident[:half])
    assert max(resident) < 700


def read(house: House, inputs: Iterator[tuple[str, bytes]]) -> int:
    """Read about a hundred pages, and wait until the worker rests: while it reads, it holds the page as well."""
    jobs = [house.submit(data, name, engine=EngineName.AUTO) for name, data in islice(inputs, AT_ONCE)]
    ended = [house.ended(job, seconds=1200) for job in jobs]
    assert not any(job.pages_failed for job in ended)
    return sum(job.pages_done for job in ended)


def varied(data: Path) -> Iterator[tuple[str, bytes]]:
    """Files, pictures and parts of pictures, without end."""
    chance = random.Random(5)
    files = [path for name in FILES for path in sorted((data / name).glob("*.pdf")) if path.stat().st_size < MOST_BYTES]
    pictures = [
        path
        for name, times in PICTURES.items()
        for path in sorted((data / name).iterdir())
        if path.suffix in {".jpg", ".png"}
        for _ in range(times)
    ]
    while True:
        if chance.random() < SHARE_OF_FILES:
            path = chance.choice(files)
            yield path.name, path.read_bytes()
            continue
        picture = Image.open(chance.choice(pictures)).convert("RGB")
        if chance.random() > SHARE_OF_WHOLE:
            width, height = (min(chance.randint(*SIDES), side) for side in picture.size)
            left, top = chance.randint(0, picture.width - width), chance.randint(0, picture.height - height)
            picture = picture.crop((left, top, left + width, top + height))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG")
        yield "picture.jpg", buffer.getvalue()
