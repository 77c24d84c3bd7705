"""A worker child as its slot sees it: start, send, receive, watch, kill.

Owned by one slot thread. The child is in its own process group, so that killing it also kills what it started
(Tesseract), and Ctrl-C on the terminal does not reach it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection

import psutil

from stele.adapters.dispatch.messages import Event, Task, WorkerSetup, decode_event, encode

#: glibc gives memory back that pages of other sizes held: a fifth of a worker's
_THRIFT = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "100000"}


def _environment(setup: WorkerSetup) -> dict[str, str]:
    """That of a child: libraries with threads of their own get as many as the engine, or workers would fight for the
    cores. What the operator says counts more."""
    threads = str(setup.threads)
    pinned = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), threads)
    return _THRIFT | pinned | os.environ


class ChildGone(Exception):
    """The child has ended, by itself or by a signal."""


class Child:
    """One running child. Ends when `kill`ed or garbage collected with its pipe."""

    def __init__(self, setup: WorkerSetup) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*setup.command, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                env=_environment(setup),
                start_new_session=True,
            )
        self._connection: Connection[bytes, bytes] = Connection(ours.detach())
        self.pages = 0
        self.last_beat = time.monotonic()
        self._send(encode(setup))

    @property
    def pid(self) -> int:
        return self._process.pid

    def give(self, task: Task) -> None:
        """Raises ChildGone."""
        self.last_beat = time.monotonic()
        self._send(encode(task))

    def hear(self, seconds: float) -> Event | None:
        """The next event, or None after `seconds`. Raises ChildGone."""
        try:
            if not self._connection.poll(seconds):
                return None
            event = decode_event(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise ChildGone from error
        self.last_beat = time.monotonic()
        return event

    def resident_bytes(self) -> int:
        """Resident memory of the child and of what it started; 0 when it is gone."""
        total = 0
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    total += one.memory_info().rss
        return total

    def kill(self) -> None:
        """End the child and its whole group now, stopped or not, and reap it."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._connection.close()

    def _send(self, data: bytes) -> None:
        try:
            self._connection.send_bytes(data)
        except OSError as error:
            raise ChildGone from error
