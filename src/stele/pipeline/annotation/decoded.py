"""A page that is both read and annotated is decoded once."""

from __future__ import annotations

from stele.pipeline.intake.seam import Drawing, PageInput, Pixels, TextLayer


class DecodedOnce:
    """A `PageInput` that keeps its pixels from the first `raster` on, for as long as it is kept itself.

    Nobody may write to them.
    """

    def __init__(self, page: PageInput) -> None:
        self._page = page
        self._pixels: Pixels | None = None
        self.number = page.number
        self.width = page.width
        self.height = page.height
        self.orientation = page.orientation
        self.points = page.points
        self.scale = page.scale
        self.warnings = page.warnings

    def raster(self) -> Pixels:
        """The displayed pixels. Raises CorruptPage, and LimitError cases before decoding."""
        if self._pixels is None:
            self._pixels = self._page.raster()
            self.warnings = self._page.warnings
        return self._pixels

    def text_layer(self) -> TextLayer | None:
        return self._page.text_layer()

    def drawing(self) -> Drawing | None:
        return self._page.drawing()
