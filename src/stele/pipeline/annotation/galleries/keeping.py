"""The features of a gallery on disk, in parts: one for each time that pictures were added.

A part is a folder with `entries.msgpack` (what is known of each picture), `descriptors.npy` and `points.npy` (of all
pictures, one after the other), `counts.npy` (how many points each has), `hashes.npy` and `embeddings.npy`. Galleries
and parts are written beside and renamed, so they are there whole or not at all. A removed picture has an empty file
named by its id in `removed`. Every part has a name of its own and every removal a file of its own, so that processes
that change a gallery at the same moment do not meet, and one that is made anew is not taken for the old one.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from stele.domain.galleries import GalleryEntry, GalleryKind
from stele.pipeline.annotation.galleries.features import DESCRIPTOR, EMBEDDING, HASH, Bytes, Features, Floats

_REMOVED, _KIND, _PARTS = "removed", "kind", "parts"


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Pictures and their features: `descriptors` and `points` of all, `counts` of each; `embeddings` are rows of
    zeros where none was made."""

    entries: tuple[GalleryEntry, ...]
    descriptors: Bytes
    points: Floats
    counts: np.ndarray[tuple[int], np.dtype[np.int64]]
    hashes: Bytes
    embeddings: Floats


def make(folder: Path, kind: GalleryKind) -> None:
    """Make an empty gallery; durable when it returns. Raises FileExistsError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".making-", dir=folder.parent) as beside:
        made = Path(beside) / folder.name
        for inner in (_PARTS, _REMOVED):
            (made / inner).mkdir(parents=True)
        (made / _KIND).write_text(kind, "utf-8")
        for each in (made / _KIND, made):
            _sync(each)
        try:
            made.rename(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            raise FileExistsError(errno.EEXIST, "there is one already", folder) from error
    _sync(folder.parent)


def drop(folder: Path) -> None:
    """Remove a gallery; durable when it returns. Raises FileNotFoundError."""
    gone = folder.with_name(f".dropped-{secrets.token_hex(4)}")
    folder.rename(gone)  # at once, for whoever reads it
    _sync(folder.parent)
    shutil.rmtree(gone)


def galleries_of(folder: Path) -> list[Path]:
    """The galleries of a project, by name; those half made or half removed begin with a dot."""
    return sorted(each for each in folder.iterdir() if not each.name.startswith(".")) if folder.is_dir() else []


def kind_of(folder: Path) -> GalleryKind:
    return GalleryKind((folder / _KIND).read_text("utf-8"))


def add(
    folder: Path,
    entries: Sequence[GalleryEntry],
    features: Sequence[Features],
    embeddings: Sequence[Floats | None],
) -> None:
    """Add pictures, all or none; durable when it returns. Raises FileNotFoundError where the gallery is removed
    meanwhile."""
    none = np.zeros(EMBEDDING, np.float32)
    with TemporaryDirectory(prefix=".adding-", dir=folder) as beside:
        part = Path(beside) / f"{time.time_ns():020d}-{secrets.token_hex(4)}"  # so that parts sort by when they came
        part.mkdir()
        (part / "entries.msgpack").write_bytes(msgspec.msgpack.encode(tuple(entries)))
        np.save(part / "descriptors.npy", np.concatenate([each.descriptors for each in features]))
        np.save(part / "points.npy", np.concatenate([each.points for each in features]))
        np.save(part / "counts.npy", np.array([len(each.points) for each in features], np.int64))
        np.save(part / "hashes.npy", np.stack([each.hash for each in features]))
        rows = [none if each is None else each for each in embeddings]
        np.save(part / "embeddings.npy", np.stack(rows).astype(np.float16))
        for file in (*part.iterdir(), part):
            _sync(file)
        part.rename(folder / _PARTS / part.name)
    _sync(folder / _PARTS)


def remove(folder: Path, ids: Sequence[str]) -> None:
    """Let pictures be found no more; durable when it returns."""
    for id_ in ids:
        (folder / _REMOVED / id_).touch()
    _sync(folder / _REMOVED)


def entries_of(folder: Path) -> tuple[GalleryEntry, ...]:
    gone = _removed(folder)
    return tuple(entry for part in _parts(folder) for entry in _entries(part) if entry.id not in gone)


def state_of(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Changes when the gallery does: the names of its parts, and the ids of removed pictures."""
    return frozenset(part.name for part in _parts(folder)), _removed(folder)


def read(folders: Sequence[Path]) -> Pictures:
    """All pictures of some galleries, one after the other."""
    parts = [_without(_part(part), _removed(folder)) for folder in folders for part in _parts(folder)]
    if not parts:
        return Pictures(
            entries=(),
            descriptors=np.zeros((0, DESCRIPTOR), np.uint8),
            points=np.zeros((0, 4), np.float32),
            counts=np.zeros(0, np.int64),
            hashes=np.zeros((0, HASH), np.uint8),
            embeddings=np.zeros((0, EMBEDDING), np.float32),
        )
    return Pictures(
        entries=tuple(entry for part in parts for entry in part.entries),
        descriptors=np.concatenate([part.descriptors for part in parts]),
        points=np.concatenate([part.points for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        hashes=np.concatenate([part.hashes for part in parts]),
        embeddings=np.concatenate([part.embeddings for part in parts]),
    )


def _part(folder: Path) -> Pictures:
    return Pictures(
        entries=_entries(folder),
        descriptors=np.load(folder / "descriptors.npy"),
        points=np.load(folder / "points.npy"),
        counts=np.load(folder / "counts.npy"),
        hashes=np.load(folder / "hashes.npy"),
        embeddings=np.load(folder / "embeddings.npy").astype(np.float32),
    )


def _without(pictures: Pictures, gone: frozenset[str]) -> Pictures:
    kept = np.array([entry.id not in gone for entry in pictures.entries], bool)
    if kept.all():
        return pictures
    points = np.repeat(kept, pictures.counts)
    return Pictures(
        entries=tuple(entry for entry in pictures.entries if entry.id not in gone),
        descriptors=pictures.descriptors[points],
        points=pictures.points[points],
        counts=pictures.counts[kept],
        hashes=pictures.hashes[kept],
        embeddings=pictures.embeddings[kept],
    )


def _entries(part: Path) -> tuple[GalleryEntry, ...]:
    return msgspec.msgpack.decode((part / "entries.msgpack").read_bytes(), type=tuple[GalleryEntry, ...])


def _parts(folder: Path) -> list[Path]:
    return sorted((folder / _PARTS).iterdir())


def _removed(folder: Path) -> frozenset[str]:
    return frozenset(each.name for each in (folder / _REMOVED).iterdir())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
