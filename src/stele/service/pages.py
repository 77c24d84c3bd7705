"""The stored form of pages: msgpack, compressed with zstd; once per unit, never per dialect."""

from __future__ import annotations

import zstandard

from stele.domain.document import Page, pack_pages, unpack_pages

_LEVEL = 3
_MAX_UNPACKED = 512 * 1024 * 1024  #: bytes; a unit has at most eight pages


def packed(pages: tuple[Page, ...]) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(pack_pages(pages))


def unpacked(data: bytes) -> tuple[Page, ...]:
    """The inverse of `packed`. Raises zstandard.ZstdError, msgspec.ValidationError."""
    return unpack_pages(zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_UNPACKED))
