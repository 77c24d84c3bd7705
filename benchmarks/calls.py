"""HTTP calls at a fixed rate, whatever the server does: from a process of its own, on connections that stay open.

A call has its time, and its latency counts from there: one that had to wait because the server was slow with those
before it is not let off (no coordinated omission).
"""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
_GIVE_UP_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to call: `requests` are sent over and over in turn, as they are, `rate` of them a second."""

    host: str
    port: int
    requests: tuple[bytes, ...]
    rate: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Called:
    """Milliseconds of the calls that were answered, how often each status came, and how many had no answer."""

    milliseconds: tuple[float, ...]
    statuses: dict[int, int]
    unanswered: int


def call(plan: Plan) -> Called:
    """Carry out `plan` in another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        return other.submit(_run, plan).result()


def request(method: str, path: str, token: str, *, body: bytes = b"", content_type: str | None = None) -> bytes:
    """An HTTP/1.1 request as it goes over the wire."""
    head = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}"]
    if content_type is not None:
        head += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join((*head, "", "")).encode() + body


def _run(plan: Plan) -> Called:
    return asyncio.run(_Caller(plan).run())


@dataclass(frozen=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class _Caller:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._idle: list[_Connection] = []
        self._milliseconds: list[float] = []
        self._statuses: dict[int, int] = {}
        self._unanswered = 0

    async def run(self) -> Called:
        loop = asyncio.get_running_loop()
        start = loop.time() + 0.1
        async with asyncio.TaskGroup() as calls:
            for index in range(round(self._plan.rate * self._plan.seconds)):
                due = start + index / self._plan.rate
                await asyncio.sleep(due - loop.time())
                calls.create_task(self._one(self._plan.requests[index % len(self._plan.requests)], due))
        for connection in self._idle:
            connection.writer.close()
        return Called(
            milliseconds=tuple(round(each, 3) for each in self._milliseconds),
            statuses=dict(sorted(self._statuses.items())),
            unanswered=self._unanswered,
        )

    async def _one(self, request: bytes, due: float) -> None:
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                connection = await self._connection()
                connection.writer.write(request)
                status = await _answered(connection.reader)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            self._unanswered += 1
            return
        self._milliseconds.append((asyncio.get_running_loop().time() - due) * 1000)
        self._statuses[status] = self._statuses.get(status, 0) + 1
        self._idle.append(connection)

    async def _connection(self) -> _Connection:
        """The one used last, if the server has not closed it meanwhile; else a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.reader.at_eof():
                return connection
        return _Connection(*await asyncio.open_connection(self._plan.host, self._plan.port))


async def _answered(reader: asyncio.StreamReader) -> int:
    """The status of the next answer, which must state its length."""
    head = await reader.readuntil(_HEAD_END)
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(status_line.split(" ")[1])
