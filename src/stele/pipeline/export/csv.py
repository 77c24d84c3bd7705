"""CSV (RFC 4180): the tables of a document, one after the other, an empty line between two.

A merged cell has its text at its first row and column. Cells that a spreadsheet would take for a formula begin with an
apostrophe (OWASP, CSV injection): a scan is not to be trusted. What is not in a table is not there, nor are pages that
could not be read.
"""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from stele.domain.document import Table
from stele.pipeline.export.grid import places
from stele.pipeline.export.seam import ExportInput

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(document: ExportInput, out: BinaryIO) -> None:
    first = True
    for page in document.pages:
        for table in page.tables:
            out.write(("" if first else "\r\n").encode() + _rows(table).encode())
            first = False


def _rows(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for row, cells in enumerate(places(table)):
        writer.writerow(
            _harmless(cell.text) if cell is not None and (cell.row, cell.column) == (row, column) else ""
            for column, cell in enumerate(cells)
        )
    return text.getvalue()


def _harmless(text: str) -> str:
    """Text that no spreadsheet calculates; numbers stay as they are."""
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text.replace(",", "").replace("%", ""))
    except ValueError:
        return f"'{text}"
    return text
