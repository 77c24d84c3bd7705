"""Wake-ups between the processes of one server: local datagrams, one a commit.

Every listener binds `<run>/<kind>-<pid>.sock`; a sender writes to all listeners of a kind. Nothing is ever waited
for: a full or a dead socket drops the message, and the listener's poll finds out by itself. In a cluster
LISTEN/NOTIFY takes the place of these sockets behind the same ports.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from stele.domain.value import Value
from stele.service.ports import Wake
from stele.service.records import Progress

WORKERS = "workers"
CALLERS = "callers"

_MAX_MESSAGE = 4096
_LOOK_SECONDS = 1.0  #: how long a list of listeners is believed
_MAX_PATH = 90  #: bytes; the system allows 107 for a socket


class UnitsWait(Value, tag="units"):
    """There is work."""


class JobCancelled(Value, tag="cancelled"):
    job: str


class JobChanged(Value, tag="job"):
    progress: Progress


Message = UnitsWait | JobCancelled | JobChanged

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def run_folder(data: Path) -> Path:
    """Where the sockets of a data folder lie: inside it, or in a private temporary folder where its path is too
    long."""
    folder = data / "run"
    if len(os.fsencode(folder.resolve())) > _MAX_PATH - 20:
        name = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"stele-{os.getuid()}-{name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder


class DatagramWake(Wake):
    """The sending end. Safe to share between threads."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._listeners: dict[str, tuple[float, list[str]]] = {}

    def units_wait(self) -> None:
        self._send(WORKERS, UnitsWait())

    def job_changed(self, progress: Progress) -> None:
        self._send(CALLERS, JobChanged(progress=progress))

    def job_cancelled(self, job: str) -> None:
        self._send(WORKERS, JobCancelled(job=job))

    def _send(self, kind: str, message: Message) -> None:
        data = _encode(message)
        for path in self._of(kind):
            try:
                self._socket.sendto(data, path)
            except (ConnectionRefusedError, FileNotFoundError):
                with suppress(OSError):
                    Path(path).unlink()  # its process is gone
                self._listeners.pop(kind, None)
            except OSError:
                continue  # full: that listener has plenty to wake up for

    def _of(self, kind: str) -> list[str]:
        seen, paths = self._listeners.get(kind, (0.0, []))
        now = time.monotonic()
        if now - seen > _LOOK_SECONDS or not paths:
            paths = [str(path) for path in self._run.glob(f"{kind}-*.sock")]
            self._listeners[kind] = now, paths
        return paths


class Listener:
    """The receiving end: a bound socket. `receive` from one thread, or watch `fileno` on an event loop."""

    def __init__(self, run: Path, kind: str) -> None:
        self._path = run / f"{kind}-{os.getpid()}.sock"
        self._path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self._path))

    def receive(self) -> Message | None:
        """The next message; None for one that cannot be understood. Raises BlockingIOError on a non-blocking socket."""
        data = self.socket.recv(_MAX_MESSAGE)
        try:
            return _decoder.decode(data)
        except msgspec.DecodeError:
            return None

    def close(self) -> None:
        self.socket.close()
        self._path.unlink(missing_ok=True)


def listen_forever(listener: Listener, heard: Callable[[Message], None]) -> None:
    """Hand every message to `heard`, in this thread, until the listener is closed."""
    while True:
        try:
            message = listener.receive()
        except OSError:
            return
        if message is not None:
            heard(message)
