"""What every call goes through: who calls, its quota, its query, the handler, and errors as problems.

An `Endpoint` is data: the route, the OpenAPI document and the docs are made from it. Its handler's name is the
operation's id, and its docstring the operation's description.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.context import DialectContext
from stele.dialects.native.decoding import Shape, from_query
from stele.dialects.native.problems import problem, unexpected
from stele.domain.errors import SteleError, Unauthenticated
from stele.domain.value import Value
from stele.service.access import with_token
from stele.service.core import Core, Principal

Q = TypeVar("Q", bound=Value)

_BELIEVED_SECONDS = 2.0  #: how long a revoked token may go on working
_REMEMBERED = 10_000  #: tokens

_encode = msgspec.json.Encoder().encode
_JSON_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One authenticated call."""

    context: DialectContext
    principal: Principal
    headers: Headers
    place: Mapping[str, str]  #: what stands in the braces of the endpoint's path
    receive: Receive

    @property
    def core(self) -> Core:
        return self.context.core


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A way for a call to succeed: a JSON body of type `body`, or bytes of `media_type`, or nothing."""

    description: str
    body: type[Value] | None = None
    media_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[Q]):
    """`path` lies below `/api/v1`. `bodies` are the request's, by media type; None stands for raw bytes."""

    method: str
    path: str
    summary: str
    handle: Callable[[Call, Q], Awaitable[ASGIApp]]
    query: type[Q]
    answers: Mapping[int, Answer]
    errors: tuple[type[SteleError], ...] = ()
    bodies: Mapping[str, type[Value] | None] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  #: request headers and what they do


def json(body: Value, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encode(body), status, {**_JSON_HEADERS, **(headers or {})}, "application/json")


class Gate:
    """Lets calls in: credentials to a project, and the project's requests a second."""

    def __init__(self, context: DialectContext) -> None:
        self._context = context
        self._known: dict[str, tuple[float, Principal]] = {}

    async def enter(self, headers: Headers) -> Principal:
        """Raises Unauthenticated, TooManyRequests."""
        token = _token(headers)
        now = time.monotonic()
        until, principal = self._known.get(token, (0.0, None))
        if principal is None or until < now:
            principal = await asyncio.to_thread(with_token, self._context.core, token)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[token] = now + _BELIEVED_SECONDS, principal
        self._context.quota.take(principal.project)
        return principal


def routes_of(endpoints: Sequence[Endpoint[Any]], context: DialectContext) -> list[Route]:
    """One route a path, for all its methods, so that who uses another method is told which there are."""
    gate = Gate(context)
    paths: dict[str, dict[str, _Handler[Any]]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method] = _Handler(endpoint, context, gate)
    return [_route(path, handlers) for path, handlers in paths.items()]


def _route(path: str, handlers: Mapping[str, ASGIApp]) -> Route:
    route = Route(path, _Methods(handlers), methods=[*handlers])
    route.methods = {*handlers}  # Starlette adds HEAD to GET, but a stream of events has no end to skip to
    return route


class _Methods:
    """The ASGI application of one path."""

    def __init__(self, handlers: Mapping[str, ASGIApp]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handlers[scope["method"]](scope, receive, send)


class _Handler(Generic[Q]):
    """The ASGI application of one endpoint."""

    def __init__(self, endpoint: Endpoint[Q], context: DialectContext, gate: Gate) -> None:
        self._endpoint = endpoint
        self._context = context
        self._gate = gate
        self._shape = Shape(endpoint.query)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        except SteleError as error:
            answer = problem(error, scope["path"])
        except Exception as error:
            answer = unexpected(error, scope["path"])
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        headers = Headers(scope=scope)
        principal = await self._gate.enter(headers)
        query = from_query(scope["query_string"], self._endpoint.query, self._shape)
        call = Call(
            context=self._context,
            principal=principal,
            headers=headers,
            place=scope["path_params"],
            receive=receive,
        )
        return await self._endpoint.handle(call, query)


def _token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if key := headers.get("x-api-key"):
        return key
    raise Unauthenticated
