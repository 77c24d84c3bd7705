"""Text layers: words where they stand, lines, what characters become, and which layers are not to be trusted."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from stele.domain.geometry import Polygon, bounds
from stele.domain.media import Limits
from stele.pipeline.intake import glyphs
from stele.pipeline.intake.native import TextPage
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Pixels, TextLayer

A4 = (595.0, 842.0)
SCALE = 200 / 72

ARTICLE = (
    "The quick brown fox jumps over the lazy dog while seven wizards watch from a distance and take careful notes",
    "about the speed of the animal, the height of the jump and the weather, which was fair with a light wind.",
    "Nobody had expected that a simple exercise would attract such attention, least of all the dog itself.",
)
#: what a recogniser made of the same lines standing on their heads
GARBAGE = (
    "‘yasy Bop au} |Je Jo Sea] ‘UOMUae YONs JOeIe Pinom asiosexe ajdus e yey) pe}oedxe pey APOgoN",
    "“Pulm jyBI| B UYIM Je} SEM YOIYM ‘Jayyeem ay} pue duun/ ayy jo JYyHiey ayy ‘jewiue au} Jo peads au} ynoge",
    "se}ou [njaseo aye} pue soue}sIp e WO. YoyeM spsezIm UBAes aII|UM Bop Aze] aU} 18A0 SduuN! xoj UMOIG yOINb ayL",
)


@pytest.fixture
def layer_of(tmp_path: Path) -> Callable[[bytes], TextLayer | None]:
    def read(data: bytes) -> TextLayer | None:
        path = tmp_path / "input.pdf"
        path.write_bytes(data)
        with open_document(path, name="input", limits=Limits()) as document:
            return next(document.pages(1, 1)).text_layer()

    return read


@pytest.fixture
def layer_and_pixels(tmp_path: Path) -> Callable[[bytes], tuple[TextLayer, Pixels]]:
    def read(data: bytes) -> tuple[TextLayer, Pixels]:
        path = tmp_path / "input.pdf"
        path.write_bytes(data)
        with open_document(path, name="input", limits=Limits()) as document:
            page = next(document.pages(1, 1))
            layer = page.text_layer()
            assert layer is not None
            return layer, page.raster()

    return read


def drawn(draw: Callable[[Canvas], None], size: tuple[float, float] = A4) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.setFont("Helvetica", 12)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def mapped(content: bytes, meanings: dict[int, str], rotation: int = 0, other_font: str = "Helvetica") -> bytes:
    """A page whose font F says of some codes that they mean something else; its font G is another one."""
    table = "".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>\n" for code, text in meanings.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(meanings)} beginbfchar\n{table}endbfchar\nendcmap end end"
    )
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            ToUnicode=pdf.make_stream(cmap.encode()),
        )
        other = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name(f"/{other_font}")
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font, G=other))
        page.Contents = pdf.make_stream(content)
        page.Rotate = rotation
        pdf.save(out)
    return out.getvalue()


def texts(layer: TextLayer | None) -> list[str]:
    assert layer is not None
    return [word.text for word in layer.words]


def lines(layer: TextLayer | None) -> list[str]:
    assert layer is not None
    found: dict[int, list[str]] = {}
    for word in layer.words:
        found.setdefault(word.line, []).append(word.text)
    return [" ".join(words) for words in found.values()]


def ink(pixels: Pixels, polygon: Polygon, margin: int = 0) -> float:
    left, top, right, bottom = (round(edge) for edge in bounds(polygon))
    return float((pixels[top - margin : bottom + margin, left - margin : right + margin] < 128).any(axis=2).mean())


# -- places -----------------------------------------------------------------------------------------------------------


def test_words_lie_where_they_are_drawn(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    layer = layer_of(drawn(lambda canvas: canvas.drawString(50, 700, "Hello, new world")))
    assert layer is not None
    assert layer.sound
    assert layer.pictures == ()
    assert texts(layer) == ["Hello,", "new", "world"]
    start = 50.0
    for word in layer.words:
        width = stringWidth(word.text, "Helvetica", 12)
        left, top, right, bottom = bounds(word.polygon)
        assert word.polygon == ((left, top), (right, top), (right, bottom), (left, bottom))
        assert left == pytest.approx(start * SCALE, abs=0.5)
        assert right == pytest.approx((start + width) * SCALE, abs=0.5)
        # from under the descenders to over the capitals, whatever letters stand in the word
        assert top == pytest.approx((842 - 700 - 0.80 * 12) * SCALE, abs=0.5)
        assert bottom == pytest.approx((842 - 700 + 0.22 * 12) * SCALE, abs=0.5)
        assert word.font_size == pytest.approx(12 * SCALE, abs=0.1)
        assert word.line == 0
        start += width + stringWidth(" ", "Helvetica", 12)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_lie_on_their_ink_also_on_turned_pages(
    layer_and_pixels: Callable[[bytes], tuple[TextLayer, Pixels]], rotation: int
) -> None:
    content = b"BT /F 20 Tf 100 600 Td (Hamburg) Tj 200 -300 Td (Typography) Tj ET"
    layer, pixels = layer_and_pixels(mapped(content, {0: "x"}, rotation))
    assert texts(layer) == ["Hamburg", "Typography"]
    for word in layer.words:
        assert 0.15 < ink(pixels, word.polygon) < 0.6
        (x0, y0), (x1, y1) = word.polygon[:2]
        assert round(math.degrees(math.atan2(y1 - y0, x1 - x0))) % 360 == rotation
    total = (pixels < 128).any(axis=2).sum()
    inside = sum(
        (pixels[round(top) : round(bottom), round(left) : round(right)] < 128).any(axis=2).sum()
        for left, top, right, bottom in (bounds(word.polygon) for word in layer.words)
    )
    assert inside >= 0.99 * total


@pytest.mark.parametrize("degrees", [90, 180, 270, 30, -5, 3, 44, 80, 135])
def test_polygons_start_at_the_words_own_top_left(
    layer_and_pixels: Callable[[bytes], tuple[TextLayer, Pixels]], degrees: int
) -> None:
    def turned(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(degrees)
        canvas.drawString(0, 0, "Reading sideways")

    layer, pixels = layer_and_pixels(drawn(turned))
    assert texts(layer) == ["Reading", "sideways"]
    assert len({word.line for word in layer.words}) == 1
    offset = 0.0
    for word in layer.words:
        width = stringWidth(word.text, "Helvetica", 12)
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        expected = [
            ((300 + along * cos - up * sin) * SCALE, (842 - 400 - along * sin - up * cos) * SCALE)
            for along, up in ((offset, 9.6), (offset + width, 9.6), (offset + width, -2.64), (offset, -2.64))
        ]
        assert np.abs(np.array(word.polygon) - expected).max() < 0.15 * 12 * SCALE
        assert word.font_size == pytest.approx(12 * SCALE, rel=0.01)
        offset += width + stringWidth(" ", "Helvetica", 12)
    assert ink(pixels, layer.words[0].polygon) > 0.05


def test_a_font_scaled_by_its_matrix_has_that_size(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    layer = layer_of(mapped(b"BT /F 1 Tf 24 0 0 24 100 600 Tm (Word) Tj ET", {0: "x"}))
    assert layer is not None
    assert layer.words[0].font_size == pytest.approx(24 * SCALE, abs=0.1)


def test_words_beside_the_page_are_left_out(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def beside(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "inside")
        canvas.drawString(-300, 700, "outside")
        canvas.drawString(50, 900, "above")

    assert texts(layer_of(drawn(beside))) == ["inside"]
    assert layer_of(drawn(lambda canvas: canvas.drawString(-300, 700, "outside"))) is None
    assert layer_of(drawn(lambda canvas: canvas.rect(10, 10, 100, 100))) is None


# -- lines ------------------------------------------------------------------------------------------------------------


def test_lines_are_of_one_column(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def table(canvas: Canvas) -> None:
        for row in range(3):
            canvas.drawString(50, 700 - 14 * row, f"Item number {row}")
            canvas.drawString(250, 700 - 14 * row, f"{row} pieces")
        canvas.drawString(50, 600, "Below the table")

    assert lines(layer_of(drawn(table))) == [
        "Item number 0", "0 pieces", "Item number 1", "1 pieces", "Item number 2", "2 pieces", "Below the table",
    ]  # fmt: skip


def test_raised_figures_stay_on_their_line(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def note(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "a claim")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(50 + stringWidth("a claim ", "Helvetica", 12), 704, "12")

    layer = layer_of(drawn(note))
    assert lines(layer) == ["a claim 12"]


def test_words_that_pdfium_runs_together_are_torn(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    # within one string a wide gap made by moving back and forth is no space to anybody but the eye
    layer = layer_of(mapped(b"BT /F 12 Tf 100 600 Td [(left) -1500 (right)] TJ ET", {0: "x"}))
    assert texts(layer) == ["left", "right"]


#: what hides between the ends of a word, or lies outside of them: kerning, gaps, small type, other fonts, letters set
#: apart, slanted and turned lines, back and forth
SETTINGS = {
    "plain": b"(Plain words of one) Tj T* (font, and more) Tj",
    "kerned": b"[(W) 80 (A) 120 (V) 90 (ery) -20 (kerned) -300 (A) 70 (Vowel)] TJ",
    "gap": b"[(left) -1500 (right)] TJ [(s) 200 (h) -1200 (ut)] TJ",
    "apart": b"3 Tc (letters set apart) Tj",
    "raised": b"(e = mc) Tj 5 Ts /F 7 Tf (2) Tj 0 Ts /F 12 Tf (kg) Tj",
    "fonts": b"(sp) Tj /G 12 Tf (eci) Tj /F 12 Tf (al words) Tj",
    "accents": b"(cafe) Tj [() 500 (\\264) -200 (s)] TJ",
    "slanted": b"0.98 0.17 -0.17 0.98 60 500 Tm (a slanted line) Tj",
    "turned": b"0 1 -1 0 300 300 Tm (a turned line) Tj -1 0 0 -1 400 300 Tm (upside down) Tj",
    "stretched": b"150 Tz (wide) Tj 60 Tz ( narrow ) Tj 100 Tz (usual) Tj",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_words_that_are_not_looked_at_in_full_are_the_same(
    layer_of: Callable[[bytes], TextLayer | None], setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = mapped(b"BT /F 12 Tf 14 TL 60 700 Td " + SETTINGS[setting] + b" ET", {}, other_font="Courier-Bold")
    quick = layer_of(page)
    monkeypatch.setattr(glyphs, "_MAX_STYLES", 0)
    full = layer_of(page)
    assert quick is not None and full is not None
    assert texts(quick) == texts(full)
    assert quick.words.lines.tolist() == full.words.lines.tolist()
    assert quick.words.polygons == pytest.approx(full.words.polygons, abs=0.01)
    assert quick.words.font_sizes == pytest.approx(full.words.font_sizes)


def test_few_characters_of_running_text_are_looked_at(
    layer_of: Callable[[bytes], TextLayer | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    boxes = TextPage.boxes
    monkeypatch.setattr(TextPage, "boxes", lambda self, indices: asked.extend(indices) or boxes(self, indices))
    words = texts(layer_of(drawn(lambda canvas: paragraph(canvas, ARTICLE))))
    assert len(asked) < 2 * len(words) + 60 < len("".join(words))


def test_vertical_writing_is_not_torn(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    content = b"BT /F 12 Tf 100 600 Td (a) Tj 0 -13 Td (b) Tj 0 -13 Td (c) Tj ET"
    layer = layer_of(mapped(content, {0x61: "縦", 0x62: "書", 0x63: "き"}))
    assert "".join(texts(layer)) == "縦書き"


# -- characters -------------------------------------------------------------------------------------------------------


def test_a_hyphen_ends_its_line_and_stays(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def broken(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "The text of an exam-")
        canvas.drawString(50, 686, "ple goes on here")

    assert lines(layer_of(drawn(broken))) == ["The text of an exam-", "ple goes on here"]


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        ("ﬁ", "confirm"),
        ("ﬄ", "confflrm"),
        ("\u00ad", "conrm"),
        ("é", "conérm"),
        ("fi", "confirm"),
        ("😀", "con😀rm"),
    ],
)
def test_what_characters_become(layer_of: Callable[[bytes], TextLayer | None], meaning: str, expected: str) -> None:
    assert texts(layer_of(mapped(b"BT /F 12 Tf 100 600 Td (con1rm) Tj ET", {0x31: meaning}))) == [expected]


def test_a_soft_hyphen_at_the_end_of_a_line_is_one(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    content = b"BT /F 12 Tf 100 600 Td (an exam1) Tj 0 -14 Td (ple) Tj ET"
    assert texts(layer_of(mapped(content, {0x31: "\u00ad"}))) == ["an", "exam-", "ple"]


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u200b", "\u3000", "\t"])
def test_spaces_of_all_kinds_part_words(layer_of: Callable[[bytes], TextLayer | None], space: str) -> None:
    assert texts(layer_of(mapped(b"BT /F 12 Tf 100 600 Td (one1two) Tj ET", {0x31: space}))) == ["one", "two"]


def test_bullets_of_symbol_fonts_are_bullets(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    layer = layer_of(mapped(b"BT /F 12 Tf 100 600 Td (1 item) Tj ET", {0x31: "\uf0b7"}))
    assert texts(layer) == ["•", "item"]
    assert layer is not None
    assert layer.sound


def test_words_from_right_to_left_are_in_their_own_order(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    # drawn from left to right as they are seen: "םולש םלוע"
    seen = "םלוע םולש"
    codes = {ord("a") + index: letter for index, letter in enumerate(dict.fromkeys(seen.replace(" ", "")))}
    by_letter = {letter: chr(code) for code, letter in codes.items()}
    content = "".join(by_letter.get(letter, " ") for letter in seen)
    layer = layer_of(mapped(f"BT /F 12 Tf 100 600 Td ({content}) Tj ET".encode(), codes))
    assert sorted(texts(layer)) == sorted(["שלום", "עולם"])
    assert layer is not None
    for word in layer.words:
        left, top, right, bottom = bounds(word.polygon)
        assert word.polygon == ((left, top), (right, top), (right, bottom), (left, bottom))
        assert right - left > 20


# -- soundness --------------------------------------------------------------------------------------------------------


def paragraph(canvas: Canvas, sentences: tuple[str, ...], mode: int = 0) -> None:
    text = canvas.beginText(40, 760)
    text.setFont("Helvetica", 9)
    text.setTextRenderMode(mode)
    for _ in range(4):
        for sentence in sentences:
            text.textLine(sentence)
    canvas.drawText(text)


def scan(canvas: Canvas) -> None:
    paper = Image.new("L", (1190, 1684), 255)
    paper.paste(0, (100, 100, 900, 120))
    canvas.drawImage(ImageReader(paper), 0, 0, *A4)


def test_running_text_is_sound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    layer = layer_of(drawn(lambda canvas: paragraph(canvas, ARTICLE)))
    assert layer is not None
    assert (layer.sound, layer.reason) == (True, "")


def test_numbers_and_codes_are_sound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    rows = tuple(f"A{row}17-{row}XZ  1{row},224.50  {row}.03.2024  4711-{row}{row}  EUR  7 %" for row in range(9))
    layer = layer_of(drawn(lambda canvas: paragraph(canvas, rows)))
    assert layer is not None
    assert layer.sound


def test_glyphs_that_mean_nothing_make_a_layer_unsound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    shown = " ".join(ARTICLE).encode()
    for meaning in ("\ufffd", "\ue123", "\x05"):
        layer = layer_of(mapped(b"BT /F 1 Tf 8 0 0 8 10 600 Tm (" + shown + b") Tj ET", {ord("e"): meaning}))
        assert layer is not None
        assert not layer.sound
        assert "without a known meaning" in layer.reason


def test_a_layer_that_lost_its_letters_is_unsound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    consonants = {code: "bcdfghjklmnpqrstvwxz"[code % 20] for code in range(ord("a"), ord("z") + 1)}
    shown = " ".join(ARTICLE).encode()
    layer = layer_of(mapped(b"BT /F 1 Tf 2 0 0 4 10 600 Tm (" + shown + b") Tj ET", consonants))
    assert layer is not None
    assert not layer.sound
    assert "looks like words" in layer.reason


def test_letters_that_stand_alone_make_a_layer_unsound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    spaced = tuple(" ".join(sentence[:60].replace(" ", "")) for sentence in ARTICLE)
    layer = layer_of(drawn(lambda canvas: paragraph(canvas, spaced)))
    assert layer is not None
    assert not layer.sound
    assert "single letters" in layer.reason


def test_a_chart_of_letters_is_sound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def chart(canvas: Canvas) -> None:
        for index in range(52):
            canvas.drawString(50 + 60 * (index % 8), 700 - 40 * (index // 8), chr(ord("A") + index % 26))

    layer = layer_of(drawn(chart))
    assert layer is not None
    assert layer.sound


def test_words_without_size_make_a_layer_unsound(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def dumped(canvas: Canvas) -> None:
        scan(canvas)
        canvas.setFont("Helvetica", 0.4)
        canvas.drawString(1, 1, " ".join(ARTICLE))

    layer = layer_of(drawn(dumped))
    assert layer is not None
    assert not layer.sound
    assert "too small" in layer.reason


@pytest.mark.parametrize(("sentences", "sound"), [(ARTICLE, True), (GARBAGE, False)])
@pytest.mark.parametrize("place", ["invisible over the scan", "visible under the scan"])
def test_recognised_text_has_to_look_like_language(
    layer_of: Callable[[bytes], TextLayer | None], place: str, sentences: tuple[str, ...], sound: bool
) -> None:
    def page(canvas: Canvas) -> None:
        if place.startswith("invisible"):
            scan(canvas)
            paragraph(canvas, sentences, mode=3)
        else:
            paragraph(canvas, sentences)
            scan(canvas)

    layer = layer_of(drawn(page))
    assert layer is not None
    assert layer.sound is sound
    assert ("under the scan" in layer.reason) is not sound
    assert layer.pictures == ()  # it was read as a whole


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_a_stamp_does_not_account_for_a_scan(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def page(canvas: Canvas) -> None:
        scan(canvas)
        canvas.drawString(450, 20, "ACME 000123")

    layer = layer_of(drawn(page))
    assert texts(layer) == ["ACME", "000123"]
    assert layer is not None
    assert layer.sound
    (picture,) = layer.pictures
    assert bounds(picture) == pytest.approx((0, 0, 595 * SCALE, 842 * SCALE), abs=2)


def test_a_background_is_no_picture_and_a_figure_is(layer_of: Callable[[bytes], TextLayer | None]) -> None:
    def page(canvas: Canvas) -> None:
        scan(canvas)
        paragraph(canvas, ARTICLE * 4)

    layer = layer_of(drawn(page))
    assert layer is not None
    assert layer.sound
    assert layer.pictures == ()

    def figure(canvas: Canvas) -> None:
        paragraph(canvas, ARTICLE)
        canvas.drawImage(ImageReader(Image.new("L", (400, 300), 200)), 100, 200, 200, 150)
        canvas.drawImage(ImageReader(Image.new("L", (20, 20), 100)), 500, 20, 10, 10)  # an icon

    layer = layer_of(drawn(figure))
    assert layer is not None
    (picture,) = layer.pictures
    assert bounds(picture) == pytest.approx((100 * SCALE, (842 - 350) * SCALE, 300 * SCALE, (842 - 200) * SCALE), abs=2)
