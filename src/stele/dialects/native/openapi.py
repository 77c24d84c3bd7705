"""The OpenAPI 3.1 document of a table of endpoints. Schemas come from the types that are decoded and encoded."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from stele import __version__
from stele.dialects.native.endpoint import Answer, Endpoint
from stele.dialects.native.problems import MEDIA_TYPE, status_of
from stele.dialects.native.schema import Problem, ProgressView
from stele.dialects.native.views import PREFIX
from stele.domain.errors import RequestError, SteleError, TooManyRequests, Unauthenticated
from stele.domain.value import Value

#: JSON Schema and OpenAPI are written here as what they are: nested maps.
Json = dict[str, Any]

COMMON_ERRORS: tuple[type[SteleError], ...] = (Unauthenticated, RequestError, TooManyRequests, SteleError)

PLACES = {
    "job": "The id of a job.",
    "bucket": "The name of a bucket.",
    "key": "The key of an object; slashes may stand as they are.",
}

_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
_TEMPLATE = "#/components/schemas/{name}"


def openapi(endpoints: Sequence[Endpoint[Any]]) -> bytes:
    """The document as JSON."""
    schemas = _Schemas(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(public_path(endpoint), {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Stele",
            "version": __version__,
            "summary": "Reads documents, asynchronously.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The `bearer_token` of a key set."},
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "The `api_key` of a key set.",
                },
            },
            "schemas": schemas.components,
        },
    }
    return msgspec.json.format(msgspec.json.encode(document))


def public_path(endpoint: Endpoint[Any]) -> str:
    """The whole path, in the spelling of OpenAPI."""
    return PREFIX + _PLACE.sub(r"{\1}", endpoint.path)


def operation_id(endpoint: Endpoint[Any]) -> str:
    return getattr(endpoint.handle, "__name__", "")


def described(endpoint: Endpoint[Any]) -> str:
    """The handler's docstring, in paragraphs."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(endpoint.handle.__doc__ or ""))


def errors_of(endpoint: Endpoint[Any]) -> tuple[type[SteleError], ...]:
    return (*endpoint.errors, *COMMON_ERRORS)


def query_parameters(endpoint: Endpoint[Any]) -> list[Json]:
    """The fields of the query's type, as parameters."""
    _, components = msgspec.json.schema_components([endpoint.query], ref_template=_TEMPLATE)
    schema = components[endpoint.query.__name__]
    parameters = []
    for name, described_field in schema["properties"].items():
        field = dict(described_field)
        parameter = {"name": name, "in": "query", "description": field.pop("description", "")}
        parameters.append({**parameter, "required": name in schema["required"], "schema": field})
    return parameters


class _Schemas:
    """The types of all bodies, once each."""

    def __init__(self, endpoints: Iterable[Endpoint[Any]]) -> None:
        kinds: dict[type[Value], None] = {Problem: None, ProgressView: None}
        for endpoint in endpoints:
            kinds |= {answer.body: None for answer in endpoint.answers.values() if answer.body is not None}
            kinds |= {kind: None for kind in endpoint.bodies.values() if kind is not None}
            kinds[endpoint.query] = None
        references, self.components = msgspec.json.schema_components(kinds, ref_template=_TEMPLATE)
        self._references = dict(zip(kinds, references, strict=True))
        for endpoint in endpoints:
            self.components.pop(endpoint.query.__name__, None)

    def of(self, kind: type[Value]) -> Json:
        return self._references[kind]


def _operation(endpoint: Endpoint[Any], schemas: _Schemas) -> Json:
    operation: Json = {
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "description": described(endpoint),
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.bodies:
        content = {
            media_type: {"schema": _body(media_type, kind, schemas)} for media_type, kind in endpoint.bodies.items()
        }
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(endpoint: Endpoint[Any]) -> list[Json]:
    text = {"type": "string"}
    places = [
        {"name": name, "in": "path", "required": True, "description": PLACES[name], "schema": text}
        for name in _PLACE.findall(endpoint.path)
    ]
    headers = [
        {"name": name, "in": "header", "required": False, "description": description, "schema": text}
        for name, description in endpoint.headers.items()
    ]
    return [*places, *query_parameters(endpoint), *headers]


def _body(media_type: str, kind: type[Value] | None, schemas: _Schemas) -> Json:
    if kind is None:
        return {"type": "string", "format": "binary"}
    if media_type != "multipart/form-data":
        return schemas.of(kind)
    fields = dict(schemas.components[kind.__name__]["properties"])
    fields["webhook"] = {"type": "string", "description": "The address of the webhook."}
    file = {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "The documents."}
    options = {**schemas.of(kind), "description": "All options as JSON, in place of the fields."}
    return {"type": "object", "properties": {"file": file, "options": options, **fields}, "required": ["file"]}


def _responses(endpoint: Endpoint[Any], schemas: _Schemas) -> Json:
    responses = {str(status): _response(answer, schemas) for status, answer in endpoint.answers.items()}
    codes: dict[int, list[str]] = {}
    for error in errors_of(endpoint):
        codes.setdefault(status_of(error), []).append(error.code)
    for status, which in sorted(codes.items()):
        responses[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in which)}",
            "content": {MEDIA_TYPE: {"schema": schemas.of(Problem)}},
        }
    return responses


def _response(answer: Answer, schemas: _Schemas) -> Json:
    response: Json = {"description": answer.description}
    if answer.body is not None:
        response["content"] = {"application/json": {"schema": schemas.of(answer.body)}}
    elif answer.media_type is not None:
        response["content"] = {answer.media_type: {"schema": {"type": "string"}}}
    return response
