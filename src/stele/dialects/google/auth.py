"""Who calls: a bearer token, opaque or signed by a service account, or an API key."""

from __future__ import annotations

from collections.abc import Mapping

from stele.dialects.believing import bearer_of, believed
from stele.dialects.context import DialectContext
from stele.dialects.google.errors import CanonicalCode, GoogleError, error_info
from stele.domain.errors import Unauthenticated
from stele.service.access import with_token
from stele.service.accounts import is_statement, with_statement
from stele.service.core import Principal


async def principal_of(context: DialectContext, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
    """The caller, one of whose requests a second is used up.

    Names of `headers` are in lower case; gRPC has its metadata there. Quota projects are not looked at.

    Raises GoogleError UNAUTHENTICATED or INVALID_ARGUMENT (a wrong API key), TooManyRequests."""
    principal = await _proven(context, headers, query)
    context.quota.take(principal.project)
    return principal


async def _proven(context: DialectContext, headers: Mapping[str, str], query: Mapping[str, str]) -> Principal:
    token = bearer_of(headers) or query.get("access_token") or query.get("oauth_token")
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
        given = token or key or ""
        return await believed(context, given, with_statement if is_statement(given) else with_token)
    except Unauthenticated as error:
        if token:
            raise
        raise GoogleError(
            CanonicalCode.INVALID_ARGUMENT,
            "API key not valid. Please pass a valid API key.",
            (error_info("API_KEY_INVALID"),),
        ) from error
