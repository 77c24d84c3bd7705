"""What is said of a task: its state, and its results when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Final

import msgspec
import structlog

from stele.dialects.aspose.entries import rendered
from stele.dialects.aspose.operations import Entry
from stele.dialects.aspose.submitting import DIALECT, Remembered, remembered
from stele.domain.document import Page
from stele.domain.errors import FormatUnavailable, NoResult, SteleError
from stele.domain.job import Job, JobState
from stele.domain.value import Value, changed
from stele.service import query
from stele.service.core import READABLE, Core, Principal

log = structlog.get_logger()


class TaskStatus(StrEnum):
    PENDING = "Pending"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    ERROR = "Error"
    NOT_EXIST = "NotExist"


class StatusCode(StrEnum):
    OK = "Ok"
    PARTIALLY_NOT_FOUND = "PartiallyNotFound"
    NO_ANY_RESULT_DATA = "NoAnyResultData"
    RESULT_DATA_LOST = "ResultDataLost"
    TASK_NOT_FOUND = "TaskNotFound"
    NOT_READY = "NotReady"
    ERROR = "Error"


class Result(Value):
    """`data` is written as base64."""

    type: Entry
    data: bytes


class Told(Value):
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Answer(Value, rename="camel"):
    """Clients take no further members, at any level."""

    id: str
    task_status: TaskStatus
    response_status_code: StatusCode
    results: tuple[Result, ...] | None = ()
    error: Told | None = None


#: how far a job is, for callers; those that have ended are looked at closer
STATES: Final = {
    JobState.ACCEPTED: TaskStatus.PENDING,
    JobState.PREPARING: TaskStatus.PENDING,
    JobState.WAITING: TaskStatus.PENDING,
    JobState.RUNNING: TaskStatus.PROCESSING,
    JobState.PUBLISHING: TaskStatus.PROCESSING,
    JobState.SUCCEEDED: TaskStatus.COMPLETED,
    JobState.PARTIALLY_SUCCEEDED: TaskStatus.COMPLETED,
    JobState.FAILED: TaskStatus.ERROR,
    JobState.CANCELLED: TaskStatus.NOT_EXIST,
}

_UNKNOWN: Final = "There is no such task: its id is not known, or it was cancelled, or it is older than 24 hours."
_LOST: Final = "The results of this task are not in the server's keeping any more. Submit it again."

encode = msgspec.json.Encoder().encode


def not_exist(given: str) -> Answer:
    """Of an id that names no task of the caller."""
    return Answer(
        id=given,
        task_status=TaskStatus.NOT_EXIST,
        response_status_code=StatusCode.TASK_NOT_FOUND,
        error=Told(messages=(_UNKNOWN,)),
    )


def is_here(core: Core, job: Job) -> bool:
    """Whether a job is a task that callers may know of: jobs of other dialects are none."""
    past = job.expires_at is not None and job.expires_at <= core.store.now()
    return job.dialect == DIALECT and job.state is not JobState.CANCELLED and not past


def status(core: Core, job: Job, given: str) -> Answer:
    """How far a task is, without its results. Blocking."""
    if not is_here(core, job):
        return not_exist(given)
    state = STATES[job.state]
    match state:
        case TaskStatus.COMPLETED:
            return Answer(
                id=given, task_status=state, response_status_code=StatusCode.OK, error=_warned(remembered(job), ())
            )
        case TaskStatus.ERROR:
            failure = job.error or SteleError().failure()
            told = Told(messages=(failure.message,), warnings=remembered(job).warnings)
            return Answer(id=given, task_status=state, response_status_code=StatusCode.ERROR, error=told)
        case _:
            return Answer(id=given, task_status=state, response_status_code=StatusCode.NOT_READY)


def results(core: Core, principal: Principal, job: Job, given: str) -> Answer:
    """A task with its results. Blocking; rendering many pages takes long."""
    plain = status(core, job, given)
    if job.state not in READABLE or plain.task_status is not TaskStatus.COMPLETED:
        return plain
    kept = remembered(job)
    found: list[Result] = []
    missing: list[str] = []
    try:
        for item in job.items:
            missing += [item.error.message] if item.error is not None else []
            for entry in kept.entries:
                make = partial(rendered, core, principal, job, item.index, entry)
                found.append(Result(type=entry, data=b"" if item.error is not None else _made(make, missing)))
    except FileNotFoundError:
        log.exception("a file of a result is gone", job=job.id)
        told = Told(messages=(_LOST,))
        return changed(plain, response_status_code=StatusCode.RESULT_DATA_LOST, error=told)
    return Answer(
        id=given,
        task_status=TaskStatus.COMPLETED,
        response_status_code=StatusCode.PARTIALLY_NOT_FOUND if missing else StatusCode.OK,
        results=tuple(found),
        error=_warned(kept, (*missing, *_noted(core, principal, job))),
    )


def _made(make: Callable[[], bytes], missing: list[str]) -> bytes:
    """A result, empty where there is none, so that each stands in its place; why is added to `missing`."""
    try:
        return make()
    except (FormatUnavailable, NoResult) as error:
        missing.append(error.message)
        return b""


def _noted(core: Core, principal: Principal, job: Job) -> Iterable[str]:
    """Which pages could not be read and why, and what was noted of those that were; each once."""
    read = (item.index for item in job.items if item.error is None and item.pages)
    pages = chain.from_iterable(query.pages(core, principal, job.id, item) for item in read)
    return dict.fromkeys(chain.from_iterable(map(_notes, pages)))


def _notes(page: Page) -> Iterable[str]:
    if page.error is None:
        return page.warnings
    return (f"Page {page.number} could not be read: {page.error.message}",)


def _warned(kept: Remembered, more: tuple[str, ...]) -> Told | None:
    warnings = (*kept.warnings, *more)
    return Told(warnings=warnings) if warnings else None
