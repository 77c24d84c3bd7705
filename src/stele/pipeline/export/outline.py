"""A page as its parts in reading order: headings, list items, paragraphs, tables and pictures, for editable formats.

What a part is comes from the page's regions where layout was asked for; else a short paragraph in clearly larger print
than the rest of its page is a heading, and a paragraph whose lines begin with bullets or numbers is a list.
"""

from __future__ import annotations

import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from stele.domain.document import Break, Page, PageSource, Paragraph, RegionKind, Table, Word
from stele.domain.geometry import Polygon, bounding
from stele.pipeline.export.flowing import flow
from stele.pipeline.export.pitch import size_by_width
from stele.pipeline.export.sheet import Box, Sheet, around

#: print this many times as high as the page's body is a heading: of the first, second, third level
HEADING_SIZES = (1.8, 1.45, 1.2)
#: a heading is short
HEADING_CHARACTERS = 120

_HEADING_LINES = 3
#: text flows when at least so many lines end at one margin, give or take a part of their width
_FLOWING_LINES, _RAGGED = 3, 0.2

_BULLET = re.compile(r"[•‣◦▪●○■□➢✓❖–—*·∙-]$")
_NUMBER = re.compile(r"(\d{1,3})([.)])$")

Lines = Sequence[Sequence[Word]]


@dataclass(frozen=True, kw_only=True)
class Marker:
    """How a list item begins: with its number and what closes that, or with a bullet (number None)."""

    number: int | None = None
    closing: str = ""


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Text that flows: `level` 1 to 3 is that of a heading, 0 that of other text; `marker` is that of a list item."""

    lines: Lines
    level: int = 0
    marker: Marker | None = None

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line]

    #: after which of the lines the next begins anew, as in an address
    ends: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """A line feed where a line begins anew, a tabulator between what stands side by side."""
        parts: list[str] = []
        run: list[Word] = []
        for number, line in enumerate(self.lines):
            run += line
            beside = line[-1].break_ is Break.SPACE
            if (beside or number in self.ends) and number + 1 < len(self.lines):
                parts += [flow(run), "\t" if beside else "\n"]
                run = []
        return "".join([*parts, flow(run)])

    @property
    def polygon(self) -> Polygon:
        return bounding(word.polygon for word in self.words)


@dataclass(frozen=True)
class Grid:
    table: Table


Part = Prose | Grid


def outline(page: Page, without: Container[int] = frozenset()) -> Iterator[Part]:
    """The parts of a page. A table comes where its first word is, and its words come nowhere else; nor do the words
    whose indices are in `without`."""
    prints = _Prints(page)
    kinds = _Regions(page)
    tables = dict(enumerate(page.tables))
    table_of = {index: key for key, table in tables.items() for cell in table.cells for index in cell.words}
    for block in page.blocks:
        for paragraph in block.paragraphs:
            for line in paragraph.lines:
                for word in line.words:
                    if (table := tables.pop(table_of.get(word.index, -1), None)) is not None:
                        yield Grid(table)
            lines = [
                [word for word in line.words if word.index not in table_of and word.index not in without]
                for line in paragraph.lines
            ]
            yield from _prose([line for line in lines if line], prints, kinds)
    for table in tables.values():
        yield Grid(table)


def _prose(lines: Lines, prints: _Prints, regions: _Regions) -> Iterator[Prose]:
    for part in _by_size(lines, prints):
        level = heading_level(part, prints.ratio(part), regions.kind_of(part))
        if level:
            yield Prose(lines=part, level=level)
        else:
            for marker, item in items(part, prints):
                yield Prose(lines=item, marker=marker, ends=prints.ends(item))


def _by_size(lines: Lines, prints: _Prints) -> Iterator[Lines]:
    """Lines of large print that begin a paragraph are one of their own: a heading close above its text."""
    large = 0
    while large < len(lines) and prints.ratio([lines[large]]) >= HEADING_SIZES[-1]:
        large += 1
    if 0 < large <= _HEADING_LINES and large < len(lines):
        yield lines[:large]
        yield lines[large:]
    elif lines:
        yield lines


class _Prints:
    """How large the print of a page is, and how far its lines run."""

    def __init__(self, page: Page) -> None:
        self._by_width = page.source is not PageSource.TEXT_LAYER
        self._sheet = Sheet(page)
        self._usual = self._size(list(page.words()))
        self._usual_height = body_height(page)
        self._boxes = [self._sheet.box(line.polygon) for line in page.lines() if line.words]
        self._edge = max((box.right for box in self._boxes), default=0.0)
        paragraphs = [paragraph for block in page.blocks for paragraph in block.paragraphs]
        self._flowing = [box for paragraph in paragraphs if (box := self._flowing_box(paragraph))]

    def ratio(self, lines: Lines) -> float:
        """The size of the print of some lines as a part of that of most of the page; 0 where that is not known."""
        words = [word for line in lines for word in line]
        if self._by_width and self._usual and (size := size_by_width(words)):
            return size / self._usual
        heights = [height(word.polygon) for word in words]
        return statistics.median(heights) / self._usual_height if self._usual_height else 0.0

    def ends(self, lines: Lines) -> frozenset[int]:
        """The lines that end early."""
        return frozenset(at for at, (line, after) in enumerate(pairwise(lines)) if self.ends_early(line, after))

    def ends_early(self, line: Sequence[Word], following: Sequence[Word]) -> bool:
        """Whether the first word of the next line had found room on a line: it was not broken for want of it."""
        if line[-1].break_ in {Break.SPACE, Break.HYPHEN}:
            return False
        box = around([self._sheet.box(word.polygon) for word in line])
        word = self._sheet.box(following[0].polygon)
        return box.right + word.width + 2 * box.height < self._room(box)

    def _room(self, line: Box) -> float:
        """How far a line can go: to the end of flowing text that begins above or below it; else to what stands beside
        it, or to the edge of the print."""
        margins = [box.right for box in self._flowing if box.left - 2 * line.height < line.left < box.right]
        if margins:
            return max(margins)
        right = (box for box in self._boxes if box.left > line.right)
        return min((box.left for box in right if box.top < line.bottom and line.top < box.bottom), default=self._edge)

    def _flowing_box(self, paragraph: Paragraph) -> Box | None:
        """The box of a paragraph whose lines, but for the last, end at about one margin; None for others."""
        boxes = [self._sheet.box(line.polygon) for line in paragraph.lines]
        if len(boxes) < _FLOWING_LINES or marker_of(paragraph.lines[0].words):
            return None
        whole = around(boxes)
        return whole if min(box.right for box in boxes[:-1]) > whole.right - _RAGGED * whole.width else None

    def is_below(self, line: Sequence[Word], first: Word) -> bool:
        """Whether a line begins where `first` does, or further in."""
        word, start = self._sheet.box(line[0].polygon), self._sheet.box(first.polygon)
        return word.left > start.left - start.height / 2

    def _size(self, words: Sequence[Word]) -> float:
        """The usual size: the median over the characters of single words."""
        sizes = [size for word in words for size in [size_by_width([word])] * len(word.text) if size]
        return statistics.median(sizes) if sizes else 0.0


class _Regions:
    """Which kind of region words lie in."""

    def __init__(self, page: Page) -> None:
        self._of = {index: region.kind for region in page.regions if region.within is None for index in region.words}

    def kind_of(self, lines: Lines) -> RegionKind | None:
        """That of most of the words; None where no layout was asked for."""
        counted = Counter(self._of.get(word.index) for line in lines for word in line)
        return counted.most_common(1)[0][0]


def items(lines: Lines, prints: _Prints) -> Iterator[tuple[Marker | None, Lines]]:
    """A paragraph cut before each line that starts a list item: the marker, and the lines without it.

    Only a paragraph that starts with a marker is a list: elsewhere a number at the start of a line is just the place
    where the line was broken. Bullets are small, and engines miss some: in a list with bullets a line also starts an
    item when the line before it ends early.
    """
    marker = marker_of(lines[0])
    if marker is None:
        yield None, lines
        return
    start = lines[0][1]
    item: list[Sequence[Word]] = []
    for line in lines:
        following = marker_of(line)
        if following is not None:
            if item:
                yield marker, item
            marker, item = following, [line[1:]]
        elif marker == Marker() and item and prints.is_below(line, start) and prints.ends_early(item[-1], line):
            yield marker, item
            item = [line]
        else:
            item.append(line)
    yield marker, item


def marker_of(line: Sequence[Word]) -> Marker | None:
    if len(line) < 2:
        return None
    first = line[0].text
    if _BULLET.match(first):
        return Marker()
    if number := _NUMBER.match(first):
        return Marker(number=int(number[1]), closing=number[2])
    return None


def heading_level(lines: Lines, ratio: float, kind: RegionKind | None) -> int:
    """1 to 3, or 0 for what is no heading: by the size of its print, as a part of the usual one, and by its region
    where that is known."""
    words = [word for line in lines for word in line]
    characters = sum(len(word.text) for word in words)
    if characters > HEADING_CHARACTERS or not any(char.isalnum() for word in words for char in word.text):
        return 0
    by_size = next((level for level, least in enumerate(HEADING_SIZES, start=1) if ratio >= least), 0)
    match kind:
        case None | RegionKind.TEXT:
            return by_size
        case RegionKind.TITLE:
            return 1
        case RegionKind.SECTION_HEADER:
            return by_size or len(HEADING_SIZES)
        case _:
            return 0


def body_height(page: Page) -> float:
    """The height of most of the page's text: the median over its characters, not its words; 0 without any."""
    heights = [height(word.polygon) for word in page.words() for _ in word.text]
    return statistics.median(heights) if heights else 0.0


def height(polygon: Polygon) -> float:
    """How high the print is in pixels, whichever way it is turned."""
    return math.dist(polygon[0], polygon[3])


def main_language(page: Page) -> str | None:
    """The language of most of the page, as BCP-47; None where it is not known."""
    return max(page.languages, key=lambda language: language.confidence).code if page.languages else None


def is_right_to_left(texts: Iterable[str]) -> bool:
    """Whether more letters run from right to left than the other way."""
    balance = 0
    for char in chain.from_iterable(texts):
        match unicodedata.bidirectional(char):
            case "R" | "AL":
                balance += 1
            case "L":
                balance -= 1
    return balance > 0


def words_of(table: Table) -> Iterable[int]:
    return (index for cell in table.cells for index in cell.words)
