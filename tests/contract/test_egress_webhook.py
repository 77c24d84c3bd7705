"""A webhook all the way: signed, through the guarded egress, to a real receiver that verifies it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from egress_server import redirect, reply, serving
from standardwebhooks import Webhook

from stele.adapters.egress import EgressPolicy, GuardedEgress
from stele.adapters.notice.webhook import DeliveryOutcome, Message, deliver, new_secret, payload, policy_for_webhooks

POLICY = policy_for_webhooks(EgressPolicy(allow=(ip_network("127.0.0.1/32"),)))


def message(url: str) -> Message:
    body = payload("job.succeeded", datetime.now(UTC), {"id": "j1", "name": "Żółć 收据"})
    return Message(id="msg_1", url=url, secret=new_secret(), body=body)


def test_a_receiver_gets_and_verifies_it() -> None:
    with serving(reply(b"ok")) as server:
        sent = message(server.url("/hook"))
        delivery = deliver(sent, GuardedEgress(POLICY), datetime.now(UTC))
    assert (delivery.outcome, delivery.status) == (DeliveryOutcome.DELIVERED, 200)
    head, _, body = server.requests[0].partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert Webhook(sent.secret).verify(body, headers) == json.loads(sent.body)


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "retry_after"),
    [
        (reply(b"", 410), DeliveryOutcome.GONE, 410, None),
        (reply(b"", 429, retry_after="30"), DeliveryOutcome.RETRY, 429, 30.0),
        (reply(b"stack trace", 500), DeliveryOutcome.RETRY, 500, None),
        (redirect("/moved", 308), DeliveryOutcome.RETRY, 308, None),
    ],
)
def test_answers(answer: object, outcome: DeliveryOutcome, status: int, retry_after: float | None) -> None:
    with serving(answer) as server:  # type: ignore[arg-type]
        delivery = deliver(message(server.url()), GuardedEgress(POLICY), datetime.now(UTC))
        assert server.connections == 1
    assert (delivery.outcome, delivery.status, delivery.retry_after) == (outcome, status, retry_after)
    assert "stack trace" not in (delivery.error or "")


def test_a_receiver_inside_is_not_reached() -> None:
    with serving(reply(b"ok"), host="127.0.0.2") as server:
        delivery = deliver(message(server.url()), GuardedEgress(POLICY), datetime.now(UTC))
        assert server.connections == 0
    assert delivery.outcome is DeliveryOutcome.RETRY
    assert "no public address" in (delivery.error or "")
