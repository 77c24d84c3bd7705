"""docs/reference/api.md documents every call, with each of its parameters and fields."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stele.dialects.native.api import ENDPOINTS
from stele.dialects.native.endpoint import Endpoint
from stele.dialects.native.openapi import public_path, query_parameters
from stele.dialects.native.problems import status_of
from stele.domain.errors import table
from stele.domain.job import Feature, Format

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### `([A-Z]+ [^`]+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def title(endpoint: Endpoint[Any]) -> str:
    return f"{endpoint.method} {public_path(endpoint)}"


def fields(kind: type) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def test_every_call_has_its_section_and_no_section_is_left_over() -> None:
    assert set(SECTIONS) == {title(endpoint) for endpoint in ENDPOINTS}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=title)
def test_parameters_headers_and_body_fields_are_there(endpoint: Endpoint[Any]) -> None:
    section = SECTIONS[title(endpoint)]
    named = {parameter["name"] for parameter in query_parameters(endpoint)}
    for kind in endpoint.bodies.values():
        named |= fields(kind) if kind is not None else set()
    missing = {name for name in named if f"`{name}`" not in section and f'"{name}"' not in section}
    assert not missing
    for header in endpoint.headers:
        assert header in section or f"`{header}`" in PAGE


def test_every_feature_and_every_format_is_there() -> None:
    submitting = SECTIONS["POST /api/v1/jobs"]
    assert [feature for feature in Feature if f"`{feature}`" not in submitting] == []
    exporting = SECTIONS["GET /api/v1/jobs/{job}/export"]
    assert [format_ for format_ in Format if f"`{format_}`" not in exporting] == []


def test_fields_of_answers_are_there() -> None:
    for endpoint in ENDPOINTS:
        for answer in endpoint.answers.values():
            missing = {name for name in fields(answer.body) if f"`{name}`" not in PAGE} if answer.body else set()
            assert not missing, title(endpoint)


def test_every_status_is_explained() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE)
    explained = {int(status) for row in rows for status in row.split(", ")}
    assert {status_of(error) for error in table()} - {500} <= explained
