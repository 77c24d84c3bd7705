"""Requests from JSON, by the descriptors that Google publishes.

Taken are lowerCamelCase and snake_case names, enums as names or numbers, base64 of both alphabets with or without
padding. What Google refuses is refused in the same words: unknown names, values of another type, enums that do not
exist, base64 that is none. `json_format` of protobuf does not: it lets unknown enum numbers, `data:` prefixes and line
breaks in base64 through.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

import msgspec
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from stele.dialects.google.errors import CanonicalCode, GoogleError, invalid
from stele.domain.value import Value

V = TypeVar("V", bound=Value)

_NUMERIC = re.compile(r"-?[0-9]{1,10}")
_INT32 = range(-(2**31), 2**31)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def decoded(name: str, body: object, kind: type[V]) -> V:
    """`body`, the JSON form of the message `name`, as far as `kind` has fields for it. Raises GoogleError."""
    fields = _message(_descriptor(name), body, "")
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


@cache
def _descriptor(name: str) -> Descriptor:
    # 0.3 s and 30 MB, which a server that nobody calls this way need not have.
    from stele.dialects.google.grpc.schema import published

    return published().FindMessageTypeByName(name)


@cache
def _fields(kind: Descriptor) -> Mapping[str, FieldDescriptor]:
    return {name: field for field in kind.fields for name in (field.name, field.json_name)}


def _message(kind: Descriptor, value: object, where: str) -> dict[str, object]:
    """Fields by their JSON names; those that are null are left out."""
    if not isinstance(value, dict):
        raise _wrong(where, kind.full_name, value)
    fields = _fields(kind)
    found: dict[str, object] = {}
    for key, given in value.items():
        field = fields.get(key)
        if field is None:
            raise _unknown(key, where)
        if field.json_name in found:
            at = f" at '{where}'" if where else ""
            raise invalid(f'Invalid JSON payload received. The name "{key}"{at} is given twice.')
        if given is not None:
            found[field.json_name] = _field(field, given, f"{where}.{field.name}" if where else field.name)
    return found


def _field(field: FieldDescriptor, value: object, where: str) -> object:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _map(field.message_type, value, where)
    if not field.is_repeated:
        return _single(field, value, where)
    if not isinstance(value, list | tuple):
        raise _wrong(where, "a list", value)
    return [_single(field, one, f"{where}[{index}]") for index, one in enumerate(value)]


def _map(entry: Descriptor, value: object, where: str) -> dict[object, object]:
    if not isinstance(value, dict):
        raise _wrong(where, "a map", value)
    key, held = entry.fields_by_name["key"], entry.fields_by_name["value"]
    return {_single(key, k, where): _single(held, v, f"{where}[{k}]") for k, v in value.items()}


def _single(field: FieldDescriptor, value: object, where: str) -> object:
    if field.enum_type is not None:
        return _enum(field.enum_type, value, where)
    if field.message_type is None:
        return _SCALARS[field.type](value, where)
    if field.message_type.full_name == "google.protobuf.Duration":
        return _duration(value, where)
    return _message(field.message_type, value, where)


def _enum(kind: EnumDescriptor, value: object, where: str) -> str:
    number = int(value) if isinstance(value, str) and _NUMERIC.fullmatch(value) else value
    if isinstance(number, int) and not isinstance(number, bool):
        found = kind.values_by_number.get(number)
    else:
        found = kind.values_by_name.get(value) if isinstance(value, str) else None
    if found is None:
        raise _wrong(where, f"type.googleapis.com/{kind.full_name}", value)
    return str(found.name)


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, "TYPE_STRING", value)
    return value


def _bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(where, "TYPE_BOOL", value)
    return value


def _int32(value: object, where: str) -> int:
    number = _number(value, where, "TYPE_INT32")
    if number != math.trunc(number) or int(number) not in _INT32:
        raise _wrong(where, "TYPE_INT32", value)
    return int(number)


def _float(value: object, where: str) -> float:
    return float(_number(value, where, "TYPE_FLOAT"))


def _number(value: object, where: str, kind: str) -> float:
    """A finite number, or the text of one."""
    if isinstance(value, str) and not {" ", "_"} & set(value):
        try:
            value = float(value)
        except ValueError as error:
            raise _wrong(where, kind, value) from error
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _wrong(where, kind, value)
    return value


def _bytes(value: object, where: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise _wrong(where, "TYPE_BYTES", value)
    try:
        text = value.encode("ascii").translate(_URL_SAFE).rstrip(b"=")
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise GoogleError(
            CanonicalCode.INVALID_ARGUMENT,
            f"Invalid value at '{where}' (TYPE_BYTES), Base64 decoding failed for \"{value[:40]}\"",
            (_violation(where, "Base64 decoding failed"),),
        ) from error


def _duration(value: object, where: str) -> str:
    """Seconds with an `s` behind, which is what the field's text form is."""
    if not isinstance(value, str) or not value.endswith("s"):
        raise _wrong(where, "type.googleapis.com/google.protobuf.Duration", value)
    _number(value[:-1], where, "type.googleapis.com/google.protobuf.Duration")
    return value


_SCALARS: Mapping[int, Callable[[object, str], object]] = {
    FieldDescriptor.TYPE_STRING: _string,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_INT32: _int32,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_DOUBLE: _float,
}


def _unknown(name: str, where: str) -> GoogleError:
    at = f" at '{where}'" if where else ""
    message = f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'
    return GoogleError(CanonicalCode.INVALID_ARGUMENT, message, (_violation(where, message),))


def _wrong(where: str, kind: str, value: object) -> GoogleError:
    shown = msgspec.json.encode(value if isinstance(value, str | int | float | bool | None) else type(value).__name__)
    message = f"Invalid value at '{where}' ({kind}), {shown.decode()[:100]}"
    return GoogleError(CanonicalCode.INVALID_ARGUMENT, message, (_violation(where, message),))


def _violation(where: str, description: str) -> Mapping[str, object]:
    return {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": where, "description": description}],
    }
