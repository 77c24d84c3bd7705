"""The font of the invisible text: one blank glyph that stands for every character.

Searching and copying need no shapes, only to know what each code means and how wide it is. So the font program is a
TrueType font made here (ISO/IEC 14496-22) with one glyph half an em wide; each character that is used gets a code of
its own, all codes show that glyph, and a ToUnicode CMap (PDF 1.7, 9.10.3) says what they mean. Any script is served
alike, and a document that uses 100 characters pays for 100.

The glyph is not quite empty: its outline is a line from the bottom of the em to the top, which has no area and paints
nothing, but gives viewers a box as high as the text to highlight (PDFium drops characters without a box).
"""

from __future__ import annotations

import struct

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

#: widths and heights in thousandths of the font size
ADVANCE = 500
ASCENT = 800
DESCENT = -200

_NAME = Name("/SteleGlyphless")
#: two-byte codes; 0 is the character that is missing
_LAST_CODE = 0xFFFF


class GlyphlessFont:
    """Hands out a code a character, and becomes a font of a PDF when all are known."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def encode(self, text: str) -> str:
        """`text` as the hexadecimal digits of a PDF string in this font, four a character.

        Beyond 65,534 different characters in one document (Unicode has more) all further ones become U+FFFD.
        """
        return "".join(f"{self._code(char):04X}" for char in text)

    def _code(self, char: str) -> int:
        if char in self._codes or len(self._codes) < _LAST_CODE - 1:
            return self._codes.setdefault(char, len(self._codes) + 1)
        return self._codes.setdefault("\ufffd", _LAST_CODE)

    def embed(self, pdf: Pdf) -> pikepdf.Object:
        """Put the font, with all characters encoded so far, into `pdf`. The object for the pages' resources."""

        def stream(data: bytes, **entries: int) -> pikepdf.Object:
            return pdf.make_indirect(Stream(pdf, data, **entries))

        program = font_program()
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=_NAME,
            Flags=1 << 2,  # symbolic: its characters are in no standard set
            FontBBox=Array([0, DESCENT, ADVANCE, ASCENT]),
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=ASCENT,
            StemV=0,
            FontFile2=stream(program, Length1=len(program)),
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=_NAME,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=ADVANCE,
            # Every code shows glyph 1, the blank one.
            CIDToGIDMap=stream(struct.pack(">H", 1) * (max(self._codes.values(), default=0) + 1)),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=_NAME,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=stream(_to_unicode(self._codes)),
        )
        return pdf.make_indirect(font)


def _to_unicode(codes: dict[str, int]) -> bytes:
    # A CMap may list at most 100 characters in one go.
    sections = []
    entries = list(codes.items())
    for start in range(0, len(entries), 100):
        some = entries[start : start + 100]
        lines = "\n".join(f"<{code:04X}> <{_utf16(char)}>" for char, code in some)
        sections.append(f"{len(some)} beginbfchar\n{lines}\nendbfchar\n")
    return (
        "/CIDInit /ProcSet findresource begin\n"
        "12 dict begin\n"
        "begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n"
        "/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{''.join(sections)}"
        "endcmap\n"
        "CMapName currentdict /CMap defineresource pop\n"
        "end\nend\n"
    ).encode("ascii")


def _utf16(char: str) -> str:
    """A lone half of a surrogate pair (broken text) becomes U+FFFD."""
    whole = "\ufffd" if "\ud800" <= char <= "\udfff" else char
    return whole.encode("utf-16-be").hex().upper()


def font_program() -> bytes:
    """A TrueType font of two glyphs, both blank: the one for missing characters, and the one for all others."""
    corners = struct.pack(">BBhhhh", 1, 1, 0, ADVANCE, DESCENT, ASCENT - DESCENT)
    glyph = struct.pack(">hhhhhHH", 1, 0, DESCENT, ADVANCE, ASCENT, 1, 0) + corners
    glyph += b"\0" * (-len(glyph) % 4)
    box = (0, DESCENT, ADVANCE, ASCENT)
    head = struct.pack(">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, 1000, 0, 0, *box, 0, 8, 2, 0, 0)
    return _font_file(
        {
            b"glyf": glyph,
            b"head": head,
            b"hhea": struct.pack(
                ">IhhhHhhhhhh8xhH", 0x10000, ASCENT, DESCENT, 0, ADVANCE, 0, 0, ADVANCE, 1, 0, 0, 0, 1
            ),
            b"hmtx": struct.pack(">Hhh", ADVANCE, 0, 0),
            b"loca": struct.pack(">HHH", 0, 0, len(glyph) // 2),
            b"maxp": struct.pack(">IHHHHHH16x", 0x10000, 2, 2, 1, 0, 0, 1),
        }
    )


def _font_file(tables: dict[bytes, bytes]) -> bytes:
    power = 1 << (len(tables).bit_length() - 1)
    search = (power * 16, power.bit_length() - 1, (len(tables) - power) * 16)
    directory = struct.pack(">IHHHH", 0x10000, len(tables), *search)
    body = b""
    start = len(directory) + 16 * len(tables)
    for tag, data in sorted(tables.items()):
        directory += struct.pack(">4sIII", tag, _checksum(data), start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    file = directory + body
    adjustment = (0xB1B0AFBA - _checksum(file)) & 0xFFFFFFFF
    place = file.index(tables[b"head"]) + 8
    return file[:place] + struct.pack(">I", adjustment) + file[place + 4 :]


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF
