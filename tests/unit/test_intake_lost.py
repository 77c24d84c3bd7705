"""PDF pages whose pictures cannot be decoded: viewers show white in their place, and say nothing."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from stele.domain.errors import CorruptPage
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import PageInput, Pixels

WIDTH, HEIGHT = 620, 877


def scan() -> Image.Image:
    """A page of print, more or less."""
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    for top in range(40, HEIGHT - 40, 20):
        page.paste(0, (40, top, WIDTH - 40, top + 8))
    return page


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def pdf(data: bytes, coding: Name, content: bytes = b"q 595 0 0 842 0 0 cm /I Do Q") -> bytes:
    """A page of A4 with one picture."""
    with pikepdf.new() as file:
        page = file.add_blank_page(page_size=(595, 842))
        picture = Stream(file, data, Type=Name.XObject, Subtype=Name.Image, Width=WIDTH, Height=HEIGHT)
        picture.ColorSpace, picture.BitsPerComponent, picture.Filter = Name.DeviceGray, 8, coding
        page.Resources = Dictionary(XObject=Dictionary(I=picture))
        page.Contents = Stream(file, content)
        out = io.BytesIO()
        file.save(out)
        return out.getvalue()


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[[bytes], tuple[PageInput, Pixels]]:
    def render(data: bytes) -> tuple[PageInput, Pixels]:
        path = tmp_path / "scan.pdf"
        path.write_bytes(data)
        with open_document(path, name="scan", limits=Limits()) as document:
            page = next(document.pages(1, 1))
            return page, page.raster()

    return render


Rendered = Callable[[bytes], tuple[PageInput, Pixels]]


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (jpeg(scan())[:300], Name.DCTDecode),
        (b"no picture at all" * 40, Name.DCTDecode),
        (b"no picture at all" * 40, Name.JPXDecode),
        (b"no picture at all" * 40, Name.JBIG2Decode),
        (b"no", Name.FlateDecode),
        (b"", Name.CCITTFaxDecode),
        (b"\0\x10\x01", Name.CCITTFaxDecode),
    ],
)
def test_a_page_whose_picture_is_lost_is_corrupt(rendered: Rendered, data: bytes, coding: Name) -> None:
    with pytest.raises(CorruptPage, match="Scan it again"):
        rendered(pdf(data, coding))


def test_a_picture_that_ends_early_is_a_warning_that_says_how_much_is_lost(rendered: Rendered) -> None:
    whole = zlib.compress(scan().tobytes())
    page, _ = rendered(pdf(whole[: len(whole) // 2], Name.FlateDecode))
    (warning,) = page.warnings
    assert "damaged" in warning and "Scan it again" in warning


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_that_ends_early_is_a_warning_that_says_how_much_is_lost(rendered: Rendered, mode: str) -> None:
    whole = jpeg(scan().convert(mode))
    page, _ = rendered(pdf(whole[: len(whole) // 2], Name.DCTDecode))
    (warning,) = page.warnings
    assert 40 <= int(re.findall(r"(\d+)%", warning)[0]) <= 60


def test_a_jpeg_without_its_end_marker_is_whole(rendered: Rendered) -> None:
    page, _ = rendered(pdf(jpeg(scan())[:-2], Name.DCTDecode))
    assert page.warnings == ()


def test_a_lost_picture_beside_text_is_a_warning(rendered: Rendered) -> None:
    page, _ = rendered(pdf(b"nothing" * 40, Name.DCTDecode, b"q 400 0 0 500 90 300 cm /I Do Q"))
    assert ["40% of the page" in warning for warning in page.warnings] == [True]


def test_objects_that_a_truncated_file_lacks_are_a_warning(rendered: Rendered) -> None:
    whole = pdf(jpeg(scan()), Name.DCTDecode)
    page, _ = rendered(whole[: whole.index(b"DCTDecode") + 2000])
    assert page.warnings == ("The file is damaged, and lacks parts of this page. Export or fetch it again.",)


@pytest.mark.parametrize("image", [scan(), Image.new("L", (WIDTH, HEIGHT), 255), Image.new("L", (WIDTH, HEIGHT), 0)])
def test_whole_pictures_and_blank_ones_are_no_loss(rendered: Rendered, image: Image.Image) -> None:
    for data, coding in ((jpeg(image), Name.DCTDecode), (zlib.compress(image.tobytes()), Name.FlateDecode)):
        page, _ = rendered(pdf(data, coding))
        assert page.warnings == ()
