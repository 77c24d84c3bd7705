"""Blocks: lines of a page that stand together, whatever the reading made of the gaps between them.

A line that was read across a wide gap is of two blocks; short lines right below each other are of one, as those of an
address, though each may have been read as a paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from unicodedata import east_asian_width

import numpy as np

from stele.domain.document import Paragraph
from stele.pipeline.structure.rules import Rules, place_of
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.segments import Segment, segment

#: of the words' height: a line goes no further across such a gap, one of so many words, which may be spread, not across
#: the other
_WIDE, _WIDE_IN_PROSE, _PROSE_WORDS = 1.3, 3.0, 6
#: a block with so many long lines is running text, whose paragraphs stay apart
_LONG_WORDS, _LONG_LINES = 8, 2
_ITEM = re.compile(r"(?:[•‣◦▪●○■□–—*·∙➢✓»-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])$")
#: blocks before so many others do not go on
_RECENT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bond:
    """How near lines of one block are. In heights of the print: `below`, how far below each other, and `aligned`, how
    far their starts, middles or ends are apart. `higher`: how many times as high the print of one may be."""

    below: float
    aligned: float
    higher: float


#: of lines that were read as two paragraphs
_BETWEEN = _Bond(below=0.6, aligned=0.7, higher=1.2)
#: of the least gap between two lines of a paragraph: it goes on across no wider one
_SPREAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Pieces of lines from top to bottom, of one table by its number or of none."""

    pieces: list[Segment]
    table: int | None = None

    @property
    def words(self) -> tuple[int, ...]:
        return tuple(sorted(word for piece in self.pieces for word in piece.words))


def blocks_of(sheet: Sheet, rules: Rules, table_of: Mapping[int, int]) -> list[Block]:
    """All words of a sheet in blocks, in the order of their first words; `table_of` has the table of a word."""
    found: list[Block] = []
    breaks = _breaks(sheet)
    for paragraph in (paragraph for block in sheet.page.blocks for paragraph in block.paragraphs):
        own: list[Block] = []
        bond = _Bond(below=max(_BETWEEN.below, _SPREAD * _least_gap(sheet, paragraph)), aligned=40.0, higher=1.5)
        for piece in _pieces(sheet, paragraph, table_of, breaks):
            _join(sheet, rules, own, Block(pieces=[piece], table=table_of.get(piece.words[0])), bond)
        for block in own:
            _join(sheet, rules, found, block, _BETWEEN)
    return sorted(found, key=lambda block: block.words[0])


@lru_cache(maxsize=4096)
def length_of(text: str) -> int:
    """How many words a text has; two ideographs count as one."""
    if text.isascii():
        return len(text.split())
    return max(len(text.split()), sum(east_asian_width(char) in "WF" for char in text) // 2)


def starts_item(sheet: Sheet, piece: Segment) -> bool:
    """Whether a piece of a line starts with a bullet or a number."""
    return len(piece.words) > 1 and _ITEM.match(sheet.words[piece.words[0]].text) is not None


def _least_gap(sheet: Sheet, paragraph: Paragraph) -> float:
    """The least space between two lines of a paragraph, in heights of its print; 0 where it has but one."""
    if len(paragraph.lines) < 2:
        return 0.0
    boxes = [sheet.around(range(line.words[0].index, line.words[-1].index + 1)) for line in paragraph.lines]
    gaps = [(below[1] - above[3]) / (below[3] - below[1]) for above, below in pairwise(boxes) if below[1] > above[1]]
    return max(0.0, min(gaps, default=0.0))


def _breaks(sheet: Sheet) -> frozenset[int]:
    """The words before which their line ends because of a wide gap."""
    height = sheet.boxes[:, 3] - sheet.boxes[:, 1]
    gap = sheet.boxes[1:, 0] - sheet.boxes[:-1, 2]
    prose = np.bincount(sheet.line)[sheet.line[1:]] >= _PROSE_WORDS
    wide = gap > np.where(prose, _WIDE_IN_PROSE, _WIDE) * np.maximum(height[1:], height[:-1])
    return frozenset((1 + np.flatnonzero(wide)).tolist())


def _pieces(
    sheet: Sheet, paragraph: Paragraph, table_of: Mapping[int, int], breaks: frozenset[int]
) -> Iterator[Segment]:
    """The words of each line between wide gaps, and those of tables apart."""
    for line in paragraph.lines:
        first, last = line.words[0].index, line.words[-1].index
        start = first
        for at in range(first + 1, last + 1):
            if at in breaks or (table_of and table_of.get(at) != table_of.get(at - 1)):
                yield segment(sheet, range(start, at))
                start = at
        yield segment(sheet, range(start, last + 1))


def _join(sheet: Sheet, rules: Rules, blocks: list[Block], block: Block, bond: _Bond) -> None:
    """Let a block go on with the nearest one that it fits, else add it."""
    for other in reversed(blocks[-_RECENT:]):
        if other.table == block.table and _goes_on(sheet, rules, other, block, bond):
            if bond is _BETWEEN and (_is_prose(other) or _is_prose(block) or starts_item(sheet, block.pieces[0])):
                continue
            other.pieces.extend(block.pieces)
            return
    blocks.append(block)


def _is_prose(block: Block) -> bool:
    return sum(length_of(piece.text) >= _LONG_WORDS for piece in block.pieces) >= _LONG_LINES


def _goes_on(sheet: Sheet, rules: Rules, above: Block, below: Block, bond: _Bond) -> bool:
    last, first = above.pieces[-1], below.pieces[0]
    one, other = last.box, first.box
    low, high = one[3] - one[1], other[3] - other[1]
    if low > high:
        low, high = high, low
    if not -0.5 * low <= other[1] - one[3] <= bond.below * high or high > bond.higher * low:
        return False
    if min(one[2], other[2]) <= max(one[0], other[0]) or sheet.askew(last.words[0]) != sheet.askew(first.words[0]):
        return False
    apart = abs(one[0] - other[0]), abs(one[2] - other[2]), abs(one[0] + one[2] - other[0] - other[2]) / 2
    if min(apart) > bond.aligned * high:
        return False
    return not _parted(rules, one, other)


def _parted(rules: Rules, above: Box, below: Box) -> bool:
    """Whether a level rule lies between two lines."""
    low, high = (above[1] + above[3]) / 2, (below[1] + below[3]) / 2
    start, end = min(above[0], below[0]), max(above[2], below[2])
    level = rules.level
    between = level[bisect_right(level, low, key=place_of) : bisect_left(level, high, key=place_of)]
    return any(rule.covers(start, end) > 0.7 for rule in between)
