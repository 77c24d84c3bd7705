"""The door of layout: blocks become the regions of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stele.domain.document import Field, FieldKind, Region, RegionKind, Table
from stele.domain.value import changed
from stele.pipeline.structure.layout.blocks import Block, blocks_of, starts_item
from stele.pipeline.structure.layout.figures import figures_of
from stele.pipeline.structure.layout.forms import FormParts
from stele.pipeline.structure.layout.kinds import Kinds
from stele.pipeline.structure.layout.lettering import Lettering
from stele.pipeline.structure.layout.parts import Part, Pieces, joined
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet

#: a list has at least so many items
_LEAST_ITEMS = 2


class Layout:
    """The regions of a sheet. `tables` and `fields` are those that were found on it."""

    def __init__(self, sheet: Sheet, rules: Rules, tables: Sequence[Table], fields: Sequence[Field]) -> None:
        self._sheet = sheet
        self._rules = rules
        self._tables = tables
        entries = [field for field in fields if field.kind is FieldKind.ENTRY]
        self._lettering = Lettering(sheet)
        self._kinds = Kinds(sheet, self._lettering, {word for field in entries for word in _words(field)})
        self._forms = FormParts(sheet.em, self._kinds, entries)

    def regions(self) -> tuple[Region, ...]:
        """All regions in reading order, each word in one; figures stand where they are on the page."""
        found: list[Region] = []
        for part in sorted(self._parts(), key=lambda part: part.words[0]):
            found.append(self._region(part))
            if part.kind is RegionKind.LIST:
                found.extend(self._items(part, within=len(found) - 1))
        return self._with_figures(found)

    def _parts(self) -> Iterator[Part]:
        """Blocks, those of one list, one table or one form together."""
        table_of = {word: at for at, table in enumerate(self._tables) for cell in table.cells for word in cell.words}
        parts = [
            self._part(pieces, block.table)
            for block in blocks_of(self._sheet, self._rules, table_of)
            for pieces in self._cut(block)
        ]
        parts = self._forms.together(self._kinds.with_title(parts))
        for at in range(len(self._tables)):
            yield from _together([part for part in parts if part.table == at])
        free = [part for part in parts if part.table is None]
        for _, run in groupby(range(len(free)), key=lambda at: (free[at].kind, at if not _runs_on(free[at]) else -1)):
            these = [free[at] for at in run]
            few = these[0].kind is RegionKind.LIST and self._items_of(these) < _LEAST_ITEMS
            yield from map(self._kinds.alone, these) if few else _together(these)

    def _cut(self, block: Block) -> Iterator[Pieces]:
        """A block without the line at its start that heads it, which is no label, and without the page's number."""
        pieces = block.pieces
        if block.table is None and len(pieces) > 1:
            if self._kinds.is_number(pieces[-1:]):
                yield pieces[-1:]
                pieces = pieces[:-1]
            labels = pieces[0].text.endswith(":")
            if len(pieces) > 1 and not labels and self._lettering.is_bolder(pieces[0], pieces[1]):
                yield pieces[:1]
                pieces = pieces[1:]
        yield pieces

    def _part(self, pieces: Pieces, table: int | None) -> Part:
        if table is not None:
            kind, confidence = RegionKind.TABLE, self._tables[table].confidence
        else:
            kind, confidence = self._kinds.kind_of(pieces)
        return Part(pieces=tuple(pieces), kind=kind, confidence=confidence, table=table)

    def _items_of(self, parts: Iterable[Part]) -> int:
        return sum(starts_item(self._sheet, piece) for part in parts for piece in part.pieces)

    # -- regions ------------------------------------------------------------------------------------------------------

    def _region(self, part: Part) -> Region:
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

    def _items(self, part: Part, within: int) -> Iterator[Region]:
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


def _runs_on(part: Part) -> bool:
    """Whether a part goes on with the next one of its kind."""
    return part.kind in (RegionKind.LIST, RegionKind.TITLE)


def _together(parts: Sequence[Part]) -> Iterator[Part]:
    if parts:
        yield joined(parts, parts[0].kind)


def _moved(region: Region, at: int) -> Region:
    """A region behind one that was put in at `at`."""
    return region if region.within is None or region.within < at else changed(region, within=region.within + 1)
