"""Receiving bytes: streamed to a blob, hashed and measured on the way, durable before anybody is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

import google_crc32c

from stele.domain.errors import EmptyInput, FileTooLarge
from stele.domain.value import Value
from stele.service.core import Core
from stele.service.names import input_blob

T = TypeVar("T")

_HEAD = 4096  #: bytes kept for telling the format


class Upload(Value):
    """Bytes that are durable but not part of a job yet. `head` is their beginning, `digest` their SHA-256, `md5` their
    MD5 where they are to be an object (hexadecimal)."""

    blob: str
    name: str
    size: int
    head: bytes
    digest: str
    crc32c: int
    md5: str = ""


class Receiver:
    """Takes one upload. Blocking; call it in a thread. Either `finish` or `discard` it."""

    def __init__(self, core: Core, blob: str, name: str, limit: int) -> None:
        self._blob = blob
        self._name = name
        self._limit = limit
        self._writer = core.blobs.writer()
        self._size = 0
        self._head = b""
        self._digest = hashlib.sha256()
        self._crc = google_crc32c.Checksum()

    @property
    def size(self) -> int:
        return self._size

    def write(self, data: bytes) -> None:
        """Raises FileTooLarge, StorageFull."""
        self._size += len(data)
        if self._size > self._limit:
            raise FileTooLarge(name=self._name, size=f"more than {self._limit}", limit=self._limit)
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        self._digest.update(data)
        self._crc.update(data)
        self._writer.write(data)

    def finish(self) -> Upload:
        """Make it durable."""
        self._writer.keep(self._blob)
        return Upload(
            blob=self._blob,
            name=self._name,
            size=self._size,
            head=self._head,
            digest=self._digest.hexdigest(),
            crc32c=int.from_bytes(self._crc.digest(), "big"),
        )

    def discard(self) -> None:
        self._writer.discard()


def receive(core: Core, job: str, index: int, name: str) -> Receiver:
    """Receive the bytes of item `index` of a job that is being submitted; `name` is what the caller calls it."""
    return Receiver(core, input_blob(job, index), name, core.rules.limits.max_bytes)


def abandon(core: Core, job: str) -> None:
    """Delete what was received for a job that is not going to be submitted."""
    core.blobs.delete_folder(job)


def received(core: Core, job: str, inputs: Iterable[T]) -> tuple[T, ...]:
    """All inputs of a job that is being submitted, each received when its turn comes; where one fails, nothing is left
    of the others."""
    try:
        return tuple(inputs)
    except BaseException:
        abandon(core, job)
        raise


def receive_whole(core: Core, job: str, index: int, name: str, data: bytes) -> Upload:
    """`receive` for bytes that are in memory already. Raises EmptyInput."""
    if not data:
        raise EmptyInput(name=name)
    receiver = receive(core, job, index, name)
    try:
        receiver.write(data)
        return receiver.finish()
    except BaseException:
        receiver.discard()
        raise
