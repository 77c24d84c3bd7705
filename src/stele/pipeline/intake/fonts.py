"""Which words of a PDF page are in bold print, by the names of their fonts."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from stele.pipeline.intake.native import Address, bound

_int, _pointer, _ulong = ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong

_font = bound(pdfium_c.FPDFTextObj_GetFont, _pointer, _pointer)
_render_mode = bound(pdfium_c.FPDFTextObj_GetTextRenderMode, _int, _pointer)
_name = bound(pdfium_c.FPDFFont_GetBaseFontName, _ulong, _pointer, _pointer, _ulong)
_flags = bound(pdfium_c.FPDFFont_GetFlags, _int, _pointer)

#: ISO 32000-1, table 123: glyphs are to be painted bold
_FORCED = 1 << 18
#: the six letters before the name of a font that is there in part (ISO 32000-1, 9.6.4)
_PART = re.compile(r"[A-Z]{6}\+")
#: as foundries name bold faces; TeX's are `CMBX10` and the like, those of URW `Medi`
_BOLD = re.compile(r"(?i:bold|black|heavy|demi)|Medi$|(?:Bd|Blk|Hv)(?![a-z])|^[A-Z]{2,4}BX?\d")
#: names that writers make up say nothing: `F1`, `CIDFont+F2`, `TT3`, `MSTT31c4fe00`
_NAMED = re.compile(r"(?!CIDFont|MSTT|Unnamed)[^\d_]*[A-Za-z]{4}|[A-Z]{3,4}\d{1,2}$")
#: of a page's text objects: fonts of fewer do not matter
_FEW = 0.1


def bold_texts(texts: Sequence[Address]) -> npt.NDArray[np.intp] | None:
    """Which of some text objects are in bold print: by a bold font, or by a stroke around their letters. None where the
    fonts of many have no name that tells."""
    fonts = [font or 0 for font in map(_font, texts)]
    names = {font: _name_of(font) for font in set(fonts)}
    unnamed = {font for font, name in names.items() if not _NAMED.match(name)}
    if sum(font in unnamed for font in fonts) > _FEW * len(fonts):
        return None
    bold = {font for font, name in names.items() if _BOLD.search(name) or _flags(font) & _FORCED}
    stroked = (mode == pdfium_c.FPDF_TEXTRENDERMODE_FILL_STROKE for mode in map(_render_mode, texts))
    return np.flatnonzero([font in bold or wide for font, wide in zip(fonts, stroked, strict=True)])


def _name_of(font: Address) -> str:
    name = ctypes.create_string_buffer(128)
    _name(font, ctypes.addressof(name), len(name))
    return _PART.sub("", name.value.decode("utf-8", "replace"), count=1)
