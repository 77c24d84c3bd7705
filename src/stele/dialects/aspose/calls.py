"""What every call is given, and who may make it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope

from stele.dialects.aspose.errors import JSON, NO_STORE, Invalid
from stele.dialects.aspose.ids import job_of
from stele.dialects.believing import bearer_of, believed
from stele.dialects.bodies import whole
from stele.dialects.context import DialectContext
from stele.domain.errors import Unauthenticated
from stele.domain.value import Value
from stele.service import query
from stele.service.access import with_token
from stele.service.core import Principal


class AsposeRules(Value):
    """What the operator says of this dialect."""

    #: how long a call for results waits for the end of its task
    hold_seconds: float = 50.0
    #: whether GetTaskStatus needs no token
    anonymous_status: bool = False


class Access(Enum):
    """Who may call without a token."""

    NOBODY = auto()
    TRIAL = auto()  #: the anonymous project, where there is one
    STATUS = auto()  #: whoever knows the id, where the operator allows it


@dataclass(frozen=True, kw_only=True)
class Aspose:
    """One a server process."""

    context: DialectContext
    rules: AsposeRules


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. `given` is the id as the caller spells it, without what surrounds it."""

    aspose: Aspose
    principal: Principal
    given: str
    scope: Scope
    receive: Receive

    @property
    def job(self) -> str:
        """The job that the id names. Raises Invalid where there is no id."""
        if not self.given:
            raise Invalid("id", "The id field is required.")
        return job_of(self.given)

    async def body(self) -> bytes:
        """Raises BodyTooLarge, BodyStalled, ClientDisconnect."""
        return await whole(self.receive, self.aspose.context.core.rules.max_message_bytes)


Handler = Callable[[Call], Awaitable[Response]]

#: whose jobs are those that do not exist
_NOBODY: Final = Principal(project="")
#: as clients compare it, to the letter
TEXT: Final = "text/plain; charset=utf-8"


def text(body: str) -> Response:
    return Response(body, headers={**NO_STORE, "content-type": TEXT})


def json(body: bytes) -> Response:
    return Response(body, headers={**NO_STORE, "content-type": JSON})


async def called(aspose: Aspose, access: Access, scope: Scope, receive: Receive) -> Call:
    """Raises Unauthenticated, TooManyRequests."""
    asked = QueryParams(scope["query_string"])
    given = next((value for name, value in asked.multi_items() if name.lower() == "id"), "").strip(" \t\r\n\"'")
    principal = await _principal(aspose, access, Headers(scope=scope), given)
    aspose.context.quota.take(principal.project)
    return Call(aspose=aspose, principal=principal, given=given, scope=scope, receive=receive)


async def _principal(aspose: Aspose, access: Access, headers: Headers, given: str) -> Principal:
    """Names of `headers` are looked up in any case."""
    context = aspose.context
    token = bearer_of(headers)
    anonymous = context.core.rules.anonymous_project
    try:
        if not token:
            raise Unauthenticated
        return await believed(context, token, with_token)
    except Unauthenticated:
        if access is Access.TRIAL and anonymous is not None:
            return Principal(project=anonymous)
        if access is Access.STATUS and not token and aspose.rules.anonymous_status:
            return await asyncio.to_thread(query.owner_of, context.core, job_of(given)) or _NOBODY
        raise
