"""The door of tables: grids become tables of the document, with headers, titles and notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from stele.domain.document import Cell, CellKind, Span, Table
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Box, Sheet, overlap
from stele.pipeline.structure.tables.aligned import aligned
from stele.pipeline.structure.tables.framed import framed
from stele.pipeline.structure.tables.grid import Grid, Slot, grid_of
from stele.pipeline.structure.tables.prose import prose_of
from stele.pipeline.structure.tables.records import records
from stele.pipeline.structure.tables.segments import is_number, is_year, rows_of
from stele.pipeline.structure.tables.underlined import underlined

_CAPTION = re.compile(
    r"(?:table|tab|tableau|tabelle|tabella|tabla|tabela|exhibit|schedule|appendix|annex|box|figure|fig)\b",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?:notes?|sources?|quelle|anmerkung|remarque|fuente|nota|fonte|legend|[*†‡§¹²³]|\(?[0-9a-z]\)\s)", re.IGNORECASE
)
_TOTAL = re.compile(
    r"(?:grand |sub-? ?|net )?(?:totals?|totaux|sum|summe|gesamt|insgesamt|totale|totales|amount due|balance due)\b",
    re.IGNORECASE,
)
#: smaller grids with no more numbers (of their texts) are no tables
_FEW_PLACES, _FEW_ROWS, _FEW_NUMBERS = 4, 2, 0.3
#: but for two rows of so many columns, none of them empty
_FULL_COLUMNS = 4
#: of the lines of a numbered text, as many follow the one with the number before at least
_COUNTED = 0.7
#: of the rows of a table without rules, as many at least have more than one text
_FEW_ROWS_TOLD = 0.3
#: running text between fewer rules than this part of a grid's inner lines is in columns of the page, so many at most,
#: or is parted by no more than spaces (of the print's height)
_FEW_RULES, _TEXT_COLUMNS, _SPACE = 0.7, 3, 0.8
#: of the print's height: how far a caption and notes may be from their table
_CAPTION_GAP, _NOTE_GAP = 2.0, 1.3
_CAPTION_WORDS = 24


def tables_of(sheet: Sheet, rules: Rules, checkboxes: Sequence[Box]) -> tuple[Table, ...]:
    """All tables of a page, from top to bottom; what is mostly `checkboxes` with their labels is none.

    A table's confidence says how much speaks for its rows and columns: drawn rules most, whitespace that keeps to them
    less. A cell's is that, times how surely its words were read.
    """
    found = [
        grid for grid in _grids(sheet, rules) if not (_is_boxes(sheet, grid) or _is_choice(sheet, grid, checkboxes))
    ]
    held = {word for grid in found for slot in grid.slots for word in slot.words}
    return tuple(_table(sheet, grid, held) for grid in found)


def _grids(sheet: Sheet, rules: Rules) -> list[Grid]:
    """The grids of all tables to be, from top to bottom; none reaches into another."""
    found: list[Grid] = []
    for zones in (
        framed(sheet, rules),
        underlined(sheet, rules),
        aligned(sheet, rules, found),
        records(sheet, rules, found),
    ):
        for zone in list(zones):
            if any(overlap(zone.box, other.box, least=1.0) for other in found):
                continue
            grid = grid_of(sheet, zone)
            # What is text may have tables in it.
            if grid and not (_is_text(sheet, grid) or _is_numbered(sheet, grid)):
                found.append(grid)
    return sorted(found, key=lambda grid: (grid.box[1], grid.box[0]))


def _is_boxes(sheet: Sheet, grid: Grid) -> bool:
    """Whether a grid is so small and so wordy that its places are rather the boxes of a form, or of a drawing."""
    texts = [sheet.text(slot.words) for slot in grid.slots if slot.words]
    full = grid.columns >= _FULL_COLUMNS and len(texts) == grid.rows * grid.columns
    small = (grid.rows <= _FEW_ROWS and not full) or grid.rows * grid.columns <= _FEW_PLACES
    return (small and not _has_numbers(texts)) or _is_one_column(grid)


def _has_numbers(texts: Sequence[str]) -> bool:
    """Whether more than a few of some texts are numbers."""
    return sum(map(is_number, texts)) > _FEW_NUMBERS * len(texts)


def _is_one_column(grid: Grid) -> bool:
    """Whether hardly any row has a text in more than one column, and no rules part these."""
    told = Counter(slot.row for slot in grid.slots if slot.words)
    return grid.ruled < 0.5 and sum(count > 1 for count in told.values()) < _FEW_ROWS_TOLD * len(told)


def _is_text(sheet: Sheet, grid: Grid) -> bool:
    """Whether a grid with few rules and few numbers is running text: all its columns are, as those of a page, or its
    words stand no further apart than words do, as where a raster behind them was taken for rules."""
    prose = prose_of(sheet)
    columns = [[word for slot in grid.slots if slot.column == at for word in slot.words] for at in range(grid.columns)]
    words = [word for column in columns for word in column]
    if grid.ruled >= _FEW_RULES or 2 * len(prose.intersection(words)) <= len(words):
        return False
    if _has_numbers([sheet.text(slot.words) for slot in grid.slots if slot.words]):
        return False
    if grid.columns <= _TEXT_COLUMNS and all(2 * len(prose.intersection(column)) > len(column) for column in columns):
        return True
    return median(_gaps(sheet, grid) or [0.0]) < _SPACE * sheet.em


def _gaps(sheet: Sheet, grid: Grid) -> list[float]:
    """How far the texts of a row are apart."""
    told = sorted((slot for slot in grid.slots if slot.words), key=lambda slot: (slot.row, slot.column))
    return [
        sheet.around(after.words)[0] - sheet.around(before.words)[2]
        for before, after in pairwise(told)
        if before.row == after.row
    ]


def _is_numbered(sheet: Sheet, grid: Grid) -> bool:
    """Whether a grid with few rules is lines of text with their numbers before them."""
    if grid.columns != 2 or grid.ruled >= _FEW_RULES:
        return False
    first, second = (
        [sheet.text(slot.words) for slot in grid.slots if slot.column == at and slot.words] for at in (0, 1)
    )
    numbers = [int(text) for text in first if text.isdecimal()]
    counted = sum(after == before + 1 for before, after in pairwise(numbers))
    return counted >= _COUNTED * len(first) and sum(map(is_number, second)) < _FEW_NUMBERS * len(second)


def _is_choice(sheet: Sheet, grid: Grid, checkboxes: Sequence[Box]) -> bool:
    """Whether most texts of a grid are each the label of a checkbox: something to choose from, not a table."""
    if not checkboxes:
        return False
    middles = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in checkboxes]
    told = [slot for slot in grid.slots if any(char.isalpha() for char in sheet.text(slot.words))]
    labels = 0
    for slot in told:
        left, right = grid.xs[slot.column], grid.xs[slot.last_column + 1]
        top, bottom = grid.ys[slot.row], grid.ys[slot.last_row + 1]
        labels += any(left <= x <= right and top <= y <= bottom for x, y in middles)
    return 2 * labels > len(told)


def _table(sheet: Sheet, grid: Grid, held: set[int]) -> Table:
    confidence = _confidence(grid)
    kinds = _kinds(sheet, grid)
    cells = tuple(_cell(sheet, grid, slot, kinds[id(slot)], confidence) for slot in grid.slots)
    return Table(
        polygon=sheet.place(grid.box),
        cells=cells,
        confidence=confidence,
        title=_title(sheet, grid, held),
        footers=_footers(sheet, grid, held),
    )


def _confidence(grid: Grid) -> float:
    filled: dict[int, int] = {}
    for slot in grid.slots:
        if slot.words:
            filled[slot.row] = filled.get(slot.row, 0) + slot.last_column - slot.column + 1
    kept = sum(count >= 0.5 * grid.columns for count in filled.values()) / grid.rows
    return round(min(0.99, max(0.5 + 0.35 * kept, 0.99 * grid.ruled, 0.45 + 0.3 * kept + 0.25 * grid.ruled)), 3)


def _cell(sheet: Sheet, grid: Grid, slot: Slot, kind: CellKind, confidence: float) -> Cell:
    words = sorted(slot.words)
    box = (grid.xs[slot.column], grid.ys[slot.row], grid.xs[slot.last_column + 1], grid.ys[slot.last_row + 1])
    return Cell(
        row=slot.row,
        column=slot.column,
        row_span=slot.last_row - slot.row + 1,
        column_span=slot.last_column - slot.column + 1,
        text=sheet.text(words),
        words=tuple(words),
        polygon=sheet.place(box),
        confidence=round(confidence * sheet.confidence(words), 3),
        header=kind in (CellKind.COLUMN_HEADER, CellKind.ROW_HEADER),
        kind=kind,
    )


# -- what cells are for -----------------------------------------------------------------------------------------------


def _kinds(sheet: Sheet, grid: Grid) -> dict[int, CellKind]:
    """The kind of each slot, by its identity."""
    kinds = {id(slot): CellKind.BODY for slot in grid.slots}
    rows: list[list[Slot]] = [[] for _ in range(grid.rows)]
    for slot in grid.slots:
        rows[slot.row].append(slot)
    first = 0
    if grid.rows > 2 and _alone(rows[0], grid):
        kinds.update({id(slot): CellKind.TITLE for slot in rows[0]})
        first = 1
    body = max(first, _heads(sheet, grid, rows, first))
    for row in rows[first:body]:
        kinds.update({id(slot): CellKind.COLUMN_HEADER for slot in row})
    for row in rows[body:]:
        told = [slot for slot in row if slot.words]
        if not told:
            continue
        if grid.columns > 2 and _alone(row, grid):
            kind = CellKind.SECTION_TITLE
        elif len(told) > 1 and _TOTAL.match(sheet.text(sorted(told[0].words))):
            kind = CellKind.SUMMARY
        else:
            continue
        kinds.update({id(slot): kind for slot in told})
    return kinds


def _alone(row: Sequence[Slot], grid: Grid) -> bool:
    """Whether a row is one run of words that reaches over most of the columns."""
    told = [slot for slot in row if slot.words]
    return len(told) == 1 and told[0].last_column - told[0].column + 1 > 0.5 * grid.columns and grid.columns > 1


def _heads(sheet: Sheet, grid: Grid, rows: list[list[Slot]], first: int) -> int:
    """How many rows from the top on, title included, are headers of columns."""
    texts = [[(slot, sheet.text(sorted(slot.words))) for slot in row if slot.words] for row in rows]
    figures = sum(any(char.isdigit() for char in text) and not is_year(text) for _, text in texts[first])
    if figures > (0 if grid.columns < 3 else 0.4 * len(texts[first])):
        return first
    if grid.heads and all(not _numeric(texts[row]) for row in range(first, min(grid.heads, grid.rows - 1))):
        return min(grid.heads, grid.rows - 1)
    if first >= grid.rows - 1 or not texts[first] or _numeric(texts[first]) or texts[first][0][1].endswith(":"):
        return first
    below = [text for row in texts[first + 1 :] for text in row]
    told = sum(slot.last_column - slot.column + 1 for slot, _ in texts[first])
    if told < 0.5 * grid.columns or any(len(text.split()) > 8 for _, text in texts[first]):
        return first
    if not any(is_number(text) for _, text in below) and grid.columns < 3:
        return first
    last = first + 1
    while last < grid.rows - 1 and any(slot.last_column > slot.column for slot, _ in texts[last - 1]) and texts[last]:
        if _numeric(texts[last]):
            break
        last += 1
    return last


def _numeric(row: Sequence[tuple[Slot, str]]) -> bool:
    """Whether a row has numbers, other than years, which head columns."""
    told = [text for _, text in row if is_number(text) and any(char.isdigit() for char in text)]
    years = [text for text in told if is_year(text)]
    return len(told) > len(years)


# -- what stands around a table ---------------------------------------------------------------------------------------


def _title(sheet: Sheet, grid: Grid, held: set[int]) -> Span | None:
    left, top, right, bottom = grid.box
    em = sheet.em
    above = [word for word in sheet.inside((left - em, top - 6 * em, right + em, top)) if word not in held]
    taken: list[int] = []
    edge = top
    for row in reversed(rows_of(sheet, above)):
        if edge - row.bottom > _CAPTION_GAP * em or len(row.segments) > 1 or len(taken) > _CAPTION_WORDS:
            break
        if len(row.words) > 14:
            break
        taken = [*row.words, *taken]
        edge = row.top
        if _CAPTION.match(sheet.words[row.words[0]].text):
            return sheet.span(sorted(taken))
    nearest = rows_of(sheet, above)[-1:]
    if nearest and top - nearest[0].bottom <= _CAPTION_GAP * em and _is_heading(sheet, nearest[0].words):
        return sheet.span(sorted(nearest[0].words))
    below = [word for word in sheet.inside((left - em, bottom, right + em, bottom + 3 * em)) if word not in held]
    for row in rows_of(sheet, below)[:1]:
        if _CAPTION.match(sheet.words[row.words[0]].text) and row.top - bottom <= _CAPTION_GAP * em:
            return sheet.span(sorted(row.words))
    return None


def _is_heading(sheet: Sheet, words: Sequence[int]) -> bool:
    """A line of its own, short, that is no sentence and no label."""
    text = sheet.text(sorted(words))
    line = {int(sheet.line[word]) for word in words}
    alone = sum(int((sheet.line == each).sum()) for each in line) == len(words)
    return alone and len(words) <= 9 and text[-1:] not in ".,;:!?" and text[:1].isupper()


def _footers(sheet: Sheet, grid: Grid, held: set[int]) -> tuple[Span, ...]:
    left, _, right, bottom = grid.box
    em = sheet.em
    below: Box = (left - em, bottom, right + em, bottom + 12 * em)
    rows = rows_of(sheet, [word for word in sheet.inside(below) if word not in held])
    found: list[list[int]] = []
    edge = bottom
    for row in rows:
        if row.top - edge > _NOTE_GAP * em:
            break
        if _NOTE.match(row.segments[0].text):
            found.append(list(row.words))
        elif found and row.top - edge < 0.6 * em:
            found[-1].extend(row.words)
        else:
            break
        edge = row.bottom
    return tuple(sheet.span(sorted(words)) for words in found)
