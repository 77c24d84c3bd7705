"""Excel workbooks: each table is a sheet, and what is in none is on a last one, in reading order.

Cells that are numbers or dates beyond doubt are stored as such, with the format that shows them as printed (see
`cellvalues.py`); all else is text, never a formula. Merged cells are merged, header rows are bold and stay in view. On
the last sheet a row is a line of the page, and lines side by side are in columns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import Cell as Place
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from stele.domain.document import Break, Cell, Page, Table
from stele.pipeline.export.cellvalues import Conventions, conventions, value_of
from stele.pipeline.export.flowing import flow
from stele.pipeline.export.outline import is_right_to_left, main_language, words_of
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.txt import unreadable
from stele.pipeline.export.upright import legal

#: what a cell and a sheet hold (Excel's specifications and limits)
_MAX_CHARACTERS = 32_767
_MAX_ROWS = 1_048_576
#: widths of columns in characters
_NARROWEST, _WIDEST = 8, 60

_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_xlsx(document: ExportInput, out: BinaryIO) -> None:
    """Memory grows with the text, not with the pictures."""
    book = Workbook()
    rest = book.create_sheet("Text")
    book.remove(book.worksheets[0])
    for page in document.pages:
        for position, table in enumerate(page.tables, start=1):
            title = f"Page {page.number}" + (f" table {position}" if len(page.tables) > 1 else "")
            _write_table(book.create_sheet(title, index=len(book.worksheets) - 1), table, page)
        _write_rest(rest, page)
    if rest.max_row == 1 and rest["A1"].value is None and len(book.worksheets) > 1:
        book.remove(rest)
    book.active = 0
    book.save(out)


def _write_table(sheet: Worksheet, table: Table, page: Page) -> None:
    known = conventions((cell.text for cell in table.cells), main_language(page))
    for cell in table.cells:
        place = _filled(sheet, (cell.row + 1, cell.column + 1), cell.text, known)
        if cell.header:
            place.font = _BOLD
        if cell.row_span > 1 or cell.column_span > 1:
            sheet.merge_cells(
                start_row=cell.row + 1,
                start_column=cell.column + 1,
                end_row=cell.row + cell.row_span,
                end_column=cell.column + cell.column_span,
            )
    headers = _header_rows(table.cells)
    if headers:
        sheet.freeze_panes = f"A{headers + 1}"
    sheet.sheet_view.rightToLeft = is_right_to_left(cell.text for cell in table.cells)
    _set_widths(sheet, table.cells)


def _header_rows(cells: Sequence[Cell]) -> int:
    """How many rows at the top are headers all over."""
    rows = 0
    while (row := [cell for cell in cells if cell.row == rows]) and all(cell.header for cell in row):
        rows += 1
    return rows if any(cell.row >= rows for cell in cells) else 0


def _set_widths(sheet: Worksheet, cells: Sequence[Cell]) -> None:
    widths: dict[int, int] = {}
    for cell in cells:
        if cell.column_span == 1:
            widest = max(map(_width, cell.text.splitlines()), default=0)
            widths[cell.column] = max(widths.get(cell.column, 0), widest)
    for column, width in widths.items():
        letter = get_column_letter(column + 1)
        sheet.column_dimensions[letter].width = min(max(width + 2, _NARROWEST), _WIDEST)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _write_rest(sheet: Worksheet, page: Page) -> None:
    """The lines of a page that are in no table, below what the sheet has already, behind an empty row."""
    rows = [[failure]] if (failure := unreadable(page)) else list(_rows(page))
    known = Conventions()
    begin = sheet.max_row + 2 if sheet["A1"].value is not None else 1
    for row, texts in enumerate(rows[: _MAX_ROWS - begin], start=begin):
        for column, text in enumerate(texts, start=1):
            _filled(sheet, (row, column), text, known)


def _rows(page: Page) -> Iterator[list[str]]:
    tabled = {index for table in page.tables for index in words_of(table)}
    row: list[str] = []
    for line in page.lines():
        words = [word for word in line.words if word.index not in tabled]
        if words:
            row.append(flow(words))
        if row and line.words[-1].break_ is not Break.SPACE:
            yield row
            row = []
    if row:
        yield row


def _filled(sheet: Worksheet, at: tuple[int, int], text: str, known: Conventions) -> Place:
    place = sheet.cell(*at)
    assert isinstance(place, Place)  # no cell of a table lies below another one
    value = value_of(text, known)
    if value is not None:
        place.value = value.value
        place.number_format = value.code
        return place
    place.value = legal(text)[:_MAX_CHARACTERS]
    place.data_type = "s"  # else a text with an equals sign in front would be a formula
    if "\n" in text or len(text) > _WIDEST:
        place.alignment = _WRAPPED
    return place
