"""Galleries in the data folder: `<data>/galleries/<project>/<gallery>`, as `keeping` of that room writes them.

Called by the command line; workers read the folders and never write to them. Only the features of pictures are kept,
not the pictures.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stele.domain.errors import GalleryEntryNotFound, GalleryExists, GalleryNotFound, RequestError
from stele.domain.galleries import Gallery, GalleryEntry, GalleryKind
from stele.domain.media import Limits
from stele.domain.value import changed
from stele.pipeline.annotation.galleries import keeping
from stele.pipeline.annotation.galleries.features import Detail, Embedder, Features, features_of
from stele.pipeline.annotation.galleries.matching import Shape
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Pixels
from stele.service.galleries import Galleries, NewPicture

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class FolderGalleries(Galleries):
    """See `stele.service.galleries.Galleries`."""

    def __init__(self, folder: Path, models: Path, limits: Limits) -> None:
        self._folder, self._models, self._limits = folder, models, limits

    def create(self, project: str, name: str, kind: GalleryKind) -> None:
        if not _NAME.fullmatch(name):
            raise RequestError(reason="the name of a gallery is of small letters, digits, '.', '_' and '-'.")
        try:
            keeping.make(self._folder / project / name, kind)
        except FileExistsError as error:
            raise GalleryExists(gallery=name) from error

    def add(self, project: str, name: str, pictures: Sequence[NewPicture]) -> tuple[GalleryEntry, ...]:
        with self._gallery(project, name) as folder:
            kind = keeping.kind_of(folder)
            embedder = Embedder(self._models) if kind is GalleryKind.WEB else _none
            features, embeddings = [], []
            for picture in pictures:
                pixels = self._pixels(picture.path)
                features.append(_features(pixels, picture.path.name, kind))
                embeddings.append(embedder(pixels))
            entries = tuple(changed(picture.entry, id=secrets.token_hex(6)) for picture in pictures)
            keeping.add(folder, entries, features, embeddings)
        return entries

    def list(self, project: str) -> tuple[Gallery, ...]:
        return tuple(
            Gallery(name=folder.name, kind=keeping.kind_of(folder), entries=len(keeping.entries_of(folder)))
            for folder in keeping.galleries_of(self._folder / project)
        )

    def entries(self, project: str, name: str) -> tuple[GalleryEntry, ...]:
        with self._gallery(project, name) as folder:
            return keeping.entries_of(folder)

    def remove(self, project: str, name: str, ids: Sequence[str]) -> None:
        with self._gallery(project, name) as folder:
            if not ids:
                keeping.drop(folder)
                return
            known = {entry.id for entry in keeping.entries_of(folder)}
            for id_ in ids:
                if id_ not in known:
                    raise GalleryEntryNotFound(entry=id_, gallery=name)
            keeping.remove(folder, ids)

    @contextmanager
    def _gallery(self, project: str, name: str) -> Iterator[Path]:
        """Its folder. Raises GalleryNotFound, also where it is removed while it is used."""
        if not _NAME.fullmatch(name):
            raise GalleryNotFound(gallery=name, project=project)
        folder = self._folder / project / name
        try:
            yield folder
        except FileNotFoundError as error:
            if folder.is_dir():
                raise
            raise GalleryNotFound(gallery=name, project=project) from error

    def _pixels(self, path: Path) -> Pixels:
        with open_document(path, name=path.name, limits=self._limits, password=None) as document:
            (pixels,) = [page.raster() for page in document.pages(1, 1)]
        return pixels


def _features(pixels: Pixels, name: str, kind: GalleryKind) -> Features:
    found = features_of(pixels, Detail.KEPT)
    shape = Shape.FLAT if kind is GalleryKind.LOGOS else Shape.SOLID
    if len(found.points) < 2 * shape.least:
        raise RequestError(
            reason=f"{name} has too few points to be told from others ({len(found.points)}, at least "
            f"{2 * shape.least} are needed). Give a larger or more detailed picture."
        )
    return found


def _none(_: Pixels) -> None:
    """No embedding: only pictures of the web are looked for by what they show."""
