"""What intake promises to the rest of the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Orientation, Polygon
from stele.domain.media import Limits, MediaType, sniff
from stele.domain.value import Value

__all__ = [
    "Limits",
    "MediaType",
    "OpenDocument",
    "PageInput",
    "Pixels",
    "TextLayer",
    "TextRun",
    "sniff",
]

#: Pixels of a page as it is displayed: height x width x 3, BGR, or height x width grey; 8 bits a channel.
Pixels = npt.NDArray[np.uint8]


class TextRun(Value):
    """A word of a text layer: polygon in displayed pixels at the page's raster size; font size in the same pixels."""

    text: str
    polygon: Polygon
    font_size: float
    #: index of the text line as the file states or implies it; words of a line share it
    line: int
    symbols: tuple[tuple[str, Polygon], ...] = ()


class TextLayer(Value):
    """The words a file states about a page. `sound` is false when they must not be trusted (`reason` says why)."""

    words: tuple[TextRun, ...]
    sound: bool
    reason: str = ""
    #: polygons of pictures on the page large enough to hold text of their own (for `mixed` pages)
    pictures: tuple[Polygon, ...] = ()


class PageInput(Protocol):
    """One page, not decoded yet.

    `width` and `height` are pixels as submitted (see `stele.domain.document.Page`); rasters and text layers are in
    displayed pixels, i.e. after `orientation` was applied, at that same scale.
    """

    number: int
    width: int
    height: int
    orientation: Orientation
    points: tuple[float, float] | None
    scale: float | None
    #: what is wrong with the page and did not stop it, for `Page.warnings`; complete when `raster` has returned
    warnings: tuple[str, ...]

    def raster(self) -> Pixels:
        """Decode or render the page. Raises CorruptPage, and LimitError cases before decoding."""
        ...

    def text_layer(self) -> TextLayer | None:
        """The words the file states about this page; None for images and for pages without any text."""
        ...


class OpenDocument(Protocol):
    """An opened input: a context manager that owns the file handles; use it from one thread."""

    media_type: MediaType
    page_count: int

    def pages(self, first: int, count: int) -> Iterator[PageInput]:
        """Pages `first` … `first + count - 1` (from 1), one alive at a time.

        A page that cannot even be opened is yielded all the same; its `raster` raises CorruptPage.
        """
        ...

    def __enter__(self) -> OpenDocument: ...

    def __exit__(self, *exc: object) -> None: ...
