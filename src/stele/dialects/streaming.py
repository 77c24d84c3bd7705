"""Answers that are bytes of a file: read in threads, sent piece by piece, never whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from typing import BinaryIO

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

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
