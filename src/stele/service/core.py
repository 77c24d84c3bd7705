"""What every use case works with: the ports, wired once by `stele.app`."""

from __future__ import annotations

from dataclasses import dataclass

from stele.domain.job import JobState
from stele.domain.media import Limits
from stele.domain.value import Value
from stele.service.keys import MasterKey
from stele.service.ports import (
    Blobs,
    Egress,
    Remotes,
    Renderer,
    Store,
    Wake,
)


class ServiceRules(Value):
    """What the use cases enforce, from the settings. Seconds and bytes."""

    limits: Limits
    max_items: int
    jobs_at_once: int
    requests_per_second: float
    retention_seconds: int
    max_retention_seconds: int
    #: the largest request that is taken as one message
    max_message_bytes: int = 64 * 1024 * 1024
    #: whose calls are those without credentials, where a dialect takes such
    anonymous_project: str | None = None


@dataclass(frozen=True, kw_only=True)
class Core:
    """Shared by all threads of a process; the ports behind it are safe for that."""

    store: Store
    blobs: Blobs
    remotes: Remotes
    wake: Wake
    egress: Egress
    render: Renderer
    master_key: MasterKey
    rules: ServiceRules


class Principal(Value):
    """Who calls, as far as the use cases care: a project. Proven by `access`, never taken from a request."""

    project: str


#: States in which results can be read.
READABLE = frozenset({JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED})
