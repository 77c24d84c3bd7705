"""Who holds leases: a name with a locked file, so that the dead can be told from the living at once.

The lock is the kernel's: it goes when the process goes, however it goes. So a restarted server takes back the units
of its dead predecessor without waiting for their leases to run out. On other machines of a cluster only the lease
tells.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from stele.service.ports import UnitStore


class Holder:
    """A live holder of leases. Make one a supervisor, keep it open while its slots run."""

    def __init__(self, run: Path) -> None:
        self.name = f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(3)}"
        self._path = _path(run, self.name)
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._file.close()


def release_dead(store: UnitStore, run: Path) -> int:
    """Give back the units of holders of this machine that are dead; gives their number."""
    here = f"{os.uname().nodename}-"
    dead = (holder for holder in store.holders() if holder.startswith(here) and not _alive(run, holder))
    return sum(store.release_holder(holder) for holder in dead)


def _alive(run: Path, holder: str) -> bool:
    path = _path(run, holder)
    try:
        with path.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except FileNotFoundError:
        return False
    with suppress(OSError):
        path.unlink()
    return False


def _path(run: Path, holder: str) -> Path:
    return run / f"holder-{holder}.lock"
