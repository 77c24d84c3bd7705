"""What PDF pages draw besides their words: where it is on the displayed page, and what is not to be seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Drawing

#: points
WIDTH, HEIGHT = 300.0, 400.0
#: pixels a point
SCALE = 200 / 72


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[..., Drawing | None]:
    def draw(
        paint: Callable[[Canvas], None],
        rotate: int = 0,
        crop: tuple[float, ...] | None = None,
        annotation: pikepdf.Dictionary | None = None,
    ) -> Drawing | None:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(WIDTH, HEIGHT))
        paint(canvas)
        canvas.showPage()
        canvas.save()
        path = tmp_path / "page.pdf"
        with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
            pdf.pages[0].Rotate = rotate
            if crop:
                pdf.pages[0].CropBox = pikepdf.Array(crop)
            if annotation is not None:
                pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(annotation)]))
            pdf.save(path)
        with open_document(path, name="page", limits=Limits(), password=None) as document:
            return next(document.pages(1, 1)).drawing()

    return draw


def lines_of(drawing: Drawing | None) -> list[tuple[float, ...]]:
    """In points from the top left, each from left to right or from top to bottom, sorted."""
    assert drawing is not None
    ends = np.sort(drawing.lines.reshape(-1, 2, 2), axis=1).reshape(-1, 4) / SCALE
    return sorted(tuple(round(each) for each in line) for line in ends.tolist())


def test_a_stroke(drawn: Callable[..., Drawing]) -> None:
    drawing = drawn(lambda canvas: (canvas.setLineWidth(2), canvas.line(50, 300, 250, 300)))
    assert lines_of(drawing) == [(50, 100, 250, 100)]
    assert drawing.widths / SCALE == pytest.approx([2], abs=1.2)


def test_a_rectangle_is_four_lines_and_a_box(drawn: Callable[..., Drawing]) -> None:
    drawing = drawn(lambda canvas: canvas.rect(50, 300, 20, 20))
    assert lines_of(drawing) == [(50, 80, 50, 100), (50, 80, 70, 80), (50, 100, 70, 100), (70, 80, 70, 100)]
    assert (drawing.boxes / SCALE).round().tolist() == [[50, 80, 70, 100]]


def test_a_thin_filled_rectangle_is_a_line(drawn: Callable[..., Drawing]) -> None:
    drawing = drawn(lambda canvas: canvas.rect(50, 300, 200, 0.8, stroke=0, fill=1))
    assert lines_of(drawing) == [(50, 100, 250, 100)]
    assert len(drawing.boxes) == len(drawing.edges) == 0


def test_several_figures_in_one_path(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        path = canvas.beginPath()
        for y in (300, 280, 260):
            path.moveTo(50, y)
            path.lineTo(150, y)
        path.rect(200, 200, 50, 1)
        canvas.drawPath(path, stroke=1, fill=0)

    assert [line for line in lines_of(drawn(paint)) if line[2] == 150] == [(50, y, 150, y) for y in (100, 120, 140)]


def white(canvas: Canvas) -> None:
    canvas.setStrokeGray(1)
    canvas.line(50, 300, 250, 300)


def transparent(canvas: Canvas) -> None:
    canvas.setStrokeAlpha(0)
    canvas.line(50, 300, 250, 300)


def clipped(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(0, 0, 40, 40)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.line(50, 300, 250, 300)


def covered(canvas: Canvas) -> None:
    canvas.line(50, 300, 250, 300)
    canvas.setFillGray(1)
    canvas.rect(40, 290, 230, 20, stroke=0, fill=1)


def on_its_like(canvas: Canvas) -> None:
    canvas.setFillGray(0.5)
    canvas.setStrokeGray(0.5)
    canvas.rect(40, 290, 230, 20, stroke=0, fill=1)
    canvas.line(50, 300, 250, 300)


def beside_the_page(canvas: Canvas) -> None:
    canvas.line(-200, 300, -20, 300)
    canvas.line(50, 420, 250, 420)


@pytest.mark.parametrize("paint", [white, transparent, clipped, covered, on_its_like, beside_the_page])
def test_what_cannot_be_seen_is_not_there(drawn: Callable[..., Drawing], paint: Callable[[Canvas], None]) -> None:
    assert lines_of(drawn(paint)) == []


def test_white_lines_part_shaded_cells(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.setFillGray(0.5)
        canvas.rect(40, 290, 230, 20, stroke=0, fill=1)
        white(canvas)

    assert lines_of(drawn(paint)) == [(50, 100, 250, 100)]


def test_a_clip_cuts_a_line(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        path = canvas.beginPath()
        path.rect(100, 0, 80, 400)
        canvas.clipPath(path, stroke=0, fill=0)
        canvas.line(50, 300, 250, 300)

    assert lines_of(drawn(paint)) == [(100, 100, 180, 100)]


def test_a_line_beside_an_area_painted_later_stays(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.rect(50, 300, 200, 0.6, stroke=0, fill=1)
        canvas.setFillGray(0.8)
        canvas.rect(50, 280.3, 200, 20, stroke=0, fill=1)

    assert (50, 100, 250, 100) in lines_of(drawn(paint))


def test_edges_are_where_the_shade_changes(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.setFillGray(0.7)
        for left in (50, 150):  # two cells of one row: nothing parts them
            canvas.rect(left, 300, 100, 20, stroke=0, fill=1)

    drawing = drawn(paint)
    ends = np.sort(drawing.edges.reshape(-1, 2, 2), axis=1).reshape(-1, 4) / SCALE
    found = sorted(tuple(round(each) for each in edge) for edge in ends.tolist())
    assert found == [(50, 80, 50, 100), (50, 80, 250, 80), (50, 100, 250, 100), (250, 80, 250, 100)]
    assert lines_of(drawing) == []


def test_a_frame_with_a_hole_is_lines(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        path = canvas.beginPath()
        path.rect(50, 200, 200, 100)
        path.rect(52, 202, 196, 96)
        canvas.drawPath(path, stroke=0, fill=1, fillMode=0)
        canvas.line(60, 250, 240, 250)

    lines = lines_of(drawn(paint))
    assert {(50, 100, 250, 100), (50, 100, 50, 200), (60, 150, 240, 150)} <= set(lines)


def test_forms_inside_forms(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.beginForm("inner", lowerx=0, lowery=0, upperx=100, uppery=100)
        canvas.line(0, 50, 200, 50)  # longer than its form shows
        canvas.endForm()
        canvas.beginForm("outer", lowerx=0, lowery=0, upperx=300, uppery=400)
        canvas.translate(20, 100)
        canvas.scale(2, 2)
        canvas.doForm("inner")
        canvas.endForm()
        canvas.translate(10, 0)
        canvas.doForm("outer")

    assert lines_of(drawn(paint)) == [(30, 200, 230, 200)]


@pytest.mark.parametrize(
    ("rotate", "line"),
    [
        (0, (40, 80, 240, 80)),
        (90, (290, 40, 290, 240)),
        (180, (40, 290, 240, 290)),
        (270, (80, 40, 80, 240)),
    ],
)
def test_the_displayed_page(drawn: Callable[..., Drawing], rotate: int, line: tuple[int, ...]) -> None:
    """The visible box is 280 x 370 points and starts at (10, 10) of the page."""
    drawing = drawn(lambda canvas: canvas.line(50, 300, 250, 300), rotate=rotate, crop=(10, 10, 290, 380))
    assert lines_of(drawing) == [line]


def test_curves_and_pictures(drawn: Callable[..., Drawing]) -> None:
    def paint(canvas: Canvas) -> None:
        canvas.circle(100, 300, 20)
        canvas.drawImage(ImageReader(Image.new("L", (20, 20))), 200, 300, 40, 40)

    drawing = drawn(paint)
    assert (drawing.shapes / SCALE).round().tolist() == [[80, 80, 120, 120]]
    assert (drawing.pictures / SCALE).round().tolist() == [[200, 60, 240, 100]]
    assert lines_of(drawing) == []


def test_a_picture_as_thin_as_a_line_is_one(drawn: Callable[..., Drawing]) -> None:
    drawing = drawn(lambda canvas: canvas.drawImage(ImageReader(Image.new("L", (9, 1))), 50, 300, 200, 1))
    assert lines_of(drawing) == [(50, 100, 250, 100)] or lines_of(drawing) == [(50, 99, 250, 99)]
    assert len(drawing.pictures) == 0


def test_maps_are_left_to_pixels(drawn: Callable[..., Drawing | None]) -> None:
    def paint(canvas: Canvas) -> None:
        for at in range(2500):
            canvas.line(at % 300, at % 400, (at * 7) % 300, (at * 11) % 400)

    assert drawn(paint) is None


def test_an_empty_page_draws_nothing(drawn: Callable[..., Drawing]) -> None:
    drawing = drawn(lambda canvas: canvas.drawString(50, 300, "words only"))
    assert lines_of(drawing) == []
    assert len(drawing.boxes) == len(drawing.shapes) == len(drawing.edges) == 0


@pytest.mark.parametrize(("flags", "seen"), [(4, True), (2, False)], ids=["printed", "hidden"])
def test_an_annotation_drawn_with_a_pen_is_a_shape(drawn: Callable[..., Drawing], flags: int, seen: bool) -> None:
    ink = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Ink,
        Rect=[100, 290, 200, 340],
        InkList=[[105, 295, 130, 335, 160, 295, 195, 335]],
        F=flags,
    )
    drawing = drawn(lambda canvas: canvas.drawString(20, 300, "Signature:"), annotation=ink)
    assert (drawing.shapes / SCALE).round().tolist() == ([[100, 60, 200, 110]] if seen else [])


@pytest.mark.parametrize(
    ("state", "told"),
    [({}, True), ({"/OFF": True}, False), ({"/BaseState": pikepdf.Name.OFF}, False)],
    ids=["on", "off", "all off"],
)
def test_only_pixels_tell_where_optional_content_is_switched_off(
    tmp_path: Path, state: dict[str, object], told: bool
) -> None:
    path = tmp_path / "page.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        group = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Grid"))
        shown = {name: pikepdf.Array([group]) if name == "/OFF" else value for name, value in state.items()}
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[group], D=pikepdf.Dictionary(shown))
        page.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(Grid=group))
        page.contents_add(pdf.make_stream(b"/OC /Grid BDC 50 300 m 250 300 l S EMC"))
        pdf.save(path)
    with open_document(path, name="page", limits=Limits(), password=None) as document:
        drawing = next(document.pages(1, 1)).drawing()
    assert (drawing is not None) is told
    if told:
        assert lines_of(drawing) == [(50, 100, 250, 100)]
