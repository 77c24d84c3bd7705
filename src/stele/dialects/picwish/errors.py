"""How errors are spelled here: a status where a call is refused, a code below zero where a task ends with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from stele.domain import errors
from stele.domain.errors import Failure, SteleError

HEADERS: Final = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}

#: The status of a call that is refused is that of the nearest class of its error in this table; there are no others.
STATUSES: Final[Mapping[type[SteleError], int]] = {
    SteleError: 500,
    errors.InputError: 400,
    errors.LimitError: 413,
    errors.RequestError: 400,
    errors.MethodUnknown: 404,
    errors.AccessError: 401,
    errors.MissingError: 404,
    errors.ConflictError: 400,
    errors.QuotaError: 429,
}

#: The code of a task that failed is that of the nearest class of its error in this table.
CODES: Final[Mapping[type[SteleError], int]] = {
    SteleError: -1,
    errors.InputError: -7,
    errors.FetchFailed: -3,
    errors.AddressForbidden: -3,
    errors.LimitError: -7,
    errors.FileTooLarge: -5,
    errors.PageLimitExceeded: -14,
    errors.TimedOut: -8,
    errors.WorkerDied: -13,
    errors.Cancelled: -13,
    errors.OutOfMemory: -15,
    errors.StorageFull: -15,
}
#: The same where everything was read, and the file of the result could not be made or kept.
PUBLISHING_CODES: Final[Mapping[type[SteleError], int]] = {**CODES, SteleError: -2, errors.StorageFull: -2}

_BY_CODE: Final = {cls.code: cls for cls in errors.table()}
_RETRY_SECONDS: Final = 1

log = structlog.get_logger()


class LinkRefused(Exception):
    """The address of a result that is not, or no longer, good."""


def code_of(failure: Failure, codes: Mapping[type[SteleError], int] = CODES) -> int:
    """What `data.state` says of a failure."""
    cls = _BY_CODE.get(failure.code, SteleError)
    return next(codes[base] for base in cls.__mro__ if base in codes)


def answer(error: Exception, path: str) -> Response:
    """The answer to a call that is refused; one that is a bug is told by an incident's id alone."""
    match error:
        case LinkRefused():
            return refusal(403, str(error))
        case SteleError():
            cls = type(error)
            status = next(STATUSES[base] for base in cls.__mro__ if base in STATUSES)
            return refusal(status, error.message if cls.public else SteleError().message)
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return refusal(500, f"{SteleError().message} (incident {incident})")


def refusal(status: int, message: str) -> Response:
    """Without `data`, whose presence clients look at."""
    headers = {**HEADERS, "retry-after": str(_RETRY_SECONDS)} if status == 429 else HEADERS
    return Response(msgspec.json.encode({"status": status, "message": message}), status, headers)
