"""Child processes that do the native work, so that a crash in a codec costs one page and not the run.

A task is a value that says what to do at a child's `Desk`; its result is a value too. Each child works on one task at
a time. When it dies, the task it had gets a `WorkerDied` failure and the next task starts a new child.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar, cast

from stele.domain.errors import Failure, SteleError, WorkerDied

D_contra = TypeVar("D_contra", contravariant=True)
D = TypeVar("D")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

#: tasks begun ahead of the result that is awaited, for each child: enough to keep all busy behind a slow page
AHEAD = 4


class Task(Protocol[D_contra, R_co]):
    """Something to do in a child. It and its result (never None) are pickled. `where` names it in messages."""

    @property
    def where(self) -> str: ...

    def do(self, desk: D_contra) -> R_co: ...


@dataclass(eq=False, kw_only=True)
class Ticket(Generic[D, R]):
    """A submitted task and, once it is done, its outcome."""

    task: Task[D, R]
    outcome: R | Failure | None = None


@dataclass(eq=False, kw_only=True)
class _Child(Generic[D]):
    process: BaseProcess
    pipe: Connection
    ticket: Ticket[D, object] | None = None


@dataclass(kw_only=True)
class Pool(Generic[D]):
    """At most `size` children, started when there is work for them. A context manager that leaves none behind.

    `make_desk` is called once in each child; it is pickled.
    """

    make_desk: Callable[[], D]
    size: int
    _children: list[_Child[D]] = field(default_factory=list)
    _queue: deque[Ticket[D, object]] = field(default_factory=deque)

    def submit(self, task: Task[D, R]) -> Ticket[D, R]:
        ticket = Ticket(task=task)
        self._queue.append(cast("Ticket[D, object]", ticket))
        self._hand_out()
        return ticket

    def result(self, ticket: Ticket[D, R]) -> R | Failure:
        """Wait for a task. Others go on meanwhile."""
        while ticket.outcome is None:
            self._collect()
            self._hand_out()
        return ticket.outcome

    def in_order(self, tasks: Iterable[Task[D, R]]) -> Iterator[R | Failure]:
        """The outcomes of `tasks`, in their order; few are begun ahead of the one that is awaited."""
        ahead: deque[Ticket[D, R]] = deque()
        for task in tasks:
            ahead.append(self.submit(task))
            if len(ahead) >= AHEAD * self.size:
                outcome = self.result(ahead.popleft())
                yield outcome
        while ahead:
            outcome = self.result(ahead.popleft())
            yield outcome

    def __enter__(self) -> Pool[D]:
        return self

    def __exit__(self, *exc: object) -> None:
        while self._children:
            self._bury(self._children[-1])
        self._queue.clear()

    def _hand_out(self) -> None:
        """Give the tasks that wait to the children that do not work."""
        while self._queue:
            child = next((child for child in self._children if child.ticket is None), None)
            if child is None:
                if len(self._children) >= self.size:
                    return
                child = self._start()
            child.ticket = self._queue.popleft()
            try:
                child.pipe.send(child.ticket.task)
            except (BrokenPipeError, ConnectionResetError):
                self._bury(child)

    def _collect(self) -> None:
        """Wait until some child is done or dead."""
        busy = {child.pipe: child for child in self._children if child.ticket}
        for pipe in wait(list(busy)):
            child = busy[cast("Connection", pipe)]
            try:
                outcome = child.pipe.recv()
            except (EOFError, ConnectionResetError):
                self._bury(child)
            else:
                if child.ticket:
                    child.ticket.outcome = outcome
                child.ticket = None

    def _bury(self, child: _Child[D]) -> None:
        """Leave nothing of a child, nor of what it started; fail its task."""
        self._children.remove(child)
        assert child.process.pid is not None
        try:
            os.killpg(child.process.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has not come as far as `setsid`
            child.process.kill()
        child.process.join()
        child.pipe.close()
        if child.ticket:
            child.ticket.outcome = WorkerDied(where=child.ticket.task.where).failure()

    def _start(self) -> _Child[D]:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self.make_desk, theirs), name="stele reading", daemon=True
        )
        # Ctrl-C goes to the whole process group. The child is born with the signal blocked, and the parent ends it.
        # (Starting the tracker of multiprocessing unblocks the signal, so it must be running before.)
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        child: _Child[D] = _Child(process=process, pipe=ours)
        self._children.append(child)
        return child


def _work(make_desk: Callable[[], D], pipe: Connection) -> None:
    """The whole life of a child."""
    os.setsid()  # a group of its own, so that programs it starts can be ended with it
    # What native libraries print is for those who make them, and must not end up in the middle of a result.
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    desk = make_desk()
    while True:
        try:
            task = cast("Task[D, object]", pipe.recv())
        except EOFError:
            return
        pipe.send(_outcome(task, desk))


def _outcome(task: Task[D, object], desk: D) -> object:
    try:
        return task.do(desk)
    except SteleError as error:
        return error.failure()
    except Exception:
        print(f"While working on {task.where}:", file=sys.stderr)
        traceback.print_exc()
        return SteleError().failure()


def _end_with_parent() -> None:
    """End at once when the parent is gone, even in the middle of native code that hangs."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os.killpg(0, signal.SIGKILL)
