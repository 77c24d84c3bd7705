"""The features of a gallery on disk, in parts: one for each time that pictures were added.

A part is a folder with `entries.msgpack` (what is known of each picture), `descriptors.npy` and `points.npy` (of all
pictures, one after the other), `counts.npy` (how many points each has), `hashes.npy` and `embeddings.npy`. A part is
written beside and renamed, so it is there whole or not at all. Removed pictures are listed in `removed.msgpack`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from stele.domain.galleries import GalleryEntry, GalleryKind
from stele.pipeline.annotation.galleries.features import DESCRIPTOR, EMBEDDING, HASH, Bytes, Features, Floats

_REMOVED, _KIND, _PARTS = "removed.msgpack", "kind", "parts"


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
    """Make an empty gallery. Raises FileExistsError."""
    folder.mkdir(parents=True)
    (folder / _PARTS).mkdir()
    (folder / _KIND).write_text(kind, "utf-8")


def kind_of(folder: Path) -> GalleryKind:
    return GalleryKind((folder / _KIND).read_text("utf-8"))


def add(
    folder: Path,
    entries: Sequence[GalleryEntry],
    features: Sequence[Features],
    embeddings: Sequence[Floats | None],
) -> None:
    """Add pictures, all or none; durable when it returns."""
    number = max((int(part.name) for part in _parts(folder)), default=0) + 1
    temporary = folder / f".part-{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    (temporary / "entries.msgpack").write_bytes(msgspec.msgpack.encode(tuple(entries)))
    none = np.zeros(EMBEDDING, np.float32)
    np.save(temporary / "descriptors.npy", np.concatenate([each.descriptors for each in features]))
    np.save(temporary / "points.npy", np.concatenate([each.points for each in features]))
    np.save(temporary / "counts.npy", np.array([len(each.points) for each in features], np.int64))
    np.save(temporary / "hashes.npy", np.stack([each.hash for each in features]))
    np.save(
        temporary / "embeddings.npy",
        np.stack([none if each is None else each for each in embeddings]).astype(np.float16),
    )
    for file in temporary.iterdir():
        _sync(file)
    temporary.rename(folder / _PARTS / f"{number:08d}")
    _sync(folder / _PARTS)


def remove(folder: Path, ids: Sequence[str]) -> None:
    """Let pictures be found no more."""
    gone = sorted(_removed(folder) | set(ids))
    temporary = folder / f".removed-{os.getpid()}"
    temporary.write_bytes(msgspec.msgpack.encode(gone))
    _sync(temporary)
    temporary.replace(folder / _REMOVED)
    _sync(folder)


def entries_of(folder: Path) -> tuple[GalleryEntry, ...]:
    gone = _removed(folder)
    return tuple(entry for part in _parts(folder) for entry in _entries(part) if entry.id not in gone)


def state_of(folder: Path) -> tuple[tuple[str, ...], int]:
    """Changes when the gallery does: the names of its parts, and when pictures were removed."""
    removed = folder / _REMOVED
    return tuple(part.name for part in _parts(folder)), removed.stat().st_mtime_ns if removed.exists() else 0


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


def _without(pictures: Pictures, gone: set[str]) -> Pictures:
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


def _removed(folder: Path) -> set[str]:
    path = folder / _REMOVED
    return set(msgspec.msgpack.decode(path.read_bytes(), type=list[str])) if path.exists() else set()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
