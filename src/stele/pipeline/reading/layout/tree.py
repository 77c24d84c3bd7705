"""Blocks of chunks become blocks of the canonical tree: words in reading order, with their breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise, repeat

import numpy as np

from stele.domain.document import Block, BlockKind, Break, Line, Paragraph, Symbol, Word
from stele.domain.geometry import Polygon
from stele.pipeline.reading.layout import paragraphs
from stele.pipeline.reading.layout.chunks import Chunks, hulls
from stele.pipeline.reading.layout.frame import Flow, Frame, text_flow
from stele.pipeline.reading.seam import SeenSymbol
from stele.pipeline.reading.seenwords import Floats, Indices, SeenWords, as_array

#: moves polygons (n x 4 x 2) of the displayed page to where they are wanted
Place = Callable[[Floats], Floats]
#: of the words of a block: the language of each where it is not the page's
LanguagesOf = Callable[[list[str]], list[str | None]]

#: what may stand at a line's end for a break inside a word: hyphen-minus, hyphen, soft hyphen, not sign, double hyphen
_HYPHENS = "-\u2010\u00ad\u00ac\u2e17"
#: words of one line that are no further apart than this many text heights touch
_TOUCHING = 0.3


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """The words that a tree is built over, and the frame they are read in."""

    words: SeenWords
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

    @cached_property
    def at(self) -> slice | Indices:
        """What puts a column of all words in order, once all are here: nothing where they come in that order."""
        return slice(None) if self.words == list(range(len(self.words))) else np.array(self.words)


def tree(
    leaves: Leaves, chunks: Chunks, blocks: list[paragraphs.Block], *, first: int, place: Place, languages: LanguagesOf
) -> list[Block]:
    """The blocks, their words numbered from `first`."""
    order = _ordered(leaves, chunks, blocks)
    words = _words(leaves.words, order, first, place, languages)
    boxes = leaves.boxes[order.at]

    def around(starts: list[int]) -> list[Polygon]:
        return _tuples(place(leaves.frame.polygons(hulls(boxes, np.array(starts)))))

    def groups(starts: list[int], whole: list[int]) -> list[slice]:
        """The slices of the finer level below each group of the coarser one."""
        return [slice(*ends) for ends in pairwise([*np.searchsorted(whole, starts).tolist(), len(whole)])]

    lines = _lines(leaves, order, words, place)
    parts = [
        Paragraph(polygon=polygon, lines=tuple(lines[part]))
        for part, polygon in zip(groups(order.paragraphs, order.lines), around(order.paragraphs), strict=True)
    ]
    return [
        Block(kind=BlockKind.TEXT, polygon=polygon, paragraphs=tuple(parts[part]))
        for part, polygon in zip(groups(order.blocks, order.paragraphs), around(order.blocks), strict=True)
    ]


def _words(seen: SeenWords, order: _Order, first: int, place: Place, languages_of: LanguagesOf) -> list[Word]:
    texts = seen.texts if isinstance(order.at, slice) else [seen.texts[index] for index in order.words]
    languages: list[str | None] = []
    for start, stop in pairwise([*order.blocks, len(texts)]):
        languages.extend(languages_of(texts[start:stop]))
    columns = zip(
        range(first, first + len(texts)),
        texts,
        seen.confidences[order.at].round(4).tolist(),
        _tuples(place(seen.polygons[order.at])),
        order.breaks,
        languages,
        [at in seen.handwritten for at in order.words] if seen.handwritten else repeat(False, len(texts)),
        [_symbols(seen.symbols[index], place) for index in order.words] if seen.symbols else repeat((), len(texts)),
        strict=True,
    )
    return [
        Word(
            index=index,
            text=text,
            confidence=confidence,
            polygon=polygon,
            break_=kind,
            language=language,
            handwritten=handwritten,
            symbols=symbols,
        )
        for index, text, confidence, polygon, kind, language, handwritten, symbols in columns
    ]


def _lines(leaves: Leaves, order: _Order, words: list[Word], place: Place) -> list[Line]:
    starts = np.array(order.lines)
    letters = leaves.words.lengths[order.at]
    weighted = np.add.reduceat(leaves.words.confidences[order.at] * letters, starts)
    confidences = (weighted / np.add.reduceat(letters, starts)).round(4).tolist()
    polygons = _tuples(place(_line_polygons(leaves, order, starts)))
    texts = [word.text for word in words]
    if Break.NONE in order.breaks:
        spaced = [text if kind is Break.NONE else f"{text} " for text, kind in zip(texts, order.breaks, strict=True)]
    else:
        spaced = []
    return [
        Line(
            text="".join(spaced[start : stop - 1]) + texts[stop - 1] if spaced else " ".join(texts[start:stop]),
            confidence=confidence,
            polygon=polygon,
            words=tuple(words[start:stop]),
        )
        for (start, stop), confidence, polygon in zip(
            pairwise([*order.lines, len(words)]), confidences, polygons, strict=True
        )
    ]


def _symbols(seen: tuple[SeenSymbol, ...], place: Place) -> tuple[Symbol, ...]:
    polygons = _tuples(place(as_array([symbol.polygon for symbol in seen])))
    return tuple(
        Symbol(text=symbol.text, confidence=round(symbol.confidence, 4), polygon=polygon)
        for symbol, polygon in zip(seen, polygons, strict=True)
    )


def _line_polygons(leaves: Leaves, order: _Order, starts: Indices) -> Floats:
    """Of each line of the tree. One that an engine saw just so keeps its polygon, which may follow a bend."""
    line = leaves.words.line[order.at]
    low, high = np.minimum.reduceat(line, starts), np.maximum.reduceat(line, starts)
    counts = np.diff([*order.lines, len(order.words)])
    same = (low == high) & (counts == leaves.words.counts[low])
    found = leaves.frame.polygons(hulls(leaves.boxes[order.at], starts))
    found[same] = leaves.words.line_polygons[low[same]]
    return found


def _tuples(polygons: Floats) -> list[Polygon]:
    x, y = polygons.T.tolist()
    return list(zip(*map(zip, x, y), strict=True))


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
    last = leaves.words.texts[order.words[-1]]
    following = leaves.words.texts[chunks.pieces[row[0][0]][0][0]]
    hyphenated = last[-1] in _HYPHENS and last[-2:-1].isalpha() and following[0].islower()
    return Break.HYPHEN if hyphenated else Break.LINE


def _add_line(leaves: Leaves, chunks: Chunks, line: paragraphs.Line, order: _Order) -> None:
    pieces = [piece for chunk in line for piece in chunks.pieces[chunk]]
    for indices in _logical(leaves, pieces):
        if len(order.words) > order.lines[-1]:
            order.breaks[-1] = _space(leaves, order.words[-1], indices[0])
        order.words.extend(indices)
        if leaves.words.spaced and indices[-1] - indices[0] == len(indices) - 1:
            order.breaks.extend([Break.SPACE] * (len(indices) - 1))
        else:
            order.breaks.extend(_space(leaves, before, after) for before, after in pairwise(indices))
        order.breaks.append(Break.SPACE)


def _space(leaves: Leaves, before: int, after: int) -> Break:
    """What stands between two words of one line."""
    words = leaves.words
    if after == before + 1 and words.line[before] == words.line[after]:
        return Break.SPACE if words.spaces[before] else Break.NONE
    box, other = leaves.boxes[before], leaves.boxes[after]
    gap = max(other[0] - box[2], box[0] - other[2])
    touching = gap < _TOUCHING * min(box[3] - box[1], other[3] - other[1])
    ends = unicodedata.east_asian_width(words.texts[before][-1]), unicodedata.east_asian_width(words.texts[after][0])
    return Break.NONE if touching and ends == ("W", "W") else Break.SPACE


def _logical(leaves: Leaves, pieces: list[list[int]]) -> list[list[int]]:
    """The pieces of one line in the order they are read, where scripts of both directions may meet."""
    texts = leaves.words.texts
    if len(pieces) == 1 or not leaves.words.has_leftward:
        return pieces if leaves.frame.flow is not Flow.RIGHT_TO_LEFT else pieces[::-1]
    flows = [text_flow("".join(texts[at] for at in piece)) for piece in pieces]
    if not any(flow is Flow.RIGHT_TO_LEFT for flow in flows):
        return pieces if leaves.frame.flow is not Flow.RIGHT_TO_LEFT else pieces[::-1]
    weights = dict.fromkeys((Flow.LEFT_TO_RIGHT, Flow.RIGHT_TO_LEFT), 0)
    for piece, flow in zip(pieces, flows, strict=True):
        if flow is not None:
            weights[flow] += int(leaves.words.lengths[piece].sum())
    base = max(weights, key=lambda flow: weights[flow])
    pairs = list(zip(pieces, flows, strict=True))
    if base is not leaves.frame.flow:
        pairs.reverse()
    ordered: list[list[int]] = []
    for against, run in groupby(pairs, key=lambda pair: pair[1] not in {base, None}):
        found = [piece for piece, _ in run]
        ordered.extend(reversed(found) if against else found)
    return ordered
