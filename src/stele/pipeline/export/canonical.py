"""JSON: the canonical document itself, one page at a time, byte for byte what `stele.domain.document.to_json` gives."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from stele.domain.document import SCHEMA, Document, to_json
from stele.domain.value import Value
from stele.pipeline.export.seam import ExportInput


class _Named(Value):
    """An empty document among others: `name` is what the input is called, for whoever joins results to inputs."""

    schema: str = SCHEMA
    name: str
    pages: tuple[()] = ()


def write_json(document: ExportInput, out: BinaryIO) -> None:
    _write(to_json(Document(pages=())), document, out)


def write_json_line(document: ExportInput, out: BinaryIO) -> None:
    """Write a document of several in one stream: with its `name`, and a line end."""
    _write(msgspec.json.encode(_Named(name=document.name)), document, out)
    out.write(b"\n")


def _write(empty: bytes, document: ExportInput, out: BinaryIO) -> None:
    """Write `empty`, which ends with its pages, with the pages of `document` in it."""
    end = b"]}"
    out.write(empty.removesuffix(end))
    for position, page in enumerate(document.pages):
        out.write(b"," * (position > 0) + to_json(page))
    out.write(end)
