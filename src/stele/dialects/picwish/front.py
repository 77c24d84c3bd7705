"""The HTTP front: which path means what, whose key it is, and how often it comes."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import ExitStack
from typing import Final

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects import streaming
from stele.dialects.believing import believed
from stele.dialects.context import DialectContext
from stele.dialects.picwish import errors
from stele.dialects.picwish.answers import task_of, told
from stele.dialects.picwish.calls import TASKS_PATH, Call, Picwish, PicwishRules
from stele.dialects.picwish.errors import HEADERS
from stele.dialects.picwish.links import check, link_of
from stele.dialects.picwish.submitting import create
from stele.domain.errors import AddressUnknown, JobNotFound, MethodUnknown, Unauthenticated
from stele.service import query
from stele.service.access import with_token
from stele.service.core import Core, Principal
from stele.service.quotas import RequestQuota

_BASE: Final = "/api/tasks"
#: some clients join a base that ends with a slash and a path that begins with one
_SLASHES: Final = re.compile(r"/{2,}")
_TASK: Final = re.compile(rf"{TASKS_PATH}/(?P<task>[^/]+)")
_RESULT: Final = re.compile(rf"{TASKS_PATH}/(?P<task>[^/]+)/result\.(?P<form>[a-z]+)")
_READING: Final = ("GET", "HEAD")

_encode = msgspec.json.Encoder().encode


def routes(context: DialectContext, rules: PicwishRules) -> list[BaseRoute]:
    """Everything below `/api/tasks`."""
    calls = RequestQuota(rules.qps, burst_seconds=1.0)
    return [_Paths(_Front(Picwish(context=context, rules=rules, calls=calls)))]


class _Paths(BaseRoute):
    """All paths of this dialect, with any number of slashes in place of one; those that mean nothing are answered here
    too, in its own way."""

    def __init__(self, front: ASGIApp) -> None:
        self._front = front

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and f"{_plain(scope['path'])}/".startswith(f"{_BASE}/")
        return (Match.FULL, {"endpoint": self._front}) if ours else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._front(scope, receive, send)


class _Front:
    """The ASGI application."""

    def __init__(self, picwish: Picwish) -> None:
        self._picwish = picwish

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        except Exception as error:
            response = errors.answer(error, scope["path"])
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        path, method = _plain(scope["path"]), scope["method"]
        if path == TASKS_PATH:
            _only(path, method, "POST")
            return await create(await self._called(scope, receive))
        if found := _TASK.fullmatch(path):
            _only(path, method, *_READING)
            call = await self._called(scope, receive)
            return await asyncio.to_thread(_told, call, found["task"])
        if found := _RESULT.fullmatch(path):
            _only(path, method, *_READING)
            query_params = QueryParams(scope["query_string"])
            return await asyncio.to_thread(
                _result, self._picwish.context.core, found["task"], found["form"], query_params
            )
        raise AddressUnknown(path=path)

    async def _called(self, scope: Scope, receive: Receive) -> Call:
        """Raises Unauthenticated, TooManyRequests."""
        headers = Headers(scope=scope)
        key = headers.get("x-api-key", "").strip()
        if not key:
            raise Unauthenticated
        principal = await believed(self._picwish.context, key, with_token)
        self._picwish.calls.take(key)
        return Call(
            picwish=self._picwish,
            principal=principal,
            headers=headers,
            origin=self._picwish.rules.address or _origin(scope, headers),
            receive=receive,
        )


def _told(call: Call, given: str) -> Response:
    """`GET /api/tasks/document/ocr/{task_id}`. Raises JobNotFound."""
    job = query.live(call.picwish.context.watch, task_of(call.core, call.principal, given))
    link = link_of(call.core, call.origin, job.id, job.options.formats[0], job.finished_at or 0.0)
    return Response(_encode(told(job, link)), headers=HEADERS)


def _result(core: Core, task: str, form: str, given: QueryParams) -> ASGIApp:
    """The file of a result. Raises LinkRefused, JobNotFound."""
    check(core, task, form, given)
    project = core.store.owner(task)
    if project is None:
        raise JobNotFound(job=task)
    principal = Principal(project=project)
    wanted = task_of(core, principal, task).options.formats[0]
    headers = {
        "content-type": wanted.media_type,
        "content-disposition": f'attachment; filename="result.{wanted}"',
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    with ExitStack() as stack:
        file = stack.enter_context(query.opened_export(core, principal, task, 0, wanted))
        return streaming.sent(stack.pop_all(), file, headers, count=file.seek(0, os.SEEK_END))


def _plain(path: str) -> str:
    return _SLASHES.sub("/", path).rstrip("/")


def _only(path: str, method: str, *allowed: str) -> None:
    if method not in allowed:
        raise MethodUnknown(path=path, method=method, allowed=", ".join(allowed))


def _origin(scope: Scope, headers: Headers) -> str:
    host, port = scope["server"]
    return f"{scope['scheme']}://{headers.get('host') or f'{host}:{port}'}"
