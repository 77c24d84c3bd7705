"""How errors are spelled here: the name of an exception each, and a message that programs know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stele.dialects.aws.signature import NotProven, Wrong
from stele.domain import errors
from stele.domain.errors import Failure, SteleError

INVALID: Final = "InvalidParameterException"
BAD_OBJECT: Final = "InvalidS3ObjectException"
UNKNOWN_OPERATION: Final = "UnknownOperationException"

#: those that are not answered 400
_STATUS: Final[Mapping[str, int]] = {
    "InternalServerError": 500,
    "ThrottlingException": 500,
    "RequestEntityTooLargeException": 413,
}

#: what Amazon says, where it is known; of the others our own message is told
_MESSAGES: Final[Mapping[str, str]] = {
    INVALID: "Request has invalid parameters",
    BAD_OBJECT: "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
    "InvalidJobIdException": "Request has invalid Job Id",
    "LimitExceededException": "Open jobs exceed maximum concurrent job limit",
    "ProvisionedThroughputExceededException": "Provisioned rate exceeded",
    "UnsupportedDocumentException": "Request has unsupported document format",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
}

#: The name of an error is that of its nearest class in this table.
_NAMES: Final[Mapping[type[SteleError], str]] = {
    SteleError: "InternalServerError",
    errors.InputError: "BadDocumentException",
    errors.UnknownFormat: "UnsupportedDocumentException",
    errors.PasswordRequired: "UnsupportedDocumentException",
    errors.PasswordWrong: "UnsupportedDocumentException",
    errors.PageSelectionEmpty: INVALID,
    errors.LimitError: "BadDocumentException",
    errors.FileTooLarge: "DocumentTooLargeException",
    errors.PageLimitExceeded: "UnsupportedDocumentException",
    errors.BodyTooLarge: "RequestEntityTooLargeException",
    errors.RequestError: INVALID,
    errors.AccessError: "AccessDeniedException",
    errors.BucketForbidden: BAD_OBJECT,
    errors.ObjectRetained: BAD_OBJECT,
    errors.Unauthenticated: "UnrecognizedClientException",
    errors.MissingError: BAD_OBJECT,
    errors.JobNotFound: "InvalidJobIdException",
    errors.IdempotencyMismatch: "IdempotentParameterMismatchException",
    errors.TooManyJobs: "LimitExceededException",
    errors.TooManyRequests: "ProvisionedThroughputExceededException",
    errors.OutOfMemory: "BadDocumentException",
    errors.BucketUnreachable: BAD_OBJECT,
    errors.StorageFull: "ThrottlingException",
}

_BY_CODE: Final = {cls.code: cls for cls in errors.table()}

#: Amazon's front end knows these for every service; they answer 400 where the protocol is JSON or CBOR.
_SIGNATURES: Final[Mapping[Wrong, str]] = {
    Wrong.MISSING: "MissingAuthenticationTokenException",
    Wrong.INCOMPLETE: "IncompleteSignatureException",
    Wrong.UNSIGNED_HEADER: "IncompleteSignatureException",
    Wrong.UNKNOWN_KEY: "UnrecognizedClientException",
    Wrong.SCOPE: "InvalidSignatureException",
    Wrong.EXPIRED: "InvalidSignatureException",
    Wrong.EARLY: "InvalidSignatureException",
    Wrong.MISMATCH: "InvalidSignatureException",
}


class TextractError(Exception):
    """A refusal in Textract's own terms: the name of an exception, and its message."""

    def __init__(self, name: str, message: str | None = None) -> None:
        self.name = name
        self.message = message or _MESSAGES[name]
        super().__init__(f"{name}: {self.message}")

    @property
    def status(self) -> int:
        """Of HTTP."""
        return _STATUS.get(self.name, 400)


def invalid(message: str | None = None) -> TextractError:
    """A parameter that is not right. Without a message it is the one with which Amazon tells nothing more."""
    return TextractError(INVALID, message)


def not_proven(error: NotProven) -> TextractError:
    return TextractError(_SIGNATURES[error.wrong], error.message)


def told(error: SteleError) -> TextractError:
    """An error of the table as this dialect spells it."""
    return told_failure(error.failure())


def told_failure(failure: Failure) -> TextractError:
    """The same for one that was stored."""
    cls = _BY_CODE.get(failure.code, SteleError)
    name = next(_NAMES[base] for base in cls.__mro__ if base in _NAMES)
    message = _MESSAGES.get(name)
    if cls is not errors.RequestError and message is not None:
        return TextractError(name, message)
    return TextractError(name, failure.message if cls.public else SteleError().message)
