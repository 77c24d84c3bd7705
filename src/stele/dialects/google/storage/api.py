"""The calls of the JSON API, and what each goes through: who calls, its quota, the answer or the refusal.

Paths are matched as they are sent, before %2F becomes a slash, since keys have slashes and so do calls.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import URL, Headers
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.context import DialectContext
from stele.dialects.google.auth import principal_of
from stele.dialects.google.errors import GoogleError
from stele.dialects.google.storage import buckets, objects
from stele.dialects.google.storage.call import Call
from stele.dialects.google.storage.errors import refusal, unexpected
from stele.dialects.google.storage.uploads import Uploads
from stele.domain.errors import AddressUnknown, MethodUnknown, RequestError, SteleError

Handler = Callable[[Call], Awaitable[ASGIApp]]

_MAX_FIELDS = 100


class _Entry(NamedTuple):
    """A path in which `{name}` stands for one part, and what answers each method there."""

    path: str
    methods: Mapping[str, Handler]


def _table(uploads: Uploads) -> Sequence[_Entry]:
    one = "/storage/v1/b/{bucket}/o/{object}"
    target = "/b/{to_bucket}/o/{to_object}"
    return (
        _Entry("/storage/v1/b", {"GET": buckets.list_buckets, "POST": buckets.insert_bucket}),
        _Entry("/storage/v1/b/{bucket}", {"GET": buckets.get_bucket, "DELETE": buckets.delete_bucket}),
        _Entry("/storage/v1/b/{bucket}/o", {"GET": objects.list_objects}),
        _Entry(f"{one}/copyTo{target}", {"POST": objects.copy_object}),
        _Entry(f"{one}/rewriteTo{target}", {"POST": objects.rewrite_object}),
        _Entry(one, {"GET": objects.get_object, "DELETE": objects.delete_object}),
        _Entry("/download/storage/v1/b/{bucket}/o/{object}", {"GET": objects.download_object}),
        _Entry(
            "/upload/storage/v1/b/{bucket}/o",
            {"POST": uploads.insert, "PUT": uploads.go_on, "DELETE": uploads.cancel},
        ),
    )


def routes(context: DialectContext) -> list[BaseRoute]:
    """`/storage/v1`, `/upload/storage/v1` and `/download/storage/v1`; and `/b`, where Node's client looks for what
    lies below `/storage/v1` when it is told of an emulator."""
    api = _Api(context)
    return [Mount(prefix, app=api) for prefix in ("/storage/v1", "/upload/storage/v1", "/download/storage/v1", "/b")]


class _Api:
    def __init__(self, context: DialectContext) -> None:
        self._context = context
        self._table = [(_pattern(entry.path), entry.methods) for entry in _table(Uploads())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        except (GoogleError, SteleError) as error:
            answer = refusal(error)
        except Exception as error:
            answer = unexpected(error, scope["path"])
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        headers = Headers(scope=scope)
        query = _query(scope["query_string"])
        principal = await principal_of(self._context, headers, query)
        handler, place = self._found(scope)
        base = URL(scope=scope)
        call = Call(
            context=self._context,
            principal=principal,
            headers=headers,
            query=query,
            place=place,
            base=f"{base.scheme}://{base.netloc}",
            receive=receive,
        )
        return await handler(call)

    def _found(self, scope: Scope) -> tuple[Handler, Mapping[str, str]]:
        """Raises AddressUnknown, MethodUnknown."""
        path = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
        path = f"/storage/v1{path}" if path.startswith("/b") else path
        for pattern, methods in self._table:
            if found := pattern.fullmatch(path):
                if scope["method"] not in methods:
                    raise MethodUnknown(path=scope["path"], method=scope["method"], allowed=", ".join(methods))
                return methods[scope["method"]], {name: unquote(part) for name, part in found.groupdict().items()}
        raise AddressUnknown(path=scope["path"])


def _pattern(path: str) -> re.Pattern[str]:
    """Keys at the end may have their slashes as they are, as people write them by hand."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return re.compile(re.sub(r"\(\?P<(object|to_object)>\[\^/\]\+\)$", r"(?P<\1>.+)", pattern))


def _query(text: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise RequestError(reason="the query of the address is not well-formed") from error
    return dict(pairs)
