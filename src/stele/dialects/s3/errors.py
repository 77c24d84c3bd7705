"""How errors are spelled here: a code, a status, and a message, as XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stele.dialects.aws.signature import NotProven, Wrong
from stele.domain import errors
from stele.domain.errors import SteleError

#: The code and the status of an error are those of its nearest class in this table.
_TABLE: Final[Mapping[type[SteleError], tuple[str, int]]] = {
    SteleError: ("InternalError", 500),
    errors.RequestError: ("InvalidArgument", 400),
    errors.ChecksumMismatch: ("BadDigest", 400),
    errors.BodyStalled: ("RequestTimeout", 400),
    errors.LimitError: ("EntityTooLarge", 400),
    errors.InputError: ("InvalidRequest", 400),
    errors.AccessError: ("AccessDenied", 403),
    errors.Unauthenticated: ("InvalidAccessKeyId", 403),
    errors.BucketNotFound: ("NoSuchBucket", 404),
    errors.ObjectNotFound: ("NoSuchKey", 404),
    errors.UploadNotFound: ("NoSuchUpload", 404),
    errors.MissingError: ("NoSuchKey", 404),
    errors.BucketExists: ("BucketAlreadyExists", 409),
    errors.BucketNotEmpty: ("BucketNotEmpty", 409),
    errors.PreconditionFailed: ("PreconditionFailed", 412),
    errors.ConflictError: ("OperationAborted", 409),
    errors.QuotaError: ("SlowDown", 503),
    errors.UnavailableError: ("ServiceUnavailable", 503),
}

_SIGNATURES: Final[Mapping[Wrong, tuple[str, int]]] = {
    Wrong.MISSING: ("AccessDenied", 403),
    Wrong.INCOMPLETE: ("AuthorizationHeaderMalformed", 400),
    Wrong.UNSIGNED_HEADER: ("AccessDenied", 403),
    Wrong.SCOPE: ("AuthorizationHeaderMalformed", 400),
    Wrong.UNKNOWN_KEY: ("InvalidAccessKeyId", 403),
    Wrong.EXPIRED: ("RequestTimeTooSkewed", 403),
    Wrong.EARLY: ("RequestTimeTooSkewed", 403),
    Wrong.MISMATCH: ("SignatureDoesNotMatch", 403),
}


class S3Error(Exception):
    """A refusal in S3's own terms."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def told(error: SteleError | NotProven) -> S3Error:
    """An error as this dialect spells it."""
    if isinstance(error, NotProven):
        code, status = _SIGNATURES[error.wrong]
        return S3Error(code, error.message, status)
    cls = type(error)
    code, status = next(_TABLE[base] for base in cls.__mro__ if base in _TABLE)
    return S3Error(code, error.message if cls.public else SteleError().message, status)
