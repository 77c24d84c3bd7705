"""Answers that are bytes of a file: read in threads, sent piece by piece, never whole in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import BinaryIO

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PIECE = 256 * 1024  #: bytes


def sent(
    stack: ExitStack, file: BinaryIO, headers: Mapping[str, str], *, count: int, first: int = 0, status: int = 200
) -> ASGIApp:
    """An answer with `count` bytes of `file` from the byte `first` on; closes `stack` when it was sent.

    Blocking: it reads the first piece."""
    file.seek(first)
    if count <= _PIECE:
        with stack:
            return Response(file.read(count), status, headers=headers)
    return _Streamed(
        stack, file, count, Response(status_code=status, headers={**headers, "content-length": str(count)})
    )


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range header names, of `size`; none when the first is behind the last. None
    for no header, and for one that is not understood, which then counts for nothing (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(header or "")
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    return int(found[1]), min(int(found[2]) if found[2] else size, size - 1)


class _Streamed:
    """Bytes of a known number, from where a file stands."""

    def __init__(self, stack: ExitStack, file: BinaryIO, count: int, start: Response) -> None:
        self._stack = stack
        self._file = file
        self._count = count
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = self._count
        try:
            headers = self._start.raw_headers
            await send({"type": "http.response.start", "status": self._start.status_code, "headers": headers})
            while left and (piece := await asyncio.to_thread(self._file.read, min(left, _PIECE))):
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await asyncio.to_thread(self._stack.__exit__, None, None, None)
