"""Requests a second, per project: a token bucket in the process that answers. Jobs at once are counted by the store."""

from __future__ import annotations

import threading
import time

from stele.domain.errors import TooManyRequests


class RequestQuota:
    """Lets `rate` requests a second through for each project, and bursts of twice that."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[float, float]] = {}

    def take(self, project: str) -> None:
        """Raises TooManyRequests."""
        now = time.monotonic()
        burst = max(1.0, 2 * self._rate)
        with self._lock:
            tokens, then = self._tokens.get(project, (burst, now))
            tokens = min(burst, tokens + (now - then) * self._rate)
            if tokens < 1:
                raise TooManyRequests(limit=self._rate)
            self._tokens[project] = (tokens - 1, now)
