"""The page at `/api/docs`: the OpenAPI document as plain HTML. It loads nothing, so it works without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import Any

import msgspec

from stele.dialects.native.endpoint import Endpoint
from stele.dialects.native.openapi import Json, openapi
from stele.dialects.native.problems import anchor_of, status_of
from stele.domain.errors import table

_STYLE = resources.files(__package__).joinpath("reference.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_CODE = re.compile(r"`([^`]*)`")
_FIRST = """TOKEN='Authorization: Bearer stb_…'
JOBS=http://127.0.0.1:8080/api/v1/jobs

curl -H "$TOKEN" -F file=@scan.pdf -F languages=en "$JOBS"
curl -H "$TOKEN" "$JOBS/ID?wait=60"
curl -H "$TOKEN" "$JOBS/ID/export?format=txt"
"""


def reference_page(endpoints: Sequence[Endpoint[Any]]) -> bytes:
    document: Json = msgspec.json.decode(openapi(endpoints))
    schemas: Json = document["components"]["schemas"]
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    body = "\n".join(
        [
            f"<h1>{escape(document['info']['title'])} <code>{escape(document['info']['version'])}</code></h1>",
            f"<p>{escape(document['info']['summary'])} The same as data: "
            '<a href="/api/openapi.json">openapi.json</a>. In a browser: <a href="/console">the console</a>.</p>',
            "<p>Every call needs credentials: <code>Authorization: Bearer stb_…</code> or "
            "<code>X-API-Key: stk_…</code>, made with <code>stele keys create --project NAME</code>.</p>",
            f"<pre><code>{escape(_FIRST.rstrip())}</code></pre>",
            "<h2>Calls</h2>",
            *operations,
            "<h2>Types</h2>",
            *(_schema(name, schema) for name, schema in schemas.items()),
            "<h2>Errors</h2>",
            "<p>Every error is an <code>application/problem+json</code> (RFC 9457): a <code>Problem</code>.</p>",
            _errors(),
        ]
    )
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stele API</title>
<style>{_STYLE}</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""
    return page.encode()


def _operation(method: str, path: str, operation: Json) -> str:
    verb = method.upper()
    parts = [
        f'<details id="{escape(operation["operationId"])}"><summary><span class="method {verb}">{verb}</span>'
        f'<code>{escape(path)}</code><span class="what">{escape(operation["summary"])}</span></summary>'
    ]
    parts += [f"<p>{_marked(paragraph)}</p>" for paragraph in operation["description"].split("\n\n")]
    if operation["parameters"]:
        rows = (
            (_marked(f"`{one['name']}`"), one["in"], _type(one["schema"]), _marked(one["description"]))
            for one in operation["parameters"]
        )
        parts += ["<h3>Parameters</h3>", _table(("name", "in", "type", ""), rows)]
    for media_type, content in operation.get("requestBody", {"content": {}})["content"].items():
        parts.append(f"<h3>Body: <code>{escape(media_type)}</code></h3>")
        schema = content["schema"]
        parts.append(_fields(schema) if "properties" in schema else f"<p>{_type(schema)}</p>")
    answers = (
        (status, _marked(answer["description"]), " ".join(map(_content, answer.get("content", {}).items())))
        for status, answer in operation["responses"].items()
    )
    parts += ["<h3>Answers</h3>", _table(("status", "", "body"), answers), "</details>"]
    return "\n".join(parts)


def _content(content: tuple[str, Json]) -> str:
    media_type, body = content
    return _type(body["schema"]) if "$ref" in body["schema"] else f"<code>{escape(media_type)}</code>"


def _schema(name: str, schema: Json) -> str:
    described = _marked(" ".join(schema.get("description", "").split()))
    listed = _fields(schema) if "properties" in schema else f"<p>{_type(schema)}</p>"
    return (
        f'<details id="type-{escape(name)}"><summary><code>{escape(name)}</code></summary><p>{described}</p>'
        f"{listed}</details>"
    )


def _fields(schema: Json) -> str:
    rows = (
        (_marked(f"`{name}`"), _type(field), _marked(field.get("description", "")))
        for name, field in schema["properties"].items()
    )
    return _table(("field", "type", ""), rows)


def _type(schema: Json) -> str:
    """A JSON schema in a few words of HTML."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#type-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"array of {_type(schema.get('items') or {})}"
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = f" ({low if low is not None else ''}…{high if high is not None else ''})" if low is not None else ""
    default = schema.get("default")
    by_default = "" if default is None else f", else <code>{escape(str(default))}</code>"
    return f"{escape(str(schema.get('format', kind)))}{bounds}{by_default}"


def _errors() -> str:
    rows = [
        (f"<code>{escape(error.code)}</code>", str(status_of(error)), "yes" if error.retryable else "", _message(error))
        for error in table()
    ]
    anchors = [anchor_of(error) for error in table()]
    return _table(("code", "status", "retry", "message"), rows, anchors)


def _message(error: type[Exception]) -> str:
    return escape(" ".join((error.__doc__ or "").split()))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], anchors: Sequence[str] | None = None) -> str:
    """Cells are HTML already."""
    lines = [
        "<div class=scroll><table><thead><tr>",
        *(f"<th>{escape(one)}</th>" for one in head),
        "</tr></thead><tbody>",
    ]
    for number, row in enumerate(rows):
        anchor = "" if anchors is None else f' id="{escape(anchors[number])}"'
        lines.append(f"<tr{anchor}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>")
    return "".join([*lines, "</tbody></table></div>"])


def _marked(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
