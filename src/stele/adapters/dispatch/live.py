"""Progress page by page: what is committed plus what the slots of this supervisor have done since. Hints only: the
store hears of pages when their unit is committed."""

from __future__ import annotations

import threading

from stele.domain.value import changed
from stele.service.ports import Wake
from stele.service.records import (
    Lease,
    Progress,
)


class LiveProgress:
    """Shared by all slots of a supervisor."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._committed: dict[str, Progress] = {}
        self._under_way: dict[str, dict[int, int]] = {}

    def claimed(self, lease: Lease) -> None:
        with self._lock:
            known = self._committed.get(lease.job)
            if known is None or known.pages_done <= lease.progress.pages_done:
                self._committed[lease.job] = lease.progress
            self._under_way.setdefault(lease.job, {})[lease.unit] = 0

    def page_done(self, lease: Lease) -> None:
        with self._lock:
            self._under_way[lease.job][lease.unit] += 1
            progress = self._now(lease.job)
        self._wake.job_changed(progress)

    def committed(self, lease: Lease, progress: Progress) -> None:
        with self._lock:
            self._under_way[lease.job][lease.unit] = 0
            self._committed[lease.job] = progress
            shown = self._now(lease.job)
        self._wake.job_changed(shown)

    def settled(self, lease: Lease) -> None:
        """The unit is not worked on any more, whatever became of it."""
        with self._lock:
            units = self._under_way.get(lease.job, {})
            units.pop(lease.unit, None)
            if not units:
                self._under_way.pop(lease.job, None)
                self._committed.pop(lease.job, None)

    def _now(self, job: str) -> Progress:
        committed = self._committed[job]
        if committed.state.ended:
            return committed
        return changed(committed, pages_done=committed.pages_done + sum(self._under_way[job].values()))
