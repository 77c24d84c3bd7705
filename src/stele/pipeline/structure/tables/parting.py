"""Runs of words of one row that narrow columns put so close together that they seem one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.segments import Row, Segment, is_year, pitch, segment

#: of the print's height, and in letters: further apart than this, there is more than a space between two words
_SPACE, _SPACE_LETTERS = 0.5, 0.9
#: of the print's height: so near to what stands in its column a text is aligned with it
_ALIGNED = 0.35
#: so many texts that are aligned, each with its column, are no chance
_LEAST_ALIGNED = 3
#: rows from the top on that may be headings; of the print's height: so far from the middle of what it heads one is
_HEADINGS, _CENTRED = 4, 0.5
#: of the table's width: a shorter rule is of a heading; it is under another one, too, when it runs along so much of it
_OWN, _CLOSED = 0.8, 0.5


def parted(sheet: Sheet, rows: Sequence[Row], edges: Sequence[float]) -> list[Row]:
    """Rows whose runs do not go on from one column to the next where there is more than a space between two words, or
    where its words are aligned with what else stands in their columns. `edges` bound the columns."""
    spaced = [
        Row(segments=tuple(part for each in row.segments for part in _spaced(sheet, each, edges))) for row in rows
    ]
    lines = _lines_of_columns(spaced, edges)
    return [
        Row(segments=tuple(part for each in row.segments for part in _aligned(sheet, each, edges, lines)))
        for row in spaced
    ]


def headed(sheet: Sheet, rows: Sequence[Row], edges: Sequence[float], rules: Sequence[Rule]) -> list[Row]:
    """Rows in which a heading reaches over all columns that it heads: those with texts that a rule of its own right
    below it runs along, or those of the texts below over which it is centred. `rules` are those of the table."""
    own = [rule for rule in rules if rule.length < _OWN * (edges[-1] - edges[0])]
    found = [_underlined(sheet, rows, at, edges, own) for at in range(len(rows))] if own else list(rows)
    for at in reversed(range(min(len(rows) - 1, _HEADINGS))):
        above, below = found[at], found[at + 1]
        if len(above.segments) < len(below.segments) and _names(above) and _names(below):
            found[at] = Row(segments=tuple(_centred(sheet, each, above, below, edges) for each in above.segments))
    return found


def _underlined(sheet: Sheet, rows: Sequence[Row], at: int, edges: Sequence[float], rules: Sequence[Rule]) -> Row:
    row = rows[at]
    near = [rule for rule in rules if -0.3 * sheet.em < rule.at - row.bottom < sheet.em]
    if not near:
        return row
    below = [segment.box for other in rows[at + 1 :] for segment in other.segments]
    found: list[Segment] = []
    for heading in row.segments:
        others = [each.box for each in row.segments if each is not heading]
        along = None if heading.numeric else _along(heading.box, others, near, sheet.em)
        found.append(_over(heading, [box for box in below if _runs(along, box)], edges) if along else heading)
    return Row(segments=tuple(found))


def _along(box: Box, others: Sequence[Box], rules: Sequence[Rule], em: float) -> Rule | None:
    """The rule below a heading, if it is below none of the others."""
    for rule in rules:
        under = rule.start <= box[0] + em and rule.end >= box[2] - em
        if under and not any(_runs(rule, other) for other in others):
            return rule
    return None


def _runs(rule: Rule, box: Box) -> bool:
    return rule.covers(box[0], box[2]) > _CLOSED


def _over(heading: Segment, boxes: Sequence[Box], edges: Sequence[float]) -> Segment:
    """A heading as wide as the columns that some boxes and itself are in."""
    left, top, right, bottom = heading.box
    columns = [_at((box[0] + box[2]) / 2, edges) for box in (*boxes, heading.box)]
    left, right = min(left, edges[min(columns)]), max(right, edges[max(columns) + 1])
    return Segment(words=heading.words, box=(left, top, right, bottom), text=heading.text)


def _names(row: Row) -> bool:
    """Whether a row may be headings: no numbers but years."""
    return all(is_year(segment.text) or not segment.numeric for segment in row.segments)


def _centred(sheet: Sheet, heading: Segment, above: Row, below: Row, edges: Sequence[float]) -> Segment:
    """A heading over the longest run of texts below it over which it is centred and no other heading stands."""
    left, _, right, _ = heading.box
    free = [
        each.box
        for each in below.segments
        if not any(other is not heading and _across(other.box, each.box) for other in above.segments)
    ]
    runs = [
        (start, end)
        for first, start in enumerate(free)
        for end in free[first + 1 :]
        if abs(start[0] + end[2] - left - right) < 2 * _CENTRED * sheet.em and start[0] <= left and end[2] >= right
    ]
    return _over(heading, max(runs, key=lambda run: run[1][2] - run[0][0]), edges) if runs else heading


def _across(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2]


def _at(x: float, edges: Sequence[float]) -> int:
    """The column that a place is in."""
    return max(0, min(len(edges) - 2, bisect_right(edges, x) - 1))


def _column(sheet: Sheet, word: int, edges: Sequence[float]) -> int:
    left, _, right, _ = sheet.edges[word]
    return _at((left + right) / 2, edges)


def _spaced(sheet: Sheet, whole: Segment, edges: Sequence[float]) -> Iterator[Segment]:
    run = [whole.words[0]]
    for left, right in pairwise(whole.words):
        (_, top, end, bottom), (start, next_top, _, next_bottom) = sheet.edges[left], sheet.edges[right]
        height = max(bottom - top, next_bottom - next_top)
        wide = start - end > max(_SPACE * height, _SPACE_LETTERS * min(pitch(sheet, left), pitch(sheet, right)))
        if wide and _column(sheet, left, edges) != _column(sheet, right, edges):
            yield segment(sheet, run)
            run = []
        run.append(right)
    yield whole if len(run) == len(whole.words) else segment(sheet, run)


def _lines_of_columns(rows: Sequence[Row], edges: Sequence[float]) -> dict[int, tuple[float, float, float]]:
    """By column: where most of its texts start, where their middles are, and where they end."""
    boxes: dict[int, list[tuple[float, float, float]]] = {}
    for row in rows:
        for each in row.segments:
            left, _, right, _ = each.box
            column = _at((left + right) / 2, edges)
            if _at(left, edges) == column == _at(right, edges):
                boxes.setdefault(column, []).append((left, (left + right) / 2, right))
    return {
        column: (
            median(left for left, _, _ in found),
            median(at for _, at, _ in found),
            median(right for _, _, right in found),
        )
        for column, found in boxes.items()
    }


def _aligned(
    sheet: Sheet, whole: Segment, edges: Sequence[float], lines: dict[int, tuple[float, float, float]]
) -> Iterator[Segment]:
    parts = [
        (column, segment(sheet, list(words)))
        for column, words in groupby(whole.words, key=lambda word: _column(sheet, word, edges))
    ]
    near = _ALIGNED * sheet.em
    keeps = all(
        column in lines
        and any(
            abs(at - line) <= near
            for at, line in zip((part.box[0], (part.box[0] + part.box[2]) / 2, part.box[2]), lines[column], strict=True)
        )
        for column, part in parts
    )
    if len(parts) >= _LEAST_ALIGNED and keeps:
        yield from (part for _, part in parts)
    else:
        yield whole
