"""Word documents: text that flows, so that it can be edited.

Paragraphs are joined from their lines, and words that a line's end broke are whole again. Headings, lists, tables and
pictures are what Word calls so. Paper, margins, columns and the size of the print are those of the pages; a page of the
original begins a page, but may need more than one where fonts differ. A page that could not be read leaves a line that
says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO, cast

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml
from docx.oxml.table import CT_Row
from docx.section import Section
from docx.shared import Length, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from stele.domain.document import Cell, Page, Table, Word
from stele.domain.job import Format
from stele.pipeline.export import grid
from stele.pipeline.export.columns import Columns, Placed, columned, joined, placed
from stele.pipeline.export.cuttings import Cutting, Cuttings
from stele.pipeline.export.docx_markup import Numbering, add_text, set_columns, set_fonts
from stele.pipeline.export.outline import Grid, Prose, is_right_to_left, main_language, words_of
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.sheet import Box, Sheet, around, print_size
from stele.pipeline.export.txt import unreadable
from stele.pipeline.export.upright import legal

#: points: what Word takes as paper; margins, and print where a page tells nothing
_PAPER = (36.0, 1584.0)
_MARGINS = (28.0, 108.0)
_PRINT = 11.0
#: of the print of a style: what differs less is of the same size
_SAME_SIZE = 0.12
#: of the width of the print: how far a line must stay off both sides to be centred, and how well in the middle it is
_CENTRED, _MIDDLE = 0.1, 0.03


def write_docx(document: ExportInput, out: BinaryIO) -> None:
    """Memory grows with the text and the pictures. Raises FormatUnavailable when there is no original."""
    with Cuttings(document, Format.DOCX) as cuttings:
        writer = _Writer()
        for page in document.pages:
            writer.add(page, cuttings)
        writer.save(out)


_Cells = Sequence[Cell | None]


class _Writer:
    """The document as it grows."""

    def __init__(self) -> None:
        self._docx = docx.Document()
        self._numbering = Numbering(self._docx)
        self._usual = 0.0
        self._size: tuple[float, float] | None = None
        self._columns = 1
        self._break_before = False
        self._words: dict[int, Word] = {}

    def save(self, out: BinaryIO) -> None:
        self._docx.save(out)

    def add(self, page: Page, cuttings: Cuttings) -> None:
        sheet = Sheet(page)
        self._sheet, self._words = sheet, {word.index: word for word in page.words()}
        parts = placed(page, sheet, cuttings.of(page, sheet))
        if not self._usual and any(page.words()):
            self._set_styles(page, sheet)
        print_ = around([each.box for each in parts]) if parts else Box(0, 0, sheet.width, sheet.height)
        runs = list(joined(columned(parts, print_.width)))
        self._begin_page(sheet, print_, runs)
        if failure := unreadable(page):
            self._paragraph().add_run(legal(failure)).italic = True
        for position, run in enumerate(runs):
            if position and len(run) != self._columns:
                set_columns(self._docx.add_section(WD_SECTION.CONTINUOUS), len(run))
                self._columns = len(run)
            self._add_run(run, print_)

    # -- paper --------------------------------------------------------------------------------------------------------

    def _set_styles(self, page: Page, sheet: Sheet) -> None:
        """The usual print of the document is that of the first page with text."""
        self._usual = print_size(page.words(), sheet) or _PRINT
        language = main_language(page)
        normal = self._style("Normal")
        set_fonts(normal, self._usual, language)
        normal.paragraph_format.space_after = Pt(round(self._usual / 2))
        for level in (1, 2, 3):
            style = self._style(f"Heading {level}")
            set_fonts(style, round(self._usual * (1.9, 1.5, 1.25)[level - 1]), language)
            style.font.color.rgb = RGBColor(0, 0, 0)

    def _style(self, name: str) -> ParagraphStyle:
        return cast(ParagraphStyle, self._docx.styles[name])

    def _begin_page(self, sheet: Sheet, print_: Box, runs: Sequence[Columns]) -> None:
        """A page of the same paper goes on in the same section, unless that has columns or begins with no paragraph."""
        size = (round(sheet.width), round(sheet.height)) if sheet.width and sheet.height else self._size
        columns = len(runs[0]) if runs else 1
        first = runs[0][0][0].part if runs else None
        follows = self._size is not None
        if follows and size == self._size and columns == self._columns == 1 and isinstance(first, Prose | None):
            self._break_before = True
            return
        section = self._docx.add_section(WD_SECTION.NEW_PAGE) if follows else self._docx.sections[0]
        if size is not None:
            _set_paper(section, size, print_)
        set_columns(section, columns)
        self._size, self._columns = size, columns

    # -- parts --------------------------------------------------------------------------------------------------------

    def _add_run(self, run: Columns, print_: Box) -> None:
        for position, column in enumerate(run):
            extent = print_ if len(run) == 1 else around([each.box for each in column])
            for index, each in enumerate(column):
                if position and not index:
                    self._paragraph().add_run().add_break(WD_BREAK.COLUMN)
                self._add_part(each, extent)

    def _add_part(self, each: Placed, extent: Box) -> None:
        match each.part:
            case Prose():
                self._add_prose(each.part, each.box, extent)
            case Grid():
                self._add_table(each.part.table)
            case Cutting():
                self._add_picture(each.part, extent)

    def _paragraph(self, style: str | None = None) -> Paragraph:
        made = self._docx.add_paragraph(style=style)
        if self._break_before:
            made.paragraph_format.page_break_before = True
            self._break_before = False
        return made

    def _add_prose(self, prose: Prose, box: Box, extent: Box) -> None:
        text = prose.text
        if prose.level:
            made = self._paragraph(f"Heading {prose.level}")
            add_text(made, text)
        else:
            made = self._paragraph("List Paragraph" if prose.marker else None)
            if prose.marker:
                self._numbering.mark(made, prose.marker)
            add_text(made, text, self._unusual(print_size(prose.words, self._sheet)))
        if not prose.marker and _is_centred(box, extent):
            made.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _unusual(self, size: float) -> float | None:
        """The size of some print, where it is not the usual one."""
        return size if size and abs(size - self._usual) > _SAME_SIZE * self._usual else None

    def _add_picture(self, cutting: Cutting, extent: Box) -> None:
        width = min(cutting.box.width, extent.width)
        picture = self._paragraph().add_run().add_picture(BytesIO(cutting.data), width=Pt(max(width, 1)))
        if cutting.text:
            picture._inline.docPr.set("descr", legal(cutting.text))

    def _add_table(self, table: Table) -> None:
        if self._break_before:
            self._paragraph()
        widths = grid.column_widths(table, self._sheet)
        made = self._docx.add_table(0, len(widths), "Table Grid")
        made.autofit = False
        for column, width in zip(made._tbl.tblGrid.gridCol_lst, widths, strict=True):
            column.w = Pt(width)
        if is_right_to_left(cell.text for cell in table.cells):
            made._tbl.tblPr.insert(1, parse_xml(f"<w:bidiVisual {nsdecls('w')}/>"))
        size = self._unusual(print_size((self._words[index] for index in words_of(table)), self._sheet))
        for row, cells in enumerate(grid.places(table)):
            self._add_row(made.add_row()._tr, cells, row, widths, size)
        self._paragraph().paragraph_format.space_after = Pt(0)

    def _add_row(self, row: CT_Row, cells: _Cells, number: int, widths: Sequence[float], size: float | None) -> None:
        """Fill a row that has a place for each column, with cells that may span some, and some of the rows below."""
        places = row.tc_lst
        column = 0
        while column < len(cells):
            cell, place = cells[column], places[column]
            span = cell.column_span if cell else 1
            for covered in places[column + 1 : column + span]:
                row.remove(covered)
            place.width = Pt(sum(widths[column : column + span]))
            place.grid_span = span
            if cell and cell.row_span > 1:
                place.vMerge = "restart" if cell.row == number else "continue"
            paragraph = Paragraph(place.p_lst[0], self._docx._body)
            paragraph.paragraph_format.space_after = Pt(0)
            if cell and cell.row == number:
                self._fill(paragraph, cell, size)
            column += span
        if all(cell and cell.header for cell in cells):
            row.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

    def _fill(self, paragraph: Paragraph, cell: Cell, size: float | None) -> None:
        add_text(paragraph, " ".join(cell.text.split()), size)
        for run in paragraph.runs:
            run.bold = cell.header or None


def _set_paper(section: Section, size: tuple[float, float], print_: Box) -> None:
    width, height = (min(max(side, _PAPER[0]), _PAPER[1]) for side in size)
    section.page_width, section.page_height = Pt(width), Pt(height)
    section.orientation = WD_ORIENT.LANDSCAPE if width > height else WD_ORIENT.PORTRAIT
    # Tiny paper has tiny margins, and print is never squeezed to less than half of the paper.
    section.left_margin, section.right_margin = _margins(print_.left, size[0] - print_.right, width)
    section.top_margin, section.bottom_margin = _margins(print_.top, size[1] - print_.bottom, height)
    section.header_distance = section.footer_distance = Pt(min(_MARGINS[0] / 2, height / 10))


def _margins(before: float, after: float, side: float) -> tuple[Length, Length]:
    """The margins at both ends of a side of the paper, in points: those of the page, within reason."""
    least, most = min(_MARGINS[0], side / 10), min(_MARGINS[1], side / 4)
    return Pt(round(min(max(before, least), most))), Pt(round(min(max(after, least), most)))


def _is_centred(box: Box, extent: Box) -> bool:
    left, right = box.left - extent.left, extent.right - box.right
    return min(left, right) > _CENTRED * extent.width and abs(left - right) < 2 * _MIDDLE * extent.width
