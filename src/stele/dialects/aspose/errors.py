"""How errors are spelled here: problem objects (RFC 9457) outside of the envelope, messages within."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from stele.domain import errors
from stele.domain.errors import SteleError

PROBLEM: Final = "application/problem+json; charset=utf-8"
JSON: Final = "application/json; charset=utf-8"
NO_STORE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

_INVALID: Final = "One or more validation errors occurred."
_REFERENCES: Final = {
    400: "https://tools.ietf.org/html/rfc7231#section-6.5.1",
    401: "https://tools.ietf.org/html/rfc7235#section-3.1",
    413: "https://tools.ietf.org/html/rfc7231#section-6.5.11",
    429: "https://tools.ietf.org/html/rfc6585#section-4",
    500: "https://tools.ietf.org/html/rfc7231#section-6.6.1",
    501: "https://tools.ietf.org/html/rfc7231#section-6.6.2",
    503: "https://tools.ietf.org/html/rfc7231#section-6.6.4",
}
_TITLES: Final = {
    400: _INVALID,
    401: "Unauthorized",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "An error occurred while processing your request.",
    501: "Not Implemented",
    503: "Service Unavailable",
}

#: The status of an error is that of its nearest class in this table. What goes wrong with an input that was taken is no
#: error of a call: the task ends with it.
STATUSES: Final[Mapping[type[SteleError], int]] = {
    SteleError: 500,
    errors.InputError: 400,
    errors.RequestError: 400,
    errors.LimitError: 413,
    errors.TooManyItems: 400,
    errors.Unauthenticated: 401,
    errors.QuotaError: 429,
    errors.BodyStalled: 400,
    errors.StorageFull: 503,
    errors.UnavailableError: 503,
}
_RETRY_SECONDS: Final = 5

log = structlog.get_logger()


class Invalid(Exception):
    """A request that is not valid: what is wrong, by field."""

    def __init__(self, field: str, *messages: str) -> None:
        self.errors: Mapping[str, Sequence[str]] = {field: messages}
        super().__init__(f"{field}: {messages[0]}")


class NotOffered(Exception):
    """An operation of the specification that nothing here can do."""


def answer(error: Exception, path: str) -> Response:
    """The answer to a call that failed; one that is a bug is told by an incident's id alone."""
    match error:
        case Invalid():
            return _problem(400, {"traceId": secrets.token_hex(16), "errors": error.errors})
        case NotOffered():
            return _problem(501, {"detail": str(error)})
        case SteleError():
            return _told(error)
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return _problem(500, {"detail": SteleError().message, "traceId": incident})


def _told(error: SteleError) -> Response:
    cls = type(error)
    status = next(STATUSES[base] for base in cls.__mro__ if base in STATUSES)
    message = error.message if cls.public else SteleError().message
    if status == 401:
        return _unauthorized()
    if status == 400:
        return _problem(400, {"traceId": secrets.token_hex(16), "errors": {"": [message]}})
    headers = {"retry-after": str(_RETRY_SECONDS)} if status in {429, 503} else {}
    return _problem(status, {"detail": message}, headers)


def _unauthorized() -> Response:
    """As the clients read it: they do not look for problem objects of another media type."""
    body = {"type": _REFERENCES[401], "title": _TITLES[401], "status": 401, "detail": None, "instance": None}
    headers = {**NO_STORE, "content-type": JSON, "www-authenticate": "Bearer"}
    return Response(msgspec.json.encode(body), 401, headers)


def _problem(status: int, members: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": _REFERENCES[status], "title": _TITLES[status], "status": status, **members}
    return Response(msgspec.json.encode(body), status, {**NO_STORE, "content-type": PROBLEM, **(headers or {})})
