"""Notices: delivered from the outbox, with a retry ladder and a log of every attempt."""

from __future__ import annotations

from typing import Protocol

from stele.domain.job import Job
from stele.domain.value import Value
from stele.service.core import Core
from stele.service.records import (
    DeliveryLog,
    Notice,
)

_BATCH = 20
_LEASE_SECONDS = 120.0  #: longer than one delivery may take


class Attempt(Value):
    """What one attempt came to. `retry_in` is None when it was the last one: delivered, refused or given up."""

    outcome: str
    status: int | None
    error: str | None
    retry_in: float | None


class NoticeSender(Protocol):
    """Delivers one notice. Never raises for what the other side does. Implemented in adapters."""

    def send(self, notice: Notice, job: Job) -> Attempt: ...


def deliver_due(core: Core, sender: NoticeSender) -> int:
    """Try every notice whose time has come; gives their number. Called by the supervisor's notice thread."""
    count = 0
    while notices := core.store.due_notices(_BATCH, _LEASE_SECONDS):
        for notice in notices:
            job = core.store.job(notice.project, notice.job)
            if job is None:
                continue
            attempt = sender.send(notice, job)
            now = core.store.now()
            log = DeliveryLog(
                at=now, attempt=notice.attempt, outcome=attempt.outcome, status=attempt.status, error=attempt.error
            )
            core.store.notice_done(notice, log, None if attempt.retry_in is None else now + attempt.retry_in)
        count += len(notices)
    return count
