"""The null engine answers at once, and fails exactly as it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from printing import PixelPage
from stele.domain.errors import EngineGarbage, OutOfMemory, UnknownOption
from stele.domain.geometry import Orientation, bounds
from stele.domain.job import EngineName
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.engines.null import Failure, NullEngine, Switch, switches
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions, SeenPage


def page(number: int = 1, orientation: Orientation = Orientation.UPRIGHT) -> PixelPage:
    return PixelPage(np.zeros((40, 60), np.uint8), number, orientation)


def see(told: str | None, number: int = 1, attempt: int = 1) -> SeenPage:
    return NullEngine().see(page(number), None, ReadOptions(null_switches=told, attempt=attempt))


def text(seen: SeenPage) -> str:
    return " ".join(word.text for line in seen.lines for word in line.words)


def test_it_names_the_page() -> None:
    assert text(see(None, number=7)) == "page 7 of null engine"


@pytest.mark.parametrize("orientation", Orientation)
def test_its_words_lie_on_the_displayed_page(orientation: Orientation) -> None:
    seen = NullEngine().see(page(orientation=orientation), None, ReadOptions())
    left, top, right, bottom = bounds(point for line in seen.lines for point in line.polygon)
    assert 0 <= left < right <= 60
    assert 0 <= top < bottom <= 40


def test_switches_are_parsed() -> None:
    assert switches("hang:3, sleep:0.5") == (
        Switch(failure=Failure.HANG, amount=3),
        Switch(failure=Failure.SLEEP, amount=0.5),
    )
    assert switches(None) == switches("") == ()


@pytest.mark.parametrize("told", ["explode:1", "hang", "hang:x", "sleep:"])
def test_unknown_switches_are_refused(told: str) -> None:
    with pytest.raises(UnknownOption, match="null_switches"):
        see(told)


def test_switches_are_for_their_page_only() -> None:
    assert see("hang:3,crash:4,oom:5,garbage:6", number=2) == see(None, number=2)


def test_sleep() -> None:
    start = time.monotonic()
    see("sleep:0.05")
    assert time.monotonic() - start >= 0.05


def test_out_of_memory_and_garbage_become_errors_of_the_table() -> None:
    reader = Reader(EngineChooser(None, threads=1))
    for told, error in (("oom:1", OutOfMemory), ("garbage:1", EngineGarbage)):
        with pytest.raises(error):
            reader.read(page(), ReadOptions(engine=EngineName.NULL, null_switches=told))


def elsewhere(told: str, attempt: int = 1, timeout: float = 20) -> int:
    """The exit status of a process in which the engine sees page 1."""
    program = (
        "import numpy, sys\n"
        "sys.path.insert(0, 'tests')\n"
        "from printing import PixelPage\n"
        "from stele.pipeline.reading.engines.null import NullEngine\n"
        "from stele.pipeline.reading.seam import ReadOptions\n"
        f"options = ReadOptions(null_switches={told!r}, attempt={attempt})\n"
        "NullEngine().see(PixelPage(numpy.zeros((9, 9), numpy.uint8)), None, options)\n"
    )
    return subprocess.run([sys.executable, "-c", program], timeout=timeout, check=False).returncode


def test_crash_kills_its_process() -> None:
    assert elsewhere("crash:1") == -signal.SIGKILL


def test_crash_once_spares_the_second_attempt() -> None:
    assert elsewhere("crash-once:1") == -signal.SIGKILL
    assert text(see("crash-once:1", attempt=2)) == "page 1 of null engine"


def test_hang_does_not_return() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        elsewhere("hang:1", timeout=2)
