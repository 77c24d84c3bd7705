"""Answers that are files: read in threads, sent piece by piece, never whole in memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import BinaryIO

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.native.filenames import attachment

_PIECE = 256 * 1024  #: bytes


def download_headers(name: str, media_type: str, etag: str | None) -> dict[str, str]:
    """What goes with bytes that came from callers: a browser saves them and never shows or runs them here."""
    headers = {
        "content-type": media_type,
        "content-disposition": attachment(name),
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return headers if etag is None else {**headers, "etag": f'"{etag}"'}


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has this already (RFC 9110, 13.1.2)."""
    given = (one.strip().removeprefix("W/") for one in (if_none_match or "").split(","))
    return f'"{etag}"' in given


def sent(stack: ExitStack, file: BinaryIO, headers: Mapping[str, str]) -> ASGIApp:
    """An answer with all of `file`; closes `stack` when it was sent. Blocking: it reads the first piece."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= _PIECE:
        with stack:
            return Response(file.read(), headers=headers)
    return _Streamed(stack, file, size, headers)


class _Streamed:
    """Bytes of a known number, from a file."""

    def __init__(
        self, stack: AbstractContextManager[object], file: BinaryIO, size: int, headers: Mapping[str, str]
    ) -> None:
        self._stack = stack
        self._file = file
        self._start = Response(headers={**headers, "content-length": str(size)}).raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self._start})
            while piece := await asyncio.to_thread(self._file.read, _PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await asyncio.to_thread(self._stack.__exit__, None, None, None)
