"""What every engine promises to the reader: one suite for all that read pixels, and what the null engine shares."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from printing import LETTER, PixelPage, Printed, overlap, printed
from stele.domain.geometry import Polygon
from stele.domain.job import EngineName, Feature
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines import tesseract
from stele.pipeline.reading.engines.choosing import EngineChooser, probe
from stele.pipeline.reading.engines.paddle.runtime import Precision
from stele.pipeline.reading.seam import Engine, ReadOptions, SeenPage, SeenWord

PLAIN = ReadOptions()
SYMBOLS = ReadOptions(features=(Feature.TEXT, Feature.SYMBOLS))


@pytest.fixture(scope="module")
def chooser(tmp_path_factory: pytest.TempPathFactory) -> EngineChooser:
    return EngineChooser(tmp_path_factory.mktemp("models"), threads=2)


@pytest.fixture(params=[EngineName.PADDLE, EngineName.TESSERACT])
def engine(request: pytest.FixtureRequest, chooser: EngineChooser) -> Engine:
    """Each engine that reads pixels."""
    if request.param is EngineName.TESSERACT:
        found = {known.name: known for known in probe()}[EngineName.TESSERACT]
        if not found.available or not {"eng", "osd"} <= tesseract.installed_packs():
            pytest.skip("needs the program tesseract with the packs eng and osd: apt-get install tesseract-ocr")
    return chooser.engine_for(ReadOptions(engine=request.param))


def read(engine: Engine, pixels: Pixels, options: ReadOptions = PLAIN) -> SeenPage:
    return engine.see(PixelPage(pixels), pixels if engine.needs_pixels else None, options)


def words_of(seen: SeenPage) -> list[SeenWord]:
    """The words, lines in the order in which a reader meets them on the page turned upright."""
    turn = math.radians(-seen.angle)

    def down(polygon: Polygon) -> float:
        (x, y), (x2, y2) = polygon[0], polygon[2]
        return (x + x2) / 2 * math.sin(turn) + (y + y2) / 2 * math.cos(turn)

    return [word for line in sorted(seen.lines, key=lambda line: down(line.polygon)) for word in line.words]


def check_sound(seen: SeenPage, pixels: Pixels) -> None:
    height, width = pixels.shape[:2]
    assert -180 < seen.angle <= 180
    for line in seen.lines:
        assert line.words
        for word in line.words:
            assert word.text.strip() == word.text != ""
            assert 0 <= word.confidence <= 1
        for polygon in (line.polygon, *(word.polygon for word in line.words)):
            for x, y in polygon:
                assert -0.1 * max(width, height) <= x <= width + 0.1 * max(width, height)
                assert -0.1 * max(width, height) <= y <= height + 0.1 * max(width, height)


def check_reads(engine: Engine, page: Printed, angle: float) -> None:
    seen = read(engine, page.pixels)
    check_sound(seen, page.pixels)
    words = words_of(seen)
    assert " ".join(word.text for word in words) == page.text
    assert abs((seen.angle - angle + 180) % 360 - 180) < 1
    for word, (text, polygon) in zip(words, page.words, strict=True):
        if len(text) > 2:
            assert overlap(word.polygon, polygon) > 0.5, text
            # The first corner is the text's own top left one.
            nearest = min(range(4), key=lambda corner: math.dist(word.polygon[0], polygon[corner]))
            assert nearest == 0, text


@pytest.mark.parametrize("angle", [0, 90, 180, -90])
def test_a_page_is_read_however_it_lies(engine: Engine, angle: int) -> None:
    check_reads(engine, printed().turned(angle), angle)


def test_colour_makes_no_difference_to_black_print(engine: Engine) -> None:
    grey = printed().pixels
    assert read(engine, grey) == read(engine, np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8))


def test_the_same_page_gives_the_same_answer(engine: Engine) -> None:
    pixels = printed(LETTER[:3]).pixels
    first = read(engine, pixels)
    read(engine, printed(["Something else in between"], size=60).pixels)
    assert read(engine, pixels) == first


def test_symbols_make_up_their_words(engine: Engine) -> None:
    page = printed(LETTER[:3])
    for word in words_of(read(engine, page.pixels, SYMBOLS)):
        assert "".join(symbol.text for symbol in word.symbols) == word.text
        lefts = [symbol.polygon[0][0] for symbol in word.symbols]
        assert lefts == sorted(lefts)
        assert all(0 <= symbol.confidence <= 1 for symbol in word.symbols)
    assert not any(word.symbols for word in words_of(read(engine, page.pixels)))


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (40, 40, 3), (1200, 900, 3)])
def test_blank_pages_have_no_lines(engine: Engine, shape: tuple[int, ...]) -> None:
    assert read(engine, np.full(shape, 255, np.uint8)) == SeenPage(lines=())


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (20, 1500, 3), (300, 400, 3)])
def test_noise_does_no_harm(engine: Engine, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(7).integers(0, 255, shape).astype(np.uint8)
    check_sound(read(engine, pixels), pixels)


def test_the_null_engine_is_sound_too(chooser: EngineChooser) -> None:
    engine = chooser.engine_for(ReadOptions(engine=EngineName.NULL))
    pixels = np.zeros((300, 200), np.uint8)
    seen = read(engine, pixels, SYMBOLS)
    check_sound(seen, pixels)
    assert all("".join(symbol.text for symbol in word.symbols) == word.text for word in words_of(seen))


@pytest.mark.parametrize("precision", Precision)
def test_every_precision_reads_the_letter(precision: Precision) -> None:
    engine = EngineChooser(None, threads=2, precision=precision).engine_for(ReadOptions(engine=EngineName.PADDLE))
    check_reads(engine, printed(), 0)


class TestPaddle:
    """What only the default engine has to do."""

    @pytest.fixture
    def engine(self, chooser: EngineChooser) -> Engine:
        return chooser.engine_for(ReadOptions(engine=EngineName.PADDLE))

    @pytest.mark.parametrize("angle", [-15, -4, 0.8, 7, 15, 97, 176])
    def test_skew(self, engine: Engine, angle: float) -> None:
        page = printed().turned(angle)
        seen = read(engine, page.pixels)
        assert " ".join(word.text for word in words_of(seen)) == page.text
        assert abs(seen.angle - angle) < 0.5

    @pytest.mark.parametrize("size", [14, 20, 60, 160])
    def test_print_of_any_size(self, engine: Engine, size: int) -> None:
        lines = ["Large and small print", "is read alike"]
        assert [word.text for word in words_of(read(engine, printed(lines, size=size).pixels))] == " ".join(
            lines
        ).split()

    def test_light_print_on_a_dark_ground(self, engine: Engine) -> None:
        page = printed()
        assert " ".join(word.text for word in words_of(read(engine, 255 - page.pixels))) == page.text

    def test_a_line_longer_than_the_network_takes(self, engine: Engine) -> None:
        line = " ".join(LETTER[1:5])
        assert [word.text for word in words_of(read(engine, printed([line]).pixels))] == line.split()

    def test_rules_to_write_on_are_no_text_and_no_part_of_words(self, engine: Engine) -> None:
        page = printed(["Name Arthur Penrose"], size=30)
        pixels = page.pixels.copy()
        bottom = round(max(polygon[2][1] for _, polygon in page.words)) + 2
        cv2.line(pixels, (10, bottom), (pixels.shape[1] - 10, bottom), 0, 2)
        words = words_of(read(engine, pixels))
        assert [word.text for word in words] == ["Name", "Arthur", "Penrose"]
        assert all(word.polygon[2][1] < bottom + 1 for word in words)

    def test_chinese_words_touch_and_latin_ones_do_not(self, engine: Engine) -> None:
        sample = Path(__file__).resolve().parents[2] / "samples" / "notice-zh-en.png"
        pixels = cv2.imdecode(np.fromfile(sample, np.uint8), cv2.IMREAD_COLOR)
        words = words_of(read(engine, np.asarray(pixels, np.uint8), SYMBOLS))
        chinese = [word for word in words if "\u4e00" <= word.text[0] <= "\u9fff"]
        latin = [word for word in words if word.text.isascii() and word.text.isalpha()]
        assert len(chinese) > 5 and len(latin) > 5
        assert sum(word.space_after for word in chinese) < len(chinese) / 2
        assert sum(not word.space_after for word in latin) < len(latin) / 2
        assert all(len(word.symbols) == len(word.text) for word in words)
