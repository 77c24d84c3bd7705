"""The networks read in 8-bit whole numbers what they read in floating point, but for a word in a hundred of scans.

Both kinds are shown the same lines, without the second look in exact numbers that the engine takes where a line reads
badly: that would hide what whole numbers lose.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pytest

from printing import printed
from stele.domain.geometry import Polygon, bounding, bounds, rectangle
from stele.pipeline.reading.engines.paddle import models, orientation, scale
from stele.pipeline.reading.engines.paddle.detector import Detector
from stele.pipeline.reading.engines.paddle.models import Core, DetectorModel, RecogniserModel
from stele.pipeline.reading.engines.paddle.pixels import grey
from stele.pipeline.reading.engines.paddle.plain import PlainPrint
from stele.pipeline.reading.engines.paddle.quantising import Ranges, ranges
from stele.pipeline.reading.engines.paddle.recogniser import Floats, Page, Recogniser, Strip
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TEXTS = ("article", "invoice")
SIZES = (14, 24)
#: of the words: clean print is far from any other reading, so next to nothing may change (measured: none of 1,184)
ON_PRINT = 0.005
#: faxes and receipts have words that are read by a hair, and a small error turns those (measured: 2 of 257)
ON_SCANS = 0.03
SCANS = {"funsd": 10, "sroie": 4}
MOST = 60  #: lines of a set
LETTER = 10.0  #: pixels that the detector sees best


@pytest.fixture(scope="module")
def core() -> Core:
    core = Core(Runtime(threads=2, precision=Precision.AUTO))
    if core.precision is not Precision.INT8:
        pytest.skip("this CPU has no bf16, so the engine computes in f32 here and never in whole numbers")
    return core


@pytest.fixture(scope="module")
def in_floats() -> Recogniser:
    return Recogniser(RecogniserModel(Core(Runtime(threads=2, precision=Precision.F32))))


@pytest.fixture(scope="module")
def print_() -> list[Strip]:
    """Lines drawn here, sharp and a little blurred."""
    found = []
    for name in TEXTS:
        lines = [line for line in (SAMPLES / "expected" / f"{name}.txt").read_text("utf-8").splitlines() if line][:12]
        for size in SIZES:
            sheet = printed(lines, size=size)
            rows = groupby(sheet.words, key=lambda word: word[1][0][1] // (1.6 * size))
            boxes = [around((polygon for _, polygon in row), size) for _, row in rows]
            for pixels in (sheet.pixels, cv2.GaussianBlur(sheet.pixels, (0, 0), size / 24)):
                page = Page(np.asarray(pixels, np.uint8))
                found += [page.strip(box) for box in boxes]
    return found


def around(polygons: Iterable[Polygon], size: int) -> Floats:
    """As the detector draws a line: with some room above and below."""
    left, top, right, bottom = bounds(bounding(polygons))
    room = size / 8
    return np.array(rectangle(left - room, top - room, right + room, bottom + room), np.float32)


def scans(data: Path, core: Core) -> list[Strip]:
    detector = Detector(DetectorModel(core))
    found = []
    for name, step in SCANS.items():
        of_set: list[Strip] = []
        for truth in sorted((data / name).glob("*.gt.json"))[::step]:
            file = json.loads(truth.read_text())["file"]
            pixels = np.asarray(cv2.imdecode(np.fromfile(truth.parent / file, np.uint8), cv2.IMREAD_COLOR), np.uint8)
            letter = scale.measured(grey(pixels)).letter or LETTER
            page = Page(pixels)
            of_set += [page.strip(box) for box in orientation.laid(detector(pixels, LETTER / letter, 0.9))[0]]
        found += of_set[:: math.ceil(len(of_set) / MOST)]
    return found


def words(strip: Strip, recogniser: Recogniser) -> Counter[str]:
    return Counter(recogniser(strip).text.split())


def differing(lines: list[Strip], one: Recogniser, other: Recogniser) -> float:
    """The share of the words of `other` that `one` does not have in the same line."""
    pairs = [(words(strip, one), words(strip, other)) for strip in lines]
    return sum((theirs - ours).total() for ours, theirs in pairs) / sum(theirs.total() for _, theirs in pairs)


def test_print_reads_the_same(core: Core, print_: list[Strip], in_floats: Recogniser) -> None:
    assert len(print_) > 80
    assert differing(print_, Recogniser(RecogniserModel(core)), in_floats) < ON_PRINT


def test_scans_read_nearly_the_same(shared_data: Path, core: Core, in_floats: Recogniser) -> None:
    lines = scans(shared_data, core)
    assert len(lines) > 80
    share = differing(lines, Recogniser(RecogniserModel(core)), in_floats)
    assert share < ON_SCANS


def test_plain_print_is_as_sure_of_the_same(core: Core, print_: list[Strip]) -> None:
    rounded, exact = PlainPrint(core), PlainPrint(Core(Runtime(threads=2, precision=Precision.F32)))
    sure = [0, 0]
    for strip in print_:
        pair = [plain.again(strip) for plain in (rounded, exact)]
        sure = [count + np.count_nonzero(one.confidences) for count, one in zip(sure, pair, strict=True)]
        if all(one.confidences.all() for one in pair):
            assert pair[0].text == pair[1].text
    assert 0.98 * sure[1] < sure[0] < 1.02 * sure[1]


@pytest.mark.parametrize("by", [0.5, 5.0])
def test_ranges_that_do_not_fit_are_noticed(
    by: float, core: Core, print_: list[Strip], in_floats: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too narrow, they cut off what is large; too wide, they round away what is small."""
    ruined: Ranges = {name: values * np.float32(by) for name, values in ranges().items()}
    monkeypatch.setattr(models, "ranges", lambda: ruined)
    assert differing(print_[::4], Recogniser(RecogniserModel(core)), in_floats) > ON_PRINT
