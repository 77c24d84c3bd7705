"""Tables without rules: rows of several runs of words that keep to common columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.columns import gutters
from stele.pipeline.structure.tables.grid import Grid
from stele.pipeline.structure.tables.prose import prose_of
from stele.pipeline.structure.tables.segments import Row, rows_of
from stele.pipeline.structure.tables.zone import Zone, zone_of

#: of the print's height: rows further apart than this are not of one table
_APART = 2.6
#: rows that such a table has at least
_LEAST_ROWS = 3


def aligned(sheet: Sheet, rules: Rules, taken: Sequence[Grid]) -> Iterator[Zone]:
    """Rows of several runs of words that keep to common columns."""
    held = {word for grid in taken for word in sheet.inside(grid.box)}
    prose = prose_of(sheet)
    words = [word for word in range(len(sheet.words)) if word not in held and word not in prose]
    rows = rows_of(sheet, words, rules.upright)
    run: list[Row] = []
    for row in rows:
        if run and not _goes_on(sheet, run, row, taken):
            yield from _checked(sheet, rules, run)
            run = []
        if run or len(row.segments) > 1:
            run.append(row)
    yield from _checked(sheet, rules, run)


def _goes_on(sheet: Sheet, run: list[Row], row: Row, taken: Sequence[Grid]) -> bool:
    if row.top - run[-1].bottom > _APART * sheet.em:
        return False
    if any(zone.box[1] < row.middle and zone.box[3] > run[-1].middle and zone.box[3] < row.middle for zone in taken):
        return False
    trial = [*run, row]
    parted = [each for each in trial if len(each.segments) > 1]
    if len(row.segments) == 1:
        return len(run[-1].segments) > 1 or len(run) < 2 or len(run[-2].segments) > 1
    if len(parted) < 2:
        return True
    left, right = _extent(parted)
    return len(gutters(sheet, parted, left, right)) >= 1


def _extent(rows: Sequence[Row]) -> tuple[float, float]:
    boxes = [segment.box for row in rows for segment in row.segments]
    return min(box[0] for box in boxes), max(box[2] for box in boxes)


def _checked(sheet: Sheet, rules: Rules, run: list[Row]) -> Iterator[Zone]:
    """The run as a zone, where it looks like a table."""
    while run and len(run[-1].segments) < 2:
        run.pop()
    parted = [row for row in run if len(row.segments) > 1]
    if len(parted) < max(_LEAST_ROWS, 0.5 * len(run)):
        return
    left, right = _extent(run)
    columns = len(gutters(sheet, parted, left, right)) + 1
    segments = [segment for row in parted for segment in row.segments]
    prose = sum(segment.prose for segment in segments) / len(segments)
    numeric = sum(segment.numeric for segment in segments) / len(segments)
    if columns < 2 or prose > 0.3 or (columns == 2 and numeric < 0.3):
        return
    filled = sum(len(row.segments) for row in parted) / (len(parted) * columns)
    if filled < 0.5:
        return
    margin = 0.4 * sheet.em
    yield zone_of(rules, (left - margin, run[0].top - margin, right + margin, run[-1].bottom + margin))
