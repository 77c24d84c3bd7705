"""Small canonical documents for tests: text laid out on a page as a typewriter would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stele.domain.document import Block, BlockKind, Break, Cell, Document, Line, Page, Paragraph, Table, Word
from stele.domain.geometry import Orientation, Polygon, bounding, rectangle, to_submitted, turned
from stele.domain.value import changed

#: how wide a character of the typewriter is, as a part of the line's height
PITCH = 0.5


def line(text: str, *, left: float = 50, top: float = 50, size: float = 20, first: int = 0) -> Line:
    """One upright line, `size` pixels high; its words, split at spaces, are numbered from `first`."""
    words, x = [], left
    for index, part in enumerate(text.split(), start=first):
        width = len(part) * PITCH * size
        box = rectangle(x, top, x + width, top + size)
        words.append(Word(index=index, text=part, confidence=0.9, polygon=box, break_=Break.SPACE))
        x += width + PITCH * size
    return Line(
        text=" ".join(text.split()), confidence=0.9, polygon=bounding(w.polygon for w in words), words=tuple(words)
    )


def paragraph(lines: Sequence[Line]) -> Paragraph:
    """Lines as a paragraph, the last word of each with its break: a hyphen at a line's end is one that joins."""

    def broken(position: int, this: Line) -> Line:
        if position == len(lines) - 1:
            kind = Break.PARAGRAPH
        elif this.text.endswith("-"):
            kind = Break.HYPHEN
        else:
            kind = Break.LINE
        return changed(this, words=(*this.words[:-1], changed(this.words[-1], break_=kind)))

    return Paragraph(
        polygon=bounding(this.polygon for this in lines),
        lines=tuple(broken(position, this) for position, this in enumerate(lines)),
    )


def block(paragraphs: Sequence[Paragraph], kind: BlockKind = BlockKind.TEXT) -> Block:
    return Block(kind=kind, polygon=bounding(p.polygon for p in paragraphs), paragraphs=tuple(paragraphs))


def page(
    number: int = 1,
    lines: Iterable[str | tuple[str, float]] = ("Hello world",),
    *,
    width: int = 600,
    height: int = 800,
    turn: float = 0.0,
    orientation: Orientation = Orientation.UPRIGHT,
    **fields: object,
) -> Page:
    """A page `width` x `height` pixels *as displayed*, with `lines` from the top down in one block.

    A line is a text, or a text and its height in pixels; an empty text starts a new paragraph. `turn` turns the content
    clockwise around the middle of the displayed page; `orientation` is how the stored page must be turned for display.
    """
    paragraphs: list[list[Line]] = [[]]
    y, count = 50.0, 0
    for item in lines:
        text, size = item if isinstance(item, tuple) else (item, 20.0)
        if text:
            paragraphs[-1].append(line(text, top=y, size=size, first=count))
            count += len(paragraphs[-1][-1].words)
            y += 1.5 * size
        else:
            paragraphs.append([])
            y += size
    made = [paragraph(those) for those in paragraphs if those]
    blocks = (block(made),) if made else ()
    stored_width, stored_height = (height, width) if orientation.swaps_axes else (width, height)

    def moved(polygon: Polygon) -> Polygon:
        centre = (width / 2, height / 2)
        a, b, c, d = (
            to_submitted(turned(point, turn, centre), orientation, stored_width, stored_height) for point in polygon
        )
        return a, b, c, d

    values = {"width": stored_width, "height": stored_height, "orientation": orientation, "angle": turn, **fields}
    return Page(number=number, blocks=tuple(_moved(this, moved) for this in blocks), **values)


def _moved(this, moved):
    """A node of the tree with all polygons below it moved."""
    children = next((name for name in ("paragraphs", "lines", "words", "symbols") if hasattr(this, name)), None)
    below = {} if children is None else {children: tuple(_moved(child, moved) for child in getattr(this, children))}
    return changed(this, polygon=moved(this.polygon), **below)


def table(rows: Sequence[Sequence[str]], words: Iterable[Word] = (), *, header: bool = True) -> Table:
    """A table over `words`: each cell takes the next ones, as many as its text has."""
    rest = iter(words)
    cells = []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            taken = tuple(next(rest).index for _ in text.split()) if words else ()
            box = rectangle(c * 100, r * 30, c * 100 + 90, r * 30 + 20)
            cells.append(Cell(row=r, column=c, text=text, words=taken, polygon=box, header=header and r == 0))
    return Table(polygon=bounding(cell.polygon for cell in cells), cells=tuple(cells))


def document(*pages: Page) -> Document:
    return Document(pages=pages or (page(),))
