"""The names of jobs and of blobs: one place, so that sweeping knows what belongs to whom."""

from __future__ import annotations

import secrets
import time

from stele.domain.job import Format


def new_job_id() -> str:
    """A UUID version 7 (RFC 9562): sorts by time, to a quarter of a microsecond (its section 6.2, method 3), and has 62
    random bits that nobody guesses."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
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


def object_blob(bucket: str) -> str:
    """A new name for an object's bytes; its key is only a row, so no caller's text becomes a path."""
    return f"bucket-{bucket}/{secrets.token_hex(16)}"


BUCKET_FOLDER = "bucket-"
