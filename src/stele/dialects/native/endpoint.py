"""What every call goes through: who calls, its quota, its query, the handler, and errors as problems.

An `Endpoint` is data: the route, the OpenAPI document and the docs are made from it. Its handler's name is the
operation's id, and its docstring the operation's description.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.believing import bearer_of, believed
from stele.dialects.context import DialectContext
from stele.dialects.native.decoding import Shape, from_query
from stele.dialects.native.problems import problem, unexpected
from stele.domain.errors import SteleError, Unauthenticated
from stele.domain.value import Value
from stele.service.access import with_token
from stele.service.core import Core, Principal

Q = TypeVar("Q", bound=Value)

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


async def admitted(context: DialectContext, headers: Headers) -> Principal:
    """Whose credentials a call brings, one of whose requests a second is used up. Raises Unauthenticated,
    TooManyRequests."""
    token = bearer_of(headers) or headers.get("x-api-key")
    if not token:
        raise Unauthenticated
    principal = await believed(context, token, with_token)
    context.quota.take(principal.project)
    return principal


def routes_of(endpoints: Sequence[Endpoint[Any]], context: DialectContext) -> list[Route]:
    """One route a path, for all its methods, so that who uses another method is told which there are."""
    paths: dict[str, dict[str, _Handler[Any]]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method] = _Handler(endpoint, context)
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

    def __init__(self, endpoint: Endpoint[Q], context: DialectContext) -> None:
        self._endpoint = endpoint
        self._context = context
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
        principal = await admitted(self._context, headers)
        query = from_query(scope["query_string"], self._endpoint.query, self._shape)
        call = Call(
            context=self._context,
            principal=principal,
            headers=headers,
            place=scope["path_params"],
            receive=receive,
        )
        return await self._endpoint.handle(call, query)
