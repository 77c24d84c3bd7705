"""What the intake seam promises, held against every kind of document."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from stele.domain.errors import PageLimitExceeded, SteleError
from stele.domain.geometry import Orientation
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument, TextLayer

SIZE = (96, 64)


def _frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", SIZE, (60 * index, 120, 200)) for index in range(count)]


def _with_pillow(image_format: str, **options: object) -> Callable[[int], bytes]:
    def write(pages: int) -> bytes:
        first, *others = _frames(pages)
        out = io.BytesIO()
        several = {"save_all": True, "append_images": others} if others else {}
        first.save(out, image_format, **several, **options)  # type: ignore[arg-type]
        return out.getvalue()

    return write


def _heic(pages: int) -> bytes:
    heif = pillow_heif.HeifFile()
    for frame in _frames(pages):
        heif.add_from_pillow(frame)
    out = io.BytesIO()
    heif.save(out)
    return out.getvalue()


def _pdf(pages: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=SIZE)
    for number in range(pages):
        canvas.drawString(10, 20 + number, f"Page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


WRITERS: dict[MediaType, Callable[[int], bytes]] = {
    MediaType.PDF: _pdf,
    MediaType.TIFF: _with_pillow("TIFF"),
    MediaType.GIF: _with_pillow("GIF"),
    MediaType.WEBP: _with_pillow("WEBP"),
    MediaType.AVIF: _with_pillow("AVIF"),
    MediaType.HEIC: _heic,
    MediaType.JPEG: _with_pillow("JPEG"),
    MediaType.PNG: _with_pillow("PNG"),
    MediaType.BMP: _with_pillow("BMP"),
    MediaType.JPEG2000: _with_pillow("JPEG2000"),
    MediaType.PNM: _with_pillow("PPM"),
}
SEVERAL = [media_type for media_type in WRITERS if not media_type.single_page]


def open_bytes(folder: Path, data: bytes, limits: Limits | None = None) -> OpenDocument:
    path = folder / "misleading.txt"
    path.write_bytes(data)
    return open_document(path, name="input", limits=limits or Limits())


def test_there_is_an_opener_for_every_media_type() -> None:
    # What is laid out first has tests of its own: test_office_intake.py, test_djvu.py
    assert set(WRITERS) == {media_type for media_type in MediaType if not media_type.needs_layout}


@pytest.mark.parametrize("media_type", WRITERS)
def test_a_page_is_what_it_says(tmp_path: Path, media_type: MediaType) -> None:
    data = WRITERS[media_type](1)
    assert sniff(data[:HEAD_BYTES]) is media_type
    with open_bytes(tmp_path, data) as document:
        assert document.media_type is media_type
        assert document.page_count == 1
        for page in document.pages(1, 1):
            assert page.number == 1
            assert page.orientation is Orientation.UPRIGHT
            assert page.warnings == ()
            pixels = page.raster()
            assert pixels.shape == (page.height, page.width, 3)
            assert pixels.dtype == np.uint8
            assert pixels.flags["C_CONTIGUOUS"]
            assert pixels.flags["WRITEABLE"]
            assert (page.raster() == pixels).all()
            layer = page.text_layer()
            assert isinstance(layer, TextLayer) is (media_type is MediaType.PDF)
            assert (page.points is None) is (page.scale is None) is (media_type is not MediaType.PDF)


@pytest.mark.parametrize("media_type", WRITERS)
def test_a_page_may_be_taken_alone(tmp_path: Path, media_type: MediaType) -> None:
    with open_bytes(tmp_path, WRITERS[media_type](1)) as document:
        page = next(document.pages(1, 1))
        assert page.raster().shape == (page.height, page.width, 3)


@pytest.mark.parametrize("media_type", SEVERAL)
def test_runs_of_pages(tmp_path: Path, media_type: MediaType) -> None:
    with open_bytes(tmp_path, WRITERS[media_type](4)) as document:
        assert document.page_count == 4
        whole = [page.raster().copy() for page in document.pages(1, 4)]
        assert len({pixels.tobytes() for pixels in whole}) == 4
        for first, count in ((3, 2), (1, 1), (2, 9), (4, 1)):
            run = [(page.number, page.raster()) for page in document.pages(first, count)]
            assert [number for number, _ in run] == list(range(first, min(first + count, 5)))
            assert all((pixels == whole[number - 1]).all() for number, pixels in run)
        assert list(document.pages(5, 3)) == []
        assert list(document.pages(1, 0)) == []


@pytest.mark.parametrize("media_type", SEVERAL)
def test_too_many_pages_are_refused_at_once(tmp_path: Path, media_type: MediaType) -> None:
    with pytest.raises(PageLimitExceeded, match="limit is 3"):
        open_bytes(tmp_path, WRITERS[media_type](4), Limits(max_pages=3))


@pytest.mark.parametrize("media_type", WRITERS)
def test_files_are_let_go(tmp_path: Path, media_type: MediaType) -> None:
    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    data = WRITERS[media_type](1)
    before = handles()
    for _ in range(3):
        with open_bytes(tmp_path, data) as document:
            for page in document.pages(1, 1):
                page.raster()
        try:
            with open_bytes(tmp_path, data[: len(data) // 2]) as document:
                for page in document.pages(1, 1):
                    page.raster()
        except SteleError:
            continue
    assert handles() == before
