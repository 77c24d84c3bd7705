"""How refusals look here: an HTTP status, and Google's older error JSON with a reason."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import structlog
from starlette.responses import Response

from stele.dialects.google.errors import CanonicalCode, GoogleError
from stele.domain import errors
from stele.domain.errors import SteleError

log = structlog.get_logger()

#: Status and reason of an error are those of its nearest class in this table.
_TABLE: Mapping[type[SteleError], tuple[int, str]] = {
    SteleError: (500, "backendError"),
    errors.InputError: (400, "invalid"),
    errors.LimitError: (400, "uploadTooLarge"),
    errors.RequestError: (400, "invalid"),
    errors.BodyStalled: (408, "requestTimeout"),
    errors.MethodUnknown: (405, "methodNotAllowed"),
    errors.AccessError: (403, "forbidden"),
    errors.Unauthenticated: (401, "authError"),
    errors.ObjectRetained: (403, "retentionPolicyNotMet"),
    errors.MissingError: (404, "notFound"),
    errors.ConflictError: (409, "conflict"),
    errors.PreconditionFailed: (412, "conditionNotMet"),
    errors.QuotaError: (429, "rateLimitExceeded"),
    errors.UnavailableError: (503, "backendError"),
}


def refusal(error: GoogleError | SteleError) -> Response:
    if isinstance(error, GoogleError):  # of the credentials
        unproven = error.code is CanonicalCode.UNAUTHENTICATED
        status, reason, message = error.code.http_status, "required" if unproven else "keyInvalid", error.message
    else:
        cls = type(error)
        status, reason = next(_TABLE[base] for base in cls.__mro__ if base in _TABLE)
        message = error.message if cls.public else SteleError().message
    one = {"message": message, "domain": "global", "reason": reason}
    body = {"error": {"code": status, "message": message, "errors": [one]}}
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="stele"'
    return Response(msgspec.json.encode(body), status, headers, "application/json; charset=UTF-8")


def unexpected(error: Exception, path: str) -> Response:
    """The answer when the error is a bug; the log has the rest."""
    log.error("a request failed unexpectedly", path=path, exc_info=error)
    return refusal(SteleError())
