"""Structure over HTTP: what is asked for is kept with the job, and what is no question is refused."""

from __future__ import annotations

import base64

import httpx
import pytest
from tests.dialect.live import PNG, Live

from stele.domain.job import Feature, Query
from stele.service.access import KeySet
from stele.service.core import Principal
from stele.service.query import get_job


def submitted(client: httpx.Client, **options: object) -> httpx.Response:
    return client.post("/jobs", json={"inputs": [{"content": base64.b64encode(PNG).decode()}], **options})


def test_features_and_questions_go_with_the_job(client: httpx.Client, live: Live, keys: KeySet) -> None:
    asked = [{"text": "What is the total?", "alias": "total", "pages": ["1", "3-*"]}, {"text": "Who signed?"}]
    answer = submitted(client, features=["tables", "forms", "layout", "signatures", "queries"], queries=asked)
    assert answer.status_code == 202, answer.text
    stored = get_job(live.core, Principal(project=keys.project), answer.json()["id"]).options
    assert set(stored.features) == {
        Feature.TABLES,
        Feature.FORMS,
        Feature.LAYOUT,
        Feature.SIGNATURES,
        Feature.QUERIES,
    }
    assert stored.queries == (
        Query(text="What is the total?", alias="total", pages=("1", "3-*")),
        Query(text="Who signed?"),
    )


@pytest.mark.parametrize(
    "question",
    [{"text": ""}, {"text": "x" * 501}, {"text": "When?", "pages": ["first"]}, {"text": "When?", "colour": "red"}, {}],
)
def test_what_is_no_question(client: httpx.Client, question: dict[str, object]) -> None:
    answer = submitted(client, features=["queries"], queries=[question])
    assert answer.status_code == 400, answer.text
    assert "queries" in answer.json()["detail"]
