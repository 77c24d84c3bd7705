"""What a detector of lines takes for a line's edges, and what it cuts out."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
from tools.plain_print.line import INK, Floats, Line


@dataclass(frozen=True)
class Framing:
    """How lines of one kind are framed.

    `tight`: the share of lines whose edges are those of their ink alone. `grown`: how much higher than the print a
    frame is, least and most, as a share of the print's height. `cut_into`: the share of lines whose frame begins lower
    than it should. `loose`: least and most of the margins, as a share of the frame's height, before and after the few
    lines that have any such margin.
    """

    tight: float
    grown: tuple[float, float]
    cut_into: float
    loose: tuple[float, float]

    def edges(self, line: Line, draws: random.Random) -> Line:
        """The line with its edges: those of its ink, or also those that capitals and descenders would have."""
        ink = line.ink > INK
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        top, bottom = float(rows[0]), float(rows[-1] + 1)
        if draws.random() >= self.tight:
            top, bottom = min(top, line.baseline - 0.72 * line.em), max(bottom, line.baseline + 0.2 * line.em)
        return replace(line, top=top, bottom=bottom, left=int(columns[0]), right=int(columns[-1]) + 1)

    def crop(self, line: Line, draws: random.Random) -> Floats:
        """The ink within the frame: wider than the print by some of its height."""
        grown = draws.uniform(*self.grown)
        above = draws.uniform(0.3, 0.7) * grown * line.height
        top, bottom = line.top - above, line.bottom + grown * line.height - above
        if draws.random() < self.cut_into:
            top += draws.uniform(0, 0.08) * line.height
        height = bottom - top
        left, right = line.left - self._margin(draws) * height, line.right + self._margin(draws) * height
        rows = slice(max(0, round(top)), round(bottom))
        columns = slice(max(0, round(left)), round(right))
        return np.ascontiguousarray(line.ink[rows, columns])

    def _margin(self, draws: random.Random) -> float:
        """Before or after a line, as a share of the frame's height."""
        return draws.gauss(0.24, 0.06) if draws.random() < 0.9 else draws.uniform(*self.loose)
