"""JPEG pages of TIFF files as JPEG files, without decoding them.

TIFF keeps a JPEG page as strips (TIFF Technical Note 2): each is a small JPEG file, less the tables that all of them
need, which are kept once. A strip starts afresh as a decoder does at a restart marker (ITU-T T.81, E.1.4). So strips
become one file when restart markers are put between them, their interval is declared, and the header has the height of
the page.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

from PIL import TiffImagePlugin as Tiff

_JPEG_COMPRESSION = 7
_JPEG_TABLES = 347

#: PhotometricInterpretation → number of components, colour transform of Adobe's marker
_COLOURS = {1: (1, 0), 2: (3, 0), 6: (3, 1)}

_EOI, _SOS, _DQT, _DRI, _DHT, _APP14 = 0xD9, 0xDA, 0xDB, 0xDD, 0xC4, 0xEE
#: frame headers of sequential JPEG with Huffman codes; the others cannot be joined
_FRAMES = frozenset({0xC0, 0xC1})
_MARKER = re.compile(rb"\xff[^\x00\xff]")


def jpeg_of(frame: Tiff.TiffImageFile, file: BinaryIO) -> bytes | None:
    """The page at which `frame` stands, of the TIFF in `file`, as a JPEG file.

    None when it is no JPEG page, or one that cannot be had without decoding: tiles, planes, CMYK, progressive. Raises
    ValueError and OSError for a damaged one.
    """
    tags = frame.tag_v2
    colours = _COLOURS.get(tags.get(Tiff.PHOTOMETRIC_INTERPRETATION, -1))
    if tags.get(Tiff.COMPRESSION) != _JPEG_COMPRESSION or colours is None:
        return None
    if tags.get(Tiff.PLANAR_CONFIGURATION, 1) != 1 or Tiff.STRIPOFFSETS not in tags:
        return None
    strips = []
    for offset, length in zip(tags[Tiff.STRIPOFFSETS], tags[Tiff.STRIPBYTECOUNTS], strict=True):
        file.seek(offset)
        strips.append(_Strip.parsed(file.read(length)))
    height = tags[Tiff.IMAGELENGTH]
    tables = _Strip.parsed(tags[_JPEG_TABLES]) if _JPEG_TABLES in tags else None
    return _joined(strips, tables, min(tags.get(Tiff.ROWSPERSTRIP, height), height), height, colours)


@dataclass(frozen=True)
class _Strip:
    """A small JPEG file, taken apart: its segments but for comments and application data, and the coded pixels."""

    segments: tuple[tuple[int, bytes], ...]
    coded: bytes

    @classmethod
    def parsed(cls, data: bytes) -> _Strip:
        segments = []
        place = 2
        while place + 4 <= len(data) and data[place + 1] != _EOI:
            marker, size = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
            if not 0xE0 <= marker <= 0xFE:
                segments.append((marker, data[place + 4 : place + 2 + size]))
            place += 2 + size
            if marker == _SOS:
                return cls(tuple(segments), data[place:])
        return cls(tuple(segments), b"")

    def of(self, *markers: int) -> list[tuple[int, bytes]]:
        return [segment for segment in self.segments if segment[0] in markers]

    @property
    def pixels(self) -> bytes | None:
        """The coded pixels without the end marker; None when there are markers among them, as in progressive files."""
        end = _MARKER.search(self.coded)
        if end is None:
            return self.coded
        return self.coded[: end.start()] if end.group() == bytes((0xFF, _EOI)) else None


def _joined(
    strips: list[_Strip], tables: _Strip | None, rows: int, height: int, colours: tuple[int, int]
) -> bytes | None:
    """One JPEG file of strips of `rows` rows each; None when they do not fit together."""
    first = strips[0]
    frames = first.of(*_FRAMES)
    pixels = [strip.pixels for strip in strips]
    if len(frames) != 1 or any(coded is None for coded in pixels):
        return None
    marker, frame = frames[0]
    components, transform = colours
    if frame[5] != components or any(_likeness(strip) != _likeness(first) for strip in strips):
        return None
    interval = _interval(frame, rows)
    if len(strips) > 1 and interval is None:
        return None
    segments = [
        (_APP14, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform)),
        *(tables.of(_DQT, _DHT) if tables else ()),
        *first.of(_DQT, _DHT),
        (marker, frame[:1] + struct.pack(">H", height) + frame[3:]),
        *([(_DRI, struct.pack(">H", interval))] if len(strips) > 1 else ()),
        *first.of(_SOS),
    ]
    head = b"".join(struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data for kind, data in segments)
    body = b"".join(bytes((0xFF, 0xD0 + (n - 1) % 8)) * (n > 0) + (coded or b"") for n, coded in enumerate(pixels))
    return b"\xff\xd8" + head + body + bytes((0xFF, _EOI))


def _likeness(strip: _Strip) -> list[tuple[int, bytes]]:
    """What must be the same in all strips: everything but the height in the frame header."""
    return [(kind, data[:1] + data[3:] if kind in _FRAMES else data) for kind, data in strip.segments]


def _interval(frame: bytes, rows: int) -> int | None:
    """How many coded units (MCUs) a strip of `rows` rows has; None where strips do not end with a unit, or it is beyond
    what can be declared."""
    width = int.from_bytes(frame[3:5], "big")
    sampling = frame[7::3]
    across, down = max(byte >> 4 for byte in sampling), max(byte & 15 for byte in sampling)
    if len(sampling) == 1:
        across = down = 1
    units = -(-width // (8 * across)) * (rows // (8 * down))
    return units if rows % (8 * down) == 0 and 0 < units <= 0xFFFF else None
