"""Images: which pages they have, what their pixels become, and what is refused before anything is decoded."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import psutil
import pytest
from PIL import Image, ImageCms, ImageFile, TiffImagePlugin

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
from stele.domain.geometry import Orientation, to_submitted
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.pixels import to_eight_bits
from stele.pipeline.intake.seam import OpenDocument, PageInput, Pixels

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., OpenDocument]:
    def open_bytes(data: bytes, **limits: int) -> OpenDocument:
        path = tmp_path / "input"
        path.write_bytes(data)
        return open_document(path, name="scan", limits=Limits(**limits))

    return open_bytes


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)  # type: ignore[arg-type]
    return out.getvalue()


def only_page(document: OpenDocument) -> PageInput:
    assert document.page_count == 1
    (page,) = document.pages(1, 1)
    return page


def rasters(document: OpenDocument) -> list[Pixels]:
    return [page.raster() for page in document.pages(1, document.page_count)]


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """A smooth colour picture without any symmetry, in blocks so that lossy coders keep it."""
    y, x = np.mgrid[0:height, 0:width] // 10
    return Image.fromarray(np.stack((x * 30 + 20, y * 50 + 10, (x + 2 * y) * 15 + 5), axis=2).astype(np.uint8))


def bgr(image: Image.Image) -> npt.NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"))[..., ::-1]


# -- formats and modes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image_format", "options", "media_type", "tolerance"),
    [
        ("PNG", {}, MediaType.PNG, 0),
        ("BMP", {}, MediaType.BMP, 0),
        ("TIFF", {}, MediaType.TIFF, 0),
        ("TIFF", {"compression": "tiff_lzw"}, MediaType.TIFF, 0),
        ("TIFF", {"compression": "tiff_deflate", "big_tiff": True}, MediaType.TIFF, 0),
        ("PPM", {}, MediaType.PNM, 0),
        ("WEBP", {"lossless": True}, MediaType.WEBP, 0),
        ("JPEG2000", {}, MediaType.JPEG2000, 0),
        ("JPEG2000", {"no_jp2": True}, MediaType.JPEG2000, 0),
        ("GIF", {}, MediaType.GIF, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, MediaType.JPEG, 12),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}, MediaType.AVIF, 12),
    ],
)
def test_every_format_gives_bgr(
    opened: Callable[..., OpenDocument],
    image_format: str,
    options: dict[str, object],
    media_type: MediaType,
    tolerance: int,
) -> None:
    with opened(encoded(picture(), image_format, **options)) as document:
        page = only_page(document)
        pixels = page.raster()
    assert document.media_type is media_type
    assert (page.number, page.width, page.height) == (1, 60, 40)
    assert (page.orientation, page.points, page.scale) == (Orientation.UPRIGHT, None, None)
    assert page.warnings == ()
    assert page.text_layer() is None
    assert pixels.dtype == np.uint8
    assert pixels.flags["C_CONTIGUOUS"]
    assert np.abs(pixels.astype(int) - bgr(picture())).max() <= tolerance


def test_heic_gives_every_top_level_image(opened: Callable[..., OpenDocument]) -> None:
    heif = pillow_heif.HeifFile()
    sizes = [(64, 96), (128, 64)]
    for index, size in enumerate(sizes):
        heif.add_from_pillow(picture(*size).rotate(180 * index))
    out = io.BytesIO()
    heif.save(out, quality=95, chroma=444)
    with opened(out.getvalue()) as document:
        assert document.media_type is MediaType.HEIC
        pages = list(document.pages(1, 9))
        assert [(page.width, page.height) for page in pages] == sizes
        for index, (page, size) in enumerate(zip(pages, sizes, strict=True)):
            assert np.abs(page.raster().astype(int) - bgr(picture(*size).rotate(180 * index))).mean() < 4


def test_a_heic_is_submitted_as_its_container_turns_it(opened: Callable[..., OpenDocument]) -> None:
    stored = Image.new("RGB", (128, 64), WHITE)
    stored.paste(RED, (0, 0, 64, 32))
    out = io.BytesIO()
    pillow_heif.from_pillow(stored).save(out, quality=95)
    turned = out.getvalue().replace(b"pixi\0", b"irot\1")  # a quarter to the left, in place of a property as large
    with opened(turned) as document:
        page = only_page(document)
        pixels = page.raster()
    assert (page.width, page.height, page.orientation) == (64, 128, Orientation.UPRIGHT)
    assert pixels[100, 16, 0] < 60
    assert pixels[30, 16, 0] > 200


def ramp(dtype: type, top: float) -> npt.NDArray[np.generic]:
    return np.linspace(0, top, 256 * 4).reshape(4, 256).astype(dtype)


def test_grey_modes_stay_grey_and_bilevel_is_black_and_white(opened: Callable[..., OpenDocument]) -> None:
    checks = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    for data in (
        encoded(Image.fromarray(checks), "PNG"),
        encoded(Image.fromarray(checks).convert("1"), "PNG"),
        encoded(Image.fromarray(checks).convert("1"), "TIFF", compression="group4"),
        encoded(Image.fromarray(checks).convert("1"), "PPM"),
        encoded(Image.merge("LA", (Image.fromarray(checks), Image.new("L", (8, 8), 255))), "PNG"),
    ):
        with opened(data) as document:
            pixels = only_page(document).raster()
        assert pixels.shape == (8, 8)
        assert (pixels == checks).all()


def test_a_grey_palette_is_a_colour_mode(opened: Callable[..., OpenDocument]) -> None:
    with opened(encoded(Image.new("L", (4, 4), 77).convert("P"), "PNG")) as document:
        assert only_page(document).raster().tolist() == [[[77] * 3] * 4] * 4


@pytest.mark.parametrize("top", [65535, 16383, 4095, 1023])
def test_sixteen_bits_are_scaled_by_their_actual_depth(opened: Callable[..., OpenDocument], top: int) -> None:
    samples = ramp(np.uint16, top)
    expected = (samples >> (top.bit_length() - 8)).astype(np.uint8)
    assert expected.max() == 255
    for image_format, mode in (("PNG", "I;16"), ("TIFF", "I;16"), ("TIFF", "I;16B")):
        stored = samples.astype(">u2" if mode == "I;16B" else "<u2")
        image = Image.frombytes(mode, (256, 4), stored.tobytes())
        with opened(encoded(image, image_format)) as document:
            assert (only_page(document).raster() == expected).all()


def test_a_dark_sixteen_bit_page_stays_dark() -> None:
    assert to_eight_bits(np.full((2, 2), 200, np.uint16)).tolist() == [[50, 50], [50, 50]]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [[0, 128, 255]]),
        (np.array([[0.0, 128.0, 255.0]], np.float32), [[0, 128, 255]]),
        (np.array([[0.0, 32767.5, 65535.0]], np.float32), [[0, 128, 255]]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [[0, 128, 255]]),
        (np.array([[0.0, 1e6]], np.float32), [[0, 255]]),
        (np.array([[np.nan, np.inf, 1.0, -np.inf]], np.float32), [[0, 255, 255, 0]]),
        (np.array([[np.nan]], np.float32), [[0]]),
        (np.array([[-512, 0, 511]], np.int32), [[0, 128, 255]]),
        (np.array([[0, 1 << 30, (1 << 31) - 1]], np.int32), [[0, 128, 255]]),
    ],
)
def test_other_depths(samples: npt.NDArray[np.generic], expected: list[list[int]]) -> None:
    assert to_eight_bits(samples).tolist() == expected


def test_float_and_long_tiffs(opened: Callable[..., OpenDocument]) -> None:
    for image in (Image.fromarray(ramp(np.float32, 1.0)), Image.fromarray(ramp(np.int32, 65535))):
        with opened(encoded(image, "TIFF")) as document:
            pixels = only_page(document).raster()
        assert pixels.shape == (4, 256)
        assert (np.abs(pixels.astype(float) - ramp(np.float32, 255.0)) <= 1).all()


def test_cmyk_also_as_adobe_writes_it(opened: Callable[..., OpenDocument]) -> None:
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # magenta and yellow: red
    for data in (encoded(inks, "TIFF"), encoded(inks, "JPEG", quality=95)):
        with opened(data) as document:
            blue, green, red = only_page(document).raster()[8, 8].astype(int)
        assert red > 240
        assert max(blue, green) < 15


def test_lab(opened: Callable[..., OpenDocument]) -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.new("RGB", (8, 8), (200, 40, 60)), to_lab)
    assert lab is not None
    with opened(encoded(lab, "TIFF")) as document:
        assert np.abs(only_page(document).raster()[4, 4].astype(int) - (60, 40, 200)).max() <= 4


def test_ycbcr_tiff(opened: Callable[..., OpenDocument]) -> None:
    with opened(encoded(Image.new("RGB", (16, 16), RED).convert("YCbCr"), "TIFF")) as document:
        assert np.abs(only_page(document).raster()[8, 8].astype(int) - (0, 0, 255)).max() <= 3


# -- alpha ------------------------------------------------------------------------------------------------------------


def lettering(mode: str, ink: int | tuple[int, ...], ground: tuple[int, ...] | None = None) -> Image.Image:
    """A bar of opaque ink on a fully transparent ground."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    image = Image.new(mode, (100, 20), ground or (0,) * bands)
    image.paste((*ink, 255) if isinstance(ink, tuple) else (ink, 255), (10, 8, 90, 12))
    return image


def test_dark_lettering_lies_on_white_paper(opened: Callable[..., OpenDocument]) -> None:
    for image, ink in ((lettering("RGBA", (200, 0, 0)), [0, 0, 200]), (lettering("LA", 30), 30)):
        with opened(encoded(image, "PNG")) as document:
            pixels = only_page(document).raster()
        assert pixels[10, 50].tolist() == ink
        assert (pixels[0] == 255).all()


def test_white_lettering_lies_on_black_paper(opened: Callable[..., OpenDocument]) -> None:
    for image in (lettering("RGBA", WHITE, (255, 255, 255, 0)), lettering("LA", 250)):
        with opened(encoded(image, "PNG")) as document:
            pixels = only_page(document).raster()
        assert pixels[10, 50].min() >= 250
        assert (pixels[0] == 0).all()


def test_white_and_black_lettering_lies_on_grey_paper(opened: Callable[..., OpenDocument]) -> None:
    image = lettering("RGBA", WHITE)
    image.paste((0, 0, 0, 255), (10, 14, 40, 16))
    with opened(encoded(image, "PNG")) as document:
        pixels = only_page(document).raster()
    assert [pixels[y, 20, 0] for y in (0, 10, 15)] == [128, 255, 0]


def test_a_transparent_page_is_white_and_half_alpha_is_mixed(opened: Callable[..., OpenDocument]) -> None:
    with opened(encoded(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), "PNG")) as document:
        assert (only_page(document).raster() == 255).all()
    with opened(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG")) as document:
        assert (only_page(document).raster() == 127).all()


def test_transparent_palette_entries_and_colours(opened: Callable[..., OpenDocument]) -> None:
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (5, 5, 10, 10))
    grey = Image.new("L", (20, 20), 7)
    grey.paste(50, (5, 5, 10, 10))
    for image, image_format, key, ink in (
        (palette, "PNG", 0, [255, 0, 0]),
        (palette, "GIF", 0, [255, 0, 0]),
        (grey, "PNG", 7, 50),
    ):
        with opened(encoded(image, image_format, transparency=key)) as document:
            pixels = only_page(document).raster()
        assert pixels[7, 7].tolist() == ink
        assert (pixels[0] == 255).all()


# -- orientation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_displayed_pixels_map_back_to_the_stored_ones(
    opened: Callable[..., OpenDocument], image_format: str, orientation: Orientation
) -> None:
    stored = picture(60, 40)
    exif = Image.Exif()
    exif[0x0112] = int(orientation)
    options = (
        {"lossless": True} if image_format == "WEBP" else {} if image_format in {"PNG", "TIFF"} else {"quality": 98}
    )
    with opened(encoded(stored, image_format, exif=exif, **options)) as document:
        page = only_page(document)
        pixels = page.raster()
    assert page.orientation is orientation
    assert (page.width, page.height) == (60, 40)
    assert pixels.shape == ((60, 40, 3) if orientation.swaps_axes else (40, 60, 3))
    expected = bgr(stored).astype(int)
    for y in range(5, pixels.shape[0], 10):
        for x in range(5, pixels.shape[1], 10):  # centres of the blocks
            stored_x, stored_y = to_submitted((x + 0.5, y + 0.5), page.orientation, page.width, page.height)
            assert np.abs(pixels[y, x] - expected[int(stored_y), int(stored_x)]).max() <= 20


@pytest.mark.parametrize("value", [0, 9, 77])
def test_senseless_orientations_are_upright(opened: Callable[..., OpenDocument], value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    for image_format in ("JPEG", "PNG", "TIFF"):
        with opened(encoded(picture(), image_format, exif=exif)) as document:
            page = only_page(document)
            assert page.raster().shape == (40, 60, 3)
        assert page.orientation is Orientation.UPRIGHT


def test_damaged_exif_is_no_matter(opened: Callable[..., OpenDocument]) -> None:
    with opened(encoded(picture(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\xff")) as document:
        page = only_page(document)
        assert page.raster().shape == (40, 60, 3)
    assert page.orientation is Orientation.UPRIGHT


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
        opened(b"")
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
