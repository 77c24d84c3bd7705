"""Synchronous calls: an ordinary job of high priority, awaited and then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from stele.dialects.context import DialectContext
from stele.dialects.google.errors import CanonicalCode, GoogleError
from stele.dialects.google.rendering import Missing
from stele.domain.errors import (
    AccessError,
    BucketUnreachable,
    InputError,
    JobNotFound,
    LimitError,
    MissingError,
    RequestError,
    SteleError,
)
from stele.domain.job import Job
from stele.service import control, query
from stele.service.core import Principal
from stele.service.records import (
    Retention,
    Submitted,
)

#: jobs of calls, and jobs that are operations
CALL: Final = "google-call"
OPERATION: Final = "google"

CALL_PRIORITY: Final = 20  #: above everything that callers may choose
CALL_RETENTION: Final = Retention(seconds=3600)  #: of a call whose process died before it could forget its job

#: what is wrong with one image does not concern the others of its batch
TOLERATED: Final[tuple[type[SteleError], ...]] = (
    InputError,
    LimitError,
    RequestError,
    AccessError,
    MissingError,
    BucketUnreachable,
)

_SECONDS = 600.0
_forgetting: set[asyncio.Task[None]] = set()

log = structlog.get_logger()


class Reply(dict[str, object]):
    """An answer, and what its caller should be warned of beside it."""

    def __init__(self, body: dict[str, object], warnings: tuple[str, ...] = ()) -> None:
        super().__init__(body)
        self.warnings = warnings

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The warnings as headers of HTTP, or as metadata of gRPC."""
        texts = [warning.replace('"', "'").encode("ascii", "replace").decode() for warning in self.warnings]
        return [("warning", f'299 stele "{text}"') for text in texts]


async def answered(
    context: DialectContext, principal: Principal, begin: Callable[[], Submitted], answer: Callable[[Job], Reply]
) -> Reply:
    """Submit with `begin`, wait, and make the answer of the ended job, both in threads. A caller that gives up takes
    its job with it, even one that is only being submitted. Raises what `begin` and `answer` raise, and GoogleError
    DEADLINE_EXCEEDED."""
    beginning = asyncio.create_task(asyncio.to_thread(begin))
    try:
        submitted = await asyncio.shield(beginning)  # a thread cannot be called back
        job = await query.wait(context.core, context.watch, principal, submitted.job.id, _SECONDS)
        if not job.state.ended:
            raise GoogleError(CanonicalCode.DEADLINE_EXCEEDED, "Deadline exceeded. Use the asynchronous call instead.")
        return await asyncio.to_thread(answer, job)
    finally:
        task = asyncio.create_task(_forget_what_begins(context, principal, beginning))
        _forgetting.add(task)
        task.add_done_callback(_forgetting.discard)


def unanswered(context: DialectContext, absent: Iterable[Missing]) -> tuple[str, ...]:
    """Count and log features that could not be answered, and say so."""
    different = {one.feature: one for one in absent}
    for name, one in different.items():
        context.unanswered("google", name)
        log.warning("a feature was left out", feature=name, remedy=one.remedy)
    return tuple(f"{one.feature} was left out: {one.remedy}" for one in different.values())


async def _forget_what_begins(
    context: DialectContext, principal: Principal, beginning: asyncio.Task[Submitted]
) -> None:
    await asyncio.wait({beginning})
    if beginning.exception() is None:
        await asyncio.to_thread(_forget, context, principal, beginning.result().job.id)


def _forget(context: DialectContext, principal: Principal, job: str) -> None:
    try:
        control.forget(context.core, principal, job)
    except JobNotFound:
        return
    except Exception:
        log.exception("the job of a call could not be forgotten; it will be when its time is over", job=job)
