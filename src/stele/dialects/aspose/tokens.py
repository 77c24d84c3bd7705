"""The token endpoint, `POST /connect/token`: client credentials (RFC 6749, 4.4), in three encodings."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

import msgspec
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from stele.dialects.aspose.errors import JSON
from stele.dialects.bodies import whole
from stele.dialects.context import DialectContext
from stele.domain.errors import LimitError, SteleError, Unauthenticated
from stele.domain.value import Value
from stele.service.access import TOKEN_SECONDS, trade_client
from stele.service.core import Core

_MAX_BODY: Final = 64 * 1024  #: bytes
_GRANT: Final = "client_credentials"
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "content-type": JSON}


class Issued(Value):
    access_token: str
    expires_in: int = TOKEN_SECONDS
    token_type: str = "Bearer"  # noqa: S105


class _Refused(Exception):
    """RFC 6749, 5.2."""


class TokenEndpoint:
    """The ASGI application."""

    def __init__(self, context: DialectContext) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except ClientDisconnect:
            return
        except Unauthenticated:
            response = _refusal("invalid_client")
        except _Refused as error:
            response = _refusal(str(error))
        except LimitError:
            response = _refusal("invalid_request")
        except SteleError:
            response = _refusal("server_error", 503)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        fields = await fields_of(scope, await whole(receive, _MAX_BODY))
        pairs = _pairs(Headers(scope=scope), fields)
        grant = fields.get("grant_type", "")
        if not grant or not pairs:
            raise _Refused("invalid_request")
        if grant != _GRANT:
            raise _Refused("unsupported_grant_type")
        token = await asyncio.to_thread(_traded, self._context.core, pairs)
        return Response(msgspec.json.encode(Issued(access_token=token)), headers=_HEADERS)


async def fields_of(scope: Scope, body: bytes) -> dict[str, str]:
    """The fields of a form in either encoding. Raises _Refused."""

    async def replayed() -> Message:
        return {"type": "http.request", "body": body}

    try:
        form = await Request(scope, replayed).form(max_files=0, max_fields=16)
    except HTTPException as error:
        raise _Refused("invalid_request") from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _pairs(headers: Headers, fields: dict[str, str]) -> list[tuple[str, str]]:
    """Ids with their secrets, as they may be meant. What comes by HTTP Basic should be percent-encoded before it is
    joined (RFC 6749, 2.3.1), and often is not."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            raise _Refused("invalid_request") from error
        return [(name, secret), (unquote_plus(name), unquote_plus(secret))]
    if not fields.get("client_id") or not fields.get("client_secret"):
        return []
    return [(fields["client_id"], fields["client_secret"])]


def _traded(core: Core, pairs: list[tuple[str, str]]) -> str:
    """Raises Unauthenticated."""
    for name, secret in pairs[:-1]:
        try:
            return trade_client(core, name, secret)
        except Unauthenticated:
            continue
    return trade_client(core, *pairs[-1])


def _refusal(error: str, status: int = 400) -> Response:
    return Response(msgspec.json.encode({"error": error}), status, _HEADERS)
