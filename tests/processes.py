"""Processes that a test looks at. Any of them may end while it is looked at, and each question allows for that."""

from __future__ import annotations

from collections.abc import Iterable

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


def command(process: psutil.Process) -> str:
    """The command line of a process, its arguments parted by spaces; empty when it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def running(processes: Iterable[psutil.Process], part: str) -> list[psutil.Process]:
    """Those that run and whose command line has a part."""
    return [process for process in processes if part in command(process) and not is_gone(process)]
