"""Images that Pillow decodes, frame by frame.

What counts as a page: each image of a TIFF (but not its reduced-resolution copies), each frame of a GIF, an animated
WebP or an AVIF sequence, as it would be displayed. PNG and JPEG have one page: an APNG or MPO gives its first picture.

`width` and `height` are those of the stored pixels; EXIF orientation (and that of AVIF's irot and imir boxes) is
recorded and applied by `raster`.

A file that ends early, or is damaged further down, gives the page with its missing rows left white, and a warning on
the page, where at least half of the rows could be decoded; otherwise the page is corrupt.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import AvifImagePlugin, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ExifTags import Base as Tag
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from stele.domain.errors import CorruptInput, CorruptPage, DecompressedTooLarge, OutOfMemory, SteleError
from stele.domain.geometry import Orientation
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake.frames import animation_canvas, gif_frame_count
from stele.pipeline.intake.guards import (
    broken_page,
    check_decompressed,
    check_page_count,
    check_page_size,
    reason_of,
)
from stele.pipeline.intake.pixels import displayed, to_pixels
from stele.pipeline.intake.seam import Drawing, PageInput, Pixels, TextLayer

# Threads are the supervisor's to give: one process, one core.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

#: The plugins themselves: `Image.open` would try others, turn MPO into several pages, and count pixels by its own rule.
_PLUGINS: dict[MediaType, type[ImageFile]] = {
    MediaType.JPEG: JpegImageFile,
    MediaType.PNG: PngImageFile,
    MediaType.TIFF: TiffImageFile,
    MediaType.BMP: BmpImageFile,
    MediaType.GIF: GifImageFile,
    MediaType.WEBP: WebPImageFile,
    MediaType.AVIF: AvifImageFile,
    MediaType.JPEG2000: Jpeg2KImageFile,
    MediaType.PNM: PpmImageFile,
}


class ImageDocument:
    """An `OpenDocument` over one Pillow image file. Not for several threads: the frames share one file handle."""

    def __init__(self, path: Path, *, name: str, media_type: MediaType, limits: Limits) -> None:
        """Reads headers only. Raises CorruptInput, PageLimitExceeded, and the size limits where one canvas serves all
        frames."""
        self.media_type = media_type
        self.name = name
        self.limits = limits
        self._path = path
        self._file: BinaryIO = path.open("rb")
        try:
            with self.pillow(lambda reason: CorruptInput(name=name, reason=reason)):
                self._check_canvas()
                self.image = self._plugin()
                self._frames, self._last_warnings = self._find_frames()
        except BaseException:
            self._file.close()
            raise
        self.page_count = len(self._frames)

    def pages(self, first: int, count: int) -> Iterator[PageInput]:
        """Pages `first` … `first + count - 1`, from 1; a page is good until the next one is asked for."""
        for number in range(first, min(first + count, self.page_count + 1)):
            yield self._page(number)

    def image_at(self, number: int) -> ImageFile:
        """The image of page `number`, opened anew."""
        image = self._plugin()
        image.seek(self._frames[number - 1])
        return image

    def _plugin(self) -> ImageFile:
        self._file.seek(0)
        return _PLUGINS[self.media_type](self._file)

    def __enter__(self) -> ImageDocument:
        return self

    def __exit__(self, *exc: object) -> None:
        self.image.close()
        self._file.close()

    @contextmanager
    def pillow(self, failure: Callable[[str], SteleError]) -> Iterator[None]:
        """Pillow under this document's limits: whatever it raises becomes `failure(reason)` or a case of our own.

        Decoders of damaged files raise nearly every built-in exception. Pillow's own check of sizes is kept, as a net
        under ours, for canvases that grow while frames are composed: it raises above twice MAX_IMAGE_PIXELS.
        """
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = self.limits.max_pixels // 2
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except SteleError:
            raise
        except Image.DecompressionBombError as error:
            raise DecompressedTooLarge(name=self.name, limit=self.limits.max_pixels) from error
        except MemoryError as error:
            raise OutOfMemory(where=self.name) from error
        except Exception as error:
            raise failure(reason_of(error)) from error
        finally:
            Image.MAX_IMAGE_PIXELS = before

    def _check_canvas(self) -> None:
        """Decoders of animations may allocate the canvas when they are opened, so its size is looked up before."""
        if canvas := animation_canvas(self._file.read(30)):
            check_page_size(canvas, self.limits, page=1)
        self._file.seek(0)

    def _find_frames(self) -> tuple[range | list[int], tuple[str, ...]]:
        """The frame of each page, and what to warn of on the last one."""
        if self.media_type.single_page:
            return range(1), ()
        if isinstance(self.image, TiffImageFile):
            return self._find_tiff_frames(self.image)
        if self.media_type is MediaType.GIF:
            frames = gif_frame_count(self._path, self.limits.max_pages)
        else:
            frames = getattr(self.image, "n_frames", 1)
        check_page_count(frames, self.limits, name=self.name)
        return range(max(frames, 1)), ()

    def _find_tiff_frames(self, image: TiffImageFile) -> tuple[list[int], tuple[str, ...]]:
        full: list[int] = []
        reduced: list[int] = []
        said: tuple[str, ...] = ()
        for frame in range(self.limits.max_pages + 2):
            try:
                image.seek(frame)
            except EOFError:
                break
            except Exception as error:
                # A last directory that points to nowhere is a common slip of writers, and no page is lost by it.
                said = (f"The file points to a further page that is not there: {reason_of(error)}.",)
                break
            (reduced if int(image.tag_v2.get(Tag.NewSubfileType, 0)) & 1 else full).append(frame)
            check_page_count(len(full), self.limits, name=self.name)
        return full or reduced, said

    def _page(self, number: int) -> PageInput:
        try:
            with self.pillow(lambda reason: CorruptPage(page=number, reason=reason)):
                self.image.seek(self._frames[number - 1])
                return ImagePage(self, number, warnings=self._last_warnings if number == self.page_count else ())
        except SteleError as error:
            return broken_page(number, error)


class ImagePage:
    """One frame, not decoded yet."""

    points: tuple[float, float] | None = None
    scale: float | None = None

    def __init__(self, document: ImageDocument, number: int, *, warnings: tuple[str, ...]) -> None:
        self.number = number
        self.warnings = warnings
        self._document = document
        self.orientation = _orientation(document.image)
        self.width, self.height = document.image.size
        # Pillow gives the size a TIFF has once it is turned, and turns it itself.
        self._turned_by_pillow = isinstance(document.image, TiffImageFile)
        if self._turned_by_pillow and self.orientation.swaps_axes:
            self.width, self.height = self.height, self.width

    def raster(self) -> Pixels:
        """The displayed pixels. Raises CorruptPage and the limits that are checked from the header."""
        document, image = self._document, self._document.image
        check_page_size((self.width, self.height), document.limits, page=self.number)
        needed = self.width * self.height * _BYTES_PER_PIXEL.get(image.mode, 4)
        check_decompressed(needed, document.limits, name=document.name)
        with document.pillow(lambda reason: CorruptPage(page=self.number, reason=reason)):
            decoded, rows = self._decode(image)
            pixels = to_pixels(decoded)
            pixels[: rows.start] = pixels[rows.stop :] = 255
            return pixels if self._turned_by_pillow else displayed(pixels, self.orientation)

    def text_layer(self) -> TextLayer | None:
        """Images state no words."""
        return None

    def drawing(self) -> Drawing | None:
        """Images state no lines."""
        return None

    def _decode(self, image: ImageFile) -> tuple[ImageFile, slice]:
        """Decode what there is; also gives the rows that are there, at least half of all."""
        try:
            image.load()
            return image, slice(0, image.height)
        except OSError as error:
            if self._turned_by_pillow and self.orientation is not Orientation.UPRIGHT:
                raise  # Pillow turns after decoding, so these pixels fit nowhere
            # Anew: the memory of this one may still show the page before.
            salvaged, rows = _salvage(self._document.image_at(self.number))
            missing = image.height - (rows.stop - rows.start)
            if missing > image.height / 2:
                raise
            lost = f"{missing} of its {image.height} rows are missing" if missing else "at its end"
            self.warnings = (*self.warnings, f"The page is damaged ({lost}): {reason_of(error)}.")
            return salvaged, rows


#: what a decoded pixel takes in Pillow's memory; 4 where not listed
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}


def _orientation(image: ImageFile) -> Orientation:
    """What EXIF says; upright where it says nothing sensible, as all viewers have it."""
    with suppress(Exception):  # EXIF is written by everybody, and damaged in as many ways
        # The base method: PNG's own decodes the whole image to look behind it.
        return Orientation(Image.Image.getexif(image).get(Tag.Orientation, 1))
    return Orientation.UPRIGHT


def _salvage(image: ImageFile) -> tuple[ImageFile, slice]:
    """What a decoder makes of a damaged image before it fails, and which rows that is (bitmaps start at the bottom)."""
    if isinstance(image, JpegImageFile) and image.info.get("progressive"):
        # Its scans refine the whole picture, and Pillow shows none before the last. With an end marker behind what
        # there is, libjpeg takes it for all; where even the first scan is cut, flat rows follow.
        assert image.fp is not None
        image.fp.seek(0)
        image = JpegImageFile(io.BytesIO(image.fp.read() + b"\xff\xd9"))
        image.load()
        samples = np.asarray(image).reshape(image.height, image.width, -1)
        filled = (samples != samples[:, :1]).any(axis=(1, 2))
    else:
        with suppress(OSError):
            image.load()
        image.tile = []  # an image without is a decoded one; rows that the decoder did not reach are zero
        image.load()
        filled = np.asarray(image).reshape(image.height, -1).any(axis=1)
    rows = np.flatnonzero(filled)
    return image, slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)
