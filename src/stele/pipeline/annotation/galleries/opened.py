"""The galleries of a project, ready to be searched; read again when they have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stele.domain.galleries import GalleryEntry, GalleryKind
from stele.pipeline.annotation.galleries import keeping
from stele.pipeline.annotation.galleries.features import Features, Floats
from stele.pipeline.annotation.galleries.index import Index
from stele.pipeline.annotation.galleries.matching import Match, Shape, matched

#: pictures that are held against this one point by point
_HELD = 12
#: bits of 64 by which two pictures that look the same may differ
_SAME = 8


@dataclass(frozen=True, kw_only=True)
class Found:
    """A known picture in this one."""

    entry: GalleryEntry
    match: Match


class OpenGallery:
    """All galleries of one kind of one project. For one thread."""

    def __init__(self, folder: Path, kind: GalleryKind) -> None:
        """`folder`: that of the project's galleries."""
        self._folder, self._kind = folder, kind
        self._state: object = None
        self._pictures = keeping.read(())
        self._index = Index(self._pictures.descriptors, self._pictures.counts)
        self._starts: npt.NDArray[np.int64] = np.zeros(1, np.int64)

    def refreshed(self) -> bool:
        """Read again what has changed; whether there is any gallery of the kind."""
        galleries = keeping.galleries_of(self._folder)
        try:
            return self._read(galleries)
        except FileNotFoundError:
            if all(each.is_dir() for each in galleries):
                raise
            return self.refreshed()  # one was removed meanwhile

    def _read(self, galleries: Sequence[Path]) -> bool:
        folders = [each for each in galleries if keeping.kind_of(each) is self._kind]
        state = [(each.name, keeping.state_of(each)) for each in folders]
        if state != self._state:
            self._pictures = keeping.read(folders)
            counts = self._pictures.counts
            self._index = Index(self._pictures.descriptors, np.repeat(np.arange(len(counts)), counts))
            self._starts = np.concatenate([[0], np.cumsum(counts)])
            self._state = state
        return bool(folders)

    @property
    def empty(self) -> bool:
        return not self._pictures.entries

    def matching(self, seen: Features, shape: Shape) -> list[Found]:
        """The known pictures that are in this one, the surest first."""
        found = []
        for picture in self._index.pictures(seen.descriptors, _HELD):
            match = matched(self._features(int(picture)), seen, shape)
            if match is not None:
                found.append(Found(entry=self._pictures.entries[picture], match=match))
        return sorted(found, key=lambda each: -each.match.inliers)

    def same(self, seen: Features) -> list[GalleryEntry]:
        """Those that look the same as a whole, by their hashes; the most alike first."""
        bits = np.unpackbits(self._pictures.hashes ^ seen.hash, axis=1).sum(axis=1)
        order = np.argsort(bits, kind="stable")
        return [self._pictures.entries[each] for each in order if bits[each] <= _SAME]

    def similar(self, embedding: Floats, least: float, most: int) -> list[tuple[GalleryEntry, float]]:
        """Those that show something alike, by the cosine of their embeddings, the best first."""
        cosines = self._pictures.embeddings @ embedding
        order = np.argsort(-cosines, kind="stable")[:most]
        return [(self._pictures.entries[each], float(cosines[each])) for each in order if cosines[each] >= least]

    def _features(self, picture: int) -> Features:
        span = slice(self._starts[picture], self._starts[picture + 1])
        return Features(
            points=self._pictures.points[span],
            descriptors=self._pictures.descriptors[span],
            hash=self._pictures.hashes[picture],
        )
