"""The supervisor: the first process of a server. It starts the others, and starts them again when they die.

Called by `stele serve` and `stele worker` from their main thread. It holds no gRPC, no OpenVINO and answers nobody,
so little can bring it down. If it dies all the same, its children die with it (see `child.die_with_parent`), nothing
that was acknowledged is lost, and the next one takes its units back.

Shutdown, in order: callers are no longer answered, slots take no more units and get `drain_seconds` for those under
way, what is left is killed and given back, housekeeping ends, the store is closed by whoever opened it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from stele.adapters.dispatch.holder import Holder, release_dead
from stele.adapters.dispatch.live import LiveProgress
from stele.adapters.dispatch.messages import WorkerSetup
from stele.adapters.dispatch.slot import Slot, SlotRules
from stele.adapters.dispatch.wake import WORKERS, JobCancelled, Listener, Message, listen_forever, run_folder
from stele.domain.value import Value
from stele.service.control import end_overdue, sweep, sweep_orphans
from stele.service.core import Core
from stele.service.notify import NoticeSender, deliver_due

log = structlog.get_logger()

_TICK_SECONDS = 1.0
_SWEEP_SECONDS = 60.0
_ORPHANS_SECONDS = 3600.0
_RESTART_PAUSE_SECONDS = 1.0


class ApiChild(Value):
    """How to start the process that answers callers: its command line, and the listening sockets it inherits."""

    command: tuple[str, ...]
    sockets: tuple[int, ...]


class SupervisorRules(Value):
    drain_seconds: float = 10.0
    slots: SlotRules = SlotRules()


class Supervisor:
    """Call `run` from the main thread; it returns after SIGTERM or SIGINT, when all is in order."""

    def __init__(
        self,
        core: Core,
        setup: WorkerSetup,
        rules: SupervisorRules,
        sender: NoticeSender,
        api: ApiChild | None,
    ) -> None:
        self._core = core
        self._rules = rules
        self._sender = sender
        self._api = api
        self._api_process: subprocess.Popen[bytes] | None = None
        self._run_folder = run_folder(Path(setup.data))
        self._holder = Holder(self._run_folder)
        self._stopping = threading.Event()
        live = LiveProgress(core.wake)
        self._slots = [Slot(core, setup, rules.slots, self._holder.name, live) for _ in range(setup.workers)]

    def run(self, started: Callable[[], None]) -> None:
        """Serve until told to stop; `started` is called when everything runs."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        released = release_dead(self._core.store, self._run_folder)
        if released:
            log.info("took back units of a server that died", units=released)
        listener = Listener(self._run_folder, WORKERS)
        threads = self._threads(listener)
        for thread in threads:
            thread.start()
        self._start_api()
        started()
        try:
            while not self._stopping.wait(_TICK_SECONDS):
                self._tick()
        finally:
            self._shut_down(listener)

    def _threads(self, listener: Listener) -> Sequence[threading.Thread]:
        return [
            *(slot.thread for slot in self._slots),
            threading.Thread(target=listen_forever, args=(listener, self._heard), name="wake", daemon=True),
            threading.Thread(target=self._deliver, name="notices", daemon=True),
            threading.Thread(target=self._keep_house, name="housekeeping", daemon=True),
        ]

    def _tick(self) -> None:
        if self._api_process is not None and self._api_process.poll() is not None:
            log.error("the API process ended; starting it again", status=self._api_process.returncode)
            time.sleep(_RESTART_PAUSE_SECONDS)
            self._start_api()
        try:
            if self._core.store.release_expired():
                self._ring()
            end_overdue(self._core, _TICK_SECONDS)
        except Exception:
            log.exception("looking for expired leases and overdue jobs failed")

    def _start_api(self) -> None:
        if self._api is not None:
            self._api_process = subprocess.Popen(
                [*self._api.command, str(os.getpid())],
                pass_fds=self._api.sockets,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                start_new_session=True,
            )

    def _heard(self, message: Message) -> None:
        if isinstance(message, JobCancelled):
            for slot in self._slots:
                slot.cancel(message.job)
        else:
            self._ring()

    def _ring(self) -> None:
        for slot in self._slots:
            slot.ring()

    def _deliver(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                deliver_due(self._core, self._sender)
            except Exception:
                log.exception("delivering notices failed; trying again")

    def _keep_house(self) -> None:
        next_sweep = time.monotonic()
        next_orphans = next_sweep + _ORPHANS_SECONDS
        while not self._stopping.wait(_TICK_SECONDS):
            now = time.monotonic()
            try:
                if now >= next_sweep:
                    next_sweep = now + _SWEEP_SECONDS
                    sweep(self._core)
                if now >= next_orphans:
                    next_orphans = now + _ORPHANS_SECONDS
                    sweep_orphans(self._core)
            except Exception:
                log.exception("housekeeping failed; trying again")

    def _shut_down(self, listener: Listener) -> None:
        deadline = time.monotonic() + self._rules.drain_seconds
        if self._api_process is not None:
            self._api_process.terminate()
        for slot in self._slots:
            slot.stop()
        for slot in self._slots:
            slot.thread.join(max(0.0, deadline - time.monotonic()))
        for slot in self._slots:
            slot.abandon()
            slot.thread.join()
        self._core.store.release_holder(self._holder.name)
        self._end_api(deadline)
        listener.close()
        self._holder.close()

    def _end_api(self, deadline: float) -> None:
        if self._api_process is None:
            return
        try:
            self._api_process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._api_process.pid, signal.SIGKILL)
            self._api_process.wait()
