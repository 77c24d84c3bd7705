"""Lines cut out of a page, and what was read in them, for tests."""

from __future__ import annotations

import numpy as np

from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip


def strip_of(width: int) -> Strip:
    """A white one."""
    return Strip(pixels=np.full((LINE_HEIGHT, width, 3), 255, np.uint8), to_page=np.eye(2, 3))


def reading_of(strip: Strip, text: str, places: list[float]) -> Reading:
    """A reading whose characters were seen a step wide around `places`."""
    return Reading(
        strip=strip,
        texts=tuple(text),
        confidences=np.full(len(text), 0.99, np.float32),
        starts=np.array(places, np.float32) - STEP / 2,
        ends=np.array(places, np.float32) + STEP / 2,
        by_hand=np.zeros(len(text), np.float32),
    )
