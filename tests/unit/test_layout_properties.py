"""What holds for every page, however odd what the engine saw on it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from sheets import arrange
from stele.domain.document import Document, Page, document_from_json, pack_pages, to_json, unpack_pages
from stele.domain.geometry import Polygon, rectangle, turned
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenSymbol, SeenWord

TEXTS = st.one_of(
    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8),
    st.sampled_from(["and", "12.50", "Total:", "-", "•", "well-", "שלום", "مرحبا", "世界", "a" * 60]),
)


@st.composite
def lines(draw: st.DrawFn) -> SeenLine:
    x, y = draw(st.integers(-20, 900)), draw(st.integers(-20, 1200))
    height = draw(st.integers(0, 60))
    turn = draw(st.sampled_from([0, 0, 0, 0, 1, -8, 90, 180, -90, 45]))

    def box(left: float, right: float) -> Polygon:
        a, b, c, d = (turned(corner, turn, (500, 500)) for corner in rectangle(left, y, right, y + height))
        return a, b, c, d

    words, at = [], float(x)
    for _ in range(draw(st.integers(1, 5))):
        text, width = draw(TEXTS), draw(st.integers(0, 120))
        symbols = (SeenSymbol(text=text[0], confidence=0.5, polygon=box(at, at + width / 2)),) if width > 90 else ()
        words.append(
            SeenWord(
                text=text,
                confidence=draw(st.floats(0, 1)),
                polygon=box(at, at + width),
                space_after=draw(st.booleans()),
                symbols=symbols,
            )
        )
        at += width + draw(st.integers(-10, 80))
    return SeenLine(polygon=box(x, at), words=tuple(words))


@settings(max_examples=60, deadline=None)
@given(st.lists(lines(), max_size=25), st.sampled_from([0.0, 90.0, -3.0, 180.0]), st.integers(0, 25))
def test_each_word_appears_exactly_once(seen: list[SeenLine], angle: float, stated: int) -> None:
    arranged = arrange(SeenPage(lines=tuple(seen), angle=angle), stated=stated)
    page = Page(number=1, width=1000, height=1300, angle=arranged.angle, blocks=arranged.blocks)
    words = list(page.words())
    assert Counter((word.text, word.polygon) for word in words) == Counter(
        (word.text, word.polygon) for line in seen for word in line.words
    )
    assert [word.index for word in words] == list(range(len(words)))
    assert sum(len(word.symbols) for word in words) == sum(len(word.symbols) for line in seen for word in line.words)
    assert -180 < page.angle <= 180
    assert unpack_pages(pack_pages((page,))) == (page,)
    document = Document(pages=(page,))
    assert document_from_json(to_json(document)) == document
