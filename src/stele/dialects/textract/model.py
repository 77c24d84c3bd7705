"""Amazon's own description of the service, as botocore carries it, and requests held to it.

Clients check little themselves: patterns, enumerations and upper limits are for the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stele.dialects.textract.errors import TextractError, invalid

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

Json: TypeAlias = dict[str, Any]
#: how a protocol writes bytes; raises ValueError for what are none
BytesOf: TypeAlias = Callable[[object], bytes]

_SERVICE: Final = "textract"


@cache
def service() -> ServiceModel:
    """Loaded when the first request comes: 0.1 s that a server without Textract need not have."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    description: Mapping[str, Any] = Loader().load_service_model(_SERVICE, "service-2")
    return ServiceModel(description, _SERVICE)


def operation(name: str) -> OperationModel | None:
    """None when the service has no such operation."""
    model = service()
    return model.operation_model(name) if name in model.operation_names else None


def parsed(model: OperationModel, given: object, bytes_of: BytesOf) -> Json:
    """The input of an operation, whose members are those of the model and no others, nulls left out.

    Raises TextractError: SerializationException for a member of another type, InvalidParameterException for one that
    breaks a rule, without saying which, as Amazon does."""
    if not isinstance(given, dict):
        raise _not_of_type("the input", "structure")
    assert model.input_shape is not None
    read: Json = _Reader(bytes_of).read(model.input_shape, given, "the input")
    return read


class _Reader:
    def __init__(self, bytes_of: BytesOf) -> None:
        self._bytes_of = bytes_of

    def read(self, shape: Shape, given: object, name: str) -> Any:
        match shape.type_name:
            case "structure":
                return self._structure(shape, given, name)
            case "list":
                return self._list(shape, given, name)
            case "blob":
                return self._blob(given, name)
            case "string":
                if not isinstance(given, str):
                    raise _not_of_type(name, "string")
                return _checked_text(shape, given)
            case "integer" | "long":
                if not isinstance(given, int) or isinstance(given, bool):
                    raise _not_of_type(name, "integer")
                _check_range(shape, given)
                return given
            case other:
                raise AssertionError(f"no input has a {other}")

    def _structure(self, shape: Any, given: object, name: str) -> Json:
        if not isinstance(given, dict):
            raise _not_of_type(name, "structure")
        if any(given.get(required) is None for required in shape.required_members):
            raise invalid()
        return {
            member: self.read(kind, given[member], member)
            for member, kind in shape.members.items()
            if given.get(member) is not None
        }

    def _list(self, shape: Any, given: object, name: str) -> list[Any]:
        if not isinstance(given, list | tuple):
            raise _not_of_type(name, "list")
        _check_range(shape, len(given))
        return [self.read(shape.member, one, name) for one in given]

    def _blob(self, given: object, name: str) -> bytes:
        try:
            data = self._bytes_of(given)
        except ValueError as error:
            raise _not_of_type(name, "blob") from error
        if not data:
            raise invalid()
        return data


def _checked_text(shape: Shape, given: str) -> str:
    _check_range(shape, len(given))
    values = getattr(shape, "enum", None)
    if values and given not in values:
        raise invalid()
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(given):
        raise invalid()
    return given


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Java's classes \\d, \\w and \\s are those of ASCII."""
    return re.compile(pattern, re.ASCII)


def _check_range(shape: Shape, size: int) -> None:
    if not shape.metadata.get("min", 0) <= size <= shape.metadata.get("max", size):
        raise invalid()


def _not_of_type(name: str, kind: str) -> TextractError:
    return TextractError("SerializationException", f"{name} must be a {kind}.")
