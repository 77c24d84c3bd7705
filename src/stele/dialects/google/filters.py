"""The filter of `ListOperations`: `done=true AND NOT metadata.state=CANCELLED AND metadata.createTime>"2025-01-01"`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from stele.dialects.google.errors import invalid
from stele.domain.job import ENDED, Job, JobState

_TERM = re.compile(
    r"(?P<not>(NOT\s+|-))?(?P<field>[A-Za-z_.]+)\s*(?P<operator><=|>=|!=|=|<|>|:)\s*"
    r'("(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))'
)
_AND = re.compile(r"\s+AND\s+")

_BY_STATE: Final[Mapping[str, frozenset[JobState]]] = {
    "CREATED": frozenset({JobState.ACCEPTED, JobState.PREPARING, JobState.WAITING}),
    "RUNNING": frozenset({JobState.RUNNING, JobState.PUBLISHING}),
    "DONE": ENDED - {JobState.CANCELLED},
    "CANCELLED": frozenset({JobState.CANCELLED}),
}
_ALL = frozenset(JobState)
_TIMES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    ":": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """Job states that fulfil it (none given means all), and what else must hold."""

    states: tuple[JobState, ...]
    tests: tuple[Callable[[Job], bool], ...]

    def holds(self, job: Job) -> bool:
        return (not self.states or job.state in self.states) and all(test(job) for test in self.tests)


def condition(text: str) -> Condition:
    """Raises GoogleError INVALID_ARGUMENT for anything else than terms joined by AND."""
    states = _ALL
    tests: list[Callable[[Job], bool]] = []
    for term in _AND.split(text.strip()) if text.strip() else ():
        found = _TERM.fullmatch(term)
        if found is None:
            raise _not_understood(term)
        value = found["quoted"] if found["quoted"] is not None else found["word"]
        match found["field"].replace("_", "").lower():
            case "done" | "metadata.state" | "state":
                states &= _states(term, found["field"], found["operator"], value, negated=bool(found["not"]))
            case "metadata.createtime" | "createtime":
                tests.append(_time(term, found["operator"], value, negated=bool(found["not"])))
            case _:
                raise _not_understood(term)
    if not states:
        tests.append(lambda _: False)
    return Condition(() if states == _ALL else tuple(states), tuple(tests))


def _states(term: str, field: str, sign: str, value: str, *, negated: bool) -> frozenset[JobState]:
    known = {"true": ENDED, "false": _ALL - ENDED} if field == "done" else _BY_STATE
    found = known.get(value.lower() if field == "done" else value.upper())
    if found is None or sign not in {"=", ":", "!="}:
        raise _not_understood(term)
    return _ALL - found if negated != (sign == "!=") else frozenset(found)


def _time(term: str, sign: str, value: str, *, negated: bool) -> Callable[[Job], bool]:
    try:
        # Python knows six digits of a second, Google writes nine.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    except ValueError as error:
        raise _not_understood(term) from error
    at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    compare = _TIMES[sign]
    return lambda job: compare(job.created_at, at) != negated


def _not_understood(term: str) -> Exception:
    return invalid(
        f'Invalid filter: {term}. Understood are done=true, metadata.state=RUNNING and metadata.createTime>"TIME", '
        "with NOT, joined by AND."
    )
