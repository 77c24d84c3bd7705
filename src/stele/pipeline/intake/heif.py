"""HEIC and HEIF: every top-level image of the container is a page.

libheif applies the transformations that the container states (irot, imir, clap) while it decodes, and EXIF orientation
means nothing in these files (ISO/IEC 23008-12, 6.5.10), so the page as submitted is the one that libheif gives: its
orientation is always upright.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pillow_heif

from stele.domain.errors import CorruptInput, CorruptPage, OutOfMemory
from stele.domain.geometry import Orientation
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake.guards import check_decompressed, check_page_count, check_page_size, reason_of
from stele.pipeline.intake.pixels import to_pixels
from stele.pipeline.intake.seam import Drawing, PageInput, Pixels, TextLayer

# Threads are the supervisor's to give: one process, one core. The extras are never looked at.
pillow_heif.options.DECODE_THREADS = 1
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


class HeifDocument:
    """An `OpenDocument` over one HEIC file, which it holds in memory."""

    media_type = MediaType.HEIC

    def __init__(self, path: Path, *, name: str, limits: Limits) -> None:
        """Reads headers only. Raises CorruptInput and PageLimitExceeded."""
        self.name = name
        self.limits = limits
        self._data = path.read_bytes()
        try:
            self._sizes = [image.size for image in self.open()]
        except MemoryError as error:
            raise OutOfMemory(where=name) from error
        except Exception as error:  # the bindings name EOFError, OSError, RuntimeError, SyntaxError, ValueError
            raise CorruptInput(name=name, reason=reason_of(error)) from error
        if not self._sizes:
            raise CorruptInput(name=name, reason="there is no still image in it")
        self.page_count = len(self._sizes)
        check_page_count(self.page_count, limits, name=name)

    def open(self) -> pillow_heif.HeifFile:
        """The container, anew: an image of it keeps its pixels for as long as it lives."""
        return pillow_heif.open_heif(self._data)

    def pages(self, first: int, count: int) -> Iterator[PageInput]:
        """Pages `first` … `first + count - 1`, from 1."""
        for number in range(first, min(first + count, self.page_count + 1)):
            yield HeifPage(self, number, self._sizes[number - 1])

    def __enter__(self) -> HeifDocument:
        return self

    def __exit__(self, *exc: object) -> None:
        self._data = b""


class HeifPage:
    """One image of a HEIC file, not decoded yet."""

    orientation = Orientation.UPRIGHT
    points: tuple[float, float] | None = None
    scale: float | None = None
    warnings: tuple[str, ...] = ()

    def __init__(self, document: HeifDocument, number: int, size: tuple[int, int]) -> None:
        self.number = number
        self.width, self.height = size
        self._document = document

    def raster(self) -> Pixels:
        """The displayed pixels. Raises CorruptPage and the limits that are checked from the header."""
        document = self._document
        check_page_size((self.width, self.height), document.limits, page=self.number)
        check_decompressed(self.width * self.height * 4, document.limits, name=document.name)
        try:
            return to_pixels(document.open()[self.number - 1].to_pillow())
        except MemoryError as error:
            raise OutOfMemory(where=f"page {self.number}") from error
        except Exception as error:
            raise CorruptPage(page=self.number, reason=reason_of(error)) from error

    def text_layer(self) -> TextLayer | None:
        """Images state no words."""
        return None

    def drawing(self) -> Drawing | None:
        """Images state no lines."""
        return None
