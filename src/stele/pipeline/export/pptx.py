"""PowerPoint presentations: a slide for each page, with its text in boxes where it stands on the page.

Text, tables and pictures are things to edit, each in its place and in its colour. What else there is on a page, such as
rules, stamps and coloured grounds, is a picture behind them, from which they are painted out; a page without any of
that has no such picture.
"""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import BinaryIO

import pptx
from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.table import Table as MadeTable
from pptx.text.text import TextFrame
from pptx.util import Emu, Length, Pt

from stele.domain.document import Cell, Page, Table
from stele.domain.job import Format
from stele.pipeline.export import fonts, grid
from stele.pipeline.export.backdrop import Backdrop, Colour
from stele.pipeline.export.columns import placed
from stele.pipeline.export.cuttings import Cutting, Cuttings, encoded
from stele.pipeline.export.outline import Grid, Marker, Prose, is_right_to_left, main_language, words_of
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.sheet import Box, Sheet, print_size
from stele.pipeline.export.txt import unreadable
from stele.pipeline.export.upright import legal

#: what PowerPoint takes as a slide's side: points
_SIDES = (72.0, 4032.0)
_PRINT = 11.0
#: of a letter's size: how wide letters are on average
_LETTER, _WIDE_LETTER = 0.5, 1.0
#: of the width of a single line: how much wider it may turn out in another font
_ROOM = 0.25
#: points between a list's markers and its text
_HANGING = 14.0
#: tables with thin lines and nothing else ("No Style, Table Grid")
_TABLE_STYLE = "{5940675A-B579-460E-94D1-54222C63F5DA}"
_AUTOMATIC = {".": "arabicPeriod", ")": "arabicParenR"}


def write_pptx(document: ExportInput, out: BinaryIO) -> None:
    """Memory grows with the pictures. Raises FormatUnavailable when there is no original."""
    with Cuttings(document, Format.PPTX) as cuttings:
        made = pptx.Presentation()
        sized = False
        for page in document.pages:
            sheet = Sheet(page)
            if not sized and sheet.width and sheet.height:
                made.slide_width, made.slide_height = (_side(side) for side in (sheet.width, sheet.height))
                sized = True
            slide = made.slides.add_slide(made.slide_layouts[6])  # the empty one
            if failure := unreadable(page):
                _add_failure(slide, failure, made)
            else:
                _SlideWriter(slide, page, sheet, made).write(cuttings)
        made.save(out)


def _side(points: float) -> Length:
    return Pt(min(max(points, _SIDES[0]), _SIDES[1]))


def _add_failure(slide: Slide, failure: str, made: Presentation) -> None:
    width = made.slide_width or Pt(_SIDES[0])
    frame = slide.shapes.add_textbox(Pt(36), Pt(36), Emu(max(width - Pt(72), Pt(36))), Pt(36)).text_frame
    frame.word_wrap = True
    frame.text = legal(failure)
    frame.paragraphs[0].runs[0].font.italic = True


class _SlideWriter:
    """One slide: a page, made as large as the slide allows, in its middle."""

    def __init__(self, slide: Slide, page: Page, sheet: Sheet, made: Presentation) -> None:
        self._slide = slide
        self._page = page
        self._sheet = sheet
        self._words = {word.index: word for word in page.words()}
        self._asian = fonts.east_asian(main_language(page))[1]
        wide, high = Emu(made.slide_width or 0).pt, Emu(made.slide_height or 0).pt
        self._scale = min(wide / max(sheet.width, 1), high / max(sheet.height, 1))
        self._origin = ((wide - sheet.width * self._scale) / 2, (high - sheet.height * self._scale) / 2)

    def write(self, cuttings: Cuttings) -> None:
        """Raises InputError and LimitError cases."""
        pictures = cuttings.of(self._page, self._sheet)
        backdrop = Backdrop(cuttings.upright(self._page), self._sheet)
        for word in self._page.words():
            backdrop.take(self._sheet.box(word.polygon))
        for taken in (*(cut.box for cut in pictures), *(self._sheet.box(table.polygon) for table in self._page.tables)):
            backdrop.take(taken)
        remains = backdrop.remains
        if remains is not None:
            whole = Box(0, 0, self._sheet.width, self._sheet.height)
            self._slide.shapes.add_picture(BytesIO(encoded(remains)), *self._place(whole))
        elif min(backdrop.ground) < 250:
            self._slide.background.fill.solid()
            self._slide.background.fill.fore_color.rgb = _colour(backdrop.ground)
        for each in placed(self._page, self._sheet, pictures):
            match each.part:
                case Cutting():
                    self._add_picture(each.part)
                case Grid():
                    self._add_table(each.part.table)
                case Prose():
                    self._add_prose(each.part, each.box, backdrop)

    def _place(self, box: Box) -> tuple[Length, Length, Length, Length]:
        """Left, top, width and height on the slide."""
        left, top = self._origin[0] + box.left * self._scale, self._origin[1] + box.top * self._scale
        return Pt(left), Pt(top), Pt(max(box.width * self._scale, 1)), Pt(max(box.height * self._scale, 1))

    def _add_picture(self, cutting: Cutting) -> None:
        picture = self._slide.shapes.add_picture(BytesIO(cutting.data), *self._place(cutting.box))
        if cutting.text:
            picture._element.xpath(".//p:cNvPr")[0].set("descr", legal(cutting.text))

    def _add_prose(self, prose: Prose, box: Box, backdrop: Backdrop) -> None:
        shift = _HANGING if prose.marker else 0.0
        room = _ROOM * box.width if len(prose.lines) == 1 else 0.0
        wide = Box(box.left - shift, box.top, box.right + room, box.bottom)
        frame = self._slide.shapes.add_textbox(*self._place(wide)).text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
        text = prose.text
        size = min(print_size(prose.words, self._sheet) or _PRINT, _fitting(text, box.width * len(prose.lines)))
        self._set_text(frame, text, size * self._scale)
        colour = backdrop.colour(self._sheet.box(prose.words[0].polygon))
        for run in frame.paragraphs[0].runs:
            run.font.bold = prose.level > 0 or None
            if colour != (0, 0, 0):
                run.font.color.rgb = _colour(colour)
        if prose.marker:
            _mark(frame, prose.marker)

    def _set_text(self, frame: TextFrame, text: str, size: float) -> None:
        paragraph = frame.paragraphs[0]
        for number, line in enumerate(legal(text).split("\n")):
            if number:
                paragraph._p.add_br()
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(max(1, round(size * 2) / 2))
            run.font.name = fonts.LATIN
            etree.SubElement(run._r.get_or_add_rPr(), qn("a:ea"), typeface=self._asian)
        if is_right_to_left(text):
            properties = paragraph._p.get_or_add_pPr()
            properties.set("rtl", "1")
            properties.set("algn", "r")

    def _add_table(self, table: Table) -> None:
        rows, columns = grid.size(table)
        frame = self._slide.shapes.add_table(rows, columns, *self._place(self._sheet.box(table.polygon)))
        made = frame.table
        made.first_row = made.horz_banding = False
        properties = made._tbl.get_or_add_tblPr()
        for style in properties.findall(qn("a:tableStyleId")):
            style.text = _TABLE_STYLE
        if is_right_to_left(cell.text for cell in table.cells):
            properties.set("rtl", "1")
        for column, width in enumerate(grid.column_widths(table, self._sheet)):
            made.columns[column].width = Pt(width * self._scale)
        for row, height in enumerate(grid.row_heights(table, self._sheet)):
            made.rows[row].height = Pt(height * self._scale)
        size = print_size((self._words[index] for index in words_of(table)), self._sheet) or _PRINT
        for cell in table.cells:
            self._fill(made, cell, size)

    def _fill(self, made: MadeTable, cell: Cell, size: float) -> None:
        place = made.cell(cell.row, cell.column)
        if cell.row_span > 1 or cell.column_span > 1:
            place.merge(made.cell(cell.row + cell.row_span - 1, cell.column + cell.column_span - 1))
        place.vertical_anchor = MSO_ANCHOR.MIDDLE
        place.margin_top = place.margin_bottom = Emu(0)
        self._set_text(place.text_frame, " ".join(cell.text.split()), size * self._scale)
        place.text_frame.paragraphs[0].runs[0].font.bold = cell.header or None


def _colour(colour: Colour) -> RGBColor:
    made: RGBColor = RGBColor.from_string("{:02X}{:02X}{:02X}".format(*colour))  # type: ignore[no-untyped-call]
    return made


def _fitting(text: str, width: float) -> float:
    """The size of print that is about as wide as `width`, in points."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return width / max(wide * _WIDE_LETTER + (len(text) - wide) * _LETTER, _LETTER)


def _mark(frame: TextFrame, marker: Marker) -> None:
    """Make the text a list item (ECMA-376 part 1, 21.1.2.2.7)."""
    properties = frame.paragraphs[0]._p.get_or_add_pPr()
    properties.set("marL", str(Pt(_HANGING)))
    properties.set("indent", str(-Pt(_HANGING)))
    if marker.number is None:
        etree.SubElement(properties, qn("a:buChar"), char="•")
    else:
        kind = _AUTOMATIC[marker.closing]
        etree.SubElement(properties, qn("a:buAutoNum"), type=kind, startAt=str(max(marker.number, 1)))
