"""Plain text: the lines in reading order, a form feed after every page.

The form feed after each page, the last one too, is what pdftotext and Tesseract write, so that the n-th page is the
n-th piece for tools that know them. A page that could not be read is one line in brackets that says why.
"""

from __future__ import annotations

from typing import BinaryIO

from stele.domain.document import Page
from stele.pipeline.export.seam import ExportInput

PAGE_END = "\f"


def write_txt(document: ExportInput, out: BinaryIO) -> None:
    for page in document.pages:
        text = unreadable(page) or page.text
        out.write((f"{text}\n" if text else "").encode() + PAGE_END.encode())


def unreadable(page: Page) -> str | None:
    """What stands in the place of a page that could not be read; None for a page that was."""
    return None if page.error is None else f"[page {page.number} could not be read: {page.error.message}]"
