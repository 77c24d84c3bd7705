"""What an input is, told from its first bytes, and what it may be.

`admit` calls `sniff` before it answers, so nothing here opens, decodes or imports anything heavy.
"""

from __future__ import annotations

import re
from enum import StrEnum

from stele.domain.value import Value

#: how much of the start of a file `sniff` wants to see
HEAD_BYTES = 2048
#: what speech is made as
WAV = "audio/wav"


class MediaType(StrEnum):
    PDF = "application/pdf"
    TIFF = "image/tiff"
    JPEG = "image/jpeg"
    PNG = "image/png"
    BMP = "image/bmp"
    GIF = "image/gif"
    WEBP = "image/webp"
    HEIC = "image/heic"
    AVIF = "image/avif"
    JPEG2000 = "image/jp2"
    PNM = "image/x-portable-anymap"
    DOC = "application/msword"
    XLS = "application/vnd.ms-excel"
    PPT = "application/vnd.ms-powerpoint"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODP = "application/vnd.oasis.opendocument.presentation"
    RTF = "application/rtf"
    HTML = "text/html"
    DJVU = "image/vnd.djvu"
    #: Office Open XML, and Microsoft's older container: which kind of document is inside is told by the whole file
    OOXML = "application/vnd.openxmlformats-officedocument"
    OLE = "application/x-ole-storage"

    @property
    def is_office(self) -> bool:
        """Whether a file of this kind flows: it has no pages until a program lays it out."""
        return self in OFFICE

    @property
    def needs_layout(self) -> bool:
        """Whether another program must make pages of a file of this kind before anything can be read."""
        return self.is_office or self is MediaType.DJVU

    @property
    def single_page(self) -> bool:
        """Whether a file of this kind always has exactly one page, so that nothing must be opened to count."""
        return self in {MediaType.JPEG, MediaType.PNG, MediaType.BMP, MediaType.JPEG2000, MediaType.PNM}


OFFICE = frozenset(
    {
        MediaType.DOC,
        MediaType.XLS,
        MediaType.PPT,
        MediaType.DOCX,
        MediaType.XLSX,
        MediaType.PPTX,
        MediaType.ODT,
        MediaType.ODS,
        MediaType.ODP,
        MediaType.RTF,
        MediaType.HTML,
        MediaType.OOXML,
        MediaType.OLE,
    }
)


class Limits(Value):
    """What an input may be. All are checked before the pixels they are about are decoded."""

    max_bytes: int = 200 * 1024 * 1024
    max_pages: int = 3_000
    max_side: int = 32_512  #: pixels
    max_pixels: int = 180_000_000  #: of one page
    max_decompressed: int = 2 * 1024**3  #: bytes of one page's streams, or of all parts of an office file


def sniff(head: bytes) -> MediaType | None:
    """The kind of file that starts with `head` (its first `HEAD_BYTES`, or all of a shorter file).

    None when it is none of the supported kinds. The name of a file has no say.
    """
    return next((found for look in _LOOKS if (found := look(head)) is not None), None)


def _by_prefix(head: bytes) -> MediaType | None:
    return next((media_type for prefix, media_type in _PREFIXES if head.startswith(prefix)), None)


_PREFIXES = (
    (b"%PDF", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\0", MediaType.TIFF),
    (b"MM\0*", MediaType.TIFF),
    (b"II+\0", MediaType.TIFF),  # BigTIFF
    (b"MM\0+", MediaType.TIFF),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", MediaType.JPEG2000),
    (b"\xff\x4f\xff\x51", MediaType.JPEG2000),  # a bare code stream
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", MediaType.OLE),
    (b"{\\rtf", MediaType.RTF),
)


def _webp(head: bytes) -> MediaType | None:
    return MediaType.WEBP if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _heic_or_avif(head: bytes) -> MediaType | None:
    """HEIC and AVIF share a container (ISO/IEC 14496-12) with MP4; its first box lists the brands."""
    if head[4:8] != b"ftyp":
        return None
    box = head[: int.from_bytes(head[:4], "big") or None]
    # The main brand, then, behind a version number, the compatible ones. AVIF files often name a generic main brand
    # and themselves only among the compatible.
    brands = [box[8:12], *(box[start : start + 4] for start in range(16, len(box) - 3, 4))]
    if not _AVIF_BRANDS.isdisjoint(brands):
        return MediaType.AVIF
    return None if _HEIC_BRANDS.isdisjoint(brands) else MediaType.HEIC


_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def _djvu(head: bytes) -> MediaType | None:
    """One page, or several in a bundle (DjVu3 specification, 8.1)."""
    return MediaType.DJVU if head[:8] == b"AT&TFORM" and head[12:16] in {b"DJVU", b"DJVM"} else None


def _bmp(head: bytes) -> MediaType | None:
    """Two letters are too few to tell a bitmap from a text, so the size of the next header is looked at as well."""
    return MediaType.BMP if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS else None


#: OS/2 1 and 2, Windows 3, its extensions, 4 and 5
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def _pnm(head: bytes) -> MediaType | None:
    return MediaType.PNM if _PNM_HEADER.match(head) else None


#: the kind (`Pf` is the grey floating-point one), then, behind comments, the width
_PNM_HEADER = re.compile(rb"P[1-6f]\s+(#[^\n]*\n\s*)*[0-9]")


def _zip(head: bytes) -> MediaType | None:
    """OpenDocument says what it is in its first part (OpenDocument 1.2, part 3, 3.3). Office Open XML says so in a part
    that may stand anywhere; the name of the first part only tells it from other archives."""
    if head[:4] != b"PK\3\4":
        return None
    start = 30 + int.from_bytes(head[26:28], "little")
    name = head[30:start]
    if name == b"mimetype":
        stated = head[start + int.from_bytes(head[28:30], "little") :]
        return next((kind for kind in _OPEN_DOCUMENT if stated.startswith(kind.encode())), None)
    return MediaType.OOXML if name.startswith(_OOXML_PARTS) else None


_OPEN_DOCUMENT = (MediaType.ODT, MediaType.ODS, MediaType.ODP)
_OOXML_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/", b"word/", b"xl/", b"ppt/")


def _html(head: bytes) -> MediaType | None:
    return MediaType.HTML if _HTML_START.match(head) else None


#: behind a byte order mark, an XML declaration and comments: the document type, or an element that only HTML has (after
#: the WHATWG's MIME Sniffing standard, 7.1)
_HTML_START = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*"
    rb"<(!doctype\s+html|html|head|body|title|script|style|table|div|h1|p|br)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)


def _pdf(head: bytes) -> MediaType | None:
    """Viewers accept a PDF header anywhere in the first 1024 bytes (PDF 1.7, annex H.3): behind a byte order mark,
    mail headers, or the leavings of an HTTP server. Some writers forget the dash."""
    return MediaType.PDF if b"%PDF" in head[: 1024 + 4] else None


#: in order: the surest signs first
_LOOKS = (_by_prefix, _zip, _webp, _djvu, _heic_or_avif, _bmp, _pnm, _pdf, _html)
