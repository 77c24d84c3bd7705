"""Where columns part: at upright rules, and where whitespace runs through the rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.segments import Row
from stele.pipeline.structure.tables.zone import Zone

#: of the print's height: the least whitespace between two columns
_GUTTER = 0.45
#: this part of the rows may reach across the whitespace between two columns: where a table is looked for, and where
#: one was found
_CROSSING, _CROSSING_FOUND = 0.12, 0.2
#: a rule of which this part runs through words is part of them
_THROUGH = 0.2
#: of the print's height: longer than any letter; a hand that fills a form in writes over so much of such a rule
_LONG, _WRITTEN_OVER = 6.0, 0.5


def columns_of(sheet: Sheet, zone: Zone, rows: Sequence[Row]) -> list[float]:
    """Where the columns of a zone part, with its outer sides, from left to right; `rows` are those in it."""
    left, _, right, _ = zone.box
    if zone.between:
        return [left, *zone.between, right]
    fixed = sorted(positions([rule for rule in zone.upright if _parts(sheet, zone, rule)], 0.6 * sheet.em))
    inner = [x for x in fixed if left + sheet.em < x < right - sheet.em]
    if zone.framed:
        return [left, *inner, right]
    for low, high in gutters(sheet, rows, left, right, _CROSSING_FOUND):
        if not any(low - sheet.em <= x <= high + sheet.em for x in inner):
            inner.append(_clearest(rows, low, high))
    return _occupied([left, *sorted(inner), right], rows)


def positions(rules: Sequence[Rule], near: float) -> list[float]:
    """Where rules lie, those close together as one."""
    found: list[list[float]] = []
    for at in sorted(rule.at for rule in rules):
        if found and at - found[-1][-1] <= near:
            found[-1].append(at)
        else:
            found.append([at])
    return [sum(group) / len(group) for group in found]


def _parts(sheet: Sheet, zone: Zone, rule: Rule) -> bool:
    """Whether an upright rule parts cells: it runs along some of the zone and through no word."""
    _, top, _, bottom = zone.box
    if rule.covers(top, bottom) < 0.25 and rule.length < 4 * sheet.em:
        return False
    return not crosses_word(sheet, rule)


def crosses_word(sheet: Sheet, rule: Rule) -> bool:
    """Whether an upright rule runs through a word: it is part of a letter then, or of a picture."""
    boxes = sheet.boxes
    near = (boxes[:, 0] + 0.25 * sheet.em < rule.at) & (boxes[:, 2] - 0.25 * sheet.em > rule.at)
    crossed = [word for word in np.flatnonzero(near).tolist() if not sheet.askew(word)]
    if not crossed:
        return False
    along = np.minimum(boxes[crossed, 3], rule.end) - np.maximum(boxes[crossed, 1], rule.start)
    most = _WRITTEN_OVER if rule.length > _LONG * sheet.em else _THROUGH
    return float(along.clip(min=0).sum()) > most * rule.length


def gutters(
    sheet: Sheet, rows: Sequence[Row], left: float, right: float, crossing: float = _CROSSING
) -> list[tuple[float, float]]:
    """Whitespace that runs through nearly all rows, as ranges of x."""
    told = [row for row in rows if len(row.segments) > 1]
    if len(told) < 2:
        told = list(rows)
    width = max(1, round(right - left) + 1)
    starts: list[int] = []
    ends: list[int] = []
    for row in told:
        end = 0
        for low, _, high, _ in sorted(segment.box for segment in row.segments):
            start, end = max(end, round(low - left)), max(end, round(high - left) + 1)
            starts.append(min(start, width))
            ends.append(min(max(start, end), width))
    # by place, how many rows start to cover it less how many no longer do
    steps = np.bincount(starts, minlength=width + 1) - np.bincount(ends, minlength=width + 1)
    free = np.cumsum(steps)[:width] <= int(crossing * len(told))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], free.astype(np.int8), [0]))))
    found = [(left + float(low), left + float(high)) for low, high in edges.reshape(-1, 2).tolist()]
    least = _GUTTER * sheet.em
    return [(low, high) for low, high in found if high - low >= least and low > left + 1 and high < right - 1]


def _clearest(rows: Sequence[Row], low: float, high: float) -> float:
    """The middle of the part of a gutter that the fewest rows reach into."""
    count = np.zeros(round(high - low) + 1)
    for row in rows:
        for left, _, right, _ in (segment.box for segment in row.segments):
            if left <= high and right >= low:
                count[max(0, round(left - low)) : max(0, round(right - low)) + 1] += 1
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (count == count.min()).astype(np.int8), [0]))))
    start, end = max(edges.reshape(-1, 2).tolist(), key=lambda part: part[1] - part[0])
    return low + float(start + end) / 2


def _occupied(xs: list[float], rows: Sequence[Row]) -> list[float]:
    """Columns without a word of their own are part of their neighbour."""
    middles = [(segment.box[0] + segment.box[2]) / 2 for row in rows for segment in row.segments]
    kept = [xs[0]]
    for low, high in pairwise(xs):
        if any(low <= middle <= high for middle in middles):
            kept.append(high)
        elif len(kept) > 1:
            kept[-1] = high
    kept[-1] = xs[-1]
    return kept
