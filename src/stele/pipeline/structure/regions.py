"""Layout: what each part of the page is, told by its print, its place and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import cv2
import numpy as np

from stele.domain.document import Field, Line, Region, RegionKind, Table
from stele.domain.value import changed
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Box, Sheet, boxed

#: of the page: what is nearer to its top or bottom may be outside its text
_MARGIN = 0.11
#: of the print's height: so far from the text a header or a footer is at least
_CLEAR = 0.8
#: print of a title and of a section's header, in heights of the body's
_TITLE, _HEADING = 1.45, 1.12
_TITLE_WORDS, _HEADING_WORDS = 25, 14
#: part of a paragraph's words that a table or fields must hold, for it to be theirs
_HELD = 0.6
#: a list has at least so many items, a form at least so many fields one after the other
_LEAST_ITEMS, _LEAST_FIELDS = 2, 4
#: a figure: of the page's area at least, of its own area covered by words at most
_FIGURE_AREA, _FIGURE_WORDS = 0.008, 0.35

#: pixels: a smaller sheet shows no figure
_SMALLEST_SIDE = 16

_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|p\.|seite|pág(?:ina)?\.?|pagina)\s*)?(?:\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/|von|de|di|sur)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:[•‣◦▪●○■□–—*·∙➢✓»-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])$")
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.|[A-Z]\.)\s+\S|(?:section|part|chapter|article|annex)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Lines of the page that are one thing."""

    words: tuple[int, ...]
    lines: tuple[Line, ...]
    kind: RegionKind
    confidence: float


class Layout:
    """The regions of a sheet. `tables` and `fields` are those that were found on it."""

    def __init__(self, sheet: Sheet, rules: Rules, tables: Sequence[Table], fields: Sequence[Field]) -> None:
        self._sheet = sheet
        self._rules = rules
        self._table_of = {word: at for at, table in enumerate(tables) for cell in table.cells for word in cell.words}
        self._tables = tables
        self._in_fields = {
            word for field in fields for span in (field.key, field.value) if span is not None for word in span.words
        }
        self._keys = [field.key.words[0] for field in fields]
        letters = np.repeat(sheet.boxes[:, 3] - sheet.boxes[:, 1], [len(word.text) for word in sheet.words])
        self._size = max(1.0, float(np.median(letters)))  # of most of the page's letters, not words

    def regions(self) -> tuple[Region, ...]:
        """All regions in reading order, each word in one; figures stand where they are on the page."""
        parts = list(self._parts())
        found: list[Region] = []
        placed: set[int] = set()
        for part in parts:
            table = self._table_of.get(part.words[0]) if part.kind is RegionKind.TABLE else None
            if table is not None:
                if table not in placed:
                    placed.add(table)
                    found.append(self._table(table, parts))
            else:
                found.append(self._region(part))
                if part.kind is RegionKind.LIST:
                    found.extend(self._items(part, within=len(found) - 1))
        return self._with_figures(found)

    # -- text ---------------------------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[_Part]:
        """Paragraphs, those of one list, one table or one group of fields together."""
        paragraphs = [paragraph for block in self._sheet.page.blocks for paragraph in block.paragraphs]
        pieces = [piece for paragraph in paragraphs for piece in self._cut(paragraph.lines)]
        kinds = [self._kind(lines) for lines in pieces]
        title = self._title(pieces, kinds)
        for at, (kind, _) in enumerate(kinds):
            if kind is RegionKind.TITLE and at not in title:
                kinds[at] = (RegionKind.SECTION_HEADER, 0.6)
        runs = groupby(range(len(pieces)), key=lambda at: self._group(at, kinds[at][0], pieces[at], title))
        for _, run in runs:
            these = list(run)
            lines = tuple(line for at in these for line in pieces[at])
            kind, confidence = kinds[these[0]][0], sum(kinds[at][1] for at in these) / len(these)
            if self._few(kind, lines):
                for at in these:
                    yield _part(pieces[at], RegionKind.TEXT, confidence)
            else:
                yield _part(lines, kind, confidence)

    def _few(self, kind: RegionKind, lines: Sequence[Line]) -> bool:
        """Whether these are too few items for a list, or fields for a form: they are text then."""
        match kind:
            case RegionKind.LIST:
                return sum(_is_item(line) for line in lines) < _LEAST_ITEMS
            case RegionKind.KEY_VALUE:
                words = {word.index for line in lines for word in line.words}
                return sum(key in words for key in self._keys) < _LEAST_FIELDS
            case _:
                return False

    def _cut(self, lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
        """A paragraph where it goes into or out of a table."""
        for _, run in groupby(lines, key=lambda line: self._table_of.get(line.words[0].index)):
            yield tuple(run)

    def _group(self, at: int, kind: RegionKind, lines: Sequence[Line], title: set[int]) -> object:
        if kind is RegionKind.TABLE:
            return kind, self._table_of[lines[0].words[0].index]
        if kind in (RegionKind.LIST, RegionKind.KEY_VALUE) or at in title:
            return kind
        return at

    def _kind(self, lines: Sequence[Line]) -> tuple[RegionKind, float]:
        """What a paragraph is, and how sure that is."""
        words = [word.index for line in lines for word in line.words]
        if words[0] in self._table_of:
            return RegionKind.TABLE, self._tables[self._table_of[words[0]]].confidence
        if margin := self._in_margin(lines, words):
            return margin
        if self._is_list(lines):
            return RegionKind.LIST, 0.85
        if sum(word in self._in_fields for word in words) > _HELD * len(words):
            return RegionKind.KEY_VALUE, 0.7
        return self._heading(lines, words) or (RegionKind.TEXT, 0.9)

    def _in_margin(self, lines: Sequence[Line], words: Sequence[int]) -> tuple[RegionKind, float] | None:
        """Page numbers, headers and footers: short, at an edge of the page, apart from its text."""
        _, height = self._sheet.size
        box = self._sheet.around(words)
        top, bottom = box[3] < _MARGIN * height, box[1] > (1 - _MARGIN) * height
        if not (top or bottom) or len(lines) > 3:
            return None
        if _PAGE_NUMBER.fullmatch(self._sheet.text(words)):
            return RegionKind.PAGE_NUMBER, 0.9
        large = self._height(lines) >= _HEADING * self._size
        first, last = self._body
        if top and not large and first - box[3] > _CLEAR * self._sheet.em:
            return RegionKind.HEADER, 0.75
        if bottom and box[1] - last > _CLEAR * self._sheet.em:
            return RegionKind.FOOTER, 0.75
        return None

    @cached_property
    def _body(self) -> tuple[float, float]:
        """Where the text of the page starts and ends: without what is short and at its edges."""
        _, height = self._sheet.size
        inner = [
            box
            for block in self._sheet.page.blocks
            for paragraph in block.paragraphs
            if (box := self._sheet.around([word.index for line in paragraph.lines for word in line.words]))[3]
            > _MARGIN * height
            and (box[1] < (1 - _MARGIN) * height or len(paragraph.lines) > 3)
        ]
        return (min(box[1] for box in inner), max(box[3] for box in inner)) if inner else (0.0, float(height))

    def _is_list(self, lines: Sequence[Line]) -> bool:
        return _is_item(lines[0]) and not self._is_heading_number(lines)

    def _is_heading_number(self, lines: Sequence[Line]) -> bool:
        """`1. Introduction` in large or bold print is a header, not an item."""
        return len(lines) == 1 and self._height(lines) >= _HEADING * self._size

    def _heading(self, lines: Sequence[Line], words: Sequence[int]) -> tuple[RegionKind, float] | None:
        text = self._sheet.text(words)
        size = self._height(lines) / self._size
        if len(words) > _TITLE_WORDS or len(lines) > 4 or not any(char.isalpha() for char in text):
            return None
        if size >= _TITLE:
            return RegionKind.TITLE, min(0.95, 0.5 + 0.25 * size)
        if len(words) > _HEADING_WORDS or len(lines) > 2 or text[-1] in ".,;?!":
            return None
        letters = [char for char in text if char.isalpha()]
        capital = len(letters) > 3 and all(char.isupper() for char in letters)
        bold = self._weight(words) > 1.3 * self._body_weight
        cues = (size >= _HEADING) + capital + bold + (_NUMBERED.match(text) is not None)
        if cues >= 2 or size >= 1.25 or (bold and not text.endswith(":")):
            return RegionKind.SECTION_HEADER, min(0.9, 0.5 + 0.15 * cues)
        return None

    def _title(self, pieces: Sequence[Sequence[Line]], kinds: Sequence[tuple[RegionKind, float]]) -> set[int]:
        """The largest print on the upper half of the page, and what follows it in the same."""
        _, height = self._sheet.size
        large = [
            at
            for at, (kind, _) in enumerate(kinds)
            if kind is RegionKind.TITLE
            and self._sheet.around([word.index for line in pieces[at] for word in line.words])[1] < 0.5 * height
        ]
        if not large:
            return set()
        first = max(large, key=lambda at: self._height(pieces[at]))
        found = {first}
        while (following := max(found) + 1) in large and self._alike(pieces[first], pieces[following]):
            found.add(following)
        return found

    def _alike(self, first: Sequence[Line], second: Sequence[Line]) -> bool:
        return abs(self._height(first) - self._height(second)) < 0.15 * self._height(first)

    def _height(self, lines: Sequence[Line]) -> float:
        """How high the print of lines is, on the sheet."""
        words = [word.index for line in lines for word in line.words]
        return float(np.median(self._sheet.boxes[words, 3] - self._sheet.boxes[words, 1]))

    def _weight(self, words: Sequence[int]) -> float:
        """How black the print of words is: the part of their boxes that is ink."""
        parts = []
        for word in list(words)[:12]:
            left, top, right, bottom = boxed(self._sheet.boxes[word], self._sheet.ink.shape)
            box = self._sheet.ink[top:bottom, left:right]
            parts.append(float(np.count_nonzero(box)) / max(1, box.size))
        return float(np.median(parts))

    @cached_property
    def _body_weight(self) -> float:
        step = max(1, len(self._sheet.words) // 60)
        return max(1e-3, float(np.median([self._weight([word]) for word in range(0, len(self._sheet.words), step)])))

    # -- regions ------------------------------------------------------------------------------------------------------

    def _region(self, part: _Part) -> Region:
        polygon = self._sheet.place(self._sheet.around(part.words))
        confidence = round(part.confidence * self._sheet.confidence(part.words), 3)
        return Region(kind=part.kind, polygon=polygon, words=part.words, confidence=confidence)

    def _table(self, at: int, parts: Sequence[_Part]) -> Region:
        words = tuple(
            word
            for part in parts
            if part.kind is RegionKind.TABLE and self._table_of.get(part.words[0]) == at
            for word in part.words
        )
        table = self._tables[at]
        return Region(kind=RegionKind.TABLE, polygon=table.polygon, words=words, confidence=table.confidence)

    def _items(self, part: _Part, within: int) -> Iterator[Region]:
        """The items of a list: from one marker to the next."""
        item: list[Line] = []
        for line in (*part.lines, None):
            if item and (line is None or (len(line.words) > 1 and _ITEM.match(line.words[0].text))):
                words = tuple(word.index for each in item for word in each.words)
                yield Region(
                    kind=RegionKind.TEXT,
                    polygon=self._sheet.place(self._sheet.around(words)),
                    words=words,
                    confidence=round(part.confidence * self._sheet.confidence(words), 3),
                    within=within,
                )
                item = []
            if line is not None:
                item.append(line)

    # -- figures ------------------------------------------------------------------------------------------------------

    def _with_figures(self, regions: list[Region]) -> tuple[Region, ...]:
        """Figures go before the first region that starts below their top."""
        found = list(regions)
        for box, confidence in self._figures():
            figure = Region(
                kind=RegionKind.FIGURE, polygon=self._sheet.place(box), words=(), confidence=round(confidence, 3)
            )
            tops = [self._top(region) for region in found]
            at = next((at for at, top in enumerate(tops) if top > box[1] and found[at].within is None), len(found))
            later = (_moved(region, at) for region in found[at:])
            found = [*found[:at], figure, *later]
        return tuple(found)

    def _top(self, region: Region) -> float:
        return self._sheet.around(region.words)[1] if region.words else float("-inf")

    def _figures(self) -> Iterator[tuple[Box, float]]:
        """Large patches of ink that are no words and no tables."""
        ink = self._sheet.ink.copy()
        if min(ink.shape) < _SMALLEST_SIDE:
            return
        cells = [boxed(box, ink.shape) for box in self._sheet.boxes]
        for left, top, right, bottom in cells:
            ink[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = 0
        for rule in self._rules.level:
            reach = int(rule.thickness) + 1
            ink[max(0, int(rule.at) - reach) : int(rule.at) + reach + 1, int(rule.start) : int(rule.end) + 1] = 0
        for rule in self._rules.upright:
            reach = int(rule.thickness) + 1
            ink[int(rule.start) : int(rule.end) + 1, max(0, int(rule.at) - reach) : int(rule.at) + reach + 1] = 0
        shrunk = cv2.resize(ink, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        reach = max(3, round(self._sheet.em / 3))
        solid = cv2.morphologyEx((shrunk > 24).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        width, height = self._sheet.size
        tables = [self._sheet.level_box(table.polygon) for table in self._tables]
        for left, top, across, down in map(cv2.boundingRect, contours):
            box = (4.0 * left, 4.0 * top, 4.0 * (left + across), 4.0 * (top + down))
            area = 16.0 * across * down
            if area < _FIGURE_AREA * width * height or min(across, down) * 4 < 1.5 * self._sheet.em:
                continue
            words = self._sheet.inside(box)
            covered = sum(float(np.prod(self._sheet.boxes[word, 2:] - self._sheet.boxes[word, :2])) for word in words)
            filled = float(np.count_nonzero(solid[top : top + down, left : left + across])) / (across * down)
            if covered > _FIGURE_WORDS * area or filled < 0.2 or any(_within(box, table) for table in tables):
                continue
            yield box, min(0.95, 0.4 + 0.6 * filled)


def _is_item(line: Line) -> bool:
    """Whether a line starts with a bullet or a number."""
    return len(line.words) > 1 and _ITEM.match(line.words[0].text) is not None


def _part(lines: Sequence[Line], kind: RegionKind, confidence: float) -> _Part:
    words = tuple(word.index for line in lines for word in line.words)
    return _Part(words=words, lines=tuple(lines), kind=kind, confidence=confidence)


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _moved(region: Region, at: int) -> Region:
    """A region behind one that was put in at `at`."""
    return region if region.within is None or region.within < at else changed(region, within=region.within + 1)
