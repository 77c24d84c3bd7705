"""Values: frozen, of keywords only, and made as fast as msgspec can."""

from __future__ import annotations

import msgspec
import pytest

from stele.domain.document import Language
from stele.domain.value import Value, changed, field_names


class Pair(Value):
    first: int = 0
    second: int


def test_fields_are_given_by_keyword_in_any_order() -> None:
    pair = Pair(second=2)
    assert (pair.first, pair.second) == (0, 2)
    assert field_names(Pair) == ("first", "second")
    with pytest.raises(TypeError):
        Pair(1, 2)  # type: ignore[misc]


def test_values_do_not_change() -> None:
    pair = Pair(first=1, second=2)
    with pytest.raises(AttributeError):
        pair.first = 3  # type: ignore[misc]
    assert changed(pair, first=3) == Pair(first=3, second=2)


def test_values_are_known_as_such() -> None:
    assert isinstance(Pair(second=2), Value)
    assert isinstance(Language(code="en", confidence=1.0), Value)
    assert not isinstance(2, Value)


def test_values_are_made_by_msgspec_itself() -> None:
    """A metaclass of our own made every word of a page three times as dear."""
    assert type(Pair) is msgspec.StructMeta
