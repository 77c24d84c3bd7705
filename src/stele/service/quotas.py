"""Requests a second, per project: a token bucket in the process that answers. Jobs at once are counted by the store."""

from __future__ import annotations

import threading
import time

from stele.domain.errors import TooManyRequests


class RequestQuota:
    """Lets `rate` requests a second through for each project (or key), and bursts of as many as come in
    `burst_seconds`, but at least one."""

    def __init__(self, rate: float, burst_seconds: float = 2.0) -> None:
        self._rate = rate
        self._burst = max(1.0, burst_seconds * rate)
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[float, float]] = {}

    def take(self, project: str) -> None:
        """Raises TooManyRequests."""
        now = time.monotonic()
        with self._lock:
            tokens, then = self._tokens.get(project, (self._burst, now))
            tokens = min(self._burst, tokens + (now - then) * self._rate)
            if tokens < 1:
                raise TooManyRequests(limit=self._rate)
            self._tokens[project] = (tokens - 1, now)
