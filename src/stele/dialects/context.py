"""What every dialect is given by the wiring: the use cases' core, the wake-ups, and the request quota."""

from __future__ import annotations

from dataclasses import dataclass

from stele.service.core import Core
from stele.service.ports import Watch
from stele.service.quotas import RequestQuota


@dataclass(frozen=True, kw_only=True)
class DialectContext:
    """One a server process. Use cases block: call them through `asyncio.to_thread`, never on the event loop."""

    core: Core
    watch: Watch
    quota: RequestQuota
