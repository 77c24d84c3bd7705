"""What stands between a file and a decoder: the limits, and the stand-in for a page that cannot be opened."""

from __future__ import annotations

from stele.domain.errors import (
    CorruptPage,
    DecompressedTooLarge,
    PageLimitExceeded,
    SideTooLong,
    SteleError,
    TooManyPixels,
)
from stele.domain.geometry import Orientation
from stele.domain.media import Limits
from stele.pipeline.intake.seam import Drawing, Pixels, TextLayer


def check_page_count(pages: int, limits: Limits, *, name: str) -> None:
    """Raises PageLimitExceeded."""
    if pages > limits.max_pages:
        raise PageLimitExceeded(name=name, pages=pages, limit=limits.max_pages)


def check_page_size(size: tuple[int, int], limits: Limits, *, page: int) -> None:
    """Whether a page of `size` (width, height in pixels, as its header says) may be decoded.

    Raises SideTooLong and TooManyPixels.
    """
    width, height = size
    if max(size) > limits.max_side:
        raise SideTooLong(page=page, width=width, height=height, limit=limits.max_side)
    if width * height > limits.max_pixels:
        raise TooManyPixels(page=page, width=width, height=height, limit=limits.max_pixels)


def check_decompressed(needed: int, limits: Limits, *, name: str) -> None:
    """Whether decoding one page may take `needed` bytes. Raises DecompressedTooLarge."""
    if needed > limits.max_decompressed:
        raise DecompressedTooLarge(name=name, limit=limits.max_decompressed)


def reason_of(error: Exception) -> str:
    """What a library says about a damaged file, as part of a sentence of ours."""
    said = " ".join(str(error).split()).rstrip(".")
    return said or type(error).__name__


class BrokenPage:
    """A page that is there by its number and cannot be opened: everything but its number is unknown."""

    width = 0
    height = 0
    orientation = Orientation.UPRIGHT
    points: tuple[float, float] | None = None
    scale: float | None = None
    warnings: tuple[str, ...] = ()

    def __init__(self, number: int, error: SteleError) -> None:
        self.number = number
        self._error = error

    def raster(self) -> Pixels:
        """Raises what was wrong with the page."""
        raise self._error

    def text_layer(self) -> TextLayer | None:
        """Raises what was wrong with the page."""
        raise self._error

    def drawing(self) -> Drawing | None:
        """Raises what was wrong with the page."""
        raise self._error


def broken_page(number: int, error: Exception) -> BrokenPage:
    """The stand-in for page `number`, which a library failed to open with `error`."""
    if isinstance(error, SteleError):
        return BrokenPage(number, error)
    return BrokenPage(number, CorruptPage(page=number, reason=reason_of(error)))
