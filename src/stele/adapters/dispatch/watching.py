"""`Watch` on an event loop: what the API process hears of jobs. Owned by the API process; lost with it, like its
callers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stele.adapters.dispatch.wake import CALLERS, JobChanged, Listener
from stele.service.ports import (
    Changes,
    Watch,
)
from stele.service.records import Progress

_REMEMBERED = 10_000  #: jobs under way whose last message is kept


class _Inbox(Changes):
    """Keeps only the newest message: whoever is slow misses steps, not the end."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._latest: Progress | None = None

    def put(self, progress: Progress) -> None:
        self._latest = progress
        self._changed.set()

    async def next(self, seconds: float) -> Progress | None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return None
        self._changed.clear()
        return self._latest


class DatagramWatch(Watch):
    """Call `start` on the loop that will use it, and `close` before that loop ends."""

    def __init__(self, run: Path) -> None:
        self._listener = Listener(run, CALLERS)
        self._listener.socket.setblocking(False)
        self._inboxes: dict[str, set[_Inbox]] = {}
        self._latest: OrderedDict[str, Progress] = OrderedDict()

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._listener.socket, self._drain)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listener.socket)
        self._listener.close()

    def latest(self, job: str) -> Progress | None:
        return self._latest.get(job)

    @asynccontextmanager
    async def job(self, job: str) -> AsyncIterator[Changes]:
        inbox = _Inbox()
        self._inboxes.setdefault(job, set()).add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes[job].discard(inbox)
            if not self._inboxes[job]:
                del self._inboxes[job]

    def _drain(self) -> None:
        while True:
            try:
                message = self._listener.receive()
            except BlockingIOError:
                return
            if isinstance(message, JobChanged):
                self._heard(message.progress)

    def _heard(self, progress: Progress) -> None:
        self._latest.pop(progress.job, None)
        if not progress.state.ended:
            self._latest[progress.job] = progress
            if len(self._latest) > _REMEMBERED:
                self._latest.popitem(last=False)
        for inbox in self._inboxes.get(progress.job, ()):
            inbox.put(progress)
