"""The default engine's memory does not grow with the pages it has read, however they differ in size."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from printing import LETTER, PixelPage, printed
from stele.domain.job import EngineName
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.engines.paddle.runtime import Precision
from stele.pipeline.reading.seam import ReadOptions

MEGABYTE = 1024 * 1024
PAGES = 5_000


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_memory_is_flat_over_varied_pages() -> None:
    chooser = EngineChooser(None, threads=1, precision=Precision.AUTO)
    engine = chooser.engine_for(ReadOptions(engine=EngineName.PADDLE))
    random = np.random.default_rng(11)
    resident = []
    for _ in range(PAGES):
        lines = [LETTER[row % len(LETTER)] for row in range(int(random.integers(1, 25)))]
        page = printed(lines, size=int(random.integers(12, 40)), margin=int(random.integers(5, 300)))
        if random.random() < 0.2:
            page = page.turned(float(random.choice([90, 180, 270, 3, -7])))
        engine.see(PixelPage(page.pixels), page.pixels, ReadOptions())
        resident.append(psutil.Process().memory_info().rss / MEGABYTE)
    assert max(resident[PAGES // 2 :]) < 1.05 * max(resident[: PAGES // 2])
    assert max(resident) < 700
