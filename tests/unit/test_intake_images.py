"""Images: what their pixels become."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image, ImageCms
from tests.scans import bgr, encoded, only_page, picture

from stele.domain.geometry import Orientation, to_submitted
from stele.domain.media import MediaType
from stele.pipeline.intake.pixels import to_eight_bits
from stele.pipeline.intake.seam import OpenDocument

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)


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
