"""What a block of lines is, told by its print, its place and its words."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import cached_property

from stele.domain.document import RegionKind
from stele.pipeline.structure.layout.blocks import length_of, starts_item
from stele.pipeline.structure.layout.lettering import Lettering
from stele.pipeline.structure.layout.parts import Part, Pieces, around
from stele.pipeline.structure.sheet import Sheet

#: of the page: what is nearer to its top or bottom may be outside its text
_MARGIN = 0.11
#: of the print's height: so far from the text a header is at least, and a footer
_CLEAR, _CLEAR_BELOW = 1.2, 3.0
#: print of a title and of a section's header, in heights of the body's
_TITLE, _HEADING = 1.45, 1.12
_TITLE_WORDS, _HEADING_WORDS = 25, 14
#: part of a block's words that fields must hold, for it to be theirs
_HELD = 0.6

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


class Kinds:
    """Tells the kinds of the blocks of a sheet. `in_fields` are the words of fields."""

    def __init__(self, sheet: Sheet, lettering: Lettering, in_fields: Set[int]) -> None:
        self._sheet, self._lettering, self._in_fields = sheet, lettering, in_fields

    def kind_of(self, pieces: Pieces) -> tuple[RegionKind, float]:
        """What a block of no table is, and how sure that is."""
        words = [word for piece in pieces for word in piece.words]
        if self._sheet.askew(words[0]):
            return RegionKind.TEXT, 0.5
        if margin := self._in_margin(pieces):
            return margin
        if starts_item(self._sheet, pieces[0]) and not self._is_heading_number(pieces):
            return RegionKind.LIST, 0.85
        if sum(word in self._in_fields for word in words) > _HELD * len(words):
            return RegionKind.KEY_VALUE, 0.7
        return self.heading(pieces) or (RegionKind.TEXT, 0.9)

    def _in_margin(self, pieces: Pieces) -> tuple[RegionKind, float] | None:
        """Page numbers, headers and footers: short, at an edge of the page, apart from its text."""
        _, height = self._sheet.size
        box = around(pieces)
        top, bottom = box[3] < _MARGIN * height, box[1] > (1 - _MARGIN) * height
        if not (top or bottom) or len(pieces) > 3:
            return None
        if self.is_number(pieces):
            return RegionKind.PAGE_NUMBER, 0.9
        first, last = self._body
        if top and not self._is_large(pieces) and first - box[3] > _CLEAR * self._sheet.em:
            return RegionKind.HEADER, 0.75
        if bottom and box[1] - last > _CLEAR_BELOW * self._sheet.em:
            return RegionKind.FOOTER, 0.75
        return None

    def is_number(self, pieces: Pieces) -> bool:
        """Whether these are the number of the page, at its edge."""
        _, height = self._sheet.size
        box = around(pieces)
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

    def _is_heading_number(self, pieces: Pieces) -> bool:
        """`1. Introduction` in large, bold or capital print is a header, not an item."""
        if len(pieces) > 1 or not any(map(str.isalnum, self._sheet.texts[pieces[0].words[0]])):
            return False
        return self._is_large(pieces) or self._lettering.is_bold(pieces[0]) or _is_capital(pieces[0].text)

    def _is_large(self, pieces: Pieces) -> bool:
        return self._lettering.height(pieces) >= _HEADING * self._lettering.size

    def heading(self, pieces: Pieces) -> tuple[RegionKind, float] | None:
        """Whether a block is a title or the header of a section, and how sure that is."""
        text = " ".join(piece.text for piece in pieces)
        words = length_of(text)
        if words > _TITLE_WORDS or len(pieces) > 4 or not any(map(str.isalpha, text)):
            return None
        size = self._lettering.height(pieces) / self._lettering.size
        if size >= _TITLE:
            return RegionKind.TITLE, min(0.95, 0.5 + 0.25 * size)
        if words > _HEADING_WORDS or len(pieces) > 2 or text[-1] in _ENDS:
            return None
        bold = all(self._lettering.is_bold(piece) for piece in pieces)
        numbered = (_NUMBERED.match(text) is not None) + (_SECTION_NUMBER.match(text) is not None)
        cues = (size >= _HEADING) + _is_capital(text) + bold + numbered
        if cues >= 2 or size >= 1.25:
            return RegionKind.SECTION_HEADER, min(0.9, 0.5 + 0.15 * cues)
        return None

    def alone(self, part: Part) -> Part:
        """An item without others: a numbered heading where it is one line that starts one, else text."""
        text = part.pieces[0].text
        heads = len(part.pieces) == 1 and part.length <= _HEADING_WORDS and _NUMBERED_HEADING.match(text)
        return part.as_a(RegionKind.SECTION_HEADER if heads and text[-1] not in _ENDS else RegionKind.TEXT)

    def with_title(self, parts: Sequence[Part]) -> list[Part]:
        """The largest print on the upper half of the page is its title, and what follows it in the same; other titles
        are of sections."""
        _, height = self._sheet.size
        large = [at for at, part in enumerate(parts) if part.kind is RegionKind.TITLE and part.box[1] < 0.5 * height]
        found: set[int] = set()
        if large:
            first = max(large, key=lambda at: self._lettering.height(parts[at].pieces))
            found = {first}
            while (following := max(found) + 1) in large and self._alike(parts[first], parts[following]):
                found.add(following)
        elif self._sheet.page.number == 1 and (first_heading := self._first_heading(parts)) is not None:
            parts = [part.as_a(RegionKind.TITLE) if at == first_heading else part for at, part in enumerate(parts)]
            found = {first_heading}
        return [
            part.as_a(RegionKind.SECTION_HEADER, 0.6) if part.kind is RegionKind.TITLE and at not in found else part
            for at, part in enumerate(parts)
        ]

    def _first_heading(self, parts: Sequence[Part]) -> int | None:
        """The heading that a document starts with, behind headers at most, in print that no later heading surpasses."""
        headings = [at for at, part in enumerate(parts) if part.kind is RegionKind.SECTION_HEADER]
        if not headings or any(
            part.kind not in (RegionKind.HEADER, RegionKind.PAGE_NUMBER) for part in parts[: headings[0]]
        ):
            return None
        sizes = [self._lettering.height(parts[at].pieces) for at in headings]
        return headings[0] if sizes[0] >= max(_HEADING * self._lettering.size, 0.9 * max(sizes)) else None

    def _alike(self, first: Part, second: Part) -> bool:
        one, other = self._lettering.height(first.pieces), self._lettering.height(second.pieces)
        return abs(one - other) < 0.15 * one


def _is_capital(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) > 3 and all(char.isupper() for char in letters)
