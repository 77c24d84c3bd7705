"""The stored form of pages: msgpack, compressed with zstd; once per unit, never per dialect. And what counts of
them."""

from __future__ import annotations

import zstandard

from stele.domain.document import Page, PageError, pack_pages, unpack_pages
from stele.domain.errors import Failure
from stele.service.records import ReadResult

_LEVEL = 3
_MAX_UNPACKED = 512 * 1024 * 1024  #: bytes; a unit has at most eight pages


def packed(pages: tuple[Page, ...]) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(pack_pages(pages))


def unpacked(data: bytes) -> tuple[Page, ...]:
    """The inverse of `packed`. Raises zstandard.ZstdError, msgspec.ValidationError."""
    return unpack_pages(zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_UNPACKED))


def error_page(number: int, failure: Failure) -> Page:
    """What stands in the place of a page that could not be read. Its size is not known: 0 x 0."""
    return Page(number=number, width=0, height=0, error=PageError(code=failure.code, message=failure.message))


def read_result(blob: str, pages: tuple[Page, ...]) -> ReadResult:
    """What the store must know of pages that lie in `blob`."""
    failures = [page.error for page in pages if page.error is not None]
    return ReadResult(
        blob=blob,
        pages=len(pages),
        failed=len(failures),
        with_text=sum(next(page.lines(), None) is not None for page in pages),
        error=Failure(code=failures[0].code, message=failures[0].message) if failures else None,
    )
