"""Calls that wait for their answer: an ordinary job of high priority, awaited and then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from stele.dialects.context import DialectContext
from stele.domain.errors import JobNotFound
from stele.domain.job import Job
from stele.service import control, query
from stele.service.core import Principal
from stele.service.records import Retention, Submitted

T = TypeVar("T")

CALL_PRIORITY: Final = 20  #: above everything that callers may choose
CALL_RETENTION: Final = Retention(seconds=3600)  #: of a call whose process died before it could forget its job

_SECONDS = 600.0
_forgetting: set[asyncio.Task[None]] = set()

log = structlog.get_logger()


@asynccontextmanager
async def awaited(context: DialectContext, principal: Principal, begin: Callable[[], Submitted]) -> AsyncIterator[Job]:
    """Submit with `begin`, in a thread, and wait until the job has ended, or for ten minutes; afterwards it is gone. A
    caller that gives up takes its job with it, even one that is only being submitted. Raises what `begin` raises."""
    beginning = asyncio.create_task(asyncio.to_thread(begin))
    try:
        submitted = await asyncio.shield(beginning)  # a thread cannot be called back
        yield await query.wait(context.core, context.watch, principal, submitted.job.id, _SECONDS)
    finally:
        task = asyncio.create_task(_forget_what_begins(context, principal, beginning))
        _forgetting.add(task)
        task.add_done_callback(_forgetting.discard)


async def unless_gone(call: Awaitable[T], receive: Receive) -> T:
    """The outcome of `call`, which is cancelled when its caller goes away. Raises ClientDisconnect."""
    working = asyncio.ensure_future(call)
    listening = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        listening.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


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
