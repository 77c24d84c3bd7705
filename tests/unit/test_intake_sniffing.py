"""Content decides what a file is; its name and its size have no say."""

from __future__ import annotations

import io
import subprocess
import sys

import pikepdf
import pillow_heif
import pytest
from PIL import Image

from stele.domain.media import HEAD_BYTES, MediaType, sniff


def written(image_format: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (12, 8), 1).save(out, image_format, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize(
    ("image_format", "options", "expected"),
    [
        ("JPEG", {}, MediaType.JPEG),
        ("PNG", {}, MediaType.PNG),
        ("TIFF", {}, MediaType.TIFF),
        ("TIFF", {"big_tiff": True}, MediaType.TIFF),
        ("GIF", {}, MediaType.GIF),
        ("BMP", {}, MediaType.BMP),
        ("WEBP", {}, MediaType.WEBP),
        ("AVIF", {}, MediaType.AVIF),
        ("JPEG2000", {}, MediaType.JPEG2000),
        ("JPEG2000", {"no_jp2": True}, MediaType.JPEG2000),
        ("PPM", {}, MediaType.PNM),
    ],
)
def test_what_pillow_writes(image_format: str, options: dict[str, object], expected: MediaType) -> None:
    assert sniff(written(image_format, **options)[:HEAD_BYTES]) is expected


def test_heic_as_written_by_libheif() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64))).save(out, quality=50)
    assert sniff(out.getvalue()[:HEAD_BYTES]) is MediaType.HEIC


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", MediaType.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", MediaType.AVIF),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0hevcmsf1", MediaType.HEIC),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),  # a film
        (b"\0\0\0\x10ftypisom\0\0\0\0avifheic", None),  # the box ends before these brands
        (b"MM\0*\0\0\0\x08", MediaType.TIFF),
        (b"MM\0+\0\x08\0\0", MediaType.TIFF),
        (b"P4\n# made by hand\n8 8\n", MediaType.PNM),
        (b"P6\n", None),
        (b"P7\nWIDTH 1\n", None),
        (b"BM is how this letter begins, dear reader", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"PK\x03\x04", None),
        (b"", None),
        (b"\xff\xd8", None),
    ],
)
def test_heads(head: bytes, expected: MediaType | None) -> None:
    assert sniff(head) is expected


@pytest.mark.parametrize("junk", [0, 3, 500, 1024])
def test_a_pdf_header_may_stand_within_the_first_1024_bytes(junk: int) -> None:
    out = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(out)
    assert sniff((b"\0" * junk + out.getvalue())[:HEAD_BYTES]) is MediaType.PDF


def test_a_pdf_header_further_down_is_text() -> None:
    assert sniff(b"x" * 1025 + b"%PDF-1.7") is None


def test_an_image_that_mentions_pdf_is_an_image() -> None:
    assert sniff(written("JPEG", comment="%PDF-1.7")) is MediaType.JPEG


def test_sniffing_imports_no_decoder() -> None:
    script = "import sys, stele.domain.media; print(sorted({'numpy', 'PIL', 'pypdfium2', 'cv2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"
