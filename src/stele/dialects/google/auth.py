"""Who calls: a bearer token, opaque or signed by a service account, or an API key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from stele.dialects.context import DialectContext
from stele.dialects.google.errors import CanonicalCode, GoogleError, error_info
from stele.domain.errors import Unauthenticated
from stele.service.access import with_token
from stele.service.accounts import is_statement, with_statement
from stele.service.core import Principal

_BELIEVED_SECONDS: Final = 2.0  #: how long revoked credentials may go on working
_REMEMBERED: Final = 10_000  #: credentials


async def principal_of(context: DialectContext, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
    """The caller, one of whose requests a second is used up.

    Names of `headers` are in lower case; gRPC has its metadata there. Quota projects are not looked at.

    Raises GoogleError UNAUTHENTICATED or INVALID_ARGUMENT (a wrong API key), TooManyRequests."""
    principal = await _proven(context, headers, query)
    context.quota.take(principal.project)
    return principal


async def _proven(context: DialectContext, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
    token = _bearer(headers) or query.get("access_token") or query.get("oauth_token")
    key = headers.get("x-goog-api-key") or query.get("key")
    anonymous = context.core.rules.anonymous_project
    if not token and not key and anonymous is not None:
        return Principal(project=anonymous)
    if not token and not key:
        raise GoogleError(
            CanonicalCode.UNAUTHENTICATED,
            "Request is missing required authentication credential. Expected an API key or a bearer token: make some "
            "with stele keys create --project NAME",
            (error_info("CREDENTIALS_MISSING"),),
        )
    try:
        return await _looked_up(context, token or key or "")
    except Unauthenticated as error:
        if token:
            raise
        raise GoogleError(
            CanonicalCode.INVALID_ARGUMENT,
            "API key not valid. Please pass a valid API key.",
            (error_info("API_KEY_INVALID"),),
        ) from error


async def _looked_up(context: DialectContext, token: str) -> Principal:
    known = context.known
    now = time.monotonic()
    until, principal = known.get(token, (0.0, None))
    if principal is None or until < now:
        prove = with_statement if is_statement(token) else with_token
        principal = await asyncio.to_thread(prove, context.core, token)
        if len(known) >= _REMEMBERED:
            known.clear()
        known[token] = now + _BELIEVED_SECONDS, principal
    return principal


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
