"""The door of cleaning: an open document in, its cleaned pages as one file out."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from stele.domain.errors import RequestError
from stele.domain.job import Cleaning, CleaningStep
from stele.domain.media import Limits
from stele.pipeline.cleaning.straightening import deskewed, dewarped, rotated
from stele.pipeline.cleaning.toning import binarised, contrasted
from stele.pipeline.intake.guards import check_page_size
from stele.pipeline.intake.images import ImageDocument
from stele.pipeline.intake.seam import OpenDocument, PageInput, Pixels

_UPSAMPLING = 2
_SANE_DPI = (20.0, 10_000.0)

_STEPS: Mapping[CleaningStep, Callable[[Pixels], Pixels]] = {
    CleaningStep.CONTRAST: contrasted,
    CleaningStep.BINARIZE: binarised,
    CleaningStep.DESKEW: deskewed,
    CleaningStep.DEWARP: dewarped,
}


def write_cleaned(document: OpenDocument, cleaning: Cleaning, limits: Limits, out: BinaryIO) -> None:
    """Write the pages of `document`, cleaned, to `out`: one as PNG, several as TIFF, one at a time in memory.

    Raises CorruptPage, LimitError cases, and RequestError where `cleaning.crop` lies outside of a page.
    """
    pages = _cleaned(document, cleaning, limits)
    if document.page_count == 1:
        picture, resolution = next(pages)
        picture.save(out, "PNG", compress_level=3, **resolution)
        return
    # Each page is written behind the last, and the last is then told where: the file is read as well.
    with TemporaryFile() as file, AppendingTiffWriter(file, new=True) as tiff:
        for picture, resolution in pages:
            picture.save(tiff, "TIFF", compression="tiff_adobe_deflate", **resolution)
            tiff.newFrame()
        file.flush()
        file.seek(0)
        shutil.copyfileobj(file, out)


def _cleaned(
    document: OpenDocument, cleaning: Cleaning, limits: Limits
) -> Iterator[tuple[Image.Image, dict[str, tuple[float, float]]]]:
    """Pictures, and the resolution to store with them, as Pillow wants it."""
    for page in document.pages(1, document.page_count):
        pixels = page.raster()
        if cleaning.crop is not None:
            pixels = cropped(pixels, cleaning.crop)
        if cleaning.turn % 360:
            pixels = rotated(pixels, cleaning.turn)
        for step in cleaning.steps:
            pixels = upsampled(pixels, limits, page.number) if step is CleaningStep.UPSAMPLE else _STEPS[step](pixels)
        factor = _UPSAMPLING ** cleaning.steps.count(CleaningStep.UPSAMPLE)
        resolution = _resolution(document, page)
        picture = Image.fromarray(pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
        if CleaningStep.BINARIZE in cleaning.steps:
            picture = picture.convert("1", dither=Image.Dither.NONE)
        yield picture, {"dpi": (resolution * factor, resolution * factor)} if resolution else {}


def cropped(pixels: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    """The part of a picture within left, top, right, bottom, as far as there is any. Raises RequestError."""
    height, width = pixels.shape[:2]
    left, right = (min(max(side, 0), width) for side in (box[0], box[2]))
    top, bottom = (min(max(side, 0), height) for side in (box[1], box[3]))
    if left >= right or top >= bottom:
        raise RequestError(reason=f"the region {list(box)} has nothing of the picture, which is {width} x {height}")
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def upsampled(pixels: Pixels, limits: Limits, page: int) -> Pixels:
    """Twice the size. Raises SideTooLong and TooManyPixels."""
    height, width = pixels.shape[:2]
    size = (width * _UPSAMPLING, height * _UPSAMPLING)
    check_page_size(size, limits, page=page)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)


def _resolution(document: OpenDocument, page: PageInput) -> float | None:
    """Pixels an inch of the page, where the file says so and it makes sense."""
    if page.scale is not None:
        return 72 * page.scale
    stated = document.image.info.get("dpi") if isinstance(document, ImageDocument) else None
    dpi = float(stated[0]) if stated else math.nan
    return dpi if _SANE_DPI[0] <= dpi <= _SANE_DPI[1] else None
