"""Frames: the rules around a place on a form."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from stele.pipeline.structure.rules import Rule, Rules, place_of
from stele.pipeline.structure.sheet import Box

#: of the print's height: boxes of forms are not higher
_BOX_HEIGHT = 16.0
#: of the print's height: sides above and below are as long; shorter ones are lines in it
_SIDE = 3.0
#: of the print's height: nor are places between two level rules, open at both sides
_OPEN_HEIGHT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What level rules bound above and below. `closed`: upright ones do so at a side at least."""

    box: Box
    closed: bool


def frame_around(rules: Rules, em: float, box: Box) -> Frame | None:
    """The rules next to a box on all sides; a side that is open is where the level ones end. None where they are far.

    `em` is the height of the print."""
    left, top, right, bottom = box
    across, down = (left + right) / 2, (top + bottom) / 2
    higher = bisect_right(rules.level, top + 0.3 * em, key=place_of)
    lower = bisect_left(rules.level, bottom - 0.3 * em, key=place_of)
    above = _first(reversed(rules.level[:higher]), across, em)
    below = _first(rules.level[lower:], across, em)
    if above is None or below is None or below.at - above.at > _BOX_HEIGHT * em:
        return None
    upright = [rule for rule in rules.upright if rule.start - 0.3 * em <= down <= rule.end + 0.3 * em]
    before = max((rule.at for rule in upright if rule.at <= left + 0.3 * em), default=None)
    after = min((rule.at for rule in upright if rule.at >= right - 0.3 * em), default=None)
    if before is None and after is None and below.at - above.at > _OPEN_HEIGHT * em:
        return None
    return Frame(
        box=(
            max(above.start, below.start) if before is None else before,
            above.at,
            min(above.end, below.end) if after is None else after,
            below.at,
        ),
        closed=before is not None or after is not None,
    )


def _first(level: Iterable[Rule], across: float, em: float) -> Rule | None:
    """The first of some level rules that runs over a place and is long enough for a side; None where there is none."""
    return next(
        (rule for rule in level if rule.start - em <= across <= rule.end + em and rule.length > _SIDE * em), None
    )
