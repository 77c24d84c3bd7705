"""What an exporter is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from stele.domain.document import Page


@dataclass(frozen=True, kw_only=True)
class ExportInput:
    """One document to render. `pages` are in order and may be consumed once; `original` is the file they came from
    (None where it is gone: formats that need it then raise FormatUnavailable); `password` opens it."""

    name: str
    pages: Iterable[Page]
    original: Path | None = None
    password: str | None = None


class Exporter(Protocol):
    """Writes one document. Raises FormatUnavailable."""

    def __call__(self, document: ExportInput, out: BinaryIO) -> None: ...
