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
    # No value can be part of a cycle, so the garbage collector need not look at any: pages are made of thousands.
    class _Record(msgspec.Struct, frozen=True, gc=False):
        """What values are when the program runs."""

    class _KeywordOnly(type):
        """Makes records of the subclasses of `Value`, and their fields keyword-only, which msgspec does not hand down.

        A metaclass of msgspec's would do, but up to Python 3.11 a class of a metaclass that is written in Python is
        called by way of a dictionary of its arguments, in three times the time.
        """

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **config: Any) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            records = tuple(_Record if isinstance(base, mcs) else base for base in bases)
            return msgspec.StructMeta(name, records, body, **{"kw_only": True, **config})

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, _Record)

    class Value(metaclass=_KeywordOnly):
        """A frozen, keyword-only record. Change it with `changed`."""


V = TypeVar("V", bound=Value)


def changed(value: V, /, **fields: object) -> V:
    """A copy of `value` with some fields changed."""
    return msgspec.structs.replace(value, **fields)  # type: ignore[type-var]


def field_names(kind: type[Value]) -> tuple[str, ...]:
    """The fields of a kind of value, in order."""
    return tuple(field.name for field in msgspec.structs.fields(kind))  # type: ignore[arg-type]
