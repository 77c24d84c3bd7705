"""One call of the JSON API, and how its query is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Receive

from stele.dialects.context import DialectContext
from stele.domain.errors import RequestError
from stele.service.core import Core, Principal
from stele.service.records import Precondition


@dataclass(frozen=True, kw_only=True)
class Call:
    """An authenticated call. `place` is what its path names, `base` the address of this server as the caller has it."""

    context: DialectContext
    principal: Principal
    headers: Headers
    query: Mapping[str, str]
    place: Mapping[str, str]
    base: str
    receive: Receive

    @property
    def core(self) -> Core:
        return self.context.core

    def number(self, name: str) -> int | None:
        """A whole number of the query; None when it is not given. Raises RequestError."""
        given = self.query.get(name)
        if given is None:
            return None
        if not given.isascii() or not given.isdigit():
            raise RequestError(reason=f"{name} is a whole number, not {given}")
        return int(given)

    def precondition(self, *, names: str = "if{}") -> Precondition:
        """What the query demands of the object. Metageneration is always 1 here. Raises RequestError."""
        one = self.number(names.format("MetagenerationMatch")), self.number(names.format("MetagenerationNotMatch"))
        if one[0] not in {None, 1} or one[1] == 1:
            return NEVER
        return Precondition(
            generation=self.number(names.format("GenerationMatch")),
            not_generation=self.number(names.format("GenerationNotMatch")),
        )


#: no object has it
NEVER = Precondition(generation=-1)
