"""Resumable uploads that are under way. They live in this process: when it ends, their callers begin again."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from stele.dialects.google.storage.views import Json
from stele.domain.errors import TooManyUploads, UploadNotFound
from stele.service.buckets import Digests
from stele.service.core import Principal
from stele.service.records import Precondition
from stele.service.uploads import Receiver

_IDLE_SECONDS = 3600.0  #: the sweep of unfinished bytes waits as long
_MOST = 200  #: of one project; each may hold a file open


@dataclass(kw_only=True)
class Session:
    """One upload; its object when it is complete. `receiver` is None before the first bytes."""

    project: str
    bucket: str
    key: str
    content_type: str
    precondition: Precondition
    digests: Digests
    receiver: Receiver | None = None
    result: Json | None = None
    touched: float = field(default_factory=time.monotonic)
    #: one request at a time adds bytes
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def size(self) -> int:
        return 0 if self.receiver is None else self.receiver.size

    def discard(self) -> None:
        """Blocking."""
        if self.receiver is not None and self.result is None:
            self.receiver.discard()


class Sessions:
    """All of a server's, by their secret ids. Used on the event loop only."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}

    def add(self, session: Session) -> str:
        """Raises TooManyUploads."""
        if sum(one.project == session.project for one in self._by_id.values()) >= _MOST:
            raise TooManyUploads(limit=_MOST)
        upload_id = secrets.token_urlsafe(32)
        self._by_id[upload_id] = session
        return upload_id

    def get(self, upload_id: str, principal: Principal) -> Session:
        """Raises UploadNotFound."""
        session = self._by_id.get(upload_id)
        if session is None or session.project != principal.project:
            raise UploadNotFound
        session.touched = time.monotonic()
        return session

    def remove(self, upload_id: str) -> None:
        self._by_id.pop(upload_id, None)

    def take_idle(self) -> list[Session]:
        """Forget those that nobody touched for an hour; the caller discards them."""
        limit = time.monotonic() - _IDLE_SECONDS
        idle = [upload_id for upload_id, one in self._by_id.items() if one.touched < limit and not one.lock.locked()]
        return [self._by_id.pop(upload_id) for upload_id in idle]
