"""The blocks of one page that come of its structure: tables, forms, queries, signatures, layout.

What the document says of marks and words decides what points at what; nothing is found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from stele.dialects.textract.drawing import Sheet, relate
from stele.dialects.textract.grid import Place, laid_out
from stele.dialects.textract.lines import plain
from stele.dialects.textract.model import Json
from stele.domain.document import Cell, CellKind, Field, FieldKind, MarkKind, Page, RegionKind, Span, Table
from stele.domain.job import Feature

_LAYOUT: Final[Mapping[RegionKind, str]] = {
    RegionKind.TITLE: "LAYOUT_TITLE",
    RegionKind.HEADER: "LAYOUT_HEADER",
    RegionKind.FOOTER: "LAYOUT_FOOTER",
    RegionKind.SECTION_HEADER: "LAYOUT_SECTION_HEADER",
    RegionKind.PAGE_NUMBER: "LAYOUT_PAGE_NUMBER",
    RegionKind.LIST: "LAYOUT_LIST",
    RegionKind.FIGURE: "LAYOUT_FIGURE",
    RegionKind.TABLE: "LAYOUT_TABLE",
    RegionKind.KEY_VALUE: "LAYOUT_KEY_VALUE",
    RegionKind.TEXT: "LAYOUT_TEXT",
}
_CELLS: Final[Mapping[CellKind, str]] = {
    CellKind.COLUMN_HEADER: "COLUMN_HEADER",
    CellKind.SECTION_TITLE: "TABLE_SECTION_TITLE",
    CellKind.SUMMARY: "TABLE_SUMMARY",
}


class _Drawn:
    """A sheet with the marks that others may point at: by their index on the page."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.marks: dict[int, Json] = {}

    def children(self, span: Span | Cell | Place) -> list[Json]:
        """The words, and the marks as far as they are drawn."""
        return self.sheet.words_of(span.words) + [self.marks[mark] for mark in span.marks if mark in self.marks]


def structure_blocks(sheet: Sheet, features: Collection[Feature]) -> list[Json]:
    """All of them, as far as `features` ask for them, in the order of Textract's answers."""
    drawn = _Drawn(sheet)
    page = sheet.page
    selections = list(_selections(drawn, features))
    signatures = list(_signatures(drawn)) if Feature.SIGNATURES in features else []
    blocks = selections
    if Feature.TABLES in features:
        blocks += [block for table in page.tables for block in _table(drawn, table)]
    if Feature.FORMS in features:
        blocks += [block for field in _entries(page) for block in _field(drawn, field)]
    if Feature.QUERIES in features:
        blocks += _queries(sheet)
    blocks += signatures
    if Feature.LAYOUT in features:
        blocks += _layout(sheet)
    return blocks


def _selections(drawn: _Drawn, features: Collection[Feature]) -> Iterator[Json]:
    """Checkboxes, but only those to which something that is asked for points."""
    wanted = _pointed_at(drawn.sheet.page, features)
    for index, mark in enumerate(drawn.sheet.page.marks):
        if mark.kind is MarkKind.CHECKBOX and index in wanted:
            drawn.marks[index] = drawn.sheet.block(
                "SELECTION_ELEMENT",
                polygon=mark.polygon,
                confidence=mark.confidence,
                SelectionStatus="SELECTED" if mark.selected else "NOT_SELECTED",
            )
            yield drawn.marks[index]


def _pointed_at(page: Page, features: Collection[Feature]) -> set[int]:
    found: set[int] = set()
    if Feature.TABLES in features:
        found.update(mark for table in page.tables for cell in table.cells for mark in cell.marks)
    if Feature.FORMS in features:
        spans = (span for field in _entries(page) for span in (field.key, field.value) if span is not None)
        found.update(mark for span in spans for mark in span.marks)
    return found


def _entries(page: Page) -> Iterator[Field]:
    """The fields but those of columns: Textract leaves these to its tables."""
    return (field for field in page.fields if field.kind is FieldKind.ENTRY)


def _signatures(drawn: _Drawn) -> Iterator[Json]:
    for index, mark in enumerate(drawn.sheet.page.marks):
        if mark.kind is MarkKind.SIGNATURE:
            drawn.marks[index] = drawn.sheet.block("SIGNATURE", polygon=mark.polygon, confidence=mark.confidence)
            yield drawn.marks[index]


def _table(drawn: _Drawn, table: Table) -> list[Json]:
    """TABLE, its CELLs, each one place of the grid, then MERGED_CELLs over them, the title and the footers."""
    sheet = drawn.sheet
    structured = any(cell.kind is CellKind.COLUMN_HEADER for cell in table.cells)
    block = sheet.block("TABLE", polygon=table.polygon, confidence=table.confidence)
    places = laid_out(table, sheet.page)
    plain = {(place.row, place.column): _cell(drawn, place) for place in places}
    merged = [_merged(sheet, cell, plain) for cell in table.cells if cell.row_span > 1 or cell.column_span > 1]
    titles = [_caption(drawn, "TABLE_TITLE", table.title, table)] if table.title is not None else []
    footers = [_caption(drawn, "TABLE_FOOTER", footer, table) for footer in table.footers]
    cells = list(plain.values())
    for kind, others in (("CHILD", cells), ("MERGED_CELL", merged), ("TABLE_TITLE", titles), ("TABLE_FOOTER", footers)):
        relate(block, kind, others)
    block["EntityTypes"] = ["STRUCTURED_TABLE" if structured else "SEMI_STRUCTURED_TABLE"]
    return [block, *cells, *merged, *titles, *footers]


def _cell(drawn: _Drawn, place: Place) -> Json:
    block = drawn.sheet.block(
        "CELL",
        polygon=place.polygon,
        confidence=place.cell.confidence,
        RowIndex=place.row + 1,
        ColumnIndex=place.column + 1,
        RowSpan=1,
        ColumnSpan=1,
    )
    relate(block, "CHILD", drawn.children(place))
    return _with_entity(block, place.cell)


def _merged(sheet: Sheet, cell: Cell, plain: Mapping[tuple[int, int], Json]) -> Json:
    block = sheet.block(
        "MERGED_CELL",
        polygon=cell.polygon,
        confidence=cell.confidence,
        RowIndex=cell.row + 1,
        ColumnIndex=cell.column + 1,
        RowSpan=cell.row_span,
        ColumnSpan=cell.column_span,
    )
    rows = range(cell.row, cell.row + cell.row_span)
    columns = range(cell.column, cell.column + cell.column_span)
    relate(block, "CHILD", [plain[row, column] for row in rows for column in columns])
    return _with_entity(block, cell)


def _with_entity(block: Json, cell: Cell) -> Json:
    if cell.kind in _CELLS:
        block["EntityTypes"] = [_CELLS[cell.kind]]
    return block


def _caption(drawn: _Drawn, kind: str, span: Span, table: Table) -> Json:
    block = drawn.sheet.block(kind, polygon=span.polygon, confidence=table.confidence)
    relate(block, "CHILD", drawn.children(span))
    return block


def _field(drawn: _Drawn, field: Field) -> tuple[Json, Json]:
    """KEY and VALUE. An empty field has a value all the same, without children and without a place of its own."""
    sheet = drawn.sheet
    polygon = field.key.polygon if field.value is None else field.value.polygon
    key = sheet.block("KEY_VALUE_SET", polygon=field.key.polygon, confidence=field.confidence)
    value = sheet.block("KEY_VALUE_SET", polygon=polygon, confidence=field.confidence)
    relate(key, "VALUE", [value])
    relate(key, "CHILD", drawn.children(field.key))
    relate(value, "CHILD", [] if field.value is None else drawn.children(field.value))
    key["EntityTypes"], value["EntityTypes"] = ["KEY"], ["VALUE"]
    return key, value


def _queries(sheet: Sheet) -> list[Json]:
    blocks = []
    for answer in sheet.page.answers:
        query = {"Text": answer.query} if answer.alias is None else {"Text": answer.query, "Alias": answer.alias}
        asked = sheet.block("QUERY", Query=query)
        blocks.append(asked)
        if answer.span is not None:
            result = sheet.block(
                "QUERY_RESULT", polygon=answer.span.polygon, confidence=answer.confidence, Text=plain(answer.span.text)
            )
            relate(asked, "ANSWER", [result])
            blocks.append(result)
    return blocks


def _layout(sheet: Sheet) -> list[Json]:
    """The regions in reading order. Each LINE is in one, that which has most of its words; what a list has are the
    LAYOUT_TEXTs of its items, which come right behind it."""
    regions = sheet.page.regions
    lists = {region.within for region in regions if region.within is not None}
    lines = _lines_by_region(sheet, [index for index in range(len(regions)) if index not in lists])
    blocks = []
    for index, region in enumerate(regions):
        kind = "LAYOUT_TEXT" if region.within is not None else _LAYOUT[region.kind]
        blocks.append(sheet.block(kind, polygon=region.polygon, confidence=region.confidence))
        relate(blocks[index], "CHILD", lines.get(index, []))
    for index in lists:
        relate(blocks[index], "CHILD", [blocks[at] for at, region in enumerate(regions) if region.within == index])
    return blocks


def _lines_by_region(sheet: Sheet, leaves: Sequence[int]) -> Mapping[int, list[Json]]:
    shares: dict[str, Counter[int]] = {}
    lines: dict[str, Json] = {}
    for index in leaves:
        for word in sheet.page.regions[index].words:
            line = sheet.lines.get(word)
            if line is not None:
                lines[line["Id"]] = line
                shares.setdefault(line["Id"], Counter())[index] += 1
    found: dict[int, list[Json]] = {}
    for identifier, share in shares.items():
        found.setdefault(share.most_common(1)[0][0], []).append(lines[identifier])
    return found
