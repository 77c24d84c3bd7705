"""The REST front: `/v1/…` and its betas, a thin one on `methods`, as the gRPC front is."""

from __future__ import annotations

import asyncio
import gzip
import re
import secrets
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from stele.dialects.awaiting import unless_gone
from stele.dialects.bodies import whole
from stele.dialects.context import DialectContext
from stele.dialects.google.auth import principal_of
from stele.dialects.google.calls import Reply
from stele.dialects.google.errors import CanonicalCode, GoogleError, Status, invalid, status_of
from stele.dialects.google.geometry import Json
from stele.dialects.google.messages import CLOUD_VISION, LONG_RUNNING, VERSIONS
from stele.dialects.google.methods import METHODS
from stele.domain.errors import BodyTooLarge, SteleError

_PROJECT = r"projects/[^/]+(/locations/[^/]+)?"
_ANNOTATE = re.compile(rf"((?P<parent>{_PROJECT})/)?(?P<method>(images|files):(annotate|asyncBatchAnnotate))")
# Google's own client lists `operations` at `/v1/operations/operations`.
_OPERATION = re.compile(r"(?P<name>(.+/)?operations/(?!operations$)[^/:]+)(:(?P<verb>cancel|wait))?")
_OPERATIONS = re.compile(rf"(?P<name>.+)/operations/?|(?P<place>{_PROJECT}|[^/:]+)/?")

_ANNOTATOR: Final = {
    "images:annotate": "BatchAnnotateImages",
    "files:annotate": "BatchAnnotateFiles",
    "images:asyncBatchAnnotate": "AsyncBatchAnnotateImages",
    "files:asyncBatchAnnotate": "AsyncBatchAnnotateFiles",
}
#: by HTTP method and what stands behind the colon
_ON_OPERATIONS: Final = {
    ("GET", None): "GetOperation",
    ("DELETE", None): "DeleteOperation",
    ("POST", "cancel"): "CancelOperation",
    ("POST", "wait"): "WaitOperation",
}
#: parameters of the query that are fields of `ListOperationsRequest`; the others belong to the protocol
_LIST_FIELDS: Final = frozenset({"filter", "pageSize", "page_size", "pageToken", "page_token"})
_PARTIAL: Final = frozenset({"returnPartialSuccess", "return_partial_success"})

_JSON: Final = "application/json; charset=UTF-8"
_WORTH_COMPRESSING = 1024  #: bytes
_SMALL = 4096  #: bytes of a request that is not worth a thread
_MAX_FIELDS = 100

_encode = msgspec.json.Encoder().encode

log = structlog.get_logger()


class Target(NamedTuple):
    """A method and the fields of its request that the address says; they count more than those of the body."""

    method: str
    fields: Mapping[str, object]


def routes(context: DialectContext) -> list[BaseRoute]:
    """`/v1` and the betas."""
    return [Mount(f"/{version}", app=_Front(context, version)) for version in VERSIONS]


def target_of(verb: str, path: str, query: Mapping[str, str], *, version: str = "v1") -> Target:
    """What a request is for; `path` is decoded and behind the version. Raises GoogleError NOT_FOUND."""
    if verb == "POST" and (found := _ANNOTATE.fullmatch(path)) and _ANNOTATOR[found["method"]] in VERSIONS[version]:
        parent = {"parent": found["parent"]} if found["parent"] else {}
        return Target(f"{CLOUD_VISION}.{version}.ImageAnnotator/{_ANNOTATOR[found['method']]}", parent)
    if found := _OPERATION.fullmatch(path):
        method = _ON_OPERATIONS.get((verb, found["verb"]))
        if method is not None:
            return Target(f"{LONG_RUNNING}.Operations/{method}", {"name": found["name"]})
    elif verb == "GET" and (found := _OPERATIONS.fullmatch(path)):
        fields: dict[str, object] = {name: query[name] for name in _LIST_FIELDS & query.keys()}
        fields |= {name: query[name].lower() == "true" for name in _PARTIAL & query.keys()}
        return Target(f"{LONG_RUNNING}.Operations/ListOperations", {**fields, "name": found["name"] or found["place"]})
    raise GoogleError(CanonicalCode.NOT_FOUND, f"The requested URL /{version}/{path} was not found for {verb}.")


class _Front:
    """The ASGI application."""

    def __init__(self, context: DialectContext, version: str) -> None:
        self._context = context
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        query = _query(scope)
        try:
            reply = await self._reply(scope, headers, query, receive)
            status = 200
        except ClientDisconnect:
            return
        except Exception as error:
            told = _told(error, scope["path"])
            reply, status = Reply(_error_body(told)), told.code.http_status
        make = partial(response_of, reply, status, headers, query)
        # Annotations are megabytes; the rest is written sooner than a thread is found.
        response = await asyncio.to_thread(make) if "responses" in reply else make()
        await response(scope, receive, send)

    async def _reply(self, scope: Scope, headers: Headers, query: Mapping[str, str], receive: Receive) -> Reply:
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(f"/{self._version}").lstrip("/")
        target = target_of(scope["method"], path, query, version=self._version)
        principal = await principal_of(self._context, headers, query)
        limit = self._context.core.rules.max_message_bytes
        data = await whole(receive, limit)
        read = partial(_body, data, headers, limit)
        request = await asyncio.to_thread(read) if len(data) > _SMALL else read()
        call = METHODS[target.method](self._context, principal, {**request, **target.fields})
        return await unless_gone(call, receive)


def _query(scope: Scope) -> Mapping[str, str]:
    text = scope["query_string"].decode("ascii", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        return {}


def _body(data: bytes, headers: Headers, limit: int) -> Json:
    """Raises GoogleError, BodyTooLarge."""
    if headers.get("content-encoding", "").strip().lower() == "gzip":
        data = _unzipped(data, limit)
    if not data.strip():
        return {}
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. Unexpected token. {error}") from error
    if body is not None and not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Unexpected token. Root element must be a message.")
    return body or {}


def _unzipped(data: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise invalid(f"The request body is not gzip: {error}") from error
    if len(plain) > limit:
        raise BodyTooLarge(limit=limit)
    if not stream.eof:
        raise invalid("The request body is not gzip: it ends too early.")
    return plain


def _told(error: Exception, path: str) -> Status:
    """An error as this dialect spells it; one that is a bug is told by an incident's id alone."""
    if isinstance(error, GoogleError | SteleError):
        return status_of(error)
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return Status(code=CanonicalCode.INTERNAL, message=f"{SteleError().message} (incident {incident})")


def _error_body(status: Status) -> Json:
    error: Json = {"code": status.code.http_status, "message": status.message, "status": status.code.name}
    return {"error": {**error, "details": list(status.details)} if status.details else error}


def response_of(reply: Reply, status: int, headers: Headers, query: Mapping[str, str]) -> Response:
    """An answer as it goes over the wire: indented unless the query says otherwise, compressed where it is worth it."""
    made = {"cache-control": "private", "x-content-type-options": "nosniff", "vary": "Accept-Encoding"}
    data = _encode(reply)
    if query.get("prettyPrint", "true").lower() not in {"false", "0"}:
        data = msgspec.json.format(data, indent=2) + b"\n"
    if len(data) >= _WORTH_COMPRESSING and "gzip" in headers.get("accept-encoding", "").lower():
        data = gzip.compress(data, compresslevel=1, mtime=0)
        made["content-encoding"] = "gzip"
    if status == 401:
        made["www-authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    response = Response(data, status, made)
    response.headers["content-type"] = _JSON
    for name, value in reply.headers:
        response.headers.append(name, value)
    return response
