"""Images: which pages they have, and what is refused before anything is decoded."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import psutil
import pytest
from PIL import Image, ImageFile, TiffImagePlugin
from tests.scans import bgr, encoded, only_page, picture, rasters

from stele.domain.errors import (
    CorruptInput,
    CorruptPage,
    DecompressedTooLarge,
    EmptyInput,
    FileTooLarge,
    PageLimitExceeded,
    SideTooLong,
    SteleError,
    TooManyPixels,
    UnknownFormat,
)
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)


# -- pages ------------------------------------------------------------------------------------------------------------


def frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (30, 20), (index * 5, 0, 255 - index * 5)) for index in range(count)]


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("TIFF", {}), ("GIF", {"loop": 0}), ("WEBP", {"lossless": True}), ("AVIF", {"quality": 98})],
)
def test_every_frame_is_a_page(
    opened: Callable[..., OpenDocument], image_format: str, options: dict[str, object]
) -> None:
    first, *others = frames(5)
    with opened(encoded(first, image_format, save_all=True, append_images=others, **options)) as document:
        assert document.page_count == 5
        assert [page.number for page in document.pages(1, 99)] == [1, 2, 3, 4, 5]
        middles = [pixels[10, 15].astype(int) for pixels in rasters(document)]
        for index, middle in enumerate(middles):
            assert np.abs(middle - (255 - index * 5, 0, index * 5)).max() <= 4
        # any run, also backwards, and none behind the end
        assert [page.raster()[10, 15].tolist() for page in document.pages(4, 2)] == [m.tolist() for m in middles[3:]]
        assert [page.raster()[10, 15].tolist() for page in document.pages(2, 1)] == [middles[1].tolist()]
        assert list(document.pages(6, 1)) == []


def test_gif_frames_are_composed(opened: Callable[..., OpenDocument]) -> None:
    first = Image.new("RGB", (20, 20), WHITE)
    second = first.copy()
    second.paste(BLACK, (0, 0, 5, 5))
    third = second.copy()
    third.paste(RED, (10, 10, 15, 15))
    data = encoded(first, "GIF", save_all=True, append_images=[second, third])
    with opened(data) as document:
        last = rasters(document)[2]
    assert [last[y, x].tolist() for y, x in ((2, 2), (12, 12), (2, 12))] == [[0, 0, 0], [0, 0, 255], [255] * 3]


def test_apng_and_mpo_have_one_page(opened: Callable[..., OpenDocument]) -> None:
    first, *others = frames(3)
    for image_format in ("PNG", "MPO"):
        with opened(encoded(first, image_format, save_all=True, append_images=others)) as document:
            assert np.abs(only_page(document).raster()[10, 15].astype(int) - (255, 0, 0)).max() <= 3


def test_tiff_pages_may_differ_and_reduced_copies_are_none(opened: Callable[..., OpenDocument]) -> None:
    reduced = TiffImagePlugin.ImageFileDirectory_v2()
    reduced[254] = 1
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out) as writer:
        for image, tags in (
            (Image.new("L", (40, 30), 10), None),
            (Image.new("L", (4, 3), 99), reduced),
            (Image.new("RGB", (30, 50), RED), None),
        ):
            image.save(writer, "TIFF", tiffinfo=tags or TiffImagePlugin.ImageFileDirectory_v2())
            writer.newFrame()
    with opened(out.getvalue()) as document:
        assert [(page.width, page.height) for page in document.pages(1, 9)] == [(40, 30), (30, 50)]
        assert [pixels.shape for pixels in rasters(document)] == [(30, 40), (50, 30, 3)]


def test_a_tiff_directory_that_points_nowhere_costs_no_page(opened: Callable[..., OpenDocument]) -> None:
    data = bytearray(encoded(Image.new("L", (40, 30), 10), "TIFF"))
    (directory,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * entries, 0x7FFFFFF0)
    with opened(bytes(data)) as document:
        page = only_page(document)
        assert (page.raster() == 10).all()
    (warning,) = page.warnings
    assert "points to a further page" in warning


def test_a_tiff_that_points_back_at_itself_ends(opened: Callable[..., OpenDocument]) -> None:
    data = bytearray(encoded(Image.new("L", (40, 30), 10), "TIFF"))
    (directory,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * entries, directory)
    with opened(bytes(data)) as document:
        assert document.page_count == 1


# -- limits -----------------------------------------------------------------------------------------------------------


def test_bytes_emptiness_and_unknown_content(opened: Callable[..., OpenDocument], tmp_path: Path) -> None:
    with pytest.raises(EmptyInput, match="scan is empty"):
        opened(b"", name="scan")
    with pytest.raises(UnknownFormat):
        opened(b"just some text\n")
    with pytest.raises(FileTooLarge) as caught:
        opened(encoded(picture(), "PNG"), max_bytes=50)
    assert caught.value.details["limit"] == 50
    with pytest.raises(FileNotFoundError):
        open_document(tmp_path / "nothing", name="nothing", limits=Limits())


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "BMP", "JPEG2000", "PPM", "AVIF"])
@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ({"max_side": 59}, SideTooLong),
        ({"max_pixels": 2399}, TooManyPixels),
        ({"max_decompressed": 2399}, DecompressedTooLarge),
    ],
)
def test_sizes_are_checked_before_decoding(
    opened: Callable[..., OpenDocument],
    monkeypatch: pytest.MonkeyPatch,
    image_format: str,
    limits: dict[str, int],
    error: type[SteleError],
) -> None:
    data = encoded(picture(), image_format)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    with opened(data, **limits) as document, pytest.raises(error):
        only_page(document).raster()


def test_heic_sizes_are_checked(opened: Callable[..., OpenDocument]) -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture(64, 64)).save(out)
    for limits, error in (({"max_side": 63}, SideTooLong), ({"max_pixels": 4095}, TooManyPixels)):
        with opened(out.getvalue(), **limits) as document, pytest.raises(error):
            only_page(document).raster()
    with pytest.raises(PageLimitExceeded):
        opened(out.getvalue(), max_pages=0)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
def test_the_canvas_of_an_animation_is_checked_when_it_is_opened(
    opened: Callable[..., OpenDocument], image_format: str
) -> None:
    first, *others = frames(2)
    data = encoded(first, image_format, save_all=True, append_images=others)
    with pytest.raises(SideTooLong):
        opened(data, max_side=29)
    with pytest.raises(TooManyPixels):
        opened(data, max_pixels=599)


def test_a_gif_frame_beyond_its_canvas_is_checked(opened: Callable[..., OpenDocument]) -> None:
    data = bytearray(encoded(Image.new("P", (20, 20)), "GIF"))
    at = data.index(b"\x2c\0\0\0\0\x14\0\x14\0")
    struct.pack_into("<HH", data, at + 5, 60_000, 60_000)
    with pytest.raises(DecompressedTooLarge):
        opened(bytes(data))


@pytest.mark.parametrize("image_format", ["TIFF", "GIF", "WEBP", "AVIF"])
def test_pages_are_counted(opened: Callable[..., OpenDocument], image_format: str) -> None:
    first, *others = frames(4)
    data = encoded(first, image_format, save_all=True, append_images=others)
    with opened(data, max_pages=4) as document:
        assert document.page_count == 4
    with pytest.raises(PageLimitExceeded):
        opened(data, max_pages=3)


def test_a_gif_of_very_many_frames_is_not_counted_to_its_end(opened: Callable[..., OpenDocument]) -> None:
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2L\1\0"
    data = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 400_000 + b";"
    with pytest.raises(PageLimitExceeded) as caught:
        opened(data)
    assert caught.value.details["pages"] == 3001


def test_our_limits_and_not_those_of_pillow(
    opened: Callable[..., OpenDocument], monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with opened(encoded(picture(), "TIFF")) as document:
        assert only_page(document).raster().shape == (40, 60, 3)
    assert Image.MAX_IMAGE_PIXELS == 100
    assert not recwarn.list


# -- damage -----------------------------------------------------------------------------------------------------------


def noisy(size: tuple[int, int] = (200, 200)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(1, 255, (size[1], size[0], 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("JPEG", {}), ("PNG", {}), ("BMP", {}), ("PPM", {}), ("TIFF", {"compression": "tiff_lzw", "strip_size": 4096})],
)
def test_a_file_that_ends_early_gives_what_is_there(
    opened: Callable[..., OpenDocument], image_format: str, options: dict[str, object]
) -> None:
    data = encoded(noisy(), image_format, **options)
    if image_format == "TIFF":  # its directory comes last: damage the data of a late strip instead
        start = len(data) * 7 // 10
        data = data[:start] + b"\xff" * 3000 + data[start + 3000 :]
    else:
        data = data[: len(data) * 7 // 10]
    with opened(data) as document:
        page = only_page(document)
        pixels = page.raster()
    (warning,) = page.warnings
    assert "200 rows are missing" in warning
    white = (pixels == 255).all(axis=(1, 2))
    assert 40 < white.sum() <= 100
    assert f"({white.sum()} of its 200 rows" in warning
    assert (white[: white.sum()] if image_format == "BMP" else white[-white.sum() :]).all()


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "BMP", "PPM", "WEBP", "JPEG2000"])
def test_a_file_that_ends_before_its_middle_is_corrupt(opened: Callable[..., OpenDocument], image_format: str) -> None:
    data = encoded(noisy(), image_format)
    with pytest.raises((CorruptPage, CorruptInput)), opened(data[: len(data) * 3 // 10]) as document:
        only_page(document).raster()


def test_a_progressive_jpeg_that_ends_early_is_coarse(opened: Callable[..., OpenDocument]) -> None:
    data = encoded(picture(400, 300), "JPEG", progressive=True, quality=95)
    with opened(data[: len(data) * 8 // 10]) as document:
        page = only_page(document)
        pixels = page.raster()
    assert page.warnings
    assert np.abs(pixels[:280].astype(int) - bgr(picture(400, 300))[:280]).mean() < 16


def test_one_damaged_page_costs_no_other(opened: Callable[..., OpenDocument]) -> None:
    first, second, third = (noisy((64, 64)) for _ in range(3))
    data = bytearray(encoded(first, "TIFF", save_all=True, append_images=[second, third], compression="tiff_lzw"))
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        offset = image.tag_v2[273][0]  # type: ignore[attr-defined]
    data[offset : offset + 4000] = b"\xff" * 4000
    with opened(bytes(data)) as document:
        outcomes = []
        for page in document.pages(1, 3):
            try:
                outcomes.append(page.raster().shape)
            except CorruptPage as error:
                outcomes.append(error.details["page"])
    assert outcomes == [(64, 64, 3), 2, (64, 64, 3)]


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "AVIF", "JPEG2000", "PPM"])
def test_only_our_errors_come_out_of_damaged_files(opened: Callable[..., OpenDocument], image_format: str) -> None:
    data = encoded(picture(), image_format)
    rng = np.random.default_rng(7)
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(2, len(data), 6):
            broken[at] = rng.integers(256)
        try:
            with opened(bytes(broken[: rng.integers(len(data) // 2, len(data) + 1)])) as document:
                for page in document.pages(1, 3):
                    page.raster()
        except SteleError:
            continue


# -- laziness ---------------------------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    path = tmp_path / "many.tif"
    page = Image.new("L", (1000, 1000), 255)
    page.paste(0, (100, 100, 700, 120))
    page.save(path, save_all=True, append_images=[page] * 199, compression="tiff_lzw")
    process = psutil.Process()
    with open_document(path, name="many", limits=Limits()) as document:
        assert document.page_count == 200
        used = []
        for number, one in enumerate(document.pages(1, 200), start=1):
            assert one.raster()[110, 110] == 0
            if number in {20, 200}:
                used.append(process.memory_info().rss)
    assert used[1] - used[0] < 10 * 1024**2  # a page takes 1 MB, all of them 200


def test_opening_decodes_nothing(opened: Callable[..., OpenDocument], monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = frames(3)
    files = [encoded(first, kind, save_all=True, append_images=others) for kind in ("TIFF", "GIF", "WEBP", "PNG")]
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    for data in files:
        with opened(data) as document:
            assert next(document.pages(1, 1)).width == 30
