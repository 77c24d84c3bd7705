"""Blocks of chunks become blocks of the canonical tree: words in reading order, with their breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import numpy as np

from stele.domain.document import Block, BlockKind, Break, Line, Paragraph, Symbol, Word
from stele.domain.geometry import Polygon
from stele.pipeline.reading.layout import paragraphs
from stele.pipeline.reading.layout.chunks import Chunks, Indices, hulls
from stele.pipeline.reading.layout.frame import Floats, Flow, Frame, as_array, text_flow
from stele.pipeline.reading.seam import SeenLine, SeenWord

#: moves polygons (n x 4 x 2) of the displayed page to where they are wanted
Place = Callable[[Floats], Floats]
#: the language of a word where it is not the page's
LanguageOf = Callable[[str], str | None]

#: what may stand at a line's end for a break inside a word: hyphen-minus, hyphen, soft hyphen, not sign, double hyphen
_HYPHENS = "-\u2010\u00ad\u00ac\u2e17"
#: words of one line that are no further apart than this many text heights touch
_TOUCHING = 0.3


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """The lines that a tree is built over, their words in one list, and the frame they are read in."""

    lines: list[SeenLine]
    words: list[SeenWord]
    line: Indices  #: of each word: its line
    boxes: Floats  #: of each word, in the frame
    frame: Frame


@dataclass
class _Order:
    """Words in reading order, and where among them lines, paragraphs and blocks begin."""

    words: list[int] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)


def tree(
    leaves: Leaves, chunks: Chunks, blocks: list[paragraphs.Block], *, first: int, place: Place, language_of: LanguageOf
) -> list[Block]:
    """The blocks, their words numbered from `first`."""
    order = _ordered(leaves, chunks, blocks)
    seen = [leaves.words[at] for at in order.words]
    polygons = _tuples(place(as_array([word.polygon for word in seen])))
    words = [
        Word(
            index=index,
            text=word.text,
            confidence=round(word.confidence, 4),
            polygon=polygon,
            break_=kind,
            language=language_of(word.text),
            symbols=_symbols(word, place) if word.symbols else (),
        )
        for index, (word, polygon, kind) in enumerate(zip(seen, polygons, order.breaks, strict=True), first)
    ]
    boxes = leaves.boxes[order.words]

    def around(starts: list[int]) -> list[Polygon]:
        return _tuples(place(leaves.frame.polygons(hulls(boxes, np.array(starts)))))

    def groups(starts: list[int], whole: list[int]) -> list[slice]:
        """The slices of the finer level below each group of the coarser one."""
        return [slice(*ends) for ends in pairwise([*np.searchsorted(whole, starts).tolist(), len(whole)])]

    line_polygons = _tuples(place(_line_polygons(leaves, order)))
    line_words = [slice(*ends) for ends in pairwise([*order.lines, len(words)])]
    lines = [_line(words[part], polygon) for part, polygon in zip(line_words, line_polygons, strict=True)]
    parts = [
        Paragraph(polygon=polygon, lines=tuple(lines[part]))
        for part, polygon in zip(groups(order.paragraphs, order.lines), around(order.paragraphs), strict=True)
    ]
    return [
        Block(kind=BlockKind.TEXT, polygon=polygon, paragraphs=tuple(parts[part]))
        for part, polygon in zip(groups(order.blocks, order.paragraphs), around(order.blocks), strict=True)
    ]


def _line(words: list[Word], polygon: Polygon) -> Line:
    text = "".join(word.text + " " if word.break_ is Break.SPACE else word.text for word in words[:-1]) + words[-1].text
    letters = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / letters
    return Line(text=text, confidence=round(confidence, 4), polygon=polygon, words=tuple(words))


def _symbols(word: SeenWord, place: Place) -> tuple[Symbol, ...]:
    polygons = _tuples(place(as_array([symbol.polygon for symbol in word.symbols])))
    return tuple(
        Symbol(text=symbol.text, confidence=round(symbol.confidence, 4), polygon=polygon)
        for symbol, polygon in zip(word.symbols, polygons, strict=True)
    )


def _line_polygons(leaves: Leaves, order: _Order) -> Floats:
    """Of each line of the tree. One that an engine saw just so keeps its polygon, which may follow a bend."""
    starts = np.array(order.lines)
    line = leaves.line[order.words]
    low, high = np.minimum.reduceat(line, starts), np.maximum.reduceat(line, starts)
    counts = np.diff([*order.lines, len(order.words)])
    same = (low == high) & (counts == np.bincount(leaves.line)[low])
    found = leaves.frame.polygons(hulls(leaves.boxes[order.words], starts))
    if same.any():
        found[same] = as_array([leaves.lines[at].polygon for at in low[same].tolist()])
    return found


def _tuples(polygons: Floats) -> list[Polygon]:
    points = map(tuple, polygons.reshape(-1, 2).tolist())
    return list(zip(*[points] * 4, strict=True))


def _ordered(leaves: Leaves, chunks: Chunks, blocks: list[paragraphs.Block]) -> _Order:
    order = _Order()
    for block in blocks:
        order.blocks.append(len(order.words))
        for paragraph in block:
            order.paragraphs.append(len(order.words))
            for row in paragraph:
                if order.lines and order.paragraphs[-1] < len(order.words):
                    order.breaks[-1] = _line_break(leaves, chunks, order, row)
                for line in row:
                    order.lines.append(len(order.words))
                    _add_line(leaves, chunks, line, order)
                    order.breaks[-1] = Break.SPACE
            order.breaks[-1] = Break.PARAGRAPH
    return order


def _line_break(leaves: Leaves, chunks: Chunks, order: _Order, row: paragraphs.Row) -> Break:
    """What stands between the last word so far and the next row of its paragraph."""
    last = leaves.words[order.words[-1]].text
    following = leaves.words[int(chunks.pieces[row[0][0]][0][0])].text
    hyphenated = last[-1] in _HYPHENS and last[-2:-1].isalpha() and following[0].islower()
    return Break.HYPHEN if hyphenated else Break.LINE


def _add_line(leaves: Leaves, chunks: Chunks, line: paragraphs.Line, order: _Order) -> None:
    pieces = [piece for chunk in line for piece in chunks.pieces[chunk]]
    for piece in _logical(leaves, pieces):
        for at in piece.tolist():
            if len(order.words) > order.lines[-1]:
                order.breaks[-1] = _space(leaves, order.words[-1], at)
            order.words.append(at)
            order.breaks.append(Break.SPACE)


def _space(leaves: Leaves, before: int, after: int) -> Break:
    """What stands between two words of one line."""
    first, second = leaves.words[before], leaves.words[after]
    if leaves.line[before] == leaves.line[after] and after == before + 1:
        return Break.SPACE if first.space_after else Break.NONE
    box, other = leaves.boxes[before], leaves.boxes[after]
    gap = max(other[0] - box[2], box[0] - other[2])
    touching = gap < _TOUCHING * min(box[3] - box[1], other[3] - other[1])
    unspaced = unicodedata.east_asian_width(first.text[-1]) == unicodedata.east_asian_width(second.text[0]) == "W"
    return Break.NONE if touching and unspaced else Break.SPACE


def _logical(leaves: Leaves, pieces: list[Indices]) -> list[Indices]:
    """The pieces of one line in the order they are read, where scripts of both directions may meet."""
    flows = [text_flow("".join(leaves.words[at].text for at in piece.tolist())) for piece in pieces]
    if len(pieces) == 1 or not any(flow is Flow.RIGHT_TO_LEFT for flow in flows):
        return pieces if leaves.frame.flow is not Flow.RIGHT_TO_LEFT else pieces[::-1]
    weights = dict.fromkeys((Flow.LEFT_TO_RIGHT, Flow.RIGHT_TO_LEFT), 0)
    for piece, flow in zip(pieces, flows, strict=True):
        if flow is not None:
            weights[flow] += sum(len(leaves.words[at].text) for at in piece.tolist())
    base = max(weights, key=lambda flow: weights[flow])
    pairs = list(zip(pieces, flows, strict=True))
    if base is not leaves.frame.flow:
        pairs.reverse()
    ordered: list[Indices] = []
    for against, run in groupby(pairs, key=lambda pair: pair[1] not in {base, None}):
        found = [piece for piece, _ in run]
        ordered.extend(reversed(found) if against else found)
    return ordered
