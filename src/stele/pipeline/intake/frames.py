"""Facts about animations that are read from their bytes, where asking the decoder would cost too much."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path


def gif_frame_count(path: Path, limit: int) -> int:
    """The number of frames of a GIF, counted no further than `limit + 1`.

    Pillow would count them all first, and a file of the allowed size has room for millions.
    Raises IndexError and struct.error where the file ends inside a header; an early end behind that just ends it.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        position = 13 + _palette_size(data[10])
        end, frames = len(data), 0
        while position < end and frames <= limit:
            kind = data[position]
            if kind == 0x3B:  # trailer
                break
            if kind == 0x2C:  # image: left, top, width, height, flags, then a palette and the width of the codes
                if position + 10 >= end:
                    break
                frames += 1
                position = _behind_blocks(data, position + 11 + _palette_size(data[position + 9]))
            elif kind == 0x21:  # extension: a label, then blocks
                position = _behind_blocks(data, position + 2)
            else:
                position += 1  # decoders skip strays
        return frames


def _palette_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(data: mmap.mmap, position: int) -> int:
    """The position behind a run of blocks, each of which starts with its length, and the last of which is empty."""
    end = len(data)
    while position < end and (length := data[position]):
        position += 1 + length
    return position + 1


def animation_canvas(head: bytes) -> tuple[int, int] | None:
    """Width and height of the canvas, from the first 30 bytes of a GIF or WebP. None for all others."""
    head = head.ljust(30, b"\0")
    if head.startswith(b"GIF8"):
        width, height = struct.unpack_from("<HH", head, 6)
        return width, height
    if head[:4] != b"RIFF":
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None
