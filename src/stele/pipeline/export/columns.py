"""The parts of a page where they lie on the sheet, and the columns that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stele.domain.document import Page
from stele.pipeline.export.cuttings import Cutting
from stele.pipeline.export.outline import Grid, Part, outline
from stele.pipeline.export.sheet import Box, Sheet, around

#: of the width of the print: what is wider goes across all columns
_ACROSS = 0.6
#: a column has at least so many lines
_COLUMN_LINES = 3
_MAX_COLUMNS = 4


@dataclass(frozen=True)
class Placed:
    """A part of a page, or a picture, and where it lies on the sheet."""

    part: Part | Cutting
    box: Box

    @property
    def lines(self) -> int:
        return 1 if isinstance(self.part, Grid | Cutting) else len(self.part.lines)


Columns = list[list[Placed]]


def placed(page: Page, sheet: Sheet, cuttings: Sequence[Cutting]) -> list[Placed]:
    """The parts of a page in reading order; a picture comes before the first part that lies below it."""
    on_pictures = frozenset(index for cutting in cuttings for index in cutting.words)
    found = []
    for part in outline(page, without=on_pictures):
        found.append(Placed(part, sheet.box(part.table.polygon if isinstance(part, Grid) else part.polygon)))
    for cutting in cuttings:
        found.insert(_place_of(cutting.box, found), Placed(cutting, cutting.box))
    return found


def _place_of(picture: Box, found: Sequence[Placed]) -> int:
    beside = (
        index
        for index, each in enumerate(found)
        if each.box.top >= picture.top and each.box.left < picture.right and picture.left < each.box.right
    )
    return next(beside, len(found))


def columned(parts: Iterable[Placed], width: float) -> Iterator[Columns]:
    """The parts in runs: one column wide, or several columns side by side. `width` is that of the print."""
    run: list[Placed] = []
    for each in parts:
        if each.box.width > _ACROSS * width:
            if run:
                yield from _split(run)
                run = []
            yield [[each]]
        else:
            run.append(each)
    if run:
        yield from _split(run)


def joined(runs: Iterable[Columns]) -> Iterator[Columns]:
    """Runs of one column that follow each other, as one."""
    before: Columns | None = None
    for run in runs:
        if before is not None and len(before) == len(run) == 1:
            before = [[*before[0], *run[0]]]
            continue
        if before is not None:
            yield before
        before = run
    if before is not None:
        yield before


def _split(run: list[Placed]) -> Iterator[Columns]:
    """A run as columns, where it reads down one and then down the next, with what stands above them apart; else as it
    is."""
    for start in range(len(run)):
        columns = _columns_of(run[start:])
        if columns:
            if start:
                yield [run[:start]]
            yield columns
            return
    yield [run]


def _columns_of(run: list[Placed]) -> Columns | None:
    columns: Columns = []
    extents: list[Box] = []
    for each in run:
        if extents and _beside(extents[-1], each.box):
            columns.append([each])
            extents.append(each.box)
        elif extents:
            columns[-1].append(each)
            extents[-1] = around([extents[-1], each.box])
        else:
            columns, extents = [[each]], [each.box]
    apart = all(first.right <= second.left for first, second in pairwise(extents))
    long = all(sum(each.lines for each in column) >= _COLUMN_LINES for column in columns)
    return columns if 1 < len(columns) <= _MAX_COLUMNS and apart and long else None


def _beside(column: Box, box: Box) -> bool:
    """Whether a part stands beside a column, not below it."""
    return box.left >= column.right and box.top < column.bottom
