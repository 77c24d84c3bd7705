"""Sends a notice from the outbox: the dialect says what it says, the Standard Webhooks scheme how it is signed, or SNS
(`sns.py`) takes it.

Used by the supervisor's notice thread only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from stele.adapters.notice.webhook import (
    DeliveryOutcome,
    Message,
    Poster,
    delay_before,
    deliver,
    payload,
)
from stele.domain.job import Job
from stele.service.notify import Attempt, NoticeSender
from stele.service.records import Notice, NoticeKind

#: A dialect's notice: the event's type, and its data as plain JSON values.
NoticeBody = Callable[[Job], tuple[str, dict[str, object]]]


class SenderByKind(NoticeSender):
    """Hands each notice to the sender of its kind."""

    def __init__(self, senders: Mapping[NoticeKind, NoticeSender]) -> None:
        self._senders = senders

    def send(self, notice: Notice, job: Job) -> Attempt:
        return self._senders[notice.kind].send(notice, job)


class WebhookSender(NoticeSender):
    """See `stele.service.notify.NoticeSender`. `bodies` maps a dialect's name to its notice."""

    def __init__(self, egress: Poster, bodies: Mapping[str, NoticeBody]) -> None:
        self._egress = egress
        self._bodies = bodies

    def send(self, notice: Notice, job: Job) -> Attempt:
        kind, data = self._bodies[notice.dialect](job)
        ended = datetime.fromtimestamp(job.finished_at or job.created_at, UTC)
        message = Message(
            # The same for every attempt, so that a receiver can tell a repetition.
            id=f"msg_{notice.id}_{notice.job}",
            url=notice.target,
            secret=notice.secret,
            body=payload(kind, ended, data),
        )
        delivery = deliver(message, self._egress, datetime.now(UTC))
        retry_in = None
        if delivery.outcome is DeliveryOutcome.RETRY:
            retry_in = delay_before(notice.attempt + 1, random.random(), delivery.retry_after)
        given_up = delivery.outcome is DeliveryOutcome.RETRY and retry_in is None
        return Attempt(
            outcome="given-up" if given_up else delivery.outcome,
            status=delivery.status,
            error=delivery.error,
            retry_in=retry_in,
        )
