"""Pictures of a page, cut out of the original file for formats that are edited.

Where the pictures are is told by the file (PDF, office files), or is seen on a scan when its text is taken away; and by
the page's regions where layout was asked for. One that is mostly text, such as a scanned page, is no picture: its words
are text of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from stele.domain.document import Page, PageSource, RegionKind
from stele.domain.errors import CorruptPage, FormatUnavailable
from stele.domain.geometry import Polygon, to_displayed, to_submitted
from stele.domain.job import Format
from stele.pipeline.export.backdrop import Backdrop
from stele.pipeline.export.flowing import flow
from stele.pipeline.export.pictures import NO_LIMITS
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.sheet import Box, Sheet
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument, PageInput, Pixels

#: of a picture: where words cover more than this, it is text
_TEXT_SHARE = 0.12
#: of the smaller of two pictures: where they share more than this, they are one
_SAME = 0.5
#: in points; what is smaller is a rule or a dot
_SMALLEST = 6.0
#: degrees: print that leans less needs no turning
_STRAIGHT = 0.2
#: a picture is stored with at most so many pixels a side
_MAX_SIDE = 2000
_JPEG_QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """A picture: where it lies on the sheet, its file (PNG or JPEG), and the words of the page that are on it."""

    box: Box
    data: bytes
    words: frozenset[int]
    text: str


class Cuttings:
    """The pictures of a document's pages: a context manager that owns the original file."""

    def __init__(self, document: ExportInput, form: Format) -> None:
        """Raises FormatUnavailable when there is no original, and the cases of `open_document`."""
        if document.original is None or not document.original.is_file():
            raise FormatUnavailable(format=form, reason="the original file is no longer kept")
        self._file: OpenDocument = open_document(
            document.original, name=document.name, limits=NO_LIMITS, password=document.password
        )

    def __enter__(self) -> Cuttings:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.__exit__(*exc)

    def of(self, page: Page, sheet: Sheet) -> list[Cutting]:
        """The pictures of a page, from the top down. Raises InputError and LimitError cases."""
        if page.error is not None:
            return []
        return [cut for stated in self._file.pages(page.number, 1) for cut in _cut(page, sheet, stated)]

    def upright(self, page: Page) -> Pixels:
        """The page as it reads: the pixels of its sheet. Raises InputError and LimitError cases."""
        for stated in self._file.pages(page.number, 1):
            return _upright(page, stated)
        raise CorruptPage(page=page.number, reason="it is not in the file any more")


def encoded(pixels: Pixels) -> bytes:
    """Pixels as a file: PNG where that is smaller, else JPEG."""
    factor = _MAX_SIDE / max(pixels.shape[:2])
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)
    exact = cv2.imencode(".png", pixels)[1]
    close = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1]
    return min(exact, close, key=len).tobytes()


def _cut(page: Page, sheet: Sheet, stated: PageInput) -> Iterator[Cutting]:
    figures = [sheet.box(region.polygon) for region in page.regions if region.kind is RegionKind.FIGURE]
    pixels: Pixels | None = None
    if page.source is PageSource.OCR:
        pixels = _upright(page, stated)
        figures += _seen(page, sheet, pixels)
    else:
        figures += [sheet.box(polygon) for polygon in _stated(page, stated)]
    for box in sorted(_distinct(figures, page, sheet), key=lambda box: (box.top, box.left)):
        on_it = [(word, own) for word in page.words() if _inside(own := sheet.box(word.polygon), box)]
        if sum(own.area for _, own in on_it) > _TEXT_SHARE * box.area:
            continue
        if pixels is None:
            pixels = _upright(page, stated)
        across, down = pixels.shape[1] / sheet.width, pixels.shape[0] / sheet.height
        rows = slice(max(0, math.floor(box.top * down)), math.ceil(box.bottom * down))
        columns = slice(max(0, math.floor(box.left * across)), math.ceil(box.right * across))
        cut = np.ascontiguousarray(pixels[rows, columns])
        if cut.size:
            words = [word for word, _ in on_it]
            text = flow(words) if words else ""
            yield Cutting(box=box, data=encoded(cut), words=frozenset(word.index for word in words), text=text)


def _seen(page: Page, sheet: Sheet, pixels: Pixels) -> list[Box]:
    """The pictures on a scan: what is left of it without its text and its tables."""
    left = Backdrop(pixels, sheet)
    for word in page.words():
        left.take(sheet.box(word.polygon))
    for table in page.tables:
        left.take(sheet.box(table.polygon))
    return left.pictures


def _stated(page: Page, stated: PageInput) -> Iterator[Polygon]:
    """The pictures that the file states, as polygons of the page as submitted."""
    layer = stated.text_layer()
    across, down = page.width / max(stated.width, 1), page.height / max(stated.height, 1)
    if page.orientation.swaps_axes:
        across, down = down, across
    for polygon in layer.pictures if layer else ():
        a, b, c, d = (
            to_submitted((x * across, y * down), page.orientation, page.width, page.height) for x, y in polygon
        )
        yield a, b, c, d


def _distinct(boxes: list[Box], page: Page, sheet: Sheet) -> list[Box]:
    """Without those that are small, lie on others, or are tables."""
    kept: list[Box] = []
    taken = [sheet.box(table.polygon) for table in page.tables]
    for box in sorted(boxes, key=lambda box: -box.area):
        if min(box.width, box.height) < _SMALLEST:
            continue
        if all(box.common(other) < _SAME * min(box.area, other.area) for other in (*taken, *kept)):
            kept.append(box)
    return kept


def _inside(word: Box, picture: Box) -> bool:
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return picture.left <= x <= picture.right and picture.top <= y <= picture.bottom


def _upright(page: Page, stated: PageInput) -> Pixels:
    turn = math.radians(page.angle)
    ends = ((0.0, 0.0), (math.cos(turn), math.sin(turn)))
    (x0, y0), (x1, y1) = (to_displayed(end, page.orientation, page.width, page.height) for end in ends)
    degrees = math.degrees(math.atan2(y1 - y0, x1 - x0))
    quarters = round(degrees / 90)
    pixels: Pixels = np.rot90(stated.raster(), quarters % 4)
    lean = degrees - 90 * quarters
    if abs(lean) < _STRAIGHT:
        return pixels
    height, width = pixels.shape[:2]
    turn_back = cv2.getRotationMatrix2D((width / 2, height / 2), lean, 1)
    straight = cv2.warpAffine(pixels, turn_back, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return straight.astype(np.uint8, copy=False)
