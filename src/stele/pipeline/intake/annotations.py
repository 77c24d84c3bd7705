"""What is drawn over a PDF page by annotations: the strokes of a pen, and shapes.

They are no objects of the page; those with words are made part of it before anything looks (see `pdf.py`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from stele.pipeline.intake.native import Address, bound

_int, _pointer = ctypes.c_int, ctypes.c_void_p

_count = bound(pdfium_c.FPDFPage_GetAnnotCount, _int, _pointer)
_annotation = bound(pdfium_c.FPDFPage_GetAnnot, _pointer, _pointer, _int)
_subtype = bound(pdfium_c.FPDFAnnot_GetSubtype, _int, _pointer)
_flags = bound(pdfium_c.FPDFAnnot_GetFlags, _int, _pointer)
_rectangle = bound(pdfium_c.FPDFAnnot_GetRect, _int, _pointer, _pointer)
_close = bound(pdfium_c.FPDFPage_CloseAnnot, None, _pointer)

#: those that are seen without being opened, and have no words
_DRAWN = frozenset(
    {
        *(pdfium_c.FPDF_ANNOT_INK, pdfium_c.FPDF_ANNOT_STAMP, pdfium_c.FPDF_ANNOT_LINE, pdfium_c.FPDF_ANNOT_SQUARE),
        *(pdfium_c.FPDF_ANNOT_CIRCLE, pdfium_c.FPDF_ANNOT_POLYGON, pdfium_c.FPDF_ANNOT_POLYLINE),
    }
)
_UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW


def annotations_of(page: Address) -> npt.NDArray[np.float64]:
    """Left, bottom, right, top of each annotation that draws, in the page's own coordinates."""
    return np.array(list(_boxes(page)), np.float64).reshape(-1, 4)


def _boxes(page: Address) -> Iterator[tuple[float, float, float, float]]:
    box = pdfium_c.FS_RECTF()
    for at in range(_count(page)):
        annotation = _annotation(page, at)
        if not annotation:
            continue
        shown = _subtype(annotation) in _DRAWN and not _flags(annotation) & _UNSEEN
        if shown and _rectangle(annotation, ctypes.addressof(box)):
            yield box.left, box.bottom, box.right, box.top
        _close(annotation)
