"""Tables between level rules: of one length below each other, with columns between them, and no upright ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from stele.pipeline.structure.rules import Rule, Rules
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.columns import gutters
from stele.pipeline.structure.tables.segments import Row, Segment, beside, is_year, rows_of
from stele.pipeline.structure.tables.zone import Zone, zone_of

#: of the print's height: below its last rule, rows further apart than this are not of one table
_APART = 2.6
#: so many rows tell how far rows are apart, and whether they have labels
_LEAST_ROWS = 3
#: of a row's texts: as many between the columns of a table are of another
_OFF = 0.3
#: of the print's height: double rules are as close as this; of the rows: what is lower is a gap between two boxes
_DOUBLE, _LOWER = 0.6, 0.75
#: of the print's height: so far below its last rule a table is looked for
_LONGEST = 200.0
#: of the print's height: so far from the rules of a table the labels of its rows may end
_LABEL_REACH = 8.0


def underlined(sheet: Sheet, rules: Rules) -> Iterator[Zone]:
    """Level rules of one length below each other, with columns between them."""
    em = sheet.em
    long = [rule for rule in rules.level if rule.length >= 10 * em]
    used: set[int] = set()
    for first, rule in enumerate(long):
        if first in used:
            continue
        chain = [rule]
        for at in range(first + 1, len(long)):
            other = long[at]
            if abs(other.start - rule.start) > 1.5 * em or abs(other.end - rule.end) > 1.5 * em:
                continue
            if not _tabular(sheet, rules, chain[-1], other) or _is_gap(sheet, chain, other):
                break
            chain.append(other)
            used.add(at)
        if len(chain) < 2:
            continue
        box = (rule.start - 0.5 * em, chain[0].at, rule.end + 0.5 * em, chain[-1].at)
        yield zone_of(rules, _titled(sheet, rules, _labelled(sheet, _lengthened(sheet, rules, _headed(sheet, box)))))


def _is_gap(sheet: Sheet, chain: Sequence[Rule], below: Rule) -> bool:
    """Whether there is nothing but a gap between the last rule of some and one below, lower than their rows and higher
    than a double rule: it is the first of something else."""
    pitches = [second.at - first.at for first, second in pairwise(chain)]
    gap = below.at - chain[-1].at
    if len(pitches) < _LEAST_ROWS or not _DOUBLE * sheet.em < gap < _LOWER * median(pitches):
        return False
    return not sheet.inside((below.start, chain[-1].at, below.end, below.at))


def _boxes(rules: Rules, above: Rule, below: Rule, em: float) -> bool:
    """Whether upright rules make a row of boxes of what is between two level ones: fields of a form, not a table."""
    left, right = max(above.start, below.start) + em, min(above.end, below.end) - em
    return any(left < rule.at < right and rule.covers(above.at, below.at) > 0.8 for rule in rules.upright)


def _headed(sheet: Sheet, box: Box) -> Box:
    """A box that starts with the rule under its headers, up to the row of words right above that."""
    left, top, right, _ = box
    em = sheet.em
    below = rows_of(sheet, sheet.inside(box))
    above = rows_of(sheet, sheet.inside((left, top - 2.5 * em, right, top)))[-1:]
    if not above or not below or top - above[0].bottom > 0.8 * em or len(above[0].segments) < 2:
        return box
    if any(segment.prose or (segment.numeric and not is_year(segment.text)) for segment in above[0].segments):
        return box
    columns = len(gutters(sheet, below, left, right))
    if not columns or len(gutters(sheet, [*above, *below], left, right)) < columns:
        return box
    return left, above[0].top - 0.3 * em, right, box[3]


def _titled(sheet: Sheet, rules: Rules, box: Box) -> Box:
    """A box that starts with the headers of columns, with those above that have a rule of their own right below."""
    left, top, right, bottom = box
    em = sheet.em
    above = rows_of(sheet, sheet.inside((left, top - 2.5 * em, right, top - 0.1 * em)))[-1:]
    if not above or top - above[0].bottom > em:
        return box
    near = [rule for rule in rules.level if above[0].bottom - 0.3 * em < rule.at < top + 0.3 * em]
    underlined = all(
        any(
            rule.start <= segment.box[0] + em
            and rule.end >= segment.box[2] - em
            and left - em <= rule.start
            and rule.end <= right + em
            and rule.length < 0.95 * (right - left)
            for rule in near
        )
        for segment in above[0].segments
    )
    return (left, above[0].top - 0.3 * em, right, bottom) if underlined else box


def _labelled(sheet: Sheet, box: Box) -> Box:
    """A box whose rules leave out the labels of its rows, with them: most rows have one to the left, and no more."""
    left, top, right, bottom = box
    em = sheet.em
    rows = [
        row
        for row in rows_of(sheet, sheet.inside((0.0, top, right, bottom)))
        if any(segment.box[0] >= left - 0.5 * em for segment in row.segments)
    ]
    before = [[segment for segment in row.segments if segment.box[2] <= left + 0.5 * em] for row in rows]
    labels = [each[0] for each in before if len(each) == 1 and left - each[0].box[2] < _LABEL_REACH * em]
    if len(labels) < max(_LEAST_ROWS, 0.6 * len(rows)) or any(label.prose or label.numeric for label in labels):
        return box
    return min(label.box[0] for label in labels) - 0.5 * em, top, right, bottom


def _lengthened(sheet: Sheet, rules: Rules, box: Box) -> Box:
    """A box that ends with the last rule, down to the last row that keeps to its columns: at most to where the next
    long rule starts another table, rather than sums."""
    left, top, right, bottom = box
    long = [rule.at for rule in rules.level if rule.at > bottom + _DOUBLE * sheet.em and rule.covers(left, right) > 0.6]
    inside = rows_of(sheet, sheet.inside(box))
    between = gutters(sheet, inside, left, right)
    if not between:
        return box
    kept = list(inside)
    last = bottom
    for row in rows_of(sheet, sheet.inside((left, bottom, right, bottom + _LONGEST * sheet.em))):
        if any(last < at < row.middle for at in long) and not _has_numbers(row, between):
            break
        kept.append(row)
        if any(segment.prose and _crossed(segment, between) >= max(2, 0.5 * len(between)) for segment in row.segments):
            break
        keeps = _has_numbers(row, between) or (
            len(gutters(sheet, kept, left, right)) >= len(between) and not _in_between(row, between)
        )
        if row.top - last > _APART * sheet.em or not keeps:
            break
        last = row.bottom
        if len(row.segments) < 2:
            continue  # a line of a cell with several, or the text below: the next row tells
        bottom = row.bottom + 0.3 * sheet.em
    return left, top, right, bottom


def _has_numbers(row: Row, between: Sequence[tuple[float, float]]) -> bool:
    """Whether a row has numbers in two columns, whatever its label goes across: sums have."""
    numbers = [segment for segment in row.segments if segment.numeric and not is_year(segment.text)]
    return sum(not _crossed(segment, between) for segment in numbers) >= 2


def _in_between(row: Row, between: Sequence[tuple[float, float]]) -> bool:
    """Whether much of a row stands where the table has whitespace: it has columns of its own."""
    off = sum(
        any(low <= segment.box[0] and segment.box[2] <= high for low, high in between) for segment in row.segments
    )
    return off >= 2 and off >= _OFF * len(row.segments)


def _crossed(segment: Segment, between: Sequence[tuple[float, float]]) -> int:
    """Over how much of the whitespace between columns a text goes on."""
    return sum(segment.box[0] < low and segment.box[2] > high for low, high in between)


def _tabular(sheet: Sheet, rules: Rules, above: Rule, below: Rule) -> bool:
    """Whether what stands between two rules may be rows of a table."""
    words = sheet.inside((above.start, above.at, above.end, below.at))
    if _boxes(rules, above, below, sheet.em):
        return False
    if not words:
        return below.at - above.at < 3 * sheet.em
    rows = rows_of(sheet, words)
    parted = [row for row in rows if len(row.segments) > 1]
    if len(rows) == 1:
        return bool(parted) or len(words) <= 10
    prose = sum(len(segment.words) for row in rows for segment in row.segments if len(segment.words) >= 8)
    if prose > 0.5 * len(words):
        return False
    count = 1 + sum(not beside(sheet, first, second) for first, second in pairwise(rows))
    return len(parted) >= 0.4 * count and bool(gutters(sheet, rows, above.start, above.end))
