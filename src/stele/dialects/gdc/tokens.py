"""The token endpoint of service identities: `POST /authenticate` (RFC 8693, in the words of google-auth)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from stele.dialects.bodies import whole
from stele.dialects.context import DialectContext
from stele.domain.errors import LimitError, RequestError, SteleError, Unauthenticated
from stele.domain.value import Value
from stele.service.identities import TOKEN_SECONDS, trade

PATH = "/authenticate"

#: as google-auth spells it, and as the RFC does
_GRANTS = ("urn:ietf:params:oauth:token-type:token-exchange", "urn:ietf:params:oauth:grant-type:token-exchange")
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 a type
_SERVICE_ACCOUNT = "urn:k8s:params:oauth:token-type:serviceaccount"
_MAX_BODY = 64 * 1024  #: bytes
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Exchange(Value):
    """What is asked for. Tokens are good for this whole server, so the audience is not looked at."""

    grant_type: str
    subject_token: str
    subject_token_type: str
    requested_token_type: str = _ACCESS_TOKEN
    audience: str = ""


class Issued(Value):
    access_token: str
    issued_token_type: str = _ACCESS_TOKEN
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = TOKEN_SECONDS


class Refused(Value):
    """RFC 6749, 5.2."""

    error: str
    error_description: str


def routes(context: DialectContext) -> Sequence[BaseRoute]:
    return [Route(PATH, _Endpoint(context), methods=["POST"])]


class _Endpoint:
    def __init__(self, context: DialectContext) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = _answer(await self._issued(receive), 200)
        except ClientDisconnect:
            return
        except Unauthenticated:
            refused = Refused(error="invalid_client", error_description="The subject_token does not prove an identity.")
            answer = _answer(refused, 401)
        except (RequestError, LimitError) as error:
            answer = _answer(Refused(error="invalid_request", error_description=error.message), 400)
        except SteleError as error:
            answer = _answer(Refused(error="server_error", error_description=error.message), 503)
        await answer(scope, receive, send)

    async def _issued(self, receive: Receive) -> Issued:
        body = await whole(receive, _MAX_BODY)
        try:
            asked = msgspec.json.decode(body, type=Exchange)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RequestError(reason=f"the body is not a token exchange: {error}") from error
        understood = (
            (asked.grant_type, _GRANTS),
            (asked.subject_token_type, (_SERVICE_ACCOUNT,)),
            (asked.requested_token_type, (_ACCESS_TOKEN,)),
        )
        for given, known in understood:
            if given not in known:
                raise RequestError(reason=f"{given} is not understood here, only {known[0]}")
        return Issued(access_token=await asyncio.to_thread(trade, self._context.core, asked.subject_token))


def _answer(body: Value, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, _HEADERS, "application/json")
