"""pdfium's functions that are called once a character or once an object, bound without ctypes' argument checks.

The bindings of pypdfium2 convert and check every argument, which doubles the cost of calls this small; a dense page
has thousands. Here handles are plain addresses (`address`), and results land in arrays of NumPy. The interpreter lock
is kept during a call, which is shorter than letting go of it.

pdfium is not thread-safe at all, not even across documents: one thread of a process may use it.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

Address = int
Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint32]
Doubles = npt.NDArray[np.float64]
Matrix = tuple[float, float, float, float, float, float]

#: what samples without coefficients come to
_MIDDLE_GREY = 128

_int, _uint, _pointer, _double = ctypes.c_int, ctypes.c_uint, ctypes.c_void_p, ctypes.c_double


def address(handle: Any) -> Address:
    """The address behind a handle of pypdfium2."""
    return ctypes.cast(handle, _pointer).value or 0


def bound(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of pdfium's that takes and gives what ctypes passes through unchecked."""
    return ctypes.PYFUNCTYPE(result, *arguments)(address(function))


_count_characters = bound(pdfium_c.FPDFText_CountChars, _int, _pointer)
_text_object = bound(pdfium_c.FPDFText_GetTextObject, _pointer, _pointer, _int)
_text = bound(pdfium_c.FPDFText_GetText, _int, _pointer, _int, _int, _pointer)
_text_index = bound(pdfium_c.FPDFText_GetTextIndexFromCharIndex, _int, _pointer, _int)
_unicode = bound(pdfium_c.FPDFText_GetUnicode, _uint, _pointer, _int)
_map_error = bound(pdfium_c.FPDFText_HasUnicodeMapError, _int, _pointer, _int)
_loose_box = bound(pdfium_c.FPDFText_GetLooseCharBox, _int, _pointer, _int, _pointer)
_matrix = bound(pdfium_c.FPDFText_GetMatrix, _int, _pointer, _int, _pointer)
_font_size = bound(pdfium_c.FPDFText_GetFontSize, _double, _pointer, _int)
_origin = bound(pdfium_c.FPDFText_GetCharOrigin, _int, _pointer, _int, _pointer, _pointer)

_count_objects = bound(pdfium_c.FPDFPage_CountObjects, _int, _pointer)
_get_object = bound(pdfium_c.FPDFPage_GetObject, _pointer, _pointer, _int)
_count_form_objects = bound(pdfium_c.FPDFFormObj_CountObjects, _int, _pointer)
_get_form_object = bound(pdfium_c.FPDFFormObj_GetObject, _pointer, _pointer, ctypes.c_ulong)
_object_type = bound(pdfium_c.FPDFPageObj_GetType, _int, _pointer)
_object_matrix = bound(pdfium_c.FPDFPageObj_GetMatrix, _int, _pointer, _pointer)
_render_mode = bound(pdfium_c.FPDFTextObj_GetTextRenderMode, _int, _pointer)
_font = bound(pdfium_c.FPDFTextObj_GetFont, _pointer, _pointer)
_image_size = bound(pdfium_c.FPDFImageObj_GetImagePixelSize, _int, _pointer, _pointer, _pointer)
_image_filters = bound(pdfium_c.FPDFImageObj_GetImageFilterCount, _int, _pointer)
_image_filter = bound(pdfium_c.FPDFImageObj_GetImageFilter, ctypes.c_ulong, _pointer, _int, _pointer, ctypes.c_ulong)
_image_bitmap = bound(pdfium_c.FPDFImageObj_GetBitmap, _pointer, _pointer)
_image_data = bound(pdfium_c.FPDFImageObj_GetImageDataDecoded, ctypes.c_ulong, _pointer, _pointer, ctypes.c_ulong)
_image_metadata = bound(pdfium_c.FPDFImageObj_GetImageMetadata, _int, _pointer, _pointer, _pointer)
_image_raw = bound(pdfium_c.FPDFImageObj_GetImageDataRaw, ctypes.c_ulong, _pointer, _pointer, ctypes.c_ulong)
_bitmap_buffer = bound(pdfium_c.FPDFBitmap_GetBuffer, _pointer, _pointer)
_bitmap_stride = bound(pdfium_c.FPDFBitmap_GetStride, _int, _pointer)
_bitmap_width = bound(pdfium_c.FPDFBitmap_GetWidth, _int, _pointer)
_bitmap_height = bound(pdfium_c.FPDFBitmap_GetHeight, _int, _pointer)
_destroy_bitmap = bound(pdfium_c.FPDFBitmap_Destroy, None, _pointer)


class TextPage:
    """The characters of a page, in pdfium's order. Positions are in the page's own coordinates: points, y upwards."""

    def __init__(self, handle: Address) -> None:
        self._handle = handle
        self.count = max(0, int(_count_characters(handle)))

    def codes(self) -> Codes:
        """The code of every character; 0 where the font does not say, and 2 for a hyphen that ends a line in a word.

        All at once where that gives a code for each character, which it does for nearly all pages.
        """
        handle, count = self._handle, self.count
        units = np.zeros(count + 1, np.uint16)
        written = _text(handle, 0, count, units.ctypes.data) - 1
        if written == count and _text_index(handle, count - 1) == count - 1:
            codes = units[:count].astype(np.uint32)
            codes[codes == 0xFFFE] = 2
            return codes
        return np.array([_unicode(handle, index) for index in range(count)], np.uint32)

    def boxes(self, indices: Sequence[int]) -> Floats:
        """Of these characters: left, top, right, bottom, of its advance and its font's ascent and descent.

        Zero where pdfium knows none.
        """
        boxes = np.zeros((len(indices), 4), np.float32)
        start = boxes.ctypes.data
        calls = map(_loose_box, repeat(self._handle), indices, range(start, start + 16 * len(indices), 16))
        deque(calls, maxlen=0)  # a loop in C
        return boxes

    def matrices(self, indices: Sequence[int]) -> Floats:
        """Of these characters: the matrix a, b, c, d, e, f from text space to the page."""
        matrices = np.zeros((len(indices), 6), np.float32)
        start = matrices.ctypes.data
        calls = map(_matrix, repeat(self._handle), indices, range(start, start + 24 * len(indices), 24))
        deque(calls, maxlen=0)
        return matrices

    def origins(self, indices: Sequence[int]) -> Doubles:
        """Of these characters: x and y of where they stand on their base line."""
        origins = np.zeros((len(indices), 2), np.float64)
        start = origins.ctypes.data
        places = range(start, start + 16 * len(indices), 16), range(start + 8, start + 8 + 16 * len(indices), 16)
        deque(map(_origin, repeat(self._handle), indices, *places), maxlen=0)
        return origins

    def font_sizes(self, indices: Sequence[int]) -> list[float]:
        """Of these characters: the font size in text space."""
        return list(map(_font_size, repeat(self._handle), indices))

    def unmapped(self, indices: Sequence[int]) -> list[bool]:
        """Of these characters: whether the font does not say what they mean, and the code is a guess."""
        return [error == 1 for error in map(_map_error, repeat(self._handle), indices)]

    def objects(self, indices: Sequence[int]) -> list[Address]:
        """The text objects that these characters come from; 0 where pdfium made them up."""
        return [item or 0 for item in map(_text_object, repeat(self._handle), indices)]


def fonts(texts: Sequence[Address]) -> list[Address]:
    """The fonts of text objects; 0 where there is none. One font of a file may be several of pdfium's."""
    return [font or 0 for font in map(_font, texts)]


@contextmanager
def text_page(page: pdfium.PdfPage) -> Iterator[TextPage]:
    """The characters of a page, for as long as the context lasts. Raises pypdfium2.PdfiumError."""
    loaded = page.get_textpage()
    try:
        yield TextPage(address(loaded.raw))
    finally:
        loaded.close()


def page_objects(page: pdfium.PdfPage) -> Iterator[Address]:
    """The objects of a page, in the order they are painted."""
    handle = address(page.raw)
    for index in range(max(0, _count_objects(handle))):
        yield _get_object(handle, index)


def form_objects(form: Address) -> Iterator[Address]:
    """The objects inside a form XObject."""
    for index in range(max(0, _count_form_objects(form))):
        yield _get_form_object(form, index)


def object_type(item: Address) -> int:
    """One of `FPDF_PAGEOBJ_…`."""
    return int(_object_type(item))


def object_matrix(item: Address) -> Matrix:
    """From the object's space (an image: the unit square) to that of what holds it."""
    values = (ctypes.c_float * 6)()
    _object_matrix(item, ctypes.addressof(values))
    return tuple(values)


def paints_text(text: Address) -> bool:
    """Whether a text object leaves a mark (render modes 3 and 7 do not: neither filled nor stroked)."""
    return _render_mode(text) not in {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}


def image_size(image: Address) -> tuple[int, int]:
    """Width and height in pixels, as the image's dictionary says; nothing is decoded."""
    width, height = _uint(), _uint()
    _image_size(image, ctypes.addressof(width), ctypes.addressof(height))
    return width.value, height.value


def image_is_bilevel(image: Address) -> bool:
    """Whether an image is coded by a filter for one bit a pixel."""
    return _last_filter(image) in {b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"}


def _last_filter(image: Address) -> bytes:
    last = _image_filters(image) - 1
    if last < 0:
        return b""
    name = ctypes.create_string_buffer(32)
    _image_filter(image, last, ctypes.addressof(name), 32)
    return name.value


def image_share(page: Address, image: Address) -> float:
    """How much of an image there is to see: 0 where pdfium cannot decode it and draws nothing, less than 1 where its
    bytes end early (told of the filters that give plain samples, of faxes with fewer bits than rows, and of JPEGs whose
    rows follow each other). Decodes it."""
    coding = _last_filter(image)
    if coding in {b"", b"FlateDecode", b"Fl", b"LZWDecode", b"LZW", b"RunLengthDecode", b"RL"}:
        facts = pdfium_c.FPDF_IMAGEOBJ_METADATA()
        known = _image_metadata(image, page, ctypes.addressof(facts))
        needed = (facts.width * facts.bits_per_pixel + 7) // 8 * facts.height if known else 0
        return min(1.0, _image_data(image, None, 0) / needed) if needed else 1.0
    bitmap = _image_bitmap(image)
    if not bitmap:
        return 0.0
    try:
        if coding in {b"CCITTFaxDecode", b"CCF"} and _image_filters(image) == 1:
            # A row takes a bit at least: that it is as the one above (T.6, 2.2.4).
            bits, rows = 8 * int(_image_raw(image, None, 0)), image_size(image)[1]
            return min(1.0, bits / max(1, rows))
        return _share_above_grey(bitmap) if coding in {b"DCTDecode", b"DCT"} and _ends_early(image) else 1.0
    finally:
        _destroy_bitmap(bitmap)


def _ends_early(image: Address) -> bool:
    """Whether a JPEG has no end of image behind its last scan (T.81, B.1.1.3; no coded data looks like a marker)."""
    data = ctypes.create_string_buffer(max(1, _image_raw(image, None, 0)))
    _image_raw(image, ctypes.addressof(data), len(data))
    return data.raw.rfind(b"\xff\xd9") < data.raw.rfind(b"\xff\xda")


def _share_above_grey(bitmap: Address) -> float:
    """The share of a picture's rows above the middle grey that a JPEG decoder gives for those it has no data of."""
    width, height, stride = int(_bitmap_width(bitmap)), int(_bitmap_height(bitmap)), int(_bitmap_stride(bitmap))
    samples = np.ctypeslib.as_array((ctypes.c_uint8 * (height * stride)).from_address(_bitmap_buffer(bitmap)))
    channels = min(4, stride // width)  # rows are padded to four bytes
    rows = samples.reshape(height, stride)[:, : width * channels].reshape(height, width, channels)
    shown = np.flatnonzero((rows[:, :, :3] != _MIDDLE_GREY).any(axis=(1, 2)))
    return (int(shown[-1]) + 1) / height if shown.size else 0.0
