"""Synchronous calls: an ordinary job of high priority, awaited and then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from stele.dialects.awaiting import awaited
from stele.dialects.context import DialectContext
from stele.dialects.google.errors import CanonicalCode, GoogleError
from stele.dialects.google.rendering import Missing
from stele.domain.errors import (
    AccessError,
    BucketUnreachable,
    InputError,
    LimitError,
    MissingError,
    RequestError,
    SteleError,
)
from stele.domain.job import Job
from stele.service.core import Principal
from stele.service.records import Submitted

#: jobs of calls, and jobs that are operations
CALL: Final = "google-call"
OPERATION: Final = "google"

#: what is wrong with one image does not concern the others of its batch
TOLERATED: Final[tuple[type[SteleError], ...]] = (
    InputError,
    LimitError,
    RequestError,
    AccessError,
    MissingError,
    BucketUnreachable,
)

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
    """Submit with `begin`, wait, and make the answer of the ended job, both in threads. Raises what `begin` and
    `answer` raise, and GoogleError DEADLINE_EXCEEDED."""
    async with awaited(context, principal, begin) as job:
        if not job.state.ended:
            raise GoogleError(CanonicalCode.DEADLINE_EXCEEDED, "Deadline exceeded. Use the asynchronous call instead.")
        return await asyncio.to_thread(answer, job)


def unanswered(context: DialectContext, absent: Iterable[Missing]) -> tuple[str, ...]:
    """Count and log features that could not be answered, and say so."""
    different = {one.feature: one for one in absent}
    for name, one in different.items():
        context.unanswered("google", name)
        log.warning("a feature was left out", feature=name, remedy=one.remedy)
    return tuple(f"{one.feature} was left out: {one.remedy}" for one in different.values())
