"""The embedded keeping of blobs: plain files under `<data>/blobs/<2 of the folder's last hex digits>/<folder>/<name>`.

A blob is written to `<data>/tmp`, fsynced, renamed into place, and the folder is fsynced: when `keep` returns, a power
cut does not lose it, and nobody ever sees half a blob. Used by the API process (uploads), by worker children (results)
and by the supervisor (sweeping). A process that dies leaves at most a file in `tmp`, which `sweep_temporary` removes.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO

from stele.domain.errors import StorageFull
from stele.service.ports import (
    Blobs,
    BlobWriter,
)


class FileBlobs(Blobs):
    """See `stele.service.ports.Blobs`. Safe to use from any number of threads and processes."""

    def __init__(self, data: Path) -> None:
        self._root = data / "blobs"
        self._temporary = data / "tmp"
        self._root.mkdir(parents=True, exist_ok=True)
        self._temporary.mkdir(parents=True, exist_ok=True)

    def writer(self) -> BlobWriter:
        return _FileWriter(self, self._temporary / secrets.token_hex(16))

    def path(self, name: str) -> Path:
        folder, _, rest = name.partition("/")
        if not rest or ".." in Path(name).parts or Path(name).is_absolute():
            raise ValueError(f"not the name of a blob: {name!r}")
        return self._folder(folder) / rest

    def read(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self.path(name).open("rb")

    def link(self, name: str, new: str) -> None:
        target = self.path(new)
        _make_durable(target.parent)
        try:
            os.link(self.path(name), target)
        except OSError as error:
            raise _translated(error) from error
        sync_folder(target.parent)

    def delete(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        shutil.rmtree(self._folder(folder), ignore_errors=True)

    def folders(self, older_than_seconds: float) -> Iterator[str]:
        limit = time.time() - older_than_seconds
        for shard in self._root.iterdir():
            for folder in shard.iterdir():
                with suppress(FileNotFoundError):
                    if folder.stat().st_mtime < limit:
                        yield folder.name

    def sweep_temporary(self, older_than_seconds: float) -> int:
        """Delete what writers that died left behind; gives the number of files."""
        limit = time.time() - older_than_seconds
        count = 0
        for path in self._temporary.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    count += 1
        return count

    def _folder(self, folder: str) -> Path:
        # The end of a job's id is random, its beginning is the time.
        return self._root / folder[-2:] / folder

    def keep(self, path: Path, name: str) -> None:
        """Rename a synced file into place, durably."""
        target = self.path(name)
        _make_durable(target.parent)
        path.rename(target)
        sync_folder(target.parent)


class _FileWriter(BlobWriter):
    def __init__(self, blobs: FileBlobs, path: Path) -> None:
        self._path = path
        self._blobs = blobs
        self.file: BinaryIO = path.open("wb")

    def write(self, data: bytes) -> None:
        try:
            self.file.write(data)
        except OSError as error:
            raise _translated(error) from error

    def keep(self, name: str) -> int:
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            size = self.file.tell()
            self.file.close()
            self._blobs.keep(self._path, name)
        except OSError as error:
            self.discard()
            raise _translated(error) from error
        return size

    def discard(self) -> None:
        with suppress(OSError):
            self.file.close()
        self._path.unlink(missing_ok=True)


def _translated(error: OSError) -> Exception:
    return StorageFull() if error.errno in {errno.ENOSPC, errno.EDQUOT} else error


def _make_durable(folder: Path) -> None:
    """Make a folder, and its entry in its parent durable. What is there already was made durable by its maker."""
    if folder.is_dir():
        return
    _make_durable(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
