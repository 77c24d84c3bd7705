"""PDF by pdfium: pages as pixels and as words.

pdfium is not thread-safe, not even across documents: only one thread of a process may have documents open.

A page is rendered as viewers show it: cut to its CropBox, turned by /Rotate, with annotations. Form fields, stamps and
free text are first made part of the page (in memory), so that their words are in the text layer too.

The raster's scale is that of the scan where a picture fills the page, so that its pixels come through as they are; else
200 dpi. Permissions are not looked at: whoever can open a document may have it read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from stele.domain.errors import CorruptInput, CorruptPage, PasswordRequired, PasswordWrong, SteleError
from stele.domain.geometry import Orientation
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake import native
from stele.pipeline.intake.drawing import drawing_of
from stele.pipeline.intake.frame import Frame
from stele.pipeline.intake.guards import (
    BrokenPage,
    broken_page,
    check_decompressed,
    check_page_count,
    reason_of,
)
from stele.pipeline.intake.lost import fills, lost_share
from stele.pipeline.intake.qpdf import Contents, mended
from stele.pipeline.intake.seam import Drawing, PageInput, Pixels, TextLayer
from stele.pipeline.intake.survey import Survey, survey
from stele.pipeline.intake.textlayer import read_text_layer

# It warns on the error stream of what it cannot do with XFA; the plain form below the XFA is read all the same.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)

#: pixels a point
_DEFAULT_SCALE = 200 / 72
_LOWEST_SCAN, _HIGHEST_SCAN = 100 / 72, 400 / 72
#: the longer side of a page is rendered to at least as many pixels
_SMALLEST_SIDE = 400
#: text objects that a scan may have been stamped with; with more of them the picture is a background
_STAMPED = 10
#: pdfium keeps what it read of a file until the document is closed; after so many bytes it is opened anew
_RENEWAL_BYTES = 32 * 1024**2

_DAMAGED = "The file is damaged, and lacks parts of this page. Export or fetch it again."

#: annotations whose words belong to the page
_WORDED = frozenset({pdfium_c.FPDF_ANNOT_WIDGET, pdfium_c.FPDF_ANNOT_FREETEXT, pdfium_c.FPDF_ANNOT_STAMP})


class PdfDocument:
    """An `OpenDocument` over one PDF. For one thread."""

    media_type = MediaType.PDF

    def __init__(self, path: Path, *, name: str, limits: Limits, password: str | None) -> None:
        """Raises CorruptInput, PasswordRequired, PasswordWrong and PageLimitExceeded."""
        self.name = name
        self.limits = limits
        self._path = path
        self._mended: bytes | None = None
        self._password = password
        self._pdf = self._open()
        try:
            self.page_count = len(self._pdf)
            if self.page_count == 0:
                raise CorruptInput(name=name, reason="it has no pages")
            check_page_count(self.page_count, limits, name=name)
        except SteleError:
            self._pdf.close()
            raise
        self.contents = Contents(path, name=name, password=self._password, limits=limits)
        bytes_per_page = path.stat().st_size // self.page_count
        self._renew_after = max(8, _RENEWAL_BYTES // max(1, bytes_per_page))

    def pages(self, first: int, count: int) -> Iterator[PageInput]:
        """Pages `first` … `first + count - 1`, from 1; a page is closed when the next one is asked for."""
        for opened, number in enumerate(range(first, min(first + count, self.page_count + 1)), start=1):
            page = self._page(number)
            yield page
            if isinstance(page, PdfPage):
                page.close()
            if opened % self._renew_after == 0:
                self._pdf.close()
                self._pdf = self._open()

    def __enter__(self) -> PdfDocument:
        return self

    def __exit__(self, *exc: object) -> None:
        self.contents.close()
        self._pdf.close()

    # -- opening ------------------------------------------------------------------------------------------------------

    def _open(self) -> pdfium.PdfDocument:
        """Open with the given password, else without any; what pdfium cannot open, as qpdf mends and decrypts it."""
        for password in dict.fromkeys((self._password, None)):
            opened = self._load(password)
            if isinstance(opened, pdfium.PdfDocument):
                self._password = password
                if opened.get_formtype() != pdfium_c.FORMTYPE_NONE:
                    opened.init_forms()  # draws the fields that have a value and no appearance
                return opened
        if opened == pdfium_c.FPDF_ERR_PASSWORD and self._password is None:
            raise PasswordRequired(name=self.name)
        if opened == pdfium_c.FPDF_ERR_SECURITY:
            raise CorruptInput(name=self.name, reason="it is encrypted in a way that is not supported")
        if self._mended is None:
            self._mended = self._mend()
            return self._open()
        raise CorruptInput(name=self.name, reason="no PDF structure was found in it")

    def _load(self, password: str | None) -> pdfium.PdfDocument | int:
        """The document, or pdfium's error code."""
        secret = password.encode("utf-8", "surrogatepass") if password is not None else None
        if self._mended is not None:
            handle = pdfium_c.FPDF_LoadMemDocument64(self._mended, len(self._mended), secret)
        else:
            handle = pdfium_c.FPDF_LoadDocument(os.fsencode(self._path), secret)
        return pdfium.PdfDocument(handle) if handle else int(pdfium_c.FPDF_GetLastError())

    def _mend(self) -> bytes:
        try:
            return mended(self._path, self._password)
        except pikepdf.PasswordError as error:
            raise PasswordWrong(name=self.name) from error
        except Exception as error:  # its own error, and whatever Python makes of broken strings and loops
            raise CorruptInput(name=self.name, reason="no PDF structure was found in it") from error

    # -- pages --------------------------------------------------------------------------------------------------------

    def _page(self, number: int) -> PdfPage | BrokenPage:
        try:
            self.contents.check(number)
            page = self._loaded(number)
            if 0 in page.get_size():
                page.set_cropbox(*page.get_mediabox())  # a CropBox beside the page cuts everything away
            if _has_words_in_annotations(page) and pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY):
                page.close()
                page = self._loaded(number)
            damaged = self._mended is not None and self.contents.lacks_parts(number)
            return PdfPage(
                self,
                number,
                page,
                user_unit=self.contents.user_unit(number),
                warnings=(_DAMAGED,) if damaged else (),
            )
        except CorruptInput:
            return broken_page(number, CorruptPage(page=number, reason="its part of the file is missing"))
        except (SteleError, pdfium.PdfiumError) as error:
            return broken_page(number, error)

    def _loaded(self, number: int) -> pdfium.PdfPage:
        try:
            return self._pdf.get_page(number - 1)
        except pdfium.PdfiumError:
            if self._mended is not None:
                raise
            self._mended = self._mend()
            self._pdf.close()
            self._pdf = self._open()
            return self._pdf.get_page(number - 1)


def _has_words_in_annotations(page: pdfium.PdfPage) -> bool:
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation) if annotation else pdfium_c.FPDF_ANNOT_UNKNOWN
        pdfium_c.FPDFPage_CloseAnnot(annotation)
        if kind in _WORDED:
            return True
    return False


class PdfPage:
    """One page, parsed and not rendered yet."""

    def __init__(
        self, document: PdfDocument, number: int, page: pdfium.PdfPage, *, user_unit: float, warnings: tuple[str, ...]
    ) -> None:
        self.number = number
        self.warnings = warnings
        self._document = document
        self._page = page
        self._survey = survey(page)
        left, bottom, right, top = self._survey.page
        rotation = page.get_rotation()
        across, down = right - left, top - bottom
        x, y = _scales(self._survey, (across, down), user_unit, document.limits)
        self.width, self.height = max(1, round(across * x)), max(1, round(down * y))
        self.orientation = Orientation.from_pdf_rotation(rotation)
        self.points: tuple[float, float] | None = (across * user_unit, down * user_unit)
        self.scale: float | None = x / user_unit
        displayed = (self.height, self.width) if self.orientation.swaps_axes else (self.width, self.height)
        self._frame = Frame(page=self._survey.page, rotation=rotation, width=displayed[0], height=displayed[1])

    def raster(self) -> Pixels:
        """Render the page. Raises CorruptPage, and DecompressedTooLarge for the sake of its pictures."""
        limits, name = self._document.limits, self._document.name
        check_decompressed(sum(picture.decoded_bytes for picture in self._survey.pictures), limits, name=name)
        width, height = self._frame.width, self._frame.height
        pixels = np.full((height, width, 3), 255, np.uint8)
        bitmap = pdfium_c.FPDFBitmap_CreateEx(width, height, pdfium_c.FPDFBitmap_BGR, pixels.ctypes.data, width * 3)
        if not bitmap:
            raise CorruptPage(page=self.number, reason=f"there is no room for {width} x {height} pixels")
        try:
            pdfium_c.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, width, height, 0, pdfium_c.FPDF_ANNOT)
        finally:
            pdfium_c.FPDFBitmap_Destroy(bitmap)  # the shell only: the pixels are ours
        self._look_for_losses(pixels)
        return pixels

    def _look_for_losses(self, pixels: Pixels) -> None:
        """Raises CorruptPage where the picture that is the page cannot be decoded; warns of others, and of parts."""
        share = lost_share(native.address(self._page.raw), self._survey, self._frame, pixels)
        if fills(share) and not self._survey.visible:
            raise CorruptPage(page=self.number, reason="the picture that fills it cannot be decoded. Scan it again")
        if share:
            lost = f"A picture on the page is damaged, and {share:.0%} of the page cannot be seen. Scan it again."
            self.warnings = tuple(dict.fromkeys((*self.warnings, lost)))

    def text_layer(self) -> TextLayer | None:
        """The words of the page. Raises CorruptPage."""
        try:
            return read_text_layer(self._page, self._frame, self._survey)
        except pdfium.PdfiumError as error:
            raise CorruptPage(page=self.number, reason=reason_of(error)) from error

    def drawing(self) -> Drawing | None:
        """What the file draws on the page besides its words; None where pdfium does not tell what of it is hidden."""
        if self._document.contents.hides_parts(self.number):
            return None
        return drawing_of(native.address(self._page.raw), self._frame, self._survey)

    def close(self) -> None:
        self._page.close()


def _scales(seen: Survey, size: tuple[float, float], user_unit: float, limits: Limits) -> tuple[float, float]:
    """Pixels per unit of the page, along x and y: the same but for scans, whose pixels are to come through as they are
    although the size of the page is a rounded one."""
    x = y = _DEFAULT_SCALE * user_unit
    if seen.filled and seen.visible <= _STAMPED:
        x, y = _scan_scales(seen, user_unit)
        if seen.visible and max(x, y) < _DEFAULT_SCALE * user_unit:
            x = y = _DEFAULT_SCALE * user_unit
    width, height = size[0] * x, size[1] * y
    factor = max(1.0, _SMALLEST_SIDE / max(width, height))
    # a little less than allowed, since sizes are rounded
    most = min((limits.max_pixels / (width * height)) ** 0.5 * 0.999, (limits.max_side - 1) / max(width, height))
    return x * min(factor, most), y * min(factor, most)


def _scan_scales(seen: Survey, user_unit: float) -> tuple[float, float]:
    # the finest of the pictures that matter: scans come in strips, and in layers of different resolutions
    largest = max(picture.area for picture in seen.pictures)
    scans = [picture.resolution for picture in seen.pictures if picture.area >= largest / 2]
    x, y = max(x for x, _ in scans), max(y for _, y in scans)
    if abs(x - y) > 0.01 * max(x, y):
        x = y = max(x, y)  # of a fax; pixels of a page are square
    bounded = min(max(x, y, _LOWEST_SCAN * user_unit), _HIGHEST_SCAN * user_unit) / max(x, y, 1e-6)
    return x * bounded, y * bounded
