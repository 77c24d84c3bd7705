"""The pages of an image file as PDF image objects that show what was read.

What PDF can carry goes in as it is, through img2pdf, not a pixel changed: JPEG and JPEG 2000 files, the compressed data
of a PNG, the JPEG pages of a TIFF. The rest is what reading saw of it (see `stele.pipeline.intake.pixels`), packed
without loss: black and white as CCITT Group 4, all else as Flate. PDF has no HEIC, AVIF or WebP, so these grow.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import cv2
import img2pdf
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from stele.domain.errors import CorruptPage
from stele.domain.geometry import Orientation
from stele.domain.media import Limits, MediaType
from stele.pipeline.export.tiffjpeg import jpeg_of
from stele.pipeline.intake.images import ImageDocument
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import PageInput, Pixels

# It warns of each transparent image that it stores a mask.
logging.getLogger("img2pdf").setLevel(logging.ERROR)

#: resolution of images that state none, or an absurd one: pixels an inch
DEFAULT_DPI = 200.0
_SANE_DPI = (20.0, 10_000.0)
#: what the side of a PDF page may be (PDF 1.7, annex C): units of 1/72 inch
_SIDES = (3.0, 14_400.0)
#: the file passed the limits of its job when it was read
NO_LIMITS = Limits(max_bytes=1 << 62, max_pages=1 << 31, max_side=1 << 31, max_pixels=1 << 62, max_decompressed=1 << 62)

_CARRIED = frozenset({MediaType.JPEG, MediaType.JPEG2000, MediaType.PNG})


@dataclass(frozen=True)
class Picture:
    """How a page's image is to be shown."""

    #: how it must be turned for display
    orientation: Orientation
    #: width and height of the displayed image in units of 1/72 inch
    size: tuple[float, float]


class Pictures:
    """The pages of an image file: a context manager that owns it."""

    def __init__(self, path: Path, name: str) -> None:
        """Raises the cases of `open_document`."""
        self._document = open_document(path, name=name, limits=NO_LIMITS)
        self._path = path

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *exc: object) -> None:
        self._document.__exit__(*exc)

    def picture(self, number: int, piece: Path) -> Picture:
        """Put page `number` (from 1) into a PDF of one page, `piece`, as its only image, which is called /Im0.

        Raises CorruptPage and LimitError cases.
        """
        for page in self._document.pages(number, 1):
            size = (page.width, page.height)
            # A page that could not be opened has no size; asking for its pixels says why.
            carried = self._as_it_is() if page.width else None
            if carried is not None and _put(carried, piece):
                orientation = page.orientation
            else:
                _put_packed(page.raster(), number, piece)
                orientation = Orientation.UPRIGHT
            if page.orientation.swaps_axes:
                size = size[::-1]
            return Picture(orientation, page_size(size, self._resolution(page)))
        raise CorruptPage(page=number, reason="it is not in the file any more")

    def _as_it_is(self) -> BytesIO | None:
        """The present page as a file that PDF can carry."""
        if self._document.media_type in _CARRIED:
            return BytesIO(self._path.read_bytes())
        if isinstance(self._document, ImageDocument) and isinstance(self._document.image, TiffImageFile):
            with self._path.open("rb") as file:
                jpeg = jpeg_of(self._document.image, file)
            return None if jpeg is None else BytesIO(jpeg)
        return None

    def _resolution(self, page: PageInput) -> tuple[float, float] | None:
        """Pixels an inch across and down the displayed page, as the file states it."""
        stated = self._document.image.info.get("dpi") if isinstance(self._document, ImageDocument) else None
        if stated is None:
            return None
        across, down = float(stated[0]), float(stated[1])
        return (down, across) if page.orientation.swaps_axes else (across, down)


def page_size(pixels: tuple[int, int], resolution: tuple[float, float] | None) -> tuple[float, float]:
    """The size in units of 1/72 inch of a page of `pixels`: by the stated resolution where it makes sense."""
    if resolution is None or not _is_sane(pixels, resolution):
        resolution = (DEFAULT_DPI, DEFAULT_DPI)
    sides = (side / value * 72 for side, value in zip(pixels, resolution, strict=True))
    # Rounded here, so that the page and the image that covers it are written with the same digits.
    width, height = (round(min(max(side, _SIDES[0]), _SIDES[1]), 4) for side in sides)
    return width, height


def _is_sane(pixels: tuple[int, int], resolution: tuple[float, float]) -> bool:
    least, most = _SANE_DPI
    return all(
        least <= value <= most and side / value * 72 <= _SIDES[1]
        for side, value in zip(pixels, resolution, strict=True)
    )


def _put_packed(pixels: Pixels, number: int, piece: Path) -> None:
    packed = BytesIO()
    if pixels.ndim == 2 and not cv2.calcHist([pixels], [0], None, [256], [0, 256])[1:255].any():
        Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE).save(packed, "TIFF")
    else:
        packed.write(cv2.imencode(".png", pixels, (cv2.IMWRITE_PNG_COMPRESSION, 6))[1].data)
    packed.seek(0)
    if not _put(packed, piece):
        raise CorruptPage(page=number, reason="its pixels do not fit into a PDF")


def _put(image: BinaryIO, piece: Path) -> bool:
    """Write `image` to `piece` as a PDF of one page; whether it could be."""
    try:
        with piece.open("wb") as out:
            img2pdf.convert(
                image,
                outputstream=out,
                engine=img2pdf.Engine.pikepdf,
                # Only the image is wanted; the page that it is put on is ours.
                layout_fun=lambda width, height, dpi: (72, 72, 72, 72),
                rotation=img2pdf.Rotation.none,
                first_frame_only=True,
                nodate=True,
            )
    except MemoryError:
        raise
    except Exception:  # it says no with classes of its own, with nearly every built-in one, and with this one
        return False
    return True
