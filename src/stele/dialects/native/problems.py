"""How an error of the table is spelled here: one status each, as an RFC 9457 problem."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

import msgspec
import structlog
from starlette.responses import Response

from stele.dialects.native.schema import Problem
from stele.domain import errors
from stele.domain.errors import SteleError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
DOCS = "/api/docs"

#: The status of an error is that of its nearest class in this table.
_STATUS: Mapping[type[SteleError], int] = {
    SteleError: 500,
    errors.InputError: 422,
    errors.UnknownFormat: 415,
    errors.EmptyInput: 400,
    errors.LimitError: 413,
    errors.RequestError: 400,
    errors.BodyStalled: 408,
    errors.UnsupportedBody: 415,
    errors.MethodUnknown: 405,
    errors.AccessError: 403,
    errors.Unauthenticated: 401,
    errors.MissingError: 404,
    errors.ConflictError: 409,
    errors.QuotaError: 429,
    errors.EngineError: 500,
    errors.UnavailableError: 503,
    errors.EngineMissing: 501,
    errors.LanguagePackMissing: 501,
    errors.FormatUnavailable: 422,
    errors.BucketUnreachable: 502,
    errors.StorageFull: 507,
}

#: Seconds to wait before the same call is worth repeating, where it is.
_RETRY_AFTER: Mapping[type[SteleError], int] = {
    SteleError: 10,
    errors.ResultNotReady: 1,
    errors.TooManyRequests: 1,
    errors.TooManyJobs: 5,
}

_encode = msgspec.json.Encoder().encode


def status_of(error: type[SteleError]) -> int:
    return next(_STATUS[cls] for cls in error.__mro__ if cls in _STATUS)


def title_of(error: type[SteleError]) -> str:
    """A short phrase that is the same for all occurrences: the name of the case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", error.__name__).capitalize()


def anchor_of(error: type[SteleError]) -> str:
    """Where the page at `/api/docs` explains the case."""
    return f"error-{error.code}"


def problem(error: SteleError, path: str) -> Response:
    """The answer to a call of `path` that failed."""
    cls = type(error)
    return _response(cls, error.message if cls.public else SteleError().message, path)


def unexpected(error: Exception, path: str) -> Response:
    """The answer when the error is a bug: it says nothing, and the log has the rest under the same id."""
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return _response(SteleError, SteleError().message, f"urn:stele:incident:{incident}")


def _response(cls: type[SteleError], detail: str, instance: str) -> Response:
    status = status_of(cls)
    body = Problem(
        type=f"{DOCS}#{anchor_of(cls)}",
        title=title_of(cls),
        status=status,
        detail=detail,
        code=cls.code,
        retryable=cls.retryable,
        instance=instance,
    )
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if cls.retryable:
        headers["retry-after"] = str(next(_RETRY_AFTER[base] for base in cls.__mro__ if base in _RETRY_AFTER))
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="stele"'
    return Response(_encode(body), status, headers, MEDIA_TYPE)
