"""Webhooks: the signature, what an answer means, and when to try again."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from stele.adapters.egress import EgressPolicy, Posted
from stele.adapters.notice.webhook import (
    LADDER,
    MAX_RETRY_AFTER,
    Delivery,
    DeliveryOutcome,
    Message,
    delay_before,
    deliver,
    new_secret,
    payload,
    policy_for_webhooks,
    signed,
)
from stele.domain.errors import AddressForbidden, FetchFailed, SteleError, TimedOut

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = '{"type":"job.succeeded","data":{"name":"Quittung für Żółć 收据"}}'.encode()


class FakePoster:
    """Answers every post alike, and keeps the last one."""

    def __init__(self, answer: Posted | SteleError) -> None:
        self._answer = answer
        self.sent: tuple[str, bytes, Mapping[str, str]] | None = None

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        self.sent = (address, body, headers)
        if isinstance(self._answer, SteleError):
            raise self._answer
        return self._answer


def message() -> Message:
    return Message(id="msg_1", url="https://example.com/hook", secret=new_secret(), body=BODY)


def delivered(answer: Posted | SteleError) -> Delivery:
    return deliver(message(), FakePoster(answer), NOW)


def test_the_published_example_of_the_scheme_verifies() -> None:
    """The vector that the scheme's libraries share (standard-webhooks, simulator)."""
    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_receiver_verifies_with_the_schemes_library() -> None:
    secret, now = new_secret(), datetime.now(UTC)  # the library looks at its own clock
    headers = signed(secret, "msg_1", now, BODY)
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    for wrong_body, wrong_secret in ((BODY + b" ", secret), (BODY, new_secret())):
        with pytest.raises(WebhookVerificationError):
            Webhook(wrong_secret).verify(wrong_body, headers)
    for changed_header in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(now.timestamp()) + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, {**headers, **changed_header})


def test_the_zone_of_the_clock_does_not_matter() -> None:
    secret = new_secret()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert signed(secret, "msg_1", elsewhere, BODY) == signed(secret, "msg_1", NOW, BODY)
    with pytest.raises(ValueError, match="zone"):
        signed(secret, "msg_1", datetime(2026, 1, 1), BODY)


def test_an_id_that_could_shift_what_is_signed_is_refused() -> None:
    with pytest.raises(ValueError, match="full stop"):
        signed(new_secret(), "msg.1", NOW, BODY)


def test_secrets_are_of_the_schemes_form_and_all_different() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_the_payload_is_the_recommended_one() -> None:
    body = payload("job.succeeded", datetime(2026, 3, 1, 12, 0, 0, 500, UTC), {"id": "j1", "pages": 3})
    assert json.loads(body) == {
        "type": "job.succeeded",
        "timestamp": "2026-03-01T12:00:00.000500Z",
        "data": {"id": "j1", "pages": 3},
    }


def test_what_is_sent_is_what_was_signed() -> None:
    poster = FakePoster(Posted(status=204, retry_after=None))
    sent = message()
    deliver(sent, poster, datetime.now(UTC))
    assert poster.sent is not None
    address, body, headers = poster.sent
    assert (address, body, headers["content-type"]) == (sent.url, BODY, "application/json")
    Webhook(sent.secret).verify(body, dict(headers))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(status: int) -> None:
    assert delivered(Posted(status=status, retry_after=None)) == Delivery(
        outcome=DeliveryOutcome.DELIVERED, status=status, error=None
    )


@pytest.mark.parametrize("status", [101, 301, 302, 307, 400, 401, 404, 409, 429, 500, 502, 503, 504, 599])
def test_anything_else_is_tried_again_after_the_pause_asked_for(status: int) -> None:
    delivery = delivered(Posted(status=status, retry_after=90.0))
    assert (delivery.outcome, delivery.status, delivery.retry_after) == (DeliveryOutcome.RETRY, status, 90.0)
    assert delivery.error == f"The receiver answered {status}."


def test_gone_ends_it() -> None:
    assert delivered(Posted(status=410, retry_after=None)).outcome is DeliveryOutcome.GONE


@pytest.mark.parametrize(
    "error",
    [
        FetchFailed(reason="the server stopped answering."),
        TimedOut(where="the address", seconds=20),
        AddressForbidden(address="https://example.com/hook", reason="its host is unknown."),
    ],
)
def test_no_answer_at_all_is_tried_again(error: SteleError) -> None:
    assert delivered(error) == Delivery(outcome=DeliveryOutcome.RETRY, status=None, error=error.message)


def test_the_ladder_is_that_of_the_specification() -> None:
    hours = 3_600
    assert [delay_before(attempt) for attempt in range(1, 12)] == [
        0, 5, 300, 1_800, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours, None,
    ]  # fmt: skip
    assert sum(LADDER) == 75 * hours + 35 * 60 + 5


@given(st.integers(1, 12), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_a_delay_is_never_shorter_than_the_ladders_and_bounded(
    attempt: int, jitter: float, retry_after: float | None
) -> None:
    delay = delay_before(attempt, jitter, retry_after)
    plain = delay_before(attempt)
    if plain is None:
        assert delay is None
        return
    assert delay is not None
    assert plain <= delay <= max(1.2 * plain, MAX_RETRY_AFTER)
    assert delay >= min(retry_after or 0.0, MAX_RETRY_AFTER)


def test_a_webhook_has_the_time_that_the_specification_recommends() -> None:
    policy = policy_for_webhooks(EgressPolicy(ports=(8443,), max_bytes=7))
    assert 15 <= policy.timeout_seconds <= 30
    assert (policy.ports, policy.max_bytes) == ((8443,), 7)
