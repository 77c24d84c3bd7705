"""Processes that a test looks at. Any of them may end while it is looked at, and each question allows for that."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, whether or not its parent has taken note."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def gone(processes: Iterable[psutil.Process]) -> bool:
    """Whether all of them have ended."""
    return all(map(is_gone, processes))


def send(processes: Iterable[psutil.Process], what: signal.Signals) -> None:
    """Send all of them a signal, but those that have ended: one may end by what another does that was sent it first."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(what)


def command(process: psutil.Process) -> list[str]:
    """The command line of a process; empty when it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def program(process: psutil.Process) -> str:
    """The name of the program that a process runs; empty when it has ended."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
