"""Models in a folder: `<data>/models/<path of the file>`, with what is being fetched beside as `<path>.part`.

Called by the command line only; workers read the folder and never write to it. A pull that dies leaves its `.part`
behind, and the next one goes on from there.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from stele.adapters.egress.guarded import GuardedEgress, Sink
from stele.adapters.objects.files import sync_folder
from stele.domain.errors import (
    AddressForbidden,
    InputError,
    LimitError,
    ModelDamaged,
    ModelUnavailable,
    StorageFull,
    TimedOut,
)
from stele.domain.models import Model, ModelFile
from stele.service.models import Models, ModelState, Progress

_CHUNK = 1024 * 1024


class ModelSource(Protocol):
    """Where models come from."""

    def fetch(self, file: ModelFile, out: Sink, offset: int) -> None:
        """Write the file from the byte `offset` on. Raises InputError, LimitError, AddressForbidden, TimedOut and
        OSError."""
        ...


class FolderSource:
    """A folder with the files of the models by their paths: for machines without a network, and for tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, file: ModelFile, out: Sink, offset: int) -> None:
        with (self._folder / file.path).open("rb") as source:
            source.seek(offset)
            shutil.copyfileobj(source, out, _CHUNK)


class AddressSource:
    """The origins themselves, or a mirror: an address to which the paths of the files are added."""

    def __init__(self, egress: GuardedEgress, mirror: str | None) -> None:
        self._egress = egress
        self._mirror = mirror

    def fetch(self, file: ModelFile, out: Sink, offset: int) -> None:
        address = file.url if self._mirror is None else f"{self._mirror.rstrip('/')}/{file.path}"
        self._egress.fetch(address, out, offset)


class FolderModels(Models):
    """See `stele.service.models.Models`."""

    def __init__(self, folder: Path, source: ModelSource) -> None:
        self._folder = folder
        self._source = source

    def state(self, model: Model) -> ModelState:
        return self._judged(model, lambda path, file: path.stat().st_size == file.size)

    def verify(self, model: Model) -> ModelState:
        return self._judged(model, _sound)

    def pull(self, model: Model, progress: Progress) -> None:
        with self._alone(model):
            done = 0
            for file in model.files:
                path = self._folder / file.path
                if not (path.exists() and _sound(path, file)):
                    self._fetch(model, file, partial(_after, progress, done, model.size))
                done += file.size
                progress(done, model.size)

    def _judged(self, model: Model, sound: Callable[[Path, ModelFile], bool]) -> ModelState:
        paths = [(self._folder / file.path, file) for file in model.files]
        there = [(path, file) for path, file in paths if path.exists()]
        if not all(sound(path, file) for path, file in there):
            return ModelState.DAMAGED
        if len(there) == len(paths):
            return ModelState.INSTALLED
        return ModelState.PARTLY if there or any(_part(path).exists() for path, _ in paths) else ModelState.MISSING

    def _fetch(self, model: Model, file: ModelFile, told: Callable[[int], None]) -> None:
        path = self._folder / file.path
        part = _part(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("ab") as out:
                offset = out.tell()
                if offset < file.size:
                    self._source.fetch(file, _Counting(out, offset, told), offset)
                out.flush()
                os.fsync(out.fileno())
            if not _sound(part, file):
                part.unlink()
                raise ModelDamaged(file=file.path, model=model.name, reason="another file came. Look at its source.")
            part.replace(path)
            sync_folder(path.parent)
        except (InputError, LimitError, AddressForbidden, TimedOut) as error:
            raise ModelUnavailable(model=model.name, reason=error.message) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise StorageFull from error
            raise ModelUnavailable(model=model.name, reason=f"{file.path}: {error.strerror}.") from error

    @contextmanager
    def _alone(self, model: Model) -> Iterator[None]:
        """One pull of a model at a time, on this machine."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f".{model.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _after(progress: Progress, done: int, total: int, count: int) -> None:
    """Tell the progress when there are `count` bytes of a file, and `done` of those before it."""
    progress(done + count, total)


class _Counting:
    """Tells how many bytes of a file there are when some more are written."""

    def __init__(self, out: BinaryIO, count: int, told: Callable[[int], None]) -> None:
        self._out, self._count, self._told = out, count, told

    def write(self, data: bytes) -> int:
        self._out.write(data)
        self._count += len(data)
        self._told(self._count)
        return len(data)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _sound(path: Path, file: ModelFile) -> bool:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest() == file.sha256
