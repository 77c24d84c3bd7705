"""The canonical tree survives JSON and msgpack, whatever is in it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from builders import document, page
from stele.domain.document import (
    SCHEMA,
    Document,
    Page,
    document_from_json,
    pack_pages,
    to_json,
    unpack_pages,
)
from stele.domain.geometry import Orientation, to_displayed, to_submitted


def values(kind: inspect.Type) -> st.SearchStrategy:
    """Anything of a type of the tree, so that a new field is part of the round trip by itself."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: values(field.type) for field in fields})
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=2).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(values, items))
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.EnumType(cls=cls):
            return st.sampled_from(cls)
        case inspect.StrType():
            # without lone surrogates: neither JSON in UTF-8 nor msgpack can say them
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
        case inspect.IntType():
            return st.integers(0, 1 << 40)
        case inspect.FloatType():
            return st.floats(-1e5, 1e5)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise AssertionError(f"no strategy for {kind}")


documents = values(inspect.type_info(Document))
pages = values(inspect.type_info(Page))


@settings(max_examples=60, deadline=None)
@given(documents)
def test_the_tree_survives_json(whole: Document) -> None:
    data = to_json(whole)
    assert document_from_json(data) == whole
    assert to_json(document_from_json(data)) == data
    assert b"\n" not in data


@settings(max_examples=60, deadline=None)
@given(st.lists(pages, max_size=2).map(tuple))
def test_pages_survive_msgpack(these: tuple[Page, ...]) -> None:
    assert unpack_pages(pack_pages(these)) == these


def test_broken_trees_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        document_from_json(b'{"schema":"stele.document/1","pages":[{"number":"one"}]}')
    with pytest.raises(msgspec.ValidationError):
        unpack_pages(msgspec.msgpack.encode([{"number": 1}]))


def test_the_schema_comes_first() -> None:
    assert to_json(document()).startswith(f'{{"schema":"{SCHEMA}",'.encode())


def test_words_are_numbered_and_text_has_lines_and_paragraphs() -> None:
    this = page(1, ["One two", "three", "", "four"])
    assert [word.index for word in this.words()] == [0, 1, 2, 3]
    assert [line.text for line in this.lines()] == ["One two", "three", "four"]
    assert this.text == "One two\nthree\n\nfour"
    assert page(1, []).text == ""


@given(st.sampled_from(Orientation), st.tuples(st.integers(0, 70), st.integers(0, 90)))
def test_what_is_displayed_goes_back_to_where_it_came_from(orientation: Orientation, point: tuple[int, int]) -> None:
    shown = to_displayed(point, orientation, 70, 90)
    assert to_submitted(shown, orientation, 70, 90) == point
    size = (90, 70) if orientation.swaps_axes else (70, 90)
    assert all(0 <= value <= limit for value, limit in zip(shown, size, strict=True))


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, (10, 20)),
        (2, (60, 20)),
        (3, (60, 70)),
        (4, (10, 70)),
        (5, (20, 10)),
        (6, (70, 10)),
        (7, (70, 60)),
        (8, (20, 60)),
    ],
)
def test_orientations_are_those_of_exif(orientation: int, shown: tuple[int, int]) -> None:
    """Where the point (10, 20) of a stored page of 70 x 90 pixels is displayed."""
    assert to_displayed((10, 20), Orientation(orientation), 70, 90) == shown
