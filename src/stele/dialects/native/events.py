"""`GET /jobs/{job}/events`: a job's progress as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.native.endpoint import Call
from stele.dialects.native.schema import NoQuery, ProgressView
from stele.domain.errors import JobNotFound
from stele.domain.job import Job, JobState
from stele.service import query
from stele.service.records import Progress

_HEARTBEAT_SECONDS = 15.0
_END = "end"  #: the id of the last event
_RECONNECT_MILLISECONDS = 2000

_encode = msgspec.json.Encoder().encode
_WORKING = frozenset({JobState.RUNNING, JobState.PUBLISHING})


async def stream_events(call: Call, _: NoQuery) -> ASGIApp:
    """Follow a job: its progress now, then an event for each change, page by page, until the one with its last state.

    Each event is named `progress` and has an `id`; the last id is `end`, and who reconnects with `Last-Event-ID: end`
    is told by a 204 that there is nothing more. A comment every 15 seconds keeps the connection alive."""
    if call.headers.get("last-event-id") == _END:
        return Response(status_code=204)
    job = await asyncio.to_thread(query.get_job, call.core, call.principal, call.place["job"])
    changes = query.events(call.core, call.context.watch, call.principal, job.id)
    return _Stream(Clock(job), changes)


class Clock:
    """Tells how long a job has been under way, and how long it may still take at the pace of its pages so far."""

    def __init__(self, job: Job) -> None:
        self._created = job.created_at
        self._working_since = job.started_at

    def view(self, progress: Progress, now: float) -> ProgressView:
        """`now` in seconds since the epoch."""
        if self._working_since is None and progress.state in _WORKING:
            self._working_since = now
        return ProgressView(
            job=progress.job,
            state=progress.state,
            ended=progress.state.ended,
            pages_total=progress.pages_total,
            pages_done=progress.pages_done,
            pages_failed=progress.pages_failed,
            elapsed=round(max(0.0, now - self._created), 3),
            eta_seconds=self._left(progress, now),
        )

    def _left(self, progress: Progress, now: float) -> float | None:
        if progress.state.ended:
            return 0.0
        if progress.pages_total is None or not progress.pages_done or self._working_since is None:
            return None
        pace = max(0.0, now - self._working_since) / progress.pages_done
        return round((progress.pages_total - progress.pages_done) * pace, 1)


class _Stream:
    """The answer: sends what happens, a comment when nothing does, and stops when the caller has gone."""

    def __init__(self, clock: Clock, changes: AsyncIterator[Progress]) -> None:
        self._clock = clock
        self._changes = changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone: asyncio.Future[None] = asyncio.ensure_future(_gone(receive))
        following: asyncio.Future[Progress | None] | None = None
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _send(send, f"retry: {_RECONNECT_MILLISECONDS}\n\n".encode())
            number = 0
            while True:
                following = following or asyncio.ensure_future(anext(self._changes, None))
                both: set[asyncio.Future[Any]] = {gone, following}
                await asyncio.wait(both, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return
                if not following.done():
                    await _send(send, b": alive\n\n")
                    continue
                progress = _result(following)
                following = None
                if progress is None:
                    await send({"type": "http.response.body", "body": b""})
                    return
                number += 1
                name = _END if progress.state.ended else str(number)
                data = _encode(self._clock.view(progress, time.time()))
                await _send(send, b"id: %b\nevent: progress\ndata: %b\n\n" % (name.encode(), data))
        finally:
            # The generator behind `following` stops listening for the job when it is cancelled.
            pending = [one for one in (gone, following) if one is not None and not one.done()]
            for one in pending:
                one.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


def _result(following: asyncio.Future[Progress | None]) -> Progress | None:
    """None at the end, also when the job was forgotten meanwhile: asking for it again says so."""
    try:
        return following.result()
    except JobNotFound:
        return None


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # proxies must not hold events back
]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})
