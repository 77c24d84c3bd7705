"""What runs in a worker child; `stele.working` is its program: `python -m stele.working FD PARENT_PID`.

Started by a slot (`process.py`) with one end of a socket pair as file descriptor FD. It takes tasks one at a time,
does them in its main thread, and says once a second that it is alive. It opens no store and commits nothing: when it
dies, its slot sees the pipe end and decides. When the slot's process dies, this process is killed by the kernel
(Linux), and ends by itself at the next beat (everywhere).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from stele.adapters.dispatch.messages import Beat, Event, PageDone, decode_setup, decode_task, encode
from stele.adapters.heap import settle
from stele.adapters.logs import configure
from stele.service.publishing import PublisherOf

_BEAT_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends; `parent` is its process id as it told us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it ended before we asked


class _Pipe:
    """The child's end: written by the main thread and by the beat."""

    def __init__(self, descriptor: int) -> None:
        self._connection: Connection[bytes, bytes] = Connection(descriptor)
        self._lock = threading.Lock()

    def receive(self) -> bytes:
        """Raises EOFError when the slot is gone."""
        return self._connection.recv_bytes()

    def send(self, event: Event) -> None:
        try:
            with self._lock:
                self._connection.send_bytes(encode(event))
        except OSError:
            os._exit(0)

    def beat(self) -> None:
        beat = Beat()
        wait = threading.Event()
        while not wait.wait(_BEAT_SECONDS):
            self.send(beat)


def main(descriptor: int, parent: int, publisher_of: PublisherOf) -> None:
    die_with_parent(parent)
    _offer_to_the_oom_killer()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor, which ends us in order
    pipe = _Pipe(descriptor)
    threading.Thread(target=pipe.beat, name="beat", daemon=True).start()
    setup = decode_setup(pipe.receive())

    configure(setup.log_level, setup.log_format)
    from stele.adapters.dispatch.work import run, tools_for  # the heavy libraries, after the first beat

    tools = tools_for(setup, publisher_of)
    settle()
    page_done = PageDone()
    while True:
        try:
            task = decode_task(pipe.receive())
        except EOFError:
            os._exit(0)
        pipe.send(run(tools, task, lambda: pipe.send(page_done)))


def _offer_to_the_oom_killer() -> None:
    """If the machine runs out of memory, a page shall be lost rather than the queue."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - not a path of ours
            file.write("1000")
    except OSError:
        return
