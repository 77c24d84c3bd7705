"""Answers that are files, as this dialect sends them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import BinaryIO

from starlette.types import ASGIApp

from stele.dialects import streaming
from stele.dialects.filenames import attachment


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
    return streaming.sent(stack, file, headers, count=file.seek(0, os.SEEK_END))
