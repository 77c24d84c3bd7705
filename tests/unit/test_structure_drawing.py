"""Pages whose file says what is drawn on them: tables and forms are found from that, and nothing is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from stele.domain.document import Page, PageSource, RegionKind
from stele.domain.geometry import bounds
from stele.domain.job import Asked, Feature
from stele.domain.media import Limits
from stele.domain.value import changed
from stele.pipeline.annotation.decoded import DecodedOnce
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.looking import look
from stele.pipeline.profiling import Stage, settled
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from structured import cells_of

ROWS = (("Item", "Count", "Price"), ("Lamp", "2", "49.00"), ("Lantern", "1", "12.50"), ("Wick", "10", "0.80"))
XS, TOP, HIGH = (60, 200, 300, 400), 700, 24


class Counted(DecodedOnce):
    """A page that counts how often its pixels are asked for."""

    rendered = 0

    def raster(self) -> Pixels:
        self.rendered += 1
        return super().raster()


Found = tuple[Page, Counted]


@pytest.fixture
def find(tmp_path: Path) -> Iterator[Callable[..., Found]]:
    """Read a page that is painted, and find its structure; its file stays open until the test is over."""
    with ExitStack() as files:

        def found(paint: Callable[[Canvas], None], *features: Feature) -> Found:
            path = tmp_path / "page.pdf"
            canvas = Canvas(str(path), pagesize=(500, 800))
            canvas.setFont("Helvetica", 11)
            paint(canvas)
            canvas.save()
            document = files.enter_context(open_document(path, name="page", limits=Limits(), password=None))
            source = Counted(next(document.pages(1, 1)))
            reader = Reader(EngineChooser(tmp_path, threads=1))
            return look(reader, source, ReadOptions(), Asked(features=(Feature.TEXT, *features))), source

        yield found


def words(canvas: Canvas) -> None:
    for row, texts in enumerate(ROWS):
        for x, text in zip(XS, texts, strict=False):
            canvas.drawString(x + 5, TOP - HIGH * row - 16, text)


def ruled(canvas: Canvas) -> None:
    words(canvas)
    canvas.grid(XS, [TOP - HIGH * row for row in range(len(ROWS) + 1)])


def in_bars(canvas: Canvas) -> None:
    """The same rules as word processors write them: one thin rectangle for each side of each cell."""
    words(canvas)
    for row in range(len(ROWS) + 1):
        for x in XS[:-1]:
            canvas.rect(x, TOP - HIGH * row, 100 if x > 60 else 140, 0.5, stroke=0, fill=1)
    for row in range(len(ROWS)):
        for x in XS:
            canvas.rect(x, TOP - HIGH * (row + 1) + 0.5, 0.5, HIGH - 0.5, stroke=0, fill=1)


def test_structure_is_a_stage_of_the_profile(find: Callable[..., Found]) -> None:
    settled()
    find(ruled, Feature.TABLES)
    assert settled().seconds[Stage.STRUCTURE] > 0


@pytest.mark.parametrize("paint", [ruled, in_bars])
def test_a_ruled_table_is_found_without_pixels(find: Callable[..., Found], paint: Callable[[Canvas], None]) -> None:
    page, source = find(paint, Feature.TABLES)
    assert cells_of(page) == [list(row) for row in ROWS]
    assert page.tables[0].confidence > 0.9
    assert source.rendered == 0


def test_rules_are_those_that_pixels_show(find: Callable[..., Found]) -> None:
    page, source = find(in_bars, Feature.TEXT)
    drawn = Rules(Sheet(source, page))
    shown = Rules(Sheet(source, changed(page, source=PageSource.OCR)))
    for ours, theirs in ((drawn.level, shown.level), (drawn.upright, shown.upright)):
        assert len(ours) == len(theirs) > 0
        for one, other in zip(ours, theirs, strict=True):
            assert (one.at, one.start, one.end) == pytest.approx((other.at, other.start, other.end), abs=4)


def test_words_on_a_picture_leave_it_to_pixels(find: Callable[..., Found]) -> None:
    """The rules are in the picture, as those of a scan are."""
    picture = Image.new("L", (700, 200), 255)
    draw = ImageDraw.Draw(picture)
    for x in XS:
        draw.line((x * 2 - 100, 4, x * 2 - 100, 196), fill=0, width=2)
    for row in range(len(ROWS) + 1):
        draw.line((20, 4 + 48 * row, 700, 4 + 48 * row), fill=0, width=2)

    def paint(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture), 50, TOP - 98, 350, 100)
        words(canvas)

    page, source = find(paint, Feature.TABLES)
    assert cells_of(page) == [list(row) for row in ROWS]
    assert page.tables[0].confidence > 0.9
    assert source.rendered > 0


# -- checkboxes -------------------------------------------------------------------------------------------------------


def square(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x, y, 10, 10)


def of_four_lines(canvas: Canvas, x: float, y: float) -> None:
    for line in ((x, y, x + 10, y), (x, y + 10, x + 10, y + 10), (x, y, x, y + 10), (x + 10, y, x + 10, y + 10)):
        canvas.line(*line)


def rounded(canvas: Canvas, x: float, y: float) -> None:
    canvas.roundRect(x, y, 10, 10, 1.5)


@pytest.mark.parametrize("box", [square, of_four_lines, rounded])
def test_checkboxes_and_what_is_drawn_into_them(
    find: Callable[..., Found], box: Callable[[Canvas, float, float], None]
) -> None:
    def paint(canvas: Canvas) -> None:
        for at, label in enumerate(("Tea", "Coffee", "Milk", "Water")):
            box(canvas, 60, 700 - 30 * at)
            canvas.drawString(76, 700 - 30 * at, label)
        canvas.line(61, 671, 69, 679)
        canvas.line(61, 679, 69, 671)
        canvas.drawString(61.5, 641, "X")

    page, source = find(paint, Feature.FORMS)
    words = list(page.words())
    states = {words[mark.words[0]].text: mark.selected for mark in page.marks}
    assert states == {"Tea": False, "Coffee": True, "Milk": True, "Water": False}
    assert source.rendered == 0


def test_places_for_letters_are_no_checkboxes(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.drawString(60, 730, "Number of the account")
        for at in range(8):
            canvas.rect(60 + 14 * at, 700, 14, 14)
            canvas.drawString(63 + 14 * at, 703, str(at))

    assert find(paint, Feature.FORMS)[0].marks == ()


def test_boxes_of_a_font_are_left_to_pixels(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.setFont("ZapfDingbats", 12)
        canvas.drawString(60, 700, "\u274f")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(80, 700, "I agree to that")

    assert find(paint, Feature.FORMS)[1].rendered > 0


def test_typed_underscores_are_lines_to_write_on(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Name")
        canvas.drawString(120, 700, "_" * 30)
        canvas.drawString(130, 701.5, "Ada Lovelace")

    page, source = find(paint, Feature.FORMS)
    assert len(Rules(Sheet(source, page)).level) == 1


def test_words_that_start_as_boxes_of_a_font_do_are_words(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "options, rates: quite on-site")

    assert find(paint, Feature.FORMS)[1].rendered == 0


# -- signatures -------------------------------------------------------------------------------------------------------


def unsigned(canvas: Canvas) -> None:
    canvas.drawString(60, 500, "Signature:")
    canvas.line(130, 498, 330, 498)
    canvas.rect(100, 100, 300, 200)


def test_a_signature_drawn_on_a_line(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        unsigned(canvas)
        canvas.bezier(150, 500, 170, 560, 180, 480, 210, 525)
        canvas.bezier(210, 525, 230, 480, 250, 530, 270, 505)

    page, _ = find(paint, Feature.SIGNATURES)
    (mark,) = page.marks
    left, top, right, bottom = bounds(mark.polygon)
    points = page.height / 800
    assert left == pytest.approx(150 * points, abs=6 * points) and right == pytest.approx(270 * points, abs=6 * points)
    assert 800 - 535 <= top / points < bottom / points <= 800 - 495


def test_no_pixels_are_looked_at_where_nothing_is_drawn_to_be_a_signature(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        unsigned(canvas)
        canvas.circle(250, 700, 20)

    page, source = find(paint, Feature.SIGNATURES)
    assert not page.marks
    assert source.rendered == 0


# -- layout -----------------------------------------------------------------------------------------------------------

PROSE = (
    "The river had been low all summer and the ferrymen spent their days mending nets",
    "beside the landing. Nobody crossed who did not have to, and those who did paid little",
    "for it. When the first rain came at last the water rose within a single night, brown",
)


def prose(canvas: Canvas, top: float) -> None:
    for at, line in enumerate(PROSE):
        canvas.drawString(40, top - 14 * at, line)


def test_bold_headings_by_their_font(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        for top, heading in ((700, "2. Of the Ferry"), (600, "3. Of the Nets")):
            canvas.setFont("Helvetica-Bold", 11)
            canvas.drawString(40, top, heading)
            canvas.setFont("Helvetica", 11)
            prose(canvas, top - 24)

    page, source = find(paint, Feature.LAYOUT)
    kinds = [region.kind for region in page.regions]
    assert kinds == [RegionKind.SECTION_HEADER, RegionKind.TEXT] * 2 or kinds == [
        RegionKind.TITLE,
        RegionKind.TEXT,
        RegionKind.SECTION_HEADER,
        RegionKind.TEXT,
    ]
    assert source.rendered == 0


def bars(canvas: Canvas) -> None:
    for at, high in enumerate((40, 90, 60, 120, 80)):
        canvas.rect(100 + 24 * at, 450, 20, high, stroke=0, fill=1)


def curve(canvas: Canvas) -> None:
    canvas.line(100, 450, 100, 560)
    canvas.line(100, 450, 300, 450)
    for at in range(8):
        canvas.bezier(100 + at, 450, 150, 600 - 5 * at, 200, 400 + 5 * at, 300, 550)


def photograph(canvas: Canvas) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (60, 90), np.uint8)
    canvas.drawImage(ImageReader(Image.fromarray(noise)), 100, 450, 180, 120)


@pytest.mark.parametrize("figure", [bars, curve, photograph])
def test_figures_are_what_is_drawn(find: Callable[..., Found], figure: Callable[[Canvas], None]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.saveState()
        figure(canvas)
        canvas.restoreState()
        prose(canvas, 700)

    page, _ = find(paint, Feature.LAYOUT)
    figures = [region for region in page.regions if region.kind is RegionKind.FIGURE]
    assert len(figures) == 1
    left, top, right, bottom = (each * 72 / 200 for each in bounds(figures[0].polygon))
    assert (left, 800 - bottom) == pytest.approx((100, 450), abs=12)
    assert 80 < right - left < 220
    assert 80 < bottom - top < 140


def test_a_frame_around_words_is_no_figure(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.roundRect(30, 660, 440, 60, 8)
        prose(canvas, 700)

    page, _ = find(paint, Feature.LAYOUT)
    assert RegionKind.FIGURE not in [region.kind for region in page.regions]


def test_places_out_of_all_bounds(find: Callable[..., Found]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.bezier(-1e30, -1e30, 1e30, 1e30, 200, 1e30, 300, 550)
        canvas.rect(-1e30, 100, 2e30, 1e30, fill=1)
        canvas.setFillGray(1)
        ruled(canvas)

    page, _ = find(paint, Feature.TABLES, Feature.FORMS, Feature.LAYOUT)
    assert len(list(page.words())) == 12
