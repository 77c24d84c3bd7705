"""What this machine gives a process."""

from __future__ import annotations

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores() -> int:
    """How many cores this process may use: what the scheduler allows, no more than a container's quota."""
    # macOS has no affinity.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, quota or allowed) if (quota := _quota()) else allowed


def _quota() -> int | None:
    """The whole cores that the control group's quota comes to (cgroup v2), None without one."""
    if not _QUOTA.is_file():
        return None
    quota, period = _QUOTA.read_text().split()
    return None if quota == "max" else max(1, int(quota) // int(period))
