"""The null engine: for tests of everything around engines. It answers at once, or fails as it is told to.

Switches come with the job, comma-separated; a number is the page they are for, except
that of `sleep`, the seconds a page takes:

    hang:3          never answers
    crash:7         kills its own process, as a fault in native code does
    crash-once:7    the same, on the first attempt of the unit only
    oom:2           fills some memory, then gives up: 256 MB, so that the test's machine is not the victim
    garbage:1       answers with polygons that cannot be
    sleep:0.5       waits before each answer
"""

from __future__ import annotations

import math
import os
import signal
import time
from enum import StrEnum
from typing import Never

from stele.domain.errors import UnknownOption
from stele.domain.geometry import rectangle
from stele.domain.job import EngineName, Feature
from stele.domain.value import Value
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.reading.seam import ReadOptions, SeenLine, SeenPage, SeenSymbol, SeenWord

_MEMORY = 256 * 1024 * 1024
_NAN = (math.nan, -1.0)


class Failure(StrEnum):
    """What the null engine can be told to do."""

    HANG = "hang"
    CRASH = "crash"
    CRASH_ONCE = "crash-once"
    OOM = "oom"
    GARBAGE = "garbage"
    SLEEP = "sleep"


class Switch(Value):
    failure: Failure
    #: a page number, or seconds
    amount: float


def switches(text: str | None) -> tuple[Switch, ...]:
    """Parse a job's switches. Raises UnknownOption."""
    try:
        pairs = [part.partition(":") for part in (text or "").split(",") if part]
        return tuple(Switch(failure=Failure(name.strip()), amount=float(amount)) for name, _, amount in pairs)
    except ValueError as error:
        allowed = ", ".join(f"{failure}:NUMBER" for failure in Failure)
        raise UnknownOption(option="null_switches", value=text, allowed=allowed) from error


class NullEngine:
    """Sees one line on every page, which names the page: the same at every attempt."""

    name = EngineName.NULL
    needs_pixels = False

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        """Answer or fail. Raises UnknownOption, MemoryError."""
        for switch in switches(options.null_switches):
            if switch.failure is Failure.SLEEP:
                time.sleep(switch.amount)
            elif switch.amount == page.number:
                match switch.failure:
                    case Failure.HANG:
                        _hang()
                    case Failure.CRASH:
                        _crash()
                    case Failure.CRASH_ONCE if options.attempt == 1:
                        _crash()
                    case Failure.OOM:
                        _fill_memory()
                    case Failure.GARBAGE:
                        return _garbage()
        return _answer(page, symbols=Feature.SYMBOLS in options.features)


def _answer(page: PageInput, *, symbols: bool) -> SeenPage:
    width, height = (page.height, page.width) if page.orientation.swaps_axes else (page.width, page.height)
    texts = ["page", str(page.number), "of", "null", "engine"]
    # The line fills the top left quarter of the page, each character a cell.
    cell = width / 2 / len(" ".join(texts))
    top, bottom = height / 16, height / 8
    words, left = [], cell
    for text in texts:
        right = left + cell * len(text)
        edges = [left + cell * index for index in range(len(text))]
        words.append(
            SeenWord(
                text=text,
                confidence=1.0,
                polygon=rectangle(left, top, right, bottom),
                symbols=tuple(
                    SeenSymbol(text=character, confidence=1.0, polygon=rectangle(edge, top, edge + cell, bottom))
                    for character, edge in zip(text, edges, strict=True)
                )
                if symbols
                else (),
            )
        )
        left = right + cell
    return SeenPage(lines=(SeenLine(polygon=rectangle(cell, top, left - cell, bottom), words=tuple(words)),))


def _garbage() -> SeenPage:
    nowhere = (_NAN, _NAN, _NAN, _NAN)
    word = SeenWord(text="garbage", confidence=2.0, polygon=nowhere)
    return SeenPage(lines=(SeenLine(polygon=nowhere, words=(word,)),))


def _hang() -> Never:
    while True:
        time.sleep(3600)


def _crash() -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    _hang()


def _fill_memory() -> Never:
    filled = bytearray(_MEMORY)
    filled[:: os.sysconf("SC_PAGESIZE")] = b"\1" * len(range(0, _MEMORY, os.sysconf("SC_PAGESIZE")))
    raise MemoryError("told to run out of memory")
