"""Layout: what each part of the page is, told by its print, its place and its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice
from statistics import median

import numpy as np

from stele.domain.document import Field, FieldKind, Region, RegionKind, Table
from stele.domain.value import changed
from stele.pipeline.structure.blocks import Block, blocks_of, length_of, starts_item
from stele.pipeline.structure.figures import figures_of
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Box, Sheet, boxed, middle
from stele.pipeline.structure.tables.segments import Segment

#: of the page: what is nearer to its top or bottom may be outside its text
_MARGIN = 0.11
#: of the print's height: so far from the text a header is at least, and a footer
_CLEAR, _CLEAR_BELOW = 1.2, 3.0
#: print of a title and of a section's header, in heights of the body's; how much wider the strokes of
#: bold print are, of so many words at most
_TITLE, _HEADING, _BOLD, _WEIGHED = 1.45, 1.12, 1.2, 12
_TITLE_WORDS, _HEADING_WORDS = 25, 14
#: part of a block's words that fields must hold, for it to be theirs
_HELD = 0.6
#: a list has at least so many items; a form so many fields, or so many with the value apart from the key
_LEAST_ITEMS, _LEAST_FIELDS, _LEAST_APART = 2, 4, 2
#: of the print's height: blocks of one form are so near to each other, below and beside each other
_FORM_BELOW, _FORM_BESIDE = 3.5, 25.0
#: words: more are no block of a form, and no label
_FORM_WORDS, _LABEL_WORDS = 30, 8

_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|p\.|seite|pág(?:ina)?\.?|pagina)\s*)?(?:\d{1,4}|(?-i:[ivxl]{1,6})|[IVXL]{2,6})"
    r"(?:\s*(?:of|/|von|de|di|sur)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.|[A-Z]\.)\s+\S|(?:section|part|chapter|article|annex)\b", re.IGNORECASE
)

_SECTION_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s+[^\W\d_a-z]")
#: `2.1 Materials` or `2. Materials`: alone in its line it heads what follows
_NUMBERED_HEADING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})+\.?|\d{1,2}\.|[IVX]{1,5}\.|[A-Z]\.)\s+[^\W\d_a-z]")
#: no heading ends like this
_ENDS = ".,;?!"

_Pieces = Sequence[Segment]


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Pieces of lines that are one thing; `table` is the number of theirs."""

    pieces: tuple[Segment, ...]
    kind: RegionKind
    confidence: float
    table: int | None = None

    @cached_property
    def words(self) -> tuple[int, ...]:
        return tuple(sorted(word for piece in self.pieces for word in piece.words))


class Layout:
    """The regions of a sheet. `tables` and `fields` are those that were found on it."""

    def __init__(self, sheet: Sheet, rules: Rules, tables: Sequence[Table], fields: Sequence[Field]) -> None:
        self._sheet = sheet
        self._rules = rules
        self._tables = tables
        self._fields = [field for field in fields if field.kind is FieldKind.ENTRY]
        self._in_fields = {word for field in self._fields for word in _words(field)}
        letters = np.repeat(sheet.boxes[:, 3] - sheet.boxes[:, 1], [len(word.text) for word in sheet.words])
        self._size = max(1.0, middle(letters))  # of most of the page's letters, not words

    def regions(self) -> tuple[Region, ...]:
        """All regions in reading order, each word in one; figures stand where they are on the page."""
        found: list[Region] = []
        for part in sorted(self._parts(), key=lambda part: part.words[0]):
            found.append(self._region(part))
            if part.kind is RegionKind.LIST:
                found.extend(self._items(part, within=len(found) - 1))
        return self._with_figures(found)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[_Part]:
        """Blocks, those of one list, one table or one form together."""
        table_of = {word: at for at, table in enumerate(self._tables) for cell in table.cells for word in cell.words}
        parts = [
            self._part(pieces, block.table)
            for block in blocks_of(self._sheet, self._rules, table_of)
            for pieces in self._cut(block)
        ]
        parts = self._with_forms(self._with_title(parts))
        for at in range(len(self._tables)):
            yield from _together([part for part in parts if part.table == at])
        free = [part for part in parts if part.table is None]
        for _, run in groupby(range(len(free)), key=lambda at: (free[at].kind, at if not _runs_on(free[at]) else -1)):
            these = [free[at] for at in run]
            few = these[0].kind is RegionKind.LIST and self._items_of(these) < _LEAST_ITEMS
            yield from map(self._no_list, these) if few else _together(these)

    def _cut(self, block: Block) -> Iterator[_Pieces]:
        """A block without the line at its start that heads it, which is no label, and without the page's number."""
        pieces = block.pieces
        if block.table is None and len(pieces) > 1:
            if self._is_number(pieces[-1:]):
                yield pieces[-1:]
                pieces = pieces[:-1]
            labels = pieces[0].text.endswith(":")
            if len(pieces) > 1 and not labels and self._weight(pieces[0].words) > _BOLD * self._weight(pieces[1].words):
                yield pieces[:1]
                pieces = pieces[1:]
        yield pieces

    def _no_list(self, part: _Part) -> _Part:
        """An item without others: a numbered heading where it is one line that starts one, else text."""
        text = part.pieces[0].text
        heads = len(part.pieces) == 1 and _length(part) <= _HEADING_WORDS and _NUMBERED_HEADING.match(text)
        return _as(part, RegionKind.SECTION_HEADER if heads and text[-1] not in _ENDS else RegionKind.TEXT)

    def _items_of(self, parts: Iterable[_Part]) -> int:
        return sum(starts_item(self._sheet, piece) for part in parts for piece in part.pieces)

    # -- kinds --------------------------------------------------------------------------------------------------------

    def _part(self, pieces: _Pieces, table: int | None) -> _Part:
        kind, confidence = self._kind(pieces, table)
        return _Part(pieces=tuple(pieces), kind=kind, confidence=confidence, table=table)

    def _kind(self, pieces: _Pieces, table: int | None) -> tuple[RegionKind, float]:
        """What a block is, and how sure that is."""
        if table is not None:
            return RegionKind.TABLE, self._tables[table].confidence
        words = [word for piece in pieces for word in piece.words]
        if self._sheet.askew(words[0]):
            return RegionKind.TEXT, 0.5
        if margin := self._in_margin(pieces):
            return margin
        if starts_item(self._sheet, pieces[0]) and not self._is_heading_number(pieces):
            return RegionKind.LIST, 0.85
        if sum(word in self._in_fields for word in words) > _HELD * len(words):
            return RegionKind.KEY_VALUE, 0.7
        return self._heading(pieces) or (RegionKind.TEXT, 0.9)

    def _in_margin(self, pieces: _Pieces) -> tuple[RegionKind, float] | None:
        """Page numbers, headers and footers: short, at an edge of the page, apart from its text."""
        _, height = self._sheet.size
        box = _around(pieces)
        top, bottom = box[3] < _MARGIN * height, box[1] > (1 - _MARGIN) * height
        if not (top or bottom) or len(pieces) > 3:
            return None
        if self._is_number(pieces):
            return RegionKind.PAGE_NUMBER, 0.9
        large = self._height(pieces) >= _HEADING * self._size
        first, last = self._body
        if top and not large and first - box[3] > _CLEAR * self._sheet.em:
            return RegionKind.HEADER, 0.75
        if bottom and box[1] - last > _CLEAR_BELOW * self._sheet.em:
            return RegionKind.FOOTER, 0.75
        return None

    def _is_number(self, pieces: _Pieces) -> bool:
        """Whether these are the number of the page, at its edge."""
        _, height = self._sheet.size
        box = _around(pieces)
        at_edge = box[3] < _MARGIN * height or box[1] > (1 - _MARGIN) * height
        return at_edge and _PAGE_NUMBER.fullmatch(" ".join(piece.text for piece in pieces)) is not None

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

    def _is_heading_number(self, pieces: _Pieces) -> bool:
        """`1. Introduction` in large, bold or capital print is a header, not an item."""
        numbered = any(char.isalnum() for char in self._sheet.words[pieces[0].words[0]].text)
        return (
            len(pieces) == 1
            and numbered
            and (
                self._height(pieces) >= _HEADING * self._size or self._is_bold(pieces[0]) or _is_capital(pieces[0].text)
            )
        )

    def _heading(self, pieces: _Pieces) -> tuple[RegionKind, float] | None:
        text = " ".join(piece.text for piece in pieces)
        words = length_of(text)
        if words > _TITLE_WORDS or len(pieces) > 4 or not any(map(str.isalpha, text)):
            return None
        size = self._height(pieces) / self._size
        if size >= _TITLE:
            return RegionKind.TITLE, min(0.95, 0.5 + 0.25 * size)
        if words > _HEADING_WORDS or len(pieces) > 2 or text[-1] in _ENDS:
            return None
        bold = all(self._is_bold(piece) for piece in pieces)
        numbered = (_NUMBERED.match(text) is not None) + (_SECTION_NUMBER.match(text) is not None)
        cues = (size >= _HEADING) + _is_capital(text) + bold + numbered
        if cues >= 2 or size >= 1.25:
            return RegionKind.SECTION_HEADER, min(0.9, 0.5 + 0.15 * cues)
        return None

    def _with_title(self, parts: Sequence[_Part]) -> list[_Part]:
        """The largest print on the upper half of the page is its title, and what follows it in the same; other titles
        are of sections."""
        _, height = self._sheet.size
        large = [
            at
            for at, part in enumerate(parts)
            if part.kind is RegionKind.TITLE and _around(part.pieces)[1] < 0.5 * height
        ]
        found: set[int] = set()
        if large:
            first = max(large, key=lambda at: self._height(parts[at].pieces))
            found = {first}
            while (following := max(found) + 1) in large and self._alike(parts[first], parts[following]):
                found.add(following)
        elif self._sheet.page.number == 1 and (first_heading := self._first_heading(parts)) is not None:
            parts = [_as(part, RegionKind.TITLE) if at == first_heading else part for at, part in enumerate(parts)]
            found = {first_heading}
        return [
            _as(part, RegionKind.SECTION_HEADER, 0.6) if part.kind is RegionKind.TITLE and at not in found else part
            for at, part in enumerate(parts)
        ]

    def _first_heading(self, parts: Sequence[_Part]) -> int | None:
        """The heading that a document starts with, behind headers at most, in print that no later heading surpasses."""
        headings = [at for at, part in enumerate(parts) if part.kind is RegionKind.SECTION_HEADER]
        if not headings or any(
            part.kind not in (RegionKind.HEADER, RegionKind.PAGE_NUMBER) for part in parts[: headings[0]]
        ):
            return None
        sizes = [self._height(parts[at].pieces) for at in headings]
        return headings[0] if sizes[0] >= max(_HEADING * self._size, 0.9 * max(sizes)) else None

    def _alike(self, first: _Part, second: _Part) -> bool:
        return abs(self._height(first.pieces) - self._height(second.pieces)) < 0.15 * self._height(first.pieces)

    def _height(self, pieces: _Pieces) -> float:
        """How high the print of lines is, on the sheet."""
        edges = self._sheet.edges
        return median(edges[word][3] - edges[word][1] for piece in pieces for word in piece.words)

    def _is_bold(self, piece: Segment) -> bool:
        return self._weight(piece.words) > _BOLD * self._body_weight

    def _weight(self, words: Sequence[int]) -> float:
        """How thick the strokes of words are: the median of some with letters."""
        spelt = list(islice((word for word in words if any(map(str.isalnum, self._sheet.texts[word]))), _WEIGHED))
        return median(self._stroke(word) for word in (spelt or words[:_WEIGHED]))

    def _stroke(self, word: int) -> float:
        """The mean width of upright strokes, in heights of the print: each darkens its width times the contrast a row,
        and its two edges change the row by twice the contrast, however grey it is. Where the file says what is bold,
        that is twice as wide."""
        bold = self._sheet.bold
        if bold is not None:
            return 1.0 + (word in bold)
        left, top, right, bottom = boxed(self._sheet.boxes[word], self._sheet.grey.shape)
        pixels = self._sheet.grey[top:bottom, max(0, left - 1) : right + 1].astype(np.float64)
        if pixels.size == 0:
            return 0.0
        contrast = np.abs(pixels - np.median(pixels))
        edges = float(np.abs(np.diff(contrast, axis=1)).sum())
        return 2 * float(contrast.sum()) / max(1.0, edges) / (bottom - top)

    @cached_property
    def _body_weight(self) -> float:
        step = max(1, len(self._sheet.words) // 60)
        return max(1e-3, median(self._stroke(word) for word in range(0, len(self._sheet.words), step)))

    # -- forms --------------------------------------------------------------------------------------------------------

    def _with_forms(self, parts: Sequence[_Part]) -> list[_Part]:
        """Blocks of fields that are near to each other as one part, with the labels beside them and the text between
        them; too few fields are text."""
        taken: set[int] = set()
        found: list[_Part] = []
        for form in self._forms(parts):
            box = _around(_pieces(parts[at] for at in form))
            inside = {
                at for at, part in enumerate(parts) if _may_be_filled(part) and _within(_around(part.pieces), box)
            }
            inside = (inside | form) - taken
            taken |= inside
            found.append(_joined([parts[at] for at in sorted(inside)], RegionKind.KEY_VALUE))
        rest = (part for at, part in enumerate(parts) if at not in taken)
        found += (self._no_form(part) if part.kind is RegionKind.KEY_VALUE else part for part in rest)
        return sorted(found, key=lambda part: part.words[0])

    def _no_form(self, part: _Part) -> _Part:
        """A block of a field or two: a heading, as `Page 1`, where it is not a key with a colon."""
        heading = None if any(":" in piece.text for piece in part.pieces) else self._heading(part.pieces)
        kind, confidence = heading or (RegionKind.TEXT, part.confidence)
        return _as(part, RegionKind.SECTION_HEADER if kind is RegionKind.TITLE else kind, confidence)

    def _forms(self, parts: Sequence[_Part]) -> list[set[int]]:
        """Groups of blocks near to each other that have fields enough."""
        keys = {field.key.words[0] for field in self._fields}
        may = [at for at, part in enumerate(parts) if part.kind is RegionKind.KEY_VALUE or self._has_key(part, keys)]
        labels = [at for at, part in enumerate(parts) if at not in may and _is_label(part)]
        groups: list[set[int]] = []
        for at in may:
            near = [group for group in groups if any(self._near(parts[at], parts[other]) for other in group)]
            groups = [group for group in groups if group not in near] + [{at}.union(*near)]
        return [
            group.union(at for at in labels if any(self._in_row(parts[at], parts[other]) for other in group))
            for group in groups
            if self._is_form([parts[at] for at in sorted(group)])
        ]

    def _has_key(self, part: _Part, keys: set[int]) -> bool:
        return _may_be_filled(part) and _length(part) <= _FORM_WORDS and not keys.isdisjoint(part.words)

    def _near(self, one: _Part, other: _Part) -> bool:
        first, second, em = _around(one.pieces), _around(other.pieces), self._sheet.em
        across = max(first[0], second[0]) - min(first[2], second[2])
        down = max(first[1], second[1]) - min(first[3], second[3])
        return (across < 0 and down < _FORM_BELOW * em) or (down < 0 and across < _FORM_BESIDE * em)

    def _in_row(self, label: _Part, form: _Part) -> bool:
        box = label.pieces[0].box
        return any(
            min(box[3], piece.box[3]) - max(box[1], piece.box[1])
            > 0.5 * min(box[3] - box[1], piece.box[3] - piece.box[1])
            and self._near(label, form)
            for piece in form.pieces
        )

    def _is_form(self, parts: Sequence[_Part]) -> bool:
        piece_of = {word: at for at, piece in enumerate(_pieces(parts)) for word in piece.words}
        fields = [field for field in self._fields if field.key.words[0] in piece_of]
        apart = sum(
            field.value is not None
            and any(piece_of.get(word) not in (None, piece_of[field.key.words[0]]) for word in field.value.words)
            for field in fields
        )
        return len(fields) >= _LEAST_FIELDS or apart >= _LEAST_APART

    # -- regions ------------------------------------------------------------------------------------------------------

    def _region(self, part: _Part) -> Region:
        if part.table is not None:
            table = self._tables[part.table]
            return Region(kind=RegionKind.TABLE, polygon=table.polygon, words=part.words, confidence=table.confidence)
        return self._text(part.kind, part.words, part.confidence)

    def _text(self, kind: RegionKind, words: tuple[int, ...], confidence: float, within: int | None = None) -> Region:
        return Region(
            kind=kind,
            polygon=self._sheet.place(self._sheet.around(words)),
            words=words,
            confidence=round(confidence * self._sheet.confidence(words), 3),
            within=within,
        )

    def _items(self, part: _Part, within: int) -> Iterator[Region]:
        """The items of a list: from one marker to the next."""
        item: list[int] = []
        for piece in part.pieces:
            if item and starts_item(self._sheet, piece):
                yield self._text(RegionKind.TEXT, tuple(item), part.confidence, within)
                item = []
            item.extend(piece.words)
        yield self._text(RegionKind.TEXT, tuple(item), part.confidence, within)

    def _with_figures(self, regions: list[Region]) -> tuple[Region, ...]:
        """Figures go before the first region that starts below their top."""
        found = list(regions)
        for box, confidence in figures_of(self._sheet, self._rules, self._tables):
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


def _words(field: Field) -> Iterator[int]:
    yield from field.key.words
    if field.value is not None:
        yield from field.value.words


def _pieces(parts: Iterable[_Part]) -> list[Segment]:
    return [piece for part in parts for piece in part.pieces]


def _around(pieces: _Pieces) -> Box:
    lefts, tops, rights, bottoms = zip(*(piece.box for piece in pieces), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _is_capital(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) > 3 and all(char.isupper() for char in letters)


def _length(part: _Part) -> int:
    return sum(length_of(piece.text) for piece in part.pieces)


def _may_be_filled(part: _Part) -> bool:
    """Whether a part may be of a form that is around it."""
    return part.kind in (RegionKind.KEY_VALUE, RegionKind.TEXT, RegionKind.LIST)


def _is_label(part: _Part) -> bool:
    """Whether a part may be a label, or something that was filled in in larger print."""
    kinds = (RegionKind.TEXT, RegionKind.SECTION_HEADER)
    return part.kind in kinds and len(part.pieces) == 1 and _length(part) <= _LABEL_WORDS


def _runs_on(part: _Part) -> bool:
    """Whether a part goes on with the next one of its kind."""
    return part.kind in (RegionKind.LIST, RegionKind.TITLE)


def _together(parts: Sequence[_Part]) -> Iterator[_Part]:
    if parts:
        yield _joined(parts, parts[0].kind)


def _joined(parts: Sequence[_Part], kind: RegionKind) -> _Part:
    confidence = sum(part.confidence for part in parts) / len(parts)
    return _Part(pieces=tuple(_pieces(parts)), kind=kind, confidence=confidence, table=parts[0].table)


def _as(part: _Part, kind: RegionKind, confidence: float | None = None) -> _Part:
    return replace(part, kind=kind, confidence=part.confidence if confidence is None else confidence)


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _moved(region: Region, at: int) -> Region:
    """A region behind one that was put in at `at`."""
    return region if region.within is None or region.within < at else changed(region, within=region.within + 1)
