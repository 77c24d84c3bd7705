"""What every dialect is given by the wiring: the use cases' core, the wake-ups, and the request quota."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stele.service.core import Core, Principal
from stele.service.ports import Watch
from stele.service.quotas import RequestQuota

#: whose credentials these are; raises Unauthenticated
Prove = Callable[[Core, str], Principal]


def _uncounted(dialect: str, feature: str) -> None:
    """For contexts without metrics."""


@dataclass(frozen=True, kw_only=True)
class DialectContext:
    """One a server process. Use cases block: call them through `asyncio.to_thread`, never on the event loop."""

    core: Core
    watch: Watch
    quota: RequestQuota
    #: credentials that were proven a moment ago, and by what: until when that is believed (monotonic clock), and whose
    #: they are
    known: dict[tuple[Prove, str], tuple[float, Principal]] = field(default_factory=dict)
    #: counts a feature that a dialect was asked for and that nothing here can answer: the dialect, the feature's name
    unanswered: Callable[[str, str], None] = _uncounted
