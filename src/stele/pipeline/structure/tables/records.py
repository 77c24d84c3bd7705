"""Records: a row of names with a row of their values below it, and no rules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.grid import Grid
from stele.pipeline.structure.tables.segments import Row, Segment, is_number, rows_of, segment
from stele.pipeline.structure.tables.zone import Zone

#: so many names side by side are no chance, and of them as many have a value right below
_LEAST_NAMES, _HAVE_VALUES = 4, 0.8
#: more than half of as many values are numbers, and no number is without a word that is one
_LEAST_NUMBERS = 3
#: of the print's height: how far apart names are at most, how far below them the values, and how far these may be out
#: of line with them
_BESIDE, _BELOW, _ALIGNED = 12.0, 1.5, 0.5
#: of the lower: higher print is another one
_SAME_PRINT = 1.4
#: of the print's height: words closer to each other than this are of one value
_SPACE = 0.35


def records(sheet: Sheet, rules: Rules, taken: Sequence[Grid]) -> Iterator[Zone]:
    """Where rows of a page are names and their values, most of them numbers, among the words of no other table."""
    held = {word for grid in taken for word in sheet.inside(grid.box)}
    free = [word for word in range(len(sheet.words)) if word not in held]
    for above, below in pairwise(rows_of(sheet, free, rules.upright)):
        if sum(is_number(sheet.texts[word]) for word in below.words) < _LEAST_NUMBERS:
            continue
        for names in _names(sheet, above, below):
            if len(names) >= _LEAST_NAMES and (zone := _record(sheet, names, below)):
                yield zone


def _names(sheet: Sheet, row: Row, below: Row) -> Iterator[list[Segment]]:
    """Runs of texts that may be names, not far from each other."""
    run: list[Segment] = []
    for each in (part for whole in row.segments for part in _apart(sheet, whole, below)):
        fits = not each.numeric and not each.prose
        if run and not (fits and _beside(run[-1].box, each.box, sheet.em)):
            yield run
            run = []
        if fits:
            run.append(each)
    yield run


def _beside(one: Box, other: Box, em: float) -> bool:
    """Whether two texts stand close beside each other, in the same print."""
    heights = sorted((one[3] - one[1], other[3] - other[1]))
    return other[0] - one[2] <= _BESIDE * em and heights[1] <= _SAME_PRINT * heights[0]


def _apart(sheet: Sheet, names: Segment, below: Row) -> Iterator[Segment]:
    """Names with hardly more than a space between them, where a number starts below each."""
    starts = [sheet.edges[word][0] for word in below.words if is_number(sheet.words[word].text)]
    run: list[int] = []
    for word in names.words:
        if run and any(abs(sheet.edges[word][0] - start) <= _ALIGNED * sheet.em for start in starts):
            yield segment(sheet, run)
            run = []
        run.append(word)
    yield segment(sheet, run)


def _record(sheet: Sheet, names: Sequence[Segment], below: Row) -> Zone | None:
    em = sheet.em
    boxes = [name.box for name in names]
    if not 0 <= below.top - max(box[3] for box in boxes) + 0.5 * em <= (_BELOW + 0.5) * em:
        return None
    words = sorted(below.words, key=lambda word: sheet.edges[word][0])
    for between in _partings(boxes, em):
        start, end = boxes[0][0] - 0.5 * em, boxes[-1][2] + _BESIDE * em
        values = _values(sheet, words, (start, *between, end))
        told = [value for value in values if value]
        numbers = sum(is_number(sheet.text(value)) for value in told)
        aligned = sum(
            bool(value) and _aligned(box, sheet.around(value), em) for box, value in zip(boxes, values, strict=True)
        )
        if aligned >= _HAVE_VALUES * len(names) and 2 * numbers > len(told):
            around = [*boxes, *(sheet.around(value) for value in told)]
            left, right = min(box[0] for box in around) - 0.4 * em, max(box[2] for box in around) + 0.4 * em
            top, bottom = min(box[1] for box in around) - 0.2 * em, max(box[3] for box in around) + 0.2 * em
            return Zone(box=(left, top, right, bottom), level=(), upright=(), between=between)
    return None


def _partings(names: Sequence[Box], em: float) -> Iterator[tuple[float, ...]]:
    """Where columns may part: before each name, behind each, or halfway between two."""
    yield tuple(box[0] - 0.25 * em for box in names[1:])
    yield tuple(box[2] + 0.25 * em for box in names[:-1])
    yield tuple((first[2] + second[0]) / 2 for first, second in pairwise(names))


def _values(sheet: Sheet, words: Sequence[int], edges: Sequence[float]) -> list[list[int]]:
    """The words of each column: those close to each other from the first in it on."""
    found: list[list[int]] = [[] for _ in range(len(edges) - 1)]
    for word in words:
        left, _, right, _ = sheet.edges[word]
        column = bisect_right(edges, (left + right) / 2) - 1
        if not 0 <= column < len(found):
            continue
        if not found[column] or left - sheet.edges[found[column][-1]][2] <= _SPACE * sheet.em:
            found[column].append(word)
    return found


def _aligned(name: Box, value: Box, em: float) -> bool:
    ends = ((name[0], value[0]), (name[2], value[2]), (name[0] + name[2], value[0] + value[2]))
    return any(abs(one - other) <= _ALIGNED * em for one, other in ends)
