"""The canonical tree survives JSON and msgpack, whatever is in it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import document, page
from stele.domain.document import (
    SCHEMA,
    Answer,
    Block,
    BlockKind,
    Break,
    Cell,
    Document,
    Field,
    Language,
    Line,
    Mark,
    MarkKind,
    Page,
    PageError,
    PageSource,
    Paragraph,
    Region,
    Span,
    Symbol,
    Table,
    Word,
    document_from_json,
    pack_pages,
    to_json,
    unpack_pages,
)
from stele.domain.geometry import Orientation, to_displayed, to_submitted

# Text has no lone surrogates: neither JSON in UTF-8 nor msgpack can say them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
confidences = st.floats(0, 1)
coordinates = st.floats(-1e5, 1e5)
points = st.tuples(coordinates, coordinates)
polygons = st.tuples(points, points, points, points)
indices = st.lists(st.integers(0, 1 << 40), max_size=3).map(tuple)


def some(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, max_size=2).map(tuple)


symbols = st.builds(Symbol, text=texts, confidence=confidences, polygon=polygons)
words = st.builds(
    Word,
    index=st.integers(0, 1 << 40),
    text=texts,
    confidence=confidences,
    polygon=polygons,
    break_=st.sampled_from(Break),
    language=st.none() | texts,
    handwritten=st.booleans(),
    symbols=some(symbols),
)
lines = st.builds(Line, text=texts, confidence=confidences, polygon=polygons, words=some(words))
paragraphs = st.builds(Paragraph, polygon=polygons, lines=some(lines))
blocks = st.builds(Block, kind=st.sampled_from(BlockKind), polygon=polygons, paragraphs=some(paragraphs))
cells = st.builds(
    Cell,
    row=st.integers(0, 99),
    column=st.integers(0, 99),
    row_span=st.integers(1, 9),
    column_span=st.integers(1, 9),
    text=texts,
    words=indices,
    polygon=polygons,
    confidence=confidences,
    header=st.booleans(),
)
tables = st.builds(Table, polygon=polygons, cells=some(cells), confidence=confidences)
spans = st.builds(Span, text=texts, words=indices, polygon=polygons)
fields = st.builds(Field, key=spans, value=st.none() | spans, confidence=confidences)
marks = st.builds(
    Mark,
    kind=st.sampled_from(MarkKind),
    polygon=polygons,
    confidence=confidences,
    selected=st.booleans(),
    words=indices,
)
regions = st.builds(Region, kind=texts, polygon=polygons, words=indices, confidence=confidences)
answers = st.builds(Answer, query=texts, alias=st.none() | texts, span=st.none() | spans, confidence=confidences)
pages = st.builds(
    Page,
    number=st.integers(1, 1 << 20),
    width=st.integers(0, 1 << 20),
    height=st.integers(0, 1 << 20),
    angle=st.floats(-180, 180, exclude_min=True),
    orientation=st.sampled_from(Orientation),
    source=st.sampled_from(PageSource),
    points=st.none() | st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)),
    scale=st.none() | st.floats(0.01, 100),
    languages=some(st.builds(Language, code=texts, confidence=confidences)),
    blocks=some(blocks),
    tables=some(tables),
    fields=some(fields),
    marks=some(marks),
    regions=some(regions),
    answers=some(answers),
    warnings=some(texts),
    error=st.none() | st.builds(PageError, code=texts, message=texts),
)
documents = st.builds(Document, pages=some(pages))


@settings(max_examples=60, deadline=None)
@given(documents)
def test_the_tree_survives_json(whole: Document) -> None:
    data = to_json(whole)
    assert document_from_json(data) == whole
    assert to_json(document_from_json(data)) == data
    assert b"\n" not in data


@settings(max_examples=60, deadline=None)
@given(some(pages))
def test_pages_survive_msgpack(these: tuple[Page, ...]) -> None:
    assert unpack_pages(pack_pages(these)) == these


def test_the_strategies_above_leave_no_field_out() -> None:
    """A field added to the tree must be added to the round trip."""
    for strategy in (symbols, words, lines, paragraphs, blocks, cells, tables, spans, fields, marks, regions, answers):
        struct = strategy.wrapped_strategy if hasattr(strategy, "wrapped_strategy") else strategy
        assert set(struct.kwargs) == set(struct.target.__struct_fields__), struct.target
    assert set(pages.wrapped_strategy.kwargs) == set(Page.__struct_fields__)


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
