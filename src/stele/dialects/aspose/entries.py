"""The results of a job, each as bytes: rendered from its pages, or what a worker made."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from stele.dialects.aspose.invoices import invoice_of
from stele.dialects.aspose.operations import INVOICE, Entry
from stele.dialects.aspose.submitting import remembered
from stele.domain.document import Page, Paragraph, Table
from stele.domain.geometry import Polygon, bounds, to_displayed
from stele.domain.job import Format, Job
from stele.service import query
from stele.service.core import Core, Principal

Rows = list[list[str]]

_FORMATS = {Entry.PDF: Format.PDF, Entry.EXCEL: Format.XLSX, Entry.HOCR: Format.HOCR}


def rendered(core: Core, principal: Principal, job: Job, item: int, entry: Entry) -> bytes:
    """One result of one input of an ended job. Blocking.

    Raises what `query.pages` and `query.opened_export` raise, and FileNotFoundError where a file is gone."""
    given = remembered(job)
    if entry in given.made:
        with query.opened_made(core, principal, job.id, item) as file:
            return file.read()
    if entry in _FORMATS:
        with query.opened_export(core, principal, job.id, item, _FORMATS[entry]) as file:
            return file.read()
    pages = query.pages(core, principal, job.id, item)
    match entry:
        case Entry.JSON:
            return _blocks(pages)
        case Entry.CSV:
            return _csv(pages)
        case Entry.REGIONS:
            return _regions(pages)
    return invoice_of(pages) if given.operation == INVOICE else text_of(pages).encode()


def text_of(pages: Iterable[Page]) -> str:
    """The rows of all pages: no empty lines between paragraphs, no line feed at the end."""
    return "\n".join(
        paragraph.text for page in pages for block in page.blocks for paragraph in block.paragraphs if paragraph.text
    )


def _blocks(pages: Iterable[Page]) -> bytes:
    """Every paragraph with the rectangle around it."""
    found = []
    for page in pages:
        for paragraph in _paragraphs(page):
            left, top, right, bottom = _rectangle(page, paragraph.polygon)
            rect = {"topLeftX": left, "topLeftY": top, "bottomRightX": right, "bottomRightY": bottom}
            found.append({"rect": rect, "text": paragraph.text})
    return json.dumps(found, ensure_ascii=False).encode()


def _regions(pages: Iterable[Page]) -> bytes:
    """The parts of the layout, without those within others."""
    found = [_rectangle(page, region.polygon) for page in pages for region in page.regions if region.within is None]
    return json.dumps(found).encode()


def _csv(pages: Iterable[Page]) -> bytes:
    """Every table, under a row with the numbers of its columns; of a page without any, its rows as they stand."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for page in pages:
        for rows in [_rows(table) for table in page.tables] or [_loose_rows(page)]:
            width = max(map(len, rows), default=0)
            if width:
                writer.writerow(range(width))
                writer.writerows(row + [""] * (width - len(row)) for row in rows)
    return out.getvalue().encode()


def _rows(table: Table) -> Rows:
    """The cells of a table; one that spans several places stands in the first."""
    height = max(cell.row + cell.row_span for cell in table.cells)
    width = max(cell.column + cell.column_span for cell in table.cells)
    rows = [[""] * width for _ in range(height)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def _loose_rows(page: Page) -> Rows:
    return [[row] for paragraph in _paragraphs(page) for row in paragraph.text.split("\n")]


def _paragraphs(page: Page) -> Iterator[Paragraph]:
    for block in page.blocks:
        yield from block.paragraphs


def _rectangle(page: Page, polygon: Polygon) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels of the page as it is displayed."""
    shown = [to_displayed(point, page.orientation, page.width, page.height) for point in polygon]
    left, top, right, bottom = (round(side) for side in bounds(shown))
    return left, top, right, bottom
