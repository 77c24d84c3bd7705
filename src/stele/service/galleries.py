"""The galleries of a project: pictures that logos, landmarks and matching pictures are looked for in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from stele.domain.galleries import Gallery, GalleryEntry, GalleryKind
from stele.domain.value import Value


class NewPicture(Value):
    """A picture to add: the file, and what is known of it. Its `id` is given when it is added."""

    path: Path
    entry: GalleryEntry


class Galleries(Protocol):
    """Keeps galleries. Each call is durable when it returns, and running workers see it with their next picture."""

    def create(self, project: str, name: str, kind: GalleryKind) -> None:
        """Raises GalleryExists, RequestError for a name that is none."""
        ...

    def add(self, project: str, name: str, pictures: Sequence[NewPicture]) -> tuple[GalleryEntry, ...]:
        """Add pictures, all or none. Raises GalleryNotFound, InputError and LimitError cases, RequestError for a
        picture with too few points to be told from others."""
        ...

    def list(self, project: str) -> tuple[Gallery, ...]: ...

    def entries(self, project: str, name: str) -> tuple[GalleryEntry, ...]:
        """Raises GalleryNotFound."""
        ...

    def remove(self, project: str, name: str, ids: Sequence[str]) -> None:
        """Remove pictures; without ids the gallery. Raises GalleryNotFound, GalleryEntryNotFound."""
        ...
