"""Where tables are: in boxes of rules, between level rules of one length, and where rows keep to common columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from stele.pipeline.structure.rules import Rule, Rules, frame_of
from stele.pipeline.structure.sheet import Box, Sheet, overlap
from stele.pipeline.structure.tables.grid import Grid, Zone, crosses_word, grid_of, gutters, positions
from stele.pipeline.structure.tables.prose import prose_of
from stele.pipeline.structure.tables.records import records_of
from stele.pipeline.structure.tables.segments import Row, Segment, beside, is_year, rows_of

#: of the print's height: rules so close to each other meet
_MEET = 0.6
#: bands of one table share at least this part of their separators; those of forms often do not
_ALIKE = 0.2
#: tables side by side have at least so many level rules that the other has not
_OWN_RULES = 2
#: of the print's height: rows further apart than this are not of one table without rules
_APART = 2.6
#: rows that a table without any rules has at least, but for records
_LEAST_ROWS = 3
#: of a row's texts: as many between the columns of a table are of another
_OFF = 0.3
#: so many upright rules that end together are the open side of a table
_LEAST_OPEN = 3
#: of the print's height: double rules are as close as this; of the rows: what is lower is a gap between two boxes
_DOUBLE, _LOWER = 0.6, 0.75
#: of the print's height: so far below its last rule a table is looked for
_LONGEST = 200.0
#: of the print's height: so far from the rules of a table the labels of its rows may end
_LABEL_REACH = 8.0


def grids_of(sheet: Sheet, rules: Rules) -> list[Grid]:
    """The grids of all tables to be, from top to bottom; none reaches into another."""
    found: list[Grid] = []
    for zones in (
        _framed(sheet, rules),
        _between_rules(sheet, rules),
        _aligned(sheet, rules, found),
        _records(sheet, rules, found),
    ):
        for zone in list(zones):
            if not any(overlap(zone.box, other.box, least=1.0) for other in found) and (grid := grid_of(sheet, zone)):
                found.append(grid)
    return sorted(found, key=lambda grid: (grid.box[1], grid.box[0]))


# -- boxes of rules ---------------------------------------------------------------------------------------------------


def _framed(sheet: Sheet, rules: Rules) -> Iterator[Zone]:
    for level, upright in _components(rules, _MEET * sheet.em):
        if len(level) >= 2 and upright:
            yield from _banded(sheet, level, upright)


def _components(rules: Rules, near: float) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that touch each other, directly or through others."""
    level, upright = rules.level, rules.upright
    parent = list(range(len(level) + len(upright)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    y, left, right = np.array([(rule.at, rule.start, rule.end) for rule in level]).reshape(-1, 3, 1).transpose(1, 0, 2)
    x, top, bottom = np.array([(rule.at, rule.start, rule.end) for rule in upright]).reshape(-1, 3).T
    touching = (left - near <= x) & (x <= right + near) & (top - near <= y) & (y <= bottom + near)
    for across, down in np.argwhere(touching).tolist():
        parent[root(across)] = root(len(level) + down)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at in range(len(parent)):
        group = groups.setdefault(root(at), ([], []))
        if at < len(level):
            group[0].append(level[at])
        else:
            group[1].append(upright[at - len(level)])
    return list(groups.values())


def _banded(sheet: Sheet, level: list[Rule], upright: list[Rule]) -> Iterator[Zone]:
    """Runs of bands between level rules whose separators agree."""
    em = sheet.em
    left, _, right, _ = frame_of(level, upright)
    kept = [rule for rule in upright if not crosses_word(sheet, rule)]
    ys = _closed(positions(level, 0.6 * em), kept, em)
    bands = [(above, below) for above, below in pairwise(ys) if below - above >= 0.5 * em]
    run: list[tuple[float, float]] = []
    union: list[float] = []
    waiting: list[tuple[float, float]] = []  # bands without separators, that may be inside the table
    for band in bands:
        xs = _separators(kept, band, left + em, right - em, em)
        if not xs:
            waiting.append(band)
            continue
        alike = min(len(xs), len(union)) >= _ALIKE * max(len(xs), len(union))
        agree = run and alike and (_nested(xs, union, em) or _nested(union, xs, em))
        if run and agree and len(waiting) <= 2 and all(_short(sheet, left, right, each) for each in waiting):
            run = [*run, *waiting, band]
            union = positions_of([*union, *xs], em)
        else:
            if run:
                yield from _zone(sheet, run, level, kept, (left, right))
            head = [each for each in waiting[-1:] if _short(sheet, left, right, each)]
            run, union = [*head, band], xs
        waiting = []
    if run:
        yield from _zone(sheet, run, level, kept, (left, right))


def _closed(ys: list[float], upright: list[Rule], em: float) -> list[float]:
    """The level lines of a table, with one where its upright rules start or end together further out: it is cut off by
    the page, or open there."""
    first = [rule.start for rule in upright if rule.start < ys[0] - em]
    last = [rule.end for rule in upright if rule.end > ys[-1] + em]
    above = [median(first)] if _together(first, em) else []
    below = [median(last)] if _together(last, em) else []
    return [*above, *ys, *below]


def _together(ends: list[float], em: float) -> bool:
    return len(ends) >= _LEAST_OPEN and max(ends) - min(ends) < 0.5 * em


def positions_of(values: list[float], near: float) -> list[float]:
    """Values, those close together once."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > near:
            found.append(value)
    return found


def _separators(upright: list[Rule], band: tuple[float, float], low: float, high: float, em: float) -> list[float]:
    xs = [rule for rule in upright if low < rule.at < high and rule.covers(*band) >= 0.6]
    return positions(xs, 0.6 * em)


def _nested(inner: list[float], outer: list[float], em: float) -> bool:
    return all(any(abs(x - other) <= em for other in outer) for x in inner)


def _short(sheet: Sheet, left: float, right: float, band: tuple[float, float]) -> bool:
    """Whether a band without separators may be a title in the table: one line of a few words."""
    words = sheet.inside((left, band[0], right, band[1]))
    return 0 < len(words) <= 16 and len(rows_of(sheet, words)) == 1 and band[1] - band[0] < 4 * sheet.em


def _zone(
    sheet: Sheet,
    run: list[tuple[float, float]],
    level: list[Rule],
    upright: list[Rule],
    sides: tuple[float, float],
) -> Iterator[Zone]:
    em = sheet.em
    top, bottom = run[0][0], run[-1][1]
    across = [rule for rule in level if top - em <= rule.at <= bottom + em]
    down = [rule for rule in upright if min(rule.end, bottom) - max(rule.start, top) > 0.5 * em]
    left = max(sides[0], min(rule.start for rule in across))
    right = min(sides[1], max(rule.end for rule in across))
    box = (left, top, right, bottom)
    if at := _seam(across, down, box, em):
        for part in ((left, top, at, bottom), (at, top, right, bottom)):
            yield from _banded(sheet, *_clipped(across, down, part, em))
        return
    words = sheet.inside(box)
    if not words or right - left < 3 * em:
        return
    inner = positions([rule for rule in down if left + em < rule.at < right - em], 0.6 * em)
    rows = rows_of(sheet, words, down)
    seen = gutters(sheet, rows, left, right)
    more = sum(not any(low - em <= x <= high + em for x in inner) for low, high in seen)
    framed = 2 * more <= len(inner)
    if len(run) < 2 and (framed or len(rows) < 2):
        return
    yield Zone(box=box, level=tuple(across), upright=tuple(down), framed=framed)


def _seam(level: list[Rule], upright: list[Rule], box: Box, em: float) -> float | None:
    """Where two tables stand side by side: at an upright rule with level ones on both sides that do not go on behind
    it. None where there is no such rule."""
    left, top, right, bottom = box
    for rule in upright:
        if not left + 3 * em < rule.at < right - 3 * em or rule.covers(top, bottom) < 0.9:
            continue
        before = [
            each.at for each in level if each.start < rule.at - em and each.covers(rule.at - 3 * em, rule.at) > 0.6
        ]
        behind = [each.at for each in level if each.end > rule.at + em and each.covers(rule.at, rule.at + 3 * em) > 0.6]
        if min(_only(before, behind, em), _only(behind, before, em)) >= _OWN_RULES:
            return rule.at
    return None


def _only(ours: list[float], theirs: list[float], em: float) -> int:
    """How many of our rules are not theirs."""
    return sum(not any(abs(at - other) <= 0.6 * em for other in theirs) for at in ours)


def _clipped(level: list[Rule], upright: list[Rule], box: Box, em: float) -> tuple[list[Rule], list[Rule]]:
    """The parts of rules that are in a box or at its sides."""
    left, top, right, bottom = box
    across = [
        Rule(at=rule.at, start=max(rule.start, left), end=min(rule.end, right), thickness=rule.thickness)
        for rule in level
        if min(rule.end, right) - max(rule.start, left) > em
    ]
    down = [
        Rule(at=rule.at, start=max(rule.start, top), end=min(rule.end, bottom), thickness=rule.thickness)
        for rule in upright
        if left - em <= rule.at <= right + em and min(rule.end, bottom) - max(rule.start, top) > 0.5 * em
    ]
    return across, down


# -- level rules only -------------------------------------------------------------------------------------------------


def _between_rules(sheet: Sheet, rules: Rules) -> Iterator[Zone]:
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
        yield _cut(rules, _titled(sheet, rules, _labelled(sheet, _lengthened(sheet, rules, _headed(sheet, box)))))


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


def _cut(rules: Rules, box: Box) -> Zone:
    left, top, right, bottom = box
    return Zone(
        box=box,
        level=tuple(
            rule for rule in rules.level if top - 2 <= rule.at <= bottom + 2 and rule.end > left and rule.start < right
        ),
        upright=tuple(
            rule
            for rule in rules.upright
            if left < rule.at < right and min(rule.end, bottom) - max(rule.start, top) > 0.5 * rule.length
        ),
    )


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


# -- no rules ---------------------------------------------------------------------------------------------------------


def _aligned(sheet: Sheet, rules: Rules, taken: Sequence[Grid]) -> Iterator[Zone]:
    """Rows of several runs of words that keep to common columns."""
    held = {word for zone in taken for word in sheet.inside(zone.box)}
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


def _records(sheet: Sheet, rules: Rules, taken: Sequence[Grid]) -> Iterator[Zone]:
    """Names with their values below, among the words of no other table."""
    held = {word for zone in taken for word in sheet.inside(zone.box)}
    free = [word for word in range(len(sheet.words)) if word not in held]
    yield from records_of(sheet, rows_of(sheet, free, rules.upright))


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
    yield _cut(rules, (left - margin, run[0].top - margin, right + margin, run[-1].bottom + margin))
