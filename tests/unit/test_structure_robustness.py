"""Whatever words and pixels a page has, structure is found or not, and what is found is well-formed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printing import PixelPage
from stele.domain.document import Block, BlockKind, Break, Line, Page, Paragraph, Word
from stele.domain.geometry import Orientation, rectangle
from stele.domain.job import STRUCTURING, Asked, Query
from stele.pipeline.structure.structuring import structure
from structured import Drawing

WIDTH, HEIGHT = 200, 160
ASKED = Asked(features=tuple(sorted(STRUCTURING)), queries=(Query(text="What is the total of Name?"),))

words = st.tuples(
    st.floats(0, WIDTH),
    st.floats(0, HEIGHT),
    st.floats(0, 80),
    st.floats(0, 40),
    st.sampled_from(["Name:", "12.50", "Total", "☐", "•", "1.", "of", "x" * 40, "Signature", "総額", "—"]),
)


def page_of(given_words: list[tuple[float, float, float, float, str]], orientation: Orientation, angle: float) -> Page:
    lines = []
    for index, (x, y, width, height, text) in enumerate(given_words):
        box = rectangle(x, y, min(WIDTH, x + width), min(HEIGHT, y + height))
        word = Word(index=index, text=text, confidence=0.5, polygon=box, break_=Break.PARAGRAPH)
        lines.append(Line(text=text, confidence=0.5, polygon=box, words=(word,)))
    paragraphs = tuple(Paragraph(polygon=line.polygon, lines=(line,)) for line in lines)
    blocks = tuple(Block(kind=BlockKind.TEXT, polygon=each.polygon, paragraphs=(each,)) for each in paragraphs)
    width, height = WIDTH, HEIGHT
    return Page(number=1, width=width, height=height, orientation=orientation, angle=angle, blocks=blocks)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(words, max_size=25),
    st.sampled_from([Orientation.UPRIGHT, Orientation.HALF_TURN, Orientation.QUARTER_LEFT]),
    st.sampled_from([0.0, 90.0, 180.0, -90.0, 3.7]),
    st.integers(0, 3),
)
def test_structure_is_well_formed(
    given_words: list[tuple[float, float, float, float, str]], orientation: Orientation, angle: float, seed: int
) -> None:
    shape = (WIDTH, HEIGHT) if orientation.swaps_axes else (HEIGHT, WIDTH)
    pixels = np.full(shape, 255, np.uint8)
    if seed:
        pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    page = structure(PixelPage(pixels, orientation=orientation), page_of(given_words, orientation, angle), ASKED)
    count = len(given_words)
    assert len(page.answers) == 1
    for table in page.tables:
        places = [
            (row, column)
            for cell in table.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        ]
        assert len(places) == len(set(places)) == (1 + max(places)[0]) * (1 + max(column for _, column in places))
        told = [word for cell in table.cells for word in cell.words]
        assert len(told) == len(set(told)) and all(0 <= word < count for word in told)
        assert 0 <= table.confidence <= 1
    spans = [span for field in page.fields for span in (field.key, field.value) if span is not None]
    spans += [answer.span for answer in page.answers if answer.span is not None]
    assert all(0 <= at < len(page.marks) for span in spans for at in span.marks)
    outer = [word for region in page.regions if region.within is None for word in region.words]
    assert sorted(outer) == list(range(count))
    points = [point for region in page.regions for point in region.polygon]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 3)])
def test_pages_of_hardly_any_pixels(shape: tuple[int, int]) -> None:
    box = rectangle(0, 0, shape[1], shape[0])
    word = Word(index=0, text="Name:", confidence=1.0, polygon=box, break_=Break.PARAGRAPH)
    line = Line(text="Name:", confidence=1.0, polygon=box, words=(word,))
    paragraph = Paragraph(polygon=box, lines=(line,))
    block = Block(kind=BlockKind.TEXT, polygon=box, paragraphs=(paragraph,))
    page = Page(number=1, width=shape[1], height=shape[0], blocks=(block,))
    found = structure(PixelPage(np.zeros(shape, np.uint8)), page, ASKED)
    assert found.tables == ()


def test_graph_paper_is_no_table_and_takes_no_time() -> None:
    drawing = Drawing(1600, 2000).write(100, 100, "Graph paper")
    drawing.grid(range(0, 1600, 20), range(0, 2000, 20))
    started = time.process_time()
    page = drawing.find(*sorted(STRUCTURING))
    assert time.process_time() - started < 5
    assert (page.tables, page.marks) == ((), ())
