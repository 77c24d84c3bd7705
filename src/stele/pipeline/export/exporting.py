"""The door of this room: which exporter writes which format, and how several documents go into one stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from stele.domain.errors import RequestError
from stele.domain.job import Format
from stele.pipeline.export.alto import write_alto
from stele.pipeline.export.canonical import write_json, write_json_line
from stele.pipeline.export.csv import write_csv
from stele.pipeline.export.docx import write_docx
from stele.pipeline.export.hocr import write_hocr
from stele.pipeline.export.layout import write_layout
from stele.pipeline.export.md import write_md
from stele.pipeline.export.pdf import write_pdf
from stele.pipeline.export.pptx import write_pptx
from stele.pipeline.export.seam import Exporter, ExportInput
from stele.pipeline.export.txt import write_txt
from stele.pipeline.export.xlsx import write_xlsx

EXPORTERS: Mapping[Format, Exporter] = {
    Format.TXT: write_txt,
    Format.LAYOUT: write_layout,
    Format.JSON: write_json,
    Format.MD: write_md,
    Format.HOCR: write_hocr,
    Format.ALTO: write_alto,
    Format.PDF: write_pdf,
    Format.DOCX: write_docx,
    Format.XLSX: write_xlsx,
    Format.CSV: write_csv,
    Format.PPTX: write_pptx,
}
#: formats in which one stream can hold several documents
STREAMED = frozenset({Format.TXT, Format.JSON})


def write(format: Format, document: ExportInput, out: BinaryIO) -> None:
    """Write `document` to `out` as it is read: its pages are consumed once, and only one is held at a time.

    `out` need not be seekable. Raises FormatUnavailable when the format cannot be made of this input. What was written
    before an error stays written.
    """
    EXPORTERS[format](document, out)


def write_many(format: Format, documents: Iterable[ExportInput], out: BinaryIO) -> None:
    """Write several documents to one stream: txt under a heading line each, JSON as one document a line, with the
    input's `name` in it.

    Raises RequestError, before anything is written, for formats that have one document a file; FormatUnavailable as
    `write` does.
    """
    if format not in STREAMED:
        raise RequestError(reason=f"the format {format} has one document a file; ask for a folder of files instead.")
    for position, document in enumerate(documents):
        if format is Format.JSON:
            write_json_line(document, out)
        else:
            out.write(("\n" * (position > 0) + f"==> {document.name} <==\n").encode())
            write_txt(document, out)
