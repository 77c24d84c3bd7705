"""What is said of a task: its state, how far it is, and where its result can be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from stele.dialects.picwish.calls import DIALECT
from stele.dialects.picwish.errors import PUBLISHING_CODES, code_of
from stele.domain.errors import Cancelled, JobNotFound, SteleError
from stele.domain.job import Job, JobState
from stele.domain.value import Value
from stele.service import query
from stele.service.core import READABLE, Core, Principal

_SUCCESS: Final = "success"
_NO_TEXT: Final = "No text was found in the file."


class State(IntEnum):
    """`data.state` of a task that has not failed."""

    QUEUED = 0
    DONE = 1
    PREPARING = 2
    WAITING = 3
    PROCESSING = 4
    PUBLISHING = 5


EMPTY: Final = -11  #: `data.state` where nothing was found to read

#: how far a job is, for callers; those that have ended are looked at closer
STATES: Final[Mapping[JobState, State]] = {
    JobState.ACCEPTED: State.QUEUED,
    JobState.PREPARING: State.PREPARING,
    JobState.WAITING: State.WAITING,
    JobState.RUNNING: State.PROCESSING,
    JobState.PUBLISHING: State.PUBLISHING,
}
_PROGRESS: Final[Mapping[State, int]] = {
    State.QUEUED: 0,
    State.PREPARING: 5,
    State.WAITING: 10,
    State.PUBLISHING: 95,
    State.DONE: 100,
}
_READING_FROM, _READING_TO = 10, 90  #: progress while pages are read


class Data(Value):
    """Times are seconds since the epoch, as texts, `0` for what has not happened yet."""

    task_id: str
    created_at: str
    processed_at: str
    completed_at: str
    file: str
    progress: int
    state: int
    state_detail: str


class Answer(Value):
    """`message` says why a task failed."""

    status: int = 200
    message: str = _SUCCESS
    data: Data


class Ending(Value):
    """How a task ended: its code, and what is to be said."""

    code: int
    message: str = _SUCCESS


def task_of(core: Core, principal: Principal, given: str) -> Job:
    """The task of the caller that has this id. Blocking. Raises JobNotFound."""
    job = query.get_job(core, principal, given.lower())
    past = job.expires_at is not None and job.expires_at <= core.store.now()
    if job.dialect != DIALECT or past:
        raise JobNotFound(job=given)
    return job


def ending_of(job: Job) -> Ending:
    """Of a job that has ended."""
    if job.state is JobState.CANCELLED:
        return Ending(code=code_of(Cancelled().failure()), message=Cancelled().message)
    if job.publish_error is not None:
        return Ending(code=code_of(job.publish_error, PUBLISHING_CODES), message=job.publish_error.message)
    if job.state not in READABLE:
        failure = job.error or SteleError().failure()
        return Ending(code=code_of(failure), message=failure.message)
    if not job.pages_with_text:
        return Ending(code=EMPTY, message=_NO_TEXT)
    return Ending(code=State.DONE)


def told(job: Job, link: str) -> Answer:
    """Everything about a task. `link` is where its result can be fetched if it has one."""
    ending = ending_of(job) if job.state.ended else Ending(code=STATES[job.state])
    done = ending.code == State.DONE
    began = job.started_at or job.finished_at
    return Answer(
        message=ending.message,
        data=Data(
            task_id=job.id,
            created_at=_moment(job.created_at),
            processed_at=_moment(began),
            completed_at=_moment(job.finished_at),
            file=link if done else "",
            progress=_progress(job, ending.code),
            state=ending.code,
            state_detail="Complete" if done else "Failed" if ending.code < 0 else State(ending.code).name.capitalize(),
        ),
    )


def _progress(job: Job, code: int) -> int:
    """Percent; 100 only with a result."""
    if code >= 0 and code in _PROGRESS:
        return _PROGRESS[State(code)]
    if not job.pages_total or not job.pages_done:
        return _READING_FROM if code == State.PROCESSING else 0
    part = min(1.0, job.pages_done / job.pages_total)
    return _READING_FROM + int((_READING_TO - _READING_FROM) * part)


def _moment(seconds: float | None) -> str:
    return "0" if seconds is None else str(int(seconds))
