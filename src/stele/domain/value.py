"""The base of every value in Stele."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

import msgspec

if TYPE_CHECKING:
    # Type checkers only see that msgspec hands options down when the base says so.
    @dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
    class _Frozen:
        def __init_subclass__(
            cls,
            *,
            omit_defaults: bool = False,
            tag: str | None = None,
            rename: str | None = None,
            forbid_unknown_fields: bool = False,
        ) -> None: ...

    class Value(_Frozen):
        """A frozen, keyword-only record. Change it with `changed`."""

else:

    class _KeywordOnly(msgspec.StructMeta):
        """msgspec hands `frozen` down to subclasses, but not `kw_only`."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **config: Any) -> type:
            return super().__new__(mcs, name, bases, body, **{"kw_only": True, **config})

    # No value can be part of a cycle, so the garbage collector need not look at any: pages are made of thousands.
    class Value(msgspec.Struct, metaclass=_KeywordOnly, frozen=True, gc=False):
        """A frozen, keyword-only record. Change it with `changed`."""


V = TypeVar("V", bound=Value)


def changed(value: V, /, **fields: object) -> V:
    """A copy of `value` with some fields changed."""
    return msgspec.structs.replace(value, **fields)  # type: ignore[type-var]


def field_names(kind: type[Value]) -> tuple[str, ...]:
    """The fields of a kind of value, in order."""
    return tuple(field.name for field in msgspec.structs.fields(kind))  # type: ignore[arg-type]
