"""JSON: the canonical document itself, one page at a time, byte for byte what `stele.domain.document.to_json` gives."""

from __future__ import annotations

from typing import BinaryIO

from stele.domain.document import Document, to_json
from stele.pipeline.export.seam import ExportInput

#: an empty document, cut where its pages go
_HEAD, _TAIL = to_json(Document(pages=())).split(b"]", 1)


def write_json(document: ExportInput, out: BinaryIO) -> None:
    out.write(_HEAD)
    for position, page in enumerate(document.pages):
        out.write(b"," * (position > 0) + to_json(page))
    out.write(b"]" + _TAIL)
