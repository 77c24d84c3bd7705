"""The names of jobs and of blobs: one place, so that sweeping knows what belongs to whom."""

from __future__ import annotations

import secrets
import threading
import time

from stele.domain.job import Format
from stele.service.records import Bucket


class _Ticks:
    """Times in quarters of a microsecond: 48 bits of milliseconds and 12 of their fraction (RFC 9562, 6.2, method 3).

    Each is later than the one before, whatever the clock says, so that no two jobs of a process share one: the ids of
    some dialects have hardly more to tell them apart."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
        now = (milliseconds << 12) | (nanoseconds * 4096 // 1_000_000)
        with self._lock:
            self._last = max(now, self._last + 1)
            return self._last


_ticks = _Ticks()


def new_job_id() -> str:
    """A UUID version 7 (RFC 9562): sorts by time, and has 62 random bits that nobody guesses."""
    milliseconds, fraction = divmod(_ticks.next(), 4096)
    number = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def input_blob(job: str, index: int) -> str:
    """Where the bytes of an item lie."""
    return f"{job}/input-{index}"


def layout_blob(job: str, index: int) -> str:
    """Where the pages of an item that is an office file lie, as a PDF."""
    return f"{job}/layout-{index}"


def pages_blob(job: str, unit: int, token: str) -> str:
    """Where a unit's pages lie. The lease's token keeps a late result from touching the one that counts."""
    return f"{job}/pages-{unit}-{token}"


def export_blob(job: str, item: int, form: Format, token: str) -> str:
    return f"{job}/export-{item}-{token}.{form}"


def bucket_folder(bucket: Bucket) -> str:
    """Where the objects of a bucket lie. One that is made anew under the name has another folder, so that what is left
    to delete of the old one is never the new one's, which may be another project's."""
    return f"{BUCKET_FOLDER}{bucket.name}-{int(bucket.created_at * 1_000_000)}"


def object_blob(bucket: Bucket) -> str:
    """A new name for an object's bytes; its key is only a row, so no caller's text becomes a path."""
    return f"{bucket_folder(bucket)}/{secrets.token_hex(16)}"


BUCKET_FOLDER = "bucket-"
