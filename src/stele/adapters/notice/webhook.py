"""Signed webhooks by the Standard Webhooks specification, version 1.0.0 (https://www.standardwebhooks.com).

A receiver verifies with any library of that scheme and the project's secret (`whsec_…`). The id of a message stays the
same over all attempts, so receivers can drop doubles; the timestamp and with it the signature are those of the attempt.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

import msgspec
from standardwebhooks import Webhook

from stele.adapters.egress.guarded import Posted
from stele.adapters.egress.policy import EgressPolicy
from stele.domain.errors import AddressForbidden, FetchFailed, SteleError, TimedOut
from stele.domain.value import Value, changed

#: Seconds before attempt 1, 2, …: the example schedule of the specification ("Deliverability and reliability"), three
#: days and a bit in all.
LADDER = (0.0, 5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
#: How much longer than the ladder says a delay may be, as a share of it.
JITTER = 0.2
#: A receiver may ask for a longer pause than the ladder's, but not for a longer one than its last.
MAX_RETRY_AFTER = LADDER[-1]
#: Within the 15 to 30 seconds that the specification recommends.
_TIMEOUT_SECONDS = 20.0
#: The specification wants 24 to 64 random bytes.
_SECRET_BYTES = 32


class Message(Value):
    """One message to one receiver. `id` must not come from a caller, nor hold a full stop. `body` is UTF-8."""

    id: str
    url: str
    secret: str
    body: bytes
    media_type: str = "application/json"


class DeliveryOutcome(StrEnum):
    DELIVERED = "delivered"  #: answered 2xx
    RETRY = "retry"  #: anything else: no connection, too slow, redirected, refused, broken
    GONE = "gone"  #: answered 410: the receiver wants no more messages at this address


class Delivery(Value):
    """What became of one attempt. `retry_after` is the pause in seconds that the receiver asked for."""

    outcome: DeliveryOutcome
    status: int | None
    error: str | None
    retry_after: float | None = None


class Poster(Protocol):
    """The part of the guarded egress that a webhook needs."""

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Raises AddressForbidden, FetchFailed, TimedOut."""
        ...


def policy_for_webhooks(policy: EgressPolicy) -> EgressPolicy:
    """The same policy with the time limit of a webhook instead of that of a download."""
    return changed(policy, timeout_seconds=_TIMEOUT_SECONDS, read_seconds=_TIMEOUT_SECONDS)


def new_secret() -> str:
    """A fresh signing secret, as receivers are shown it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def payload(kind: str, occurred_at: datetime, data: Mapping[str, object]) -> bytes:
    """A body as the specification recommends it. `kind` is hierarchical (`job.succeeded`), `data` plain JSON values."""
    timestamp = _utc(occurred_at).isoformat().replace("+00:00", "Z")
    return msgspec.json.encode({"type": kind, "timestamp": timestamp, "data": data})


def signed(secret: str, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove a message: `timestamp` is that of the attempt, `body` is UTF-8.

    Raises ValueError for a time without a zone, or a message id with a full stop, which could shift what is signed.
    """
    if "." in message_id:
        raise ValueError("a message id must not contain a full stop")
    moment = _utc(timestamp)  # the library takes the clock's digits for UTC, whatever zone they are in
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def deliver(message: Message, egress: Poster, at: datetime) -> Delivery:
    """Make one attempt, at the time `at`. Never raises for what the receiver or its address do."""
    headers = {"content-type": message.media_type, **signed(message.secret, message.id, at, message.body)}
    try:
        answer = egress.post(message.url, message.body, headers)
    except (AddressForbidden, FetchFailed, TimedOut) as error:
        return _failed(error)
    if 200 <= answer.status < 300:
        return Delivery(outcome=DeliveryOutcome.DELIVERED, status=answer.status, error=None)
    return Delivery(
        outcome=DeliveryOutcome.GONE if answer.status == 410 else DeliveryOutcome.RETRY,
        status=answer.status,
        error=f"The receiver answered {answer.status}.",
        retry_after=answer.retry_after,
    )


def delay_before(attempt: int, jitter: float = 0.0, retry_after: float | None = None) -> float | None:
    """Seconds to wait before `attempt` (the first is 1); None: give up.

    `jitter` is the caller's random number, 0…1, so that this stays a pure function. `retry_after` is what the receiver
    asked for at the attempt before.
    """
    if attempt > len(LADDER):
        return None
    delay = LADDER[attempt - 1] * (1 + JITTER * jitter)
    return max(delay, min(retry_after or 0.0, MAX_RETRY_AFTER))


def _failed(error: SteleError) -> Delivery:
    return Delivery(outcome=DeliveryOutcome.RETRY, status=None, error=error.message)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
