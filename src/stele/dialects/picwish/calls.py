"""What calls of this dialect have in common: what the server knows, who calls, and the paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive

from stele.dialects.context import DialectContext
from stele.domain.value import Value
from stele.service.core import Core, Principal
from stele.service.quotas import RequestQuota

DIALECT: Final = "picwish"
TASKS_PATH: Final = "/api/tasks/document/ocr"


class PicwishRules(Value):
    """From the settings. `qps` are requests a second of one key, `seconds` how long a task may be worked on, `address`
    is what the addresses of results begin with where that is not what the caller's request was sent to."""

    qps: float
    seconds: float
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Picwish:
    """One a server process. `calls` counts requests by key."""

    context: DialectContext
    rules: PicwishRules
    calls: RequestQuota


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call with a key. `origin` is scheme and host of the server as the caller should know it."""

    picwish: Picwish
    principal: Principal
    headers: Headers
    origin: str
    receive: Receive

    @property
    def core(self) -> Core:
        return self.picwish.context.core
