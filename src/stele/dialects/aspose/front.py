"""The HTTP front: which operation a path means, who calls, and the verbs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.aspose import errors
from stele.dialects.aspose.calls import Access, Aspose, AsposeRules, Call, Handler, called, text
from stele.dialects.aspose.errors import NotOffered
from stele.dialects.aspose.getting import delete, get, get_status
from stele.dialects.aspose.older import older_operations
from stele.dialects.aspose.operations import IDENTIFY_FONT, OPERATIONS, Operation
from stele.dialects.aspose.submitting import begin
from stele.dialects.aspose.tokens import TokenEndpoint
from stele.dialects.context import DialectContext

TOKEN_PATH: Final = "/connect/token"  # noqa: S105
STATUS_PATH: Final = "Utilities/GetTaskStatus"
_TRIAL: Final = "Trial"
#: what clients put before the name of an operation: once, twice, without `/ocr`, or nothing at all
_PREFIX: Final = re.compile(r"^(?:/v5(?:\.[01])?(?:/ocr)?(?=/|$))+", re.IGNORECASE)
_NO_FONTS: Final = (
    "IdentifyFont is not offered by this server: nothing here tells typefaces apart. RecognizeImage reads the text."
)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What is at one path, by verb."""

    access: Access
    handlers: Mapping[str, Handler]


def routes(context: DialectContext, rules: AsposeRules) -> list[BaseRoute]:
    """`/connect/token`, and the operations, in every spelling that clients use."""
    return [_Paths(Aspose(context=context, rules=rules))]


class _Paths(BaseRoute):
    """All paths of this dialect: the case of letters does not count. What begins like one of them and is none is
    answered here too."""

    def __init__(self, aspose: Aspose) -> None:
        self._token = TokenEndpoint(aspose.context)
        self._front = _Front(aspose)
        self._missing = Response(status_code=404)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        app = self._app(scope["path"])
        return (Match.NONE, {}) if app is None else (Match.FULL, {"endpoint": app})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["endpoint"](scope, receive, send)

    def _app(self, path: str) -> ASGIApp | None:
        if path.rstrip("/").lower() == TOKEN_PATH:
            return self._token
        name = _PREFIX.sub("", path)
        if self._front.place(name) is not None:
            return self._front
        return None if name == path else self._missing


class _Front:
    """The ASGI application of the operations."""

    def __init__(self, aspose: Aspose) -> None:
        self._aspose = aspose
        places = {operation.name: _place_of(operation) for operation in OPERATIONS.values()}
        places |= {
            name: _Place(access=Access.NOBODY, handlers=handlers) for name, handlers in older_operations().items()
        }
        places[IDENTIFY_FONT] = _Place(
            access=Access.NOBODY, handlers={"POST": _refuse_fonts, "GET": get, "DELETE": delete}
        )
        places[STATUS_PATH] = _Place(access=Access.STATUS, handlers={"GET": get_status})
        self._places = {name.lower(): place for name, place in places.items()}

    def place(self, name: str) -> _Place | None:
        return self._places.get(name.strip("/").lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = self.place(_PREFIX.sub("", scope["path"]))
        assert place is not None
        handler = place.handlers.get(scope["method"])
        try:
            if handler is None:
                response = Response(status_code=405, headers={"allow": ", ".join(place.handlers)})
            else:
                response = await handler(await called(self._aspose, place.access, scope, receive))
        except ClientDisconnect:
            return
        except Exception as error:
            response = errors.answer(error, scope["path"])
        await response(scope, receive, send)


def _place_of(operation: Operation) -> _Place:
    access = Access.TRIAL if operation.name.endswith(_TRIAL) else Access.NOBODY

    async def post(call: Call) -> Response:
        body = await call.body()
        return text(await asyncio.to_thread(begin, call.aspose.context.core, call.principal, operation, body))

    return _Place(access=access, handlers={"POST": post, "GET": get, "DELETE": delete})


async def _refuse_fonts(_: Call) -> Response:
    raise NotOffered(_NO_FONTS)
