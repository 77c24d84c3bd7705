"""A place where a table is, before it is known what its rows and columns are."""

from __future__ import annotations

from dataclasses import dataclass

from stele.pipeline.structure.rules import Rule, Rules
from stele.pipeline.structure.sheet import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where a table is, and the rules in it. `framed`: rules part all its rows and columns. `between`: where its
    columns part, where that is known."""

    box: Box
    level: tuple[Rule, ...]
    upright: tuple[Rule, ...]
    framed: bool = False
    between: tuple[float, ...] = ()

    @property
    def cuts(self) -> tuple[Rule, ...]:
        """Where runs of words end: at upright rules, and where columns part."""
        _, top, _, bottom = self.box
        return *self.upright, *(Rule(at=x, start=top, end=bottom) for x in self.between)


def zone_of(rules: Rules, box: Box) -> Zone:
    """A box as a zone, with the rules in it."""
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
