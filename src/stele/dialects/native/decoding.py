"""Strings and JSON to typed requests; what does not fit becomes an error that names the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import EnumType
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from stele.domain.errors import RequestError, UnknownOption
from stele.domain.value import Value

V = TypeVar("V", bound=Value)

_ENUM_VALUE = re.compile(r"Invalid enum value '?(?P<value>.*?)'?(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_MAX_FIELDS = 100


class Shape:
    """What must be known of a request type to read it from flat text: which fields are lists, which are enums."""

    def __init__(self, kind: type[Value]) -> None:
        self.lists: frozenset[str] = frozenset()
        self.choices: dict[str, list[str]] = {}
        self._look(kind)

    def _look(self, kind: type) -> None:
        described = msgspec.inspect.type_info(kind)
        assert isinstance(described, msgspec.inspect.StructType)
        for field in described.fields:
            inner = _bare(field.type)
            if isinstance(inner, msgspec.inspect.VarTupleType):
                self.lists |= {field.encode_name}
                inner = _bare(inner.item_type)
            if isinstance(inner, msgspec.inspect.EnumType):
                self.choices[field.encode_name] = _values(inner.cls)
            elif isinstance(inner, msgspec.inspect.StructType):
                self._look(inner.cls)


def from_json(data: bytes, kind: type[V], shape: Shape) -> V:
    """Raises RequestError, UnknownOption."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise _told(error, shape) from error
    except UnicodeDecodeError as error:
        raise RequestError(reason="the body is not UTF-8") from error


def from_query(query: bytes, kind: type[V], shape: Shape) -> V:
    """A query string. Raises RequestError, UnknownOption."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise RequestError(reason="the query of the address is not well-formed") from error
    return from_fields(fields_of(pairs, shape), kind, shape)


def fields_of(pairs: Iterable[tuple[str, str]], shape: Shape) -> dict[str, object]:
    """Names and texts as fields, where the texts of a list may be repeated or separated by commas. Raises
    RequestError."""
    fields: dict[str, object] = {}
    lists: dict[str, list[str]] = {}
    for name, text in pairs:
        if name in shape.lists:
            lists.setdefault(name, []).extend(part.strip() for part in text.split(",") if part.strip())
        elif name in fields:
            raise RequestError(reason=f"{name} is given twice")
        else:
            fields[name] = text
    return {**fields, **lists}


def from_fields(fields: Mapping[str, object], kind: type[V], shape: Shape) -> V:
    """Raises RequestError, UnknownOption."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _told(error, shape) from error


def _told(error: msgspec.DecodeError, shape: Shape) -> RequestError:
    message = str(error)
    enum = _ENUM_VALUE.match(message)
    if enum is not None and enum["path"] is not None:
        option = enum["path"].removeprefix("$.").partition("[")[0]
        return UnknownOption(option=option, value=enum["value"], allowed=", ".join(shape.choices[option]))
    if not isinstance(error, msgspec.ValidationError):
        return RequestError(reason=f"the body is not JSON: {message}")
    found = _PATH.search(message)
    where = f"{found['path']}: " if found is not None and found["path"] else ""
    return RequestError(reason=where + _PATH.sub("", message).replace("`", ""))


def _bare(described: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """Without `Annotated` and `None`."""
    if isinstance(described, msgspec.inspect.Metadata):
        return _bare(described.type)
    if isinstance(described, msgspec.inspect.UnionType):
        return _bare(next(kind for kind in described.types if not isinstance(kind, msgspec.inspect.NoneType)))
    return described


def _values(choices: type) -> list[str]:
    assert isinstance(choices, EnumType)
    return [str(member.value) for member in choices]  # type: ignore[var-annotated]
