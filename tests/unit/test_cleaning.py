"""Pictures made better, measured: tilt, bend, tones, size, cuts."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from stele.domain.errors import RequestError, SideTooLong
from stele.domain.job import Cleaning, CleaningStep
from stele.domain.media import Limits
from stele.pipeline.cleaning import straightening
from stele.pipeline.cleaning.pages import cropped, write_cleaned
from stele.pipeline.cleaning.straightening import deskewed, dewarped, rotated, tilt_of
from stele.pipeline.cleaning.toning import binarised, contrasted
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Pixels

WORDS = "the quick brown fox jumps over a lazy dog while many other animals sleep in the shade"


@pytest.fixture(scope="module")
def page() -> Pixels:
    """A page of print at 100 dpi."""
    image = Image.new("L", (827, 1169), 245)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(18)
    for row in range(36):
        words = WORDS.split()
        draw.text((80, 80 + 28 * row), " ".join(words[row % 9 :] + words[: row % 9]), font=font, fill=20)
    return np.asarray(image)


def waviness(pixels: Pixels) -> float:
    """How far the middles of a line lie from its height, in the picture that lines are looked for in: the median."""
    lines = straightening._lines(straightening._ink(pixels))
    assert len(lines) > 20
    return float(np.median([np.std(line[:, 1]) for line in lines]))


@pytest.mark.parametrize("tilt", [-14.5, -7.3, -0.5, 0.3, 2, 10, 15])
def test_tilt_is_measured_and_taken_out(page: Pixels, tilt: float) -> None:
    turned = rotated(page, tilt)
    assert tilt_of(turned) == pytest.approx(tilt, abs=0.15)
    assert abs(tilt_of(deskewed(turned))) < 0.15


def test_what_has_no_tilt_stays_as_it_is(page: Pixels) -> None:
    assert deskewed(page) is page
    blank = np.full((200, 300), 255, np.uint8)
    assert deskewed(blank) is blank
    noise = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)
    assert deskewed(noise) is noise


@pytest.mark.parametrize("bend", [8, 20, 40])
def test_bent_lines_become_straight(page: Pixels, bend: float) -> None:
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    off = bend * np.exp(-4 * x / width) * (1.2 - 0.8 * y / height)
    bent = cv2.remap(page, x, (y + off).astype(np.float32), cv2.INTER_CUBIC, borderValue=245)
    before, flat = waviness(bent), waviness(page)
    after = waviness(dewarped(bent))
    assert after < flat + 0.25 * (before - flat) + 0.1


def test_what_has_no_lines_is_not_straightened() -> None:
    blank = np.full((200, 300, 3), 255, np.uint8)
    assert dewarped(blank) is blank


def test_contrast_draws_tones_apart(page: Pixels) -> None:
    dull = (150 + page.astype(np.float64) / 255 * 40).astype(np.uint8)
    found = contrasted(dull)
    assert found.min() < 10 and found.max() == 255
    blank = np.full((50, 50), 130, np.uint8)
    assert contrasted(blank) is blank


def test_shadows_do_not_become_black(page: Pixels) -> None:
    shade = np.linspace(0.35, 1.0, page.shape[1])
    shaded = (page * shade).astype(np.uint8)
    expected, found = binarised(page), binarised(shaded)
    assert set(np.unique(found)) == {0, 255}
    assert (expected != found).mean() < 0.01


def test_light_print_on_dark_stays_light(page: Pixels) -> None:
    found = binarised(255 - page)
    assert np.median(found) == 0 and (found != 255 - binarised(page)).mean() < 0.01


def test_quarter_turns_keep_every_pixel(page: Pixels) -> None:
    assert np.array_equal(rotated(page, 90), np.rot90(page, -1))
    assert np.array_equal(rotated(page, -450), np.rot90(page, 1))


def test_cuts_end_at_the_edges(page: Pixels) -> None:
    assert cropped(page, (-10, 1_000, 100, 5_000)).shape == (169, 100)
    with pytest.raises(RequestError, match="nothing of the picture"):
        cropped(page, (900, 0, 1_000, 10))


def cleaned(path: Path, cleaning: Cleaning, limits: Limits = Limits()) -> Image.Image:  # noqa: B008
    out = io.BytesIO()
    with open_document(path, name="page", limits=limits) as document:
        write_cleaned(document, cleaning, limits, out)
    return Image.open(out)


def test_one_page_becomes_png_in_its_resolution(page: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "page.tif"
    Image.fromarray(page).save(path, dpi=(100, 100))
    found = cleaned(path, Cleaning(steps=(CleaningStep.UPSAMPLE, CleaningStep.BINARIZE)))
    assert (found.format, found.mode, found.size) == ("PNG", "1", (1654, 2338))
    assert found.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    with pytest.raises(SideTooLong):
        cleaned(path, Cleaning(steps=(CleaningStep.UPSAMPLE,)), Limits(max_side=2_000))


def test_several_pages_become_tiff(page: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    first, *rest = [Image.fromarray(page), Image.fromarray(page[:500]), Image.fromarray(page[:, :400])]
    first.save(path, save_all=True, append_images=rest)
    found = cleaned(path, Cleaning(turn=90))
    assert (found.format, found.n_frames) == ("TIFF", 3)
    sizes = []
    for number in range(3):
        found.seek(number)
        sizes.append(found.size)
    assert sizes == [(1169, 827), (500, 827), (1169, 400)]
