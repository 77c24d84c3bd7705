"""Tables as CSV: what a spreadsheet opens is what was on the page, and nothing that it runs."""

from __future__ import annotations

import csv
import io

from stele.domain.document import Cell, Page, Table
from stele.domain.geometry import rectangle
from stele.domain.job import Feature, Format
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput

BOX = rectangle(0, 0, 10, 10)


def cell(row: int, column: int, text: str, *, rows: int = 1, columns: int = 1) -> Cell:
    return Cell(row=row, column=column, row_span=rows, column_span=columns, text=text, words=(), polygon=BOX)


def written(*pages: tuple[Table, ...]) -> str:
    out = io.BytesIO()
    made = tuple(Page(number=number, width=10, height=10, tables=tables) for number, tables in enumerate(pages, 1))
    write(Format.CSV, ExportInput(name="a.pdf", pages=made), out)
    return out.getvalue().decode()


def test_rows_and_columns_and_what_is_merged() -> None:
    table = Table(
        polygon=BOX,
        cells=(
            cell(0, 0, "Town, county", columns=2),
            cell(0, 2, 'the "best"'),
            cell(1, 0, "two\nlines", rows=2),
            cell(1, 1, "1,234.50"),
            cell(2, 2, "-7"),
        ),
    )
    rows = list(csv.reader(io.StringIO(written((table,)), newline="")))
    assert rows == [["Town, county", "", 'the "best"'], ["two\nlines", "1,234.50", ""], ["", "", "-7"]]


def test_tables_are_apart_and_pages_without_any_leave_nothing() -> None:
    one, two = Table(polygon=BOX, cells=(cell(0, 0, "a"),)), Table(polygon=BOX, cells=(cell(0, 0, "b"),))
    assert written((one,), (), (two, one)) == "a\r\n\r\nb\r\n\r\na\r\n"
    assert written(()) == ""


def test_nothing_is_a_formula() -> None:
    texts = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-", "-12.5%", "+3"]
    table = Table(polygon=BOX, cells=tuple(cell(0, column, text) for column, text in enumerate(texts)))
    (row,) = csv.reader(io.StringIO(written((table,))))
    assert row == ["'=1+1", "'@SUM(A1)", "'+cmd|' /C calc'!A0", "'-", "-12.5%", "+3"]


def test_who_asks_for_it_asks_for_tables() -> None:
    assert Format.CSV.features == (Feature.TABLES,)
    assert Format.CSV.is_text
    assert not Format.CSV.needs_original
