"""Tables in boxes of rules: level rules that upright ones meet, as far as the bands between them have columns alike."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import numpy as np

from stele.pipeline.structure.rules import Rule, Rules, frame_of
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.columns import crosses_word, gutters, positions
from stele.pipeline.structure.tables.segments import rows_of
from stele.pipeline.structure.tables.zone import Zone

#: of the print's height: rules so close to each other meet
_MEET = 0.6
#: bands of one table share at least this part of their separators; those of forms often do not
_ALIKE = 0.2
#: tables side by side have at least so many level rules that the other has not
_OWN_RULES = 2
#: so many upright rules that end together are the open side of a table
_LEAST_OPEN = 3


def framed(sheet: Sheet, rules: Rules) -> Iterator[Zone]:
    """Where level and upright rules touch."""
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
            union = _merged([*union, *xs], em)
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


def _merged(values: list[float], near: float) -> list[float]:
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
