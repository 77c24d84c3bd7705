"""The door of reading, with engines and pages made up for the purpose."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from sheets import Sheet, prose
from stele.domain.document import Break, PageSource, pack_pages, unpack_pages
from stele.domain.errors import CorruptPage, EngineGarbage, LanguagePackMissing, OutOfMemory, UnknownLanguage
from stele.domain.geometry import Orientation, Polygon, rectangle, to_submitted
from stele.domain.job import EngineName, Feature
from stele.domain.languages import normalise
from stele.domain.value import changed
from stele.pipeline.intake.seam import Drawing, PageInput, Pixels, TextLayer, TextRun, TextRuns
from stele.pipeline.reading.calibrating import calibrated
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import Engine, Foreign, ReadOptions, SeenLine, SeenPage, SeenSymbol, SeenWord


class FakePage:
    """A page of `width` x `height` displayed pixels that counts what is asked of it."""

    def __init__(
        self,
        layer: TextLayer | None = None,
        *,
        width: int = 1000,
        height: int = 1400,
        orientation: Orientation = Orientation.UPRIGHT,
    ) -> None:
        self.number = 3
        self.width, self.height = (height, width) if orientation.swaps_axes else (width, height)
        self.orientation = orientation
        self.points: tuple[float, float] | None = (500.0, 700.0)
        self.scale: float | None = 2.0
        self.warnings: tuple[str, ...] = ("from intake",)
        self.layer = layer
        self.asked: list[str] = []

    def raster(self) -> Pixels:
        self.asked.append("raster")
        return np.zeros((10, 10, 3), np.uint8)

    def text_layer(self) -> TextLayer | None:
        self.asked.append("text_layer")
        return self.layer

    def drawing(self) -> Drawing | None:
        self.asked.append("drawing")
        return None


class Printed(FakePage):
    """A white page with a black line on it."""

    def raster(self) -> Pixels:
        pixels = np.full((100, 100, 3), 255, np.uint8)
        pixels[40:60, 10:90] = 0
        return pixels


class FakeEngine:
    """Sees what it is given; is its own provider, and remembers the options."""

    def __init__(self, seen: SeenPage | Callable[[], SeenPage], *, needs_pixels: bool = True) -> None:
        self.name = EngineName.PADDLE
        self.needs_pixels = needs_pixels
        self.seen = seen
        self.options: list[ReadOptions] = []
        self.pixels: list[Pixels | None] = []
        self.foreign: Foreign | None = None
        self.asked_foreign = 0

    def engine_for(self, options: ReadOptions) -> Engine:
        self.options.append(options)
        return self

    def foreign_to(self, page: PageInput, pixels: Pixels, seen: SeenPage) -> Foreign | None:
        self.asked_foreign += 1
        return self.foreign

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        self.pixels.append(pixels)
        return self.seen() if callable(self.seen) else self.seen


NOTHING = SeenPage(lines=())


def run(text: str, left: float, top: float, line: int, size: float = 20) -> TextRun:
    box = rectangle(left, top, left + 10 * len(text), top + size)
    return TextRun(text=text, polygon=box, font_size=size, line=line)


def layer_of(lines: list[str], **fields: object) -> TextLayer:
    runs = []
    for number, text in enumerate(lines):
        at = 100
        for word in text.split():
            runs.append(run(word, at, 100 + 26 * number, number))
            at += 10 * (len(word) + 1)
    return changed(TextLayer(words=TextRuns.of(runs), sound=True), **fields)


# -- where the words come from ----------------------------------------------------------------------------------------


def test_a_sound_text_layer_is_used_as_it_is_and_no_pixel_is_decoded() -> None:
    page, engine = FakePage(layer_of(prose(50, 4))), FakeEngine(NOTHING)
    read = Reader(engine).read(page, ReadOptions())
    assert read.text == "\n".join(prose(50, 4))
    assert read.source is PageSource.TEXT_LAYER
    assert all(word.confidence == 1.0 for word in read.words())
    assert page.asked == ["text_layer"] and engine.options == []
    assert (read.number, read.width, read.height, read.points, read.scale) == (3, 1000, 1400, (500.0, 700.0), 2.0)
    assert read.warnings == ("from intake",)
    assert [language.code for language in read.languages] == ["en"]


def test_a_page_without_a_text_layer_is_read_by_the_engine() -> None:
    seen = Sheet().column(100, 100, prose(50, 4)).seen()
    read = Reader(FakeEngine(seen)).read(FakePage(), ReadOptions())
    assert read.text == "\n".join(prose(50, 4))
    assert read.source is PageSource.OCR
    (said,) = {word.confidence for word in calibrated(seen).lines[0].words}
    assert {word.confidence for word in read.words()} == {round(said, 4)}


def test_an_unsound_text_layer_is_not_used_and_the_page_says_why() -> None:
    layer = layer_of(["�� ��"], sound=False, reason="its characters have no meaning")
    seen = Sheet().type(100, 100, "Read from pixels").seen()
    read = Reader(FakeEngine(seen)).read(FakePage(layer), ReadOptions())
    assert read.text == "Read from pixels"
    assert read.warnings == ("from intake", "The page's text layer was not used: its characters have no meaning")


def test_pictures_on_a_page_with_a_text_layer_are_read_too() -> None:
    layer = layer_of(["Figure caption"], pictures=(rectangle(100, 300, 600, 600),))
    sheet = Sheet().type(100, 100, "Figure caption").type(150, 400, "Inside the picture").type(150, 900, "Outside")
    read = Reader(FakeEngine(sheet.seen())).read(FakePage(layer), ReadOptions())
    assert read.text == "Figure caption\n\nInside the picture"
    assert read.source is PageSource.MIXED


def test_in_a_picture_only_what_the_layer_lacks_is_added() -> None:
    layer = layer_of(["On top"], pictures=(rectangle(50, 50, 600, 600),))
    sheet = Sheet().type(100, 100, "On top").type(100, 400, "of a picture")
    assert Reader(FakeEngine(sheet.seen())).read(FakePage(layer), ReadOptions()).text == "On top\n\nof a picture"


def test_where_pictures_cannot_be_read_the_text_layer_is_kept_and_the_page_says_so() -> None:
    def fails() -> SeenPage:
        raise CorruptPage(page=3, reason="bad stream")

    layer = layer_of(["Caption"], pictures=(rectangle(100, 300, 600, 600),))
    read = Reader(FakeEngine(fails)).read(FakePage(layer), ReadOptions())
    assert read.text == "Caption"
    assert "pictures could not be read, only its text layer was: Page 3 is damaged" in read.warnings[-1]


def test_the_null_engine_costs_nothing() -> None:
    page = FakePage(layer_of(["Text"]))
    engine = FakeEngine(Sheet().type(10, 10, "null").seen(), needs_pixels=False)
    assert Reader(engine).read(page, ReadOptions(engine=EngineName.NULL)).text == "null"
    assert page.asked == [] and engine.pixels == [None]


def test_a_blank_page_is_a_page_without_blocks() -> None:
    read = Reader(FakeEngine(NOTHING)).read(FakePage(), ReadOptions())
    assert read.blocks == () and read.languages == () and read.text == ""


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("languages", "engine"),
    [((), EngineName.PADDLE), (("en-GB", "zh"), EngineName.PADDLE), (("ar", "en"), EngineName.TESSERACT)],
)
def test_languages_pick_the_engine(languages: tuple[str, ...], engine: EngineName) -> None:
    fake = FakeEngine(NOTHING)
    Reader(fake).read(FakePage(), ReadOptions(languages=languages))
    assert fake.options[0].engine is engine
    assert all(code in {"en", "zh-Hans", "ar"} for code in fake.options[0].languages)


def test_an_engine_asked_for_that_lacks_a_language_is_warned_about() -> None:
    read = Reader(FakeEngine(NOTHING)).read(FakePage(), ReadOptions(languages=("ar",), engine=EngineName.PADDLE))
    assert "lacks characters of Arabic" in read.warnings[-1]


def seen_as(*texts: str, confidence: float = 0.97) -> SeenPage:
    """What an engine saw that is so sure of what it read."""
    sheet = Sheet().column(100, 100, list(texts)).seen()
    lines = (
        changed(line, words=tuple(changed(word, confidence=confidence) for word in line.words)) for line in sheet.lines
    )
    return changed(sheet, lines=tuple(lines))


RUSSIAN = "Письмо написано от руки, и мы не знаем, кому это было отправлено."
UKRAINIAN = "Лист написаний від руки, і невідомо, кому його надіслали."


def foreign_reader(*answers: SeenPage, foreign: Foreign | None) -> tuple[Reader, FakeEngine]:
    turns = iter(answers)
    engine = FakeEngine(lambda: next(turns))
    engine.foreign = foreign
    return Reader(engine), engine


def test_a_page_that_was_hardly_read_is_read_in_the_language_of_its_script() -> None:
    cyrillic = Foreign(script="Cyrl", languages=("ru", "en"), missing=None)
    reader, engine = foreign_reader(seen_as("nncbMo", confidence=0.7), seen_as(RUSSIAN), foreign=cyrillic)
    read = reader.read(FakePage(), ReadOptions())
    assert (read.text, read.warnings) == (RUSSIAN, ("from intake",))
    assert [(one.engine, one.languages) for one in engine.options] == [
        (EngineName.PADDLE, ()), (EngineName.TESSERACT, ("ru", "en")),
    ]  # fmt: skip


def test_a_page_of_which_only_latin_names_could_be_read_is_read_in_the_language_of_its_script() -> None:
    cyrillic = Foreign(script="Cyrl", languages=("ru", "en"), missing=None)
    names = changed(seen_as("Invoice No. 4711"), unread=0.8)
    reader, _ = foreign_reader(names, seen_as(RUSSIAN), foreign=cyrillic)
    assert reader.read(Printed(), ReadOptions()).text == RUSSIAN


def test_it_is_read_again_where_it_turns_out_to_be_in_another_language_of_that_script() -> None:
    cyrillic = Foreign(script="Cyrl", languages=("ru", "en"), missing=None)
    answers = seen_as("nncbMo", confidence=0.7), seen_as(UKRAINIAN), seen_as(UKRAINIAN)
    reader, engine = foreign_reader(*answers, foreign=cyrillic)
    assert reader.read(FakePage(), ReadOptions()).text == UKRAINIAN
    assert engine.options[-1].languages == ("uk", "en")


def test_a_script_without_a_pack_is_a_warning_that_names_one() -> None:
    thai = Foreign(script="Thai", languages=(), missing=normalise("th"))
    reader, _ = foreign_reader(seen_as("ULNUILN", confidence=0.7), foreign=thai)
    assert "apt-get install tesseract-ocr-tha" in reader.read(FakePage(), ReadOptions()).warnings[-1]


def test_a_page_that_stays_weak_says_so() -> None:
    reader, _ = foreign_reader(seen_as("Dea Duer", confidence=0.6), foreign=None)
    assert "name its language" in reader.read(FakePage(), ReadOptions()).warnings[-1]


@pytest.mark.parametrize(
    ("confidence", "options"),
    [(0.97, ReadOptions()), (0.6, ReadOptions(languages=("de",))), (0.6, ReadOptions(engine=EngineName.PADDLE))],
)
def test_pages_that_were_read_well_or_as_asked_are_left_alone(confidence: float, options: ReadOptions) -> None:
    reader, engine = foreign_reader(seen_as(*prose(40, 4), confidence=confidence), foreign=None)
    assert reader.read(FakePage(), options).warnings == ("from intake",)
    assert engine.asked_foreign == 0


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(UnknownLanguage):
        Reader(FakeEngine(NOTHING)).read(FakePage(), ReadOptions(languages=("xx",)))


def test_symbols_are_kept_only_when_asked_for() -> None:
    word = changed(
        run("ab", 100, 100, 0), symbols=(("a", rectangle(100, 100, 110, 120)), ("b", rectangle(110, 100, 120, 120)))
    )
    page = FakePage(TextLayer(words=TextRuns.of([word]), sound=True))
    (plain,) = Reader(FakeEngine(NOTHING)).read(page, ReadOptions()).words()
    (full,) = Reader(FakeEngine(NOTHING)).read(page, ReadOptions(features=(Feature.TEXT, Feature.SYMBOLS))).words()
    assert plain.symbols == ()
    assert [(symbol.text, symbol.polygon[0]) for symbol in full.symbols] == [("a", (100, 100)), ("b", (110, 100))]


# -- geometry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", list(Orientation))
def test_polygons_are_those_of_the_page_as_submitted(orientation: Orientation) -> None:
    page = FakePage(orientation=orientation)
    seen = Sheet().type(100, 200, "Hello there").seen()
    read = Reader(FakeEngine(seen)).read(page, ReadOptions())
    word = next(read.words())
    expected = tuple(
        to_submitted(corner, orientation, page.width, page.height) for corner in rectangle(100, 200, 150, 220)
    )
    assert word.polygon == expected
    assert (read.width, read.height, read.orientation) == (page.width, page.height, orientation)
    (x0, y0), (x1, y1), *_ = word.polygon
    turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
    assert read.angle == pytest.approx(180.0 if turn == -180 else turn)
    assert unpack_pages(pack_pages((read,))) == (read,)


@pytest.mark.parametrize(("orientation", "angle"), [(1, 90), (6, 90), (3, 180), (8, -30)])
def test_the_angle_is_that_of_the_text_on_the_page_as_submitted(orientation: int, angle: float) -> None:
    page = FakePage(orientation=Orientation(orientation))
    seen = Sheet().column(400, 600, prose(30, 4)).seen(angle)
    read = Reader(FakeEngine(seen)).read(page, ReadOptions())
    (x0, y0), (x1, y1), *_ = next(read.lines()).polygon
    assert read.angle == pytest.approx(math.degrees(math.atan2(y1 - y0, x1 - x0)), abs=0.5)
    assert -180 < read.angle <= 180


def test_polygons_are_cut_off_at_the_edges_and_rounded() -> None:
    seen = Sheet().type(-3.123456, 100.456789, "Edge").seen()
    word = next(Reader(FakeEngine(seen)).read(FakePage(), ReadOptions()).words())
    assert word.polygon == ((0.0, 100.5), (36.9, 100.5), (36.9, 120.5), (0.0, 120.5))


# -- what an engine may do wrong --------------------------------------------------------------------------------------


def seen_word(polygon: Polygon, text: str = "x", confidence: float = 0.5) -> SeenPage:
    word = SeenWord(text=text, confidence=confidence, polygon=polygon)
    return SeenPage(lines=(SeenLine(polygon=rectangle(0, 0, 10, 10), words=(word,)),))


GARBAGE = {
    "off the page": seen_word(rectangle(5000, 10, 5100, 30)),
    "not a number": seen_word(rectangle(float("nan"), 10, 50, 30)),
    "without end": seen_word(rectangle(0, 10, float("inf"), 30)),
    "no text": seen_word(rectangle(0, 10, 50, 30), text=""),
    "only white": seen_word(rectangle(0, 10, 50, 30), text=" \n"),
    "too sure": seen_word(rectangle(0, 10, 50, 30), confidence=1.5),
    "unsure beyond measure": seen_word(rectangle(0, 10, 50, 30), confidence=float("nan")),
    "a line without words": SeenPage(lines=(SeenLine(polygon=rectangle(0, 0, 10, 10), words=()),)),
    "no angle": SeenPage(lines=(), angle=float("nan")),
}


@pytest.mark.parametrize("seen", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_refused(seen: SeenPage) -> None:
    with pytest.raises(EngineGarbage, match="page 3"):
        Reader(FakeEngine(seen)).read(FakePage(), ReadOptions())


def test_too_little_memory_is_an_error_of_the_table() -> None:
    def fails() -> SeenPage:
        raise MemoryError

    with pytest.raises(OutOfMemory, match="page 3"):
        Reader(FakeEngine(fails)).read(FakePage(), ReadOptions())


def test_what_an_engine_raises_passes_through() -> None:
    def fails() -> SeenPage:
        raise LanguagePackMissing(language="ar", pack="ara", package="tesseract-ocr-ara")

    with pytest.raises(LanguagePackMissing):
        Reader(FakeEngine(fails)).read(FakePage(), ReadOptions())


# -- scripts ----------------------------------------------------------------------------------------------------------


def test_right_to_left_lines_keep_their_logical_order() -> None:
    # Both words stand as they are read, from right to left; the price is written from left to right.
    first = SeenLine(
        polygon=rectangle(400, 100, 700, 120),
        words=(
            SeenWord(text="שלום", confidence=1, polygon=rectangle(620, 100, 700, 120)),
            SeenWord(text="עולם", confidence=1, polygon=rectangle(520, 100, 600, 120)),
        ),
    )
    second = SeenLine(
        polygon=rectangle(400, 130, 700, 150),
        words=(SeenWord(text="מחיר", confidence=1, polygon=rectangle(620, 130, 700, 150)),),
    )
    price = SeenLine(
        polygon=rectangle(100, 130, 160, 150),
        words=(SeenWord(text="12.50", confidence=1, polygon=rectangle(100, 130, 160, 150)),),
    )
    read = Reader(FakeEngine(SeenPage(lines=(price, second, first)))).read(FakePage(), ReadOptions(languages=("he",)))
    assert read.text == "שלום עולם\nמחיר 12.50"
    assert next(read.lines()).polygon[0] == (400, 100)
    assert [language.code for language in read.languages] == ["he"]


def test_right_to_left_columns_are_read_from_the_right() -> None:
    sentence = "המכתב נכתב ביד ולא ידוע למי נשלח הוא נמצא בבית ישן ליד הנהר"
    words = sentence.split() * 10
    lines, expected = [], {"right": [], "left": []}
    for side, left in (("left", 100), ("right", 600)):
        for row in range(12):
            these = words[row * 6 : row * 6 + 6] if side == "right" else words[row * 6 + 3 : row * 6 + 9]
            at, seen = float(left + 400), []
            for text in these:
                seen.append(
                    SeenWord(
                        text=text,
                        confidence=1,
                        polygon=rectangle(at - 12 * len(text), 100 + 26 * row, at, 120 + 26 * row),
                    )
                )
                at -= 12 * len(text) + 10
            lines.append(
                SeenLine(polygon=rectangle(at + 10, 100 + 26 * row, left + 400, 120 + 26 * row), words=tuple(seen))
            )
            expected[side].append(" ".join(these))
    read = Reader(FakeEngine(SeenPage(lines=tuple(lines)))).read(FakePage(width=1100), ReadOptions())
    assert [line.text for line in read.lines()] == [*expected["right"], *expected["left"]]


def test_a_text_layer_with_right_to_left_words_in_visual_order_is_set_right() -> None:
    runs = tuple(run(text, left, 100, 0) for text, left in (("עולם", 100), ("ABC", 160), ("שלום", 210)))
    page = FakePage(TextLayer(words=TextRuns.of(runs), sound=True))
    assert Reader(FakeEngine(NOTHING)).read(page, ReadOptions()).text == "שלום ABC עולם"


def test_vertical_columns_are_read_from_the_right() -> None:
    columns = ["春は曙やうやう白くなりゆく", "山ぎは少し明りて紫だちたる", "雲の細くたなびきたる夏は夜"]
    lines = []
    for number, text in enumerate(columns):
        left = 700 - 60 * number
        words = tuple(
            SeenWord(
                text=letter,
                confidence=1,
                polygon=rectangle(left, 100 + 32 * at, left + 30, 130 + 32 * at),
                space_after=False,
            )
            for at, letter in enumerate(text)
        )
        lines.append(SeenLine(polygon=rectangle(left, 100, left + 30, 100 + 32 * len(text)), words=words))
    read = Reader(FakeEngine(SeenPage(lines=tuple(lines[::-1])))).read(FakePage(), ReadOptions())
    assert read.text == "\n".join(columns)
    assert read.angle == 0
    assert {word.break_ for word in next(read.lines()).words[:-1]} == {Break.NONE}
    assert read.blocks[0].polygon[0] == (580, 100)
    assert [language.code for language in read.languages] == ["ja"]


def test_words_of_another_script_are_marked() -> None:
    sheet = Sheet().column(100, 100, prose(60, 6)).type(100, 300, "see 这国们来时对会说学发 there")
    read = Reader(FakeEngine(sheet.seen())).read(FakePage(), ReadOptions())
    assert {word.text: word.language for word in read.words() if word.language} == {"这国们来时对会说学发": "zh-Hans"}


def test_symbols_move_with_their_page() -> None:
    word = SeenWord(
        text="a",
        confidence=1,
        polygon=rectangle(100, 100, 110, 120),
        symbols=(SeenSymbol(text="a", confidence=1, polygon=rectangle(100, 100, 110, 120)),),
    )
    seen = SeenPage(lines=(SeenLine(polygon=word.polygon, words=(word,)),))
    page = FakePage(orientation=Orientation.HALF_TURN)
    (found,) = Reader(FakeEngine(seen)).read(page, ReadOptions(features=(Feature.SYMBOLS,))).words()
    assert found.symbols[0].polygon == found.polygon == ((900, 1300), (890, 1300), (890, 1280), (900, 1280))
