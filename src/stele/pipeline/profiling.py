"""Where the time of pages goes: the processor's seconds by stage, and how much the networks had to look at.

One account a process, always kept: it costs microseconds a line. `stele read --profile` shows it.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from msgspec import field

from stele.domain.value import Value

P = ParamSpec("P")
R = TypeVar("R")


class Stage(StrEnum):
    """What is done for a page, in this order. The value is its name in tables."""

    LOAD = "load models"
    OPEN = "open"
    RENDER = "render"
    MEASURE = "measure print"
    DETECT = "detect"
    CROP = "crop"
    PLAIN = "plain print"
    RECOGNISE = "recognise"
    SPELLING = "spelling"
    WORDS = "words"
    LAYOUT = "layout"
    STRUCTURE = "structure"
    EXPORT = "export"
    OTHER = "other"


class Profile(Value):
    """`seconds` of the processor by stage, of all threads; what was looked at by stage: columns of lines by the
    networks that read, pixels of tiles by the detector. `seconds` of a stage are without those of stages inside it."""

    seconds: dict[Stage, float] = field(default_factory=dict)
    seen: dict[Stage, int] = field(default_factory=dict)

    def __add__(self, other: Profile) -> Profile:
        seconds = {
            stage: self.seconds.get(stage, 0.0) + other.seconds.get(stage, 0.0)
            for stage in {**self.seconds, **other.seconds}
        }
        return Profile(seconds=seconds, seen=dict(Counter(self.seen) + Counter(other.seen)))


class _Account:
    """What this process has spent; the last of the stages `under_way` is the one that is charged."""

    def __init__(self) -> None:
        self.seconds: defaultdict[Stage, float] = defaultdict(float)
        self.seen: Counter[Stage] = Counter()
        self.under_way = [Stage.OTHER]
        self.since = time.process_time()

    def charge(self) -> None:
        now = time.process_time()
        self.seconds[self.under_way[-1]] += now - self.since
        self.since = now


_account = _Account()


def during(stage: Stage) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: the function's time belongs to `stage`."""

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            _account.charge()
            _account.under_way.append(stage)
            try:
                return function(*args, **kwargs)
            finally:
                _account.charge()
                _account.under_way.pop()

        return timed

    return decorated


def looked_at(stage: Stage, amount: int) -> None:
    """Take down what a network is given: columns or pixels."""
    _account.seen[stage] += amount


def settled() -> Profile:
    """What this process has spent since it began or was last asked."""
    _account.charge()
    profile = Profile(seconds=dict(_account.seconds), seen=dict(_account.seen))
    _account.seconds.clear()
    _account.seen.clear()
    return profile
