"""How the program ends: one exit code for each family of the error table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from stele.domain import errors


class Exit(IntEnum):
    """The exit codes, documented in docs/reference/exit-codes.md."""

    OK = 0  #: everything was done
    INTERNAL = 1  #: a fault of Stele itself
    REQUEST = 2  #: the command line or an option is not valid
    INPUT = 3  #: an input, or a page of it, cannot be read: unknown, damaged, encrypted
    LIMIT = 4  #: an input is over a limit
    ACCESS = 5  #: the credentials, or the permissions of a file, do not allow it
    MISSING = 6  #: no such file, job, bucket or object
    CONFLICT = 7  #: it conflicts with the present state
    QUOTA = 8  #: the project is over its quota
    ENGINE = 9  #: a page could not be processed: the engine failed, crashed or took too long
    UNAVAILABLE = 10  #: something that is needed is not installed, or not there: an engine, a language, storage
    CANCELLED = 11  #: the job was cancelled
    INTERRUPTED = 130  #: stopped by Ctrl-C
    PIPE_CLOSED = 141  #: whoever read the output went away, as `head` does


_FAMILIES: dict[type[errors.SteleError], Exit] = {
    errors.InputError: Exit.INPUT,
    errors.LimitError: Exit.LIMIT,
    errors.RequestError: Exit.REQUEST,
    errors.AccessError: Exit.ACCESS,
    errors.MissingError: Exit.MISSING,
    errors.ConflictError: Exit.CONFLICT,
    errors.QuotaError: Exit.QUOTA,
    errors.EngineError: Exit.ENGINE,
    errors.UnavailableError: Exit.UNAVAILABLE,
    errors.Cancelled: Exit.CANCELLED,
    errors.SteleError: Exit.INTERNAL,
}


def of_error(error: type[errors.SteleError]) -> Exit:
    """The exit code of an error's family."""
    return next(_FAMILIES[cls] for cls in error.__mro__ if cls in _FAMILIES)


def of_code(code: str) -> Exit:
    """The exit code for a `Failure.code`; a code that is not in the table is a fault of Stele."""
    return next((of_error(error) for error in errors.table() if error.code == code), Exit.INTERNAL)


def worst(exits: Iterable[Exit]) -> Exit:
    """The one that a run over several inputs ends with: a fault of Stele before all, else the highest number."""
    return max(exits, key=lambda code: (code is Exit.INTERNAL, code), default=Exit.OK)
