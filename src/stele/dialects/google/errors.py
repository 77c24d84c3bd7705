"""How errors are spelled here: a canonical code each (`google.rpc.Code`), which says the HTTP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

from stele.domain import errors
from stele.domain.errors import Failure, SteleError
from stele.domain.value import Value

DOMAIN = "googleapis.com"


class CanonicalCode(IntEnum):
    """`google.rpc.Code`."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16

    @property
    def http_status(self) -> int:
        return _HTTP[self]


_HTTP = {
    CanonicalCode.OK: 200,
    CanonicalCode.CANCELLED: 499,
    CanonicalCode.UNKNOWN: 500,
    CanonicalCode.INVALID_ARGUMENT: 400,
    CanonicalCode.DEADLINE_EXCEEDED: 504,
    CanonicalCode.NOT_FOUND: 404,
    CanonicalCode.ALREADY_EXISTS: 409,
    CanonicalCode.PERMISSION_DENIED: 403,
    CanonicalCode.RESOURCE_EXHAUSTED: 429,
    CanonicalCode.FAILED_PRECONDITION: 400,
    CanonicalCode.ABORTED: 409,
    CanonicalCode.OUT_OF_RANGE: 400,
    CanonicalCode.UNIMPLEMENTED: 501,
    CanonicalCode.INTERNAL: 500,
    CanonicalCode.UNAVAILABLE: 503,
    CanonicalCode.DATA_LOSS: 500,
    CanonicalCode.UNAUTHENTICATED: 401,
}


class GoogleError(Exception):
    """A refusal in Google's own terms; `details` are `Any` messages in their JSON form."""

    def __init__(self, code: CanonicalCode, message: str, details: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)


class Status(Value, omit_defaults=True):
    """`google.rpc.Status`."""

    code: CanonicalCode
    message: str
    details: tuple[Mapping[str, object], ...] = ()

    def to_json(self) -> dict[str, object]:
        """As it stands inside other messages."""
        return {"code": int(self.code), "message": self.message}


#: The code of an error is that of its nearest class in this table.
_CODES: Mapping[type[SteleError], CanonicalCode] = {
    SteleError: CanonicalCode.INTERNAL,
    errors.InputError: CanonicalCode.INVALID_ARGUMENT,
    errors.LimitError: CanonicalCode.INVALID_ARGUMENT,
    errors.RequestError: CanonicalCode.INVALID_ARGUMENT,
    errors.AccessError: CanonicalCode.PERMISSION_DENIED,
    errors.Unauthenticated: CanonicalCode.UNAUTHENTICATED,
    errors.MissingError: CanonicalCode.NOT_FOUND,
    # Whether a bucket of others exists is nobody's business.
    errors.BucketNotFound: CanonicalCode.PERMISSION_DENIED,
    errors.ConflictError: CanonicalCode.FAILED_PRECONDITION,
    errors.BucketExists: CanonicalCode.ALREADY_EXISTS,
    errors.QuotaError: CanonicalCode.RESOURCE_EXHAUSTED,
    errors.EngineError: CanonicalCode.INTERNAL,
    errors.TimedOut: CanonicalCode.DEADLINE_EXCEEDED,
    errors.OutOfMemory: CanonicalCode.INVALID_ARGUMENT,
    errors.UnavailableError: CanonicalCode.FAILED_PRECONDITION,
    errors.BucketUnreachable: CanonicalCode.UNAVAILABLE,
    errors.StorageFull: CanonicalCode.UNAVAILABLE,
    errors.Cancelled: CanonicalCode.CANCELLED,
}

_BY_CODE = {cls.code: cls for cls in errors.table()}


def status_of(error: GoogleError | SteleError) -> Status:
    """What a call that ended in `error` is answered."""
    match error:
        case GoogleError():
            return Status(code=error.code, message=error.message, details=error.details)
        case errors.Unauthenticated():
            return Status(
                code=CanonicalCode.UNAUTHENTICATED,
                message=f"Request had invalid authentication credentials. {error.message}",
                details=(error_info("ACCESS_TOKEN_INVALID"),),
            )
        case errors.BodyTooLarge():
            limit = error.details["limit"]
            return Status(
                code=CanonicalCode.INVALID_ARGUMENT,
                message=f"Request payload size exceeds the limit: {limit} bytes.",
            )
    message = error.message if error.public else SteleError().message
    return Status(code=_code_of(type(error)), message=message)


def error_info(reason: str) -> Mapping[str, object]:
    """`google.rpc.ErrorInfo`: what programs look at."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": DOMAIN,
        "metadata": {"service": "vision.googleapis.com"},
    }


def invalid(message: str) -> GoogleError:
    return GoogleError(CanonicalCode.INVALID_ARGUMENT, message)


_NOT_ACCESSIBLE = (
    "The URL does not appear to be accessible by us. Please double check or download the content and pass it in."
)
_NOT_NOW = "We can not access the URL currently. Please download the content and pass it in."
#: what Google says when it cannot decode a picture, and no more
_BAD_IMAGE = (errors.UnknownFormat, errors.EmptyInput, errors.CorruptInput, errors.CorruptPage)


def opening_error(failure: Failure, name: str) -> Status:
    """Why the input that the caller calls `name` (an address, where it has one) could not be had or opened."""
    cls = _class_of(failure)
    if issubclass(cls, errors.FetchFailed | errors.AddressForbidden):
        if issubclass(cls, errors.FetchBusy):
            return Status(code=CanonicalCode.UNAVAILABLE, message=_NOT_NOW)
        return Status(code=CanonicalCode.INVALID_ARGUMENT, message=_NOT_ACCESSIBLE)
    if issubclass(cls, errors.AccessError | errors.BucketNotFound | errors.ObjectNotFound | errors.BucketUnreachable):
        code = CanonicalCode.NOT_FOUND if cls is errors.ObjectNotFound else CanonicalCode.PERMISSION_DENIED
        reason = f" {failure.message}" if issubclass(cls, errors.AccessError | errors.BucketUnreachable) else ""
        return Status(code=code, message=f"Error opening file: {name}.{reason}")
    return Status(code=_code_of(cls), message=failure.message)


def image_error(failure: Failure, name: str) -> Status:
    """`opening_error` for pictures."""
    if issubclass(_class_of(failure), _BAD_IMAGE):
        return Status(code=CanonicalCode.INVALID_ARGUMENT, message="Bad image data.")
    return opening_error(failure, name)


def writing_error(failure: Failure, uri: str) -> Status:
    """Why nothing could be written to `uri`."""
    cls = _class_of(failure)
    refused = issubclass(cls, errors.AccessError | errors.MissingError | errors.BucketUnreachable)
    code = CanonicalCode.PERMISSION_DENIED if refused else _code_of(cls)
    return Status(code=code, message=f"Error writing final output to: {uri}. {failure.message}")


def _class_of(failure: Failure) -> type[SteleError]:
    return _BY_CODE.get(failure.code, SteleError)


def _code_of(cls: type[SteleError]) -> CanonicalCode:
    return next(_CODES[base] for base in cls.__mro__ if base in _CODES)
