"""The file of the master key, readable by its owner only. Made at the first start, read by every process."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from stele.domain.errors import RequestError
from stele.service.keys import MasterKey

_BYTES = 32
_OTHERS = 0o077


def master_key(path: Path) -> MasterKey:
    """The key in the file, which is made where there is none. Raises RequestError for a file that others may read, or
    that holds no key."""
    if not path.exists():
        _make(path)
    if path.stat().st_mode & _OTHERS:
        raise RequestError(reason=f"others may read the master key: chmod 600 {path}")
    material = path.read_bytes()
    if len(material) != _BYTES:
        raise RequestError(reason=f"{path} is no master key: it has {len(material)} bytes and not {_BYTES}")
    return MasterKey(material)


def _make(path: Path) -> None:
    """Nobody ever sees half a key, and of two processes that make one, the first wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
