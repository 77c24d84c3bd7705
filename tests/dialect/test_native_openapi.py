"""The OpenAPI document and its page say what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Route
from tests.dialect.live import PNG, Live, Worker

from stele.dialects.native.api import ENDPOINTS, routes
from stele.dialects.native.problems import anchor_of
from stele.dialects.native.schema import JobView, PagesView
from stele.domain.errors import table

JsonMap = dict[str, Any]
_TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}


@pytest.fixture(scope="module")
def document(live: Live) -> JsonMap:
    answer = httpx.get(f"{live.address}/api/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def operations(document: JsonMap) -> Iterator[tuple[str, str, JsonMap]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def every(node: object) -> Iterator[JsonMap]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from every(child)
    elif isinstance(node, list):
        for child in node:
            yield from every(child)


def test_it_is_openapi(document: JsonMap) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] and document["info"]["version"]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) == len(ENDPOINTS)
    for path, _, operation in operations(document):
        assert operation["summary"] and operation["description"]
        assert any(status.startswith(("2", "3")) for status in operation["responses"])
        assert {"401", "429"} <= set(operation["responses"])
        assert all(response["description"] for response in operation["responses"].values())
        placed = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert placed == set(re.findall(r"{(\w+)}", path))
        for parameter in operation["parameters"]:
            assert parameter["in"] in {"path", "query", "header"}
            assert parameter["description"] and parameter["schema"]
            assert parameter["required"] or parameter["in"] != "path"


def test_its_references_and_types_are_sound(document: JsonMap) -> None:
    schemas = document["components"]["schemas"]
    for node in every(document):
        if "$ref" in node:
            assert node["$ref"].removeprefix("#/components/schemas/") in schemas
    for node in every(schemas):
        if isinstance(node.get("type"), str):
            assert node["type"] in _TYPES
    used = {node["$ref"].rpartition("/")[2] for node in every(document) if "$ref" in node}
    assert used >= set(schemas) - {"ProgressView"}, "a schema that nothing refers to"


def test_every_route_is_listed(document: JsonMap, live: Live) -> None:
    from stele.dialects.context import DialectContext
    from stele.service.quotas import RequestQuota

    context = DialectContext(core=live.core, watch=None, quota=RequestQuota(1))  # type: ignore[arg-type]
    mounted = next(route for route in routes(context) if isinstance(route, Mount))
    found = {
        (mounted.path + re.sub(r":\w+", "", route.path), method.lower())
        for route in routes_below(mounted)
        for method in route.methods or ()
    }
    assert found == {(path, method) for path, method, _ in operations(document)}


def routes_below(mounted: Mount) -> list[Route]:
    inner = mounted.app
    while not hasattr(inner, "routes"):
        inner = next(cell.cell_contents for cell in inner.__closure__ if hasattr(cell.cell_contents, "routes"))
    return [route for route in inner.routes if isinstance(route, Route)]


def fits(value: object, schema: JsonMap, schemas: JsonMap, where: str = "$") -> None:
    """A small reading of JSON Schema: types, properties, required, items, enums, references."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    if "anyOf" in schema:
        kinds = [one for one in schema["anyOf"] if (one.get("type") == "null") == (value is None)]
        assert kinds, where
        return fits(value, kinds[0], schemas, where)
    if "enum" in schema:
        assert value in schema["enum"], where
    kind = schema.get("type")
    if kind == "object":
        assert isinstance(value, dict), where
        assert set(schema.get("required", ())) <= set(value), where
        assert set(value) <= set(schema["properties"]), f"{where}: {set(value) - set(schema['properties'])}"
        for name, child in value.items():
            fits(child, schema["properties"][name], schemas, f"{where}.{name}")
    elif kind == "array":
        assert isinstance(value, list), where
        for number, child in enumerate(value):
            fits(child, schema.get("items") or {}, schemas, f"{where}[{number}]")
    elif kind is not None:
        python = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
        assert isinstance(value, python[kind]), where
    return None


def test_answers_fit_their_schemas(document: JsonMap, client: httpx.Client, worker: Worker) -> None:
    schemas = document["components"]["schemas"]
    job = client.post("/jobs", files={"file": ("a.png", PNG)}).json()
    fits(job, schemas[JobView.__name__], schemas)
    worker.drain()
    fits(client.get(f"/jobs/{job['id']}").json(), schemas["JobView"], schemas)
    fits(client.get("/jobs").json(), schemas["JobsView"], schemas)
    fits(client.get(f"/jobs/{job['id']}/pages").json(), schemas[PagesView.__name__], schemas)
    fits(client.get("/project").json(), schemas["ProjectView"], schemas)
    fits(client.get("/jobs/none").json(), schemas["Problem"], schemas)


def test_the_page_needs_nothing_else(live: Live, document: JsonMap) -> None:
    answer = httpx.get(f"{live.address}/api/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = answer.text
    assert "<script" not in page
    assert not re.search(r"(src|href|url|@import)\W{0,3}(https?:)?//", page), "something is loaded from elsewhere"
    for path, _, operation in operations(document):
        assert path in page and f'id="{operation["operationId"]}"' in page
    for error in table():
        assert f'id="{anchor_of(error)}"' in page, "the type of a problem leads nowhere"
