"""Lines as office copies have them: small type close to other lines and to rules, in ink that spread or broke."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tools.plain_print import wearing
from tools.plain_print.drawing import Another, Lognormal
from tools.plain_print.framing import Framing
from tools.plain_print.line import Floats, Line
from tools.plain_print.wearing import Bytes, Sending

#: what offices set their papers in, with how often each group is drawn; within one, families are drawn alike often
_GROUPS = {
    r"liberationsans|nimbussans|arimo|freesans|heros|opensans|carlito|roboto|notosans|dejavusans|inter|lato": 5,
    r"mono|courier|cousine|typewriter|ocr|cmunt[bt]|anonymous": 3,
    r"liberationserif|nimbusroman|tinos|termes|freeserif|c059|schola|stix|dejavuserif|bookman": 3,
}
_WIDTHS = Lognormal(0.06, 0.15, least=0.75, most=1.55)
_SENDING = Sending(compressed=0.5, quality=(30, 92), smaller=0.25)
#: above and below
_SIDES = (-1, 1)


@dataclass(frozen=True)
class _Copying:
    """What a copier makes of ink: least and most of the blur (in ems), and of the ink from which on it is black."""

    blur: tuple[float, float]
    threshold: tuple[float, float]


_SPREAD = _Copying(blur=(0.02, 0.05), threshold=(0.25, 0.5))
_BROKEN = _Copying(blur=(0.01, 0.035), threshold=(0.5, 0.72))


class Copies:
    """The look of office copies' lines, by the numbers of `draws`."""

    lengths: tuple[int, ...] = (12, 25, 40, 60, 80)
    sizes = Lognormal(3.05, 0.28, least=12, most=48)
    framing = Framing(tight=0, grown=(0.08, 0.6), cut_into=0, loose=(0, 0.6))

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws

    def weights(self, families: Sequence[str]) -> list[float]:
        """No families but those of offices."""
        weights = [0.0] * len(families)
        for pattern, often in _GROUPS.items():
            group = [place for place, family in enumerate(families) if re.search(pattern, family, re.IGNORECASE)]
            for place in group:
                weights[place] += often / len(group)
        return weights

    def printed(self, line: Line, another: Another) -> Line:
        return self._in_cell(self._ruled(self._among_others(self._turned(line), another)))

    def scanned(self, ink: Floats, em: int, noise: np.random.Generator) -> Bytes:
        draws = self._draws
        kind = draws.random()
        if kind < 0.65:
            ink = self._copied(ink, em, _SPREAD if kind < 0.45 else _BROKEN, noise)
        else:
            ink = wearing.blurred(ink, max(0.3, draws.uniform(0.005, 0.04) * em))
        paper, black = draws.uniform(225, 255), draws.uniform(0, 60)
        if draws.random() < 0.2:
            black = draws.uniform(60, 150)
        image = paper + (black - paper) * ink
        if draws.random() < 0.3:
            image = image + wearing.grain(image, draws.uniform(1, 9), noise)
        return _SENDING.sent(255 - image if draws.random() < 0.04 else image, draws)

    def width(self) -> float:
        """At times of narrow type."""
        return self._draws.choice([1, 1, self._draws.uniform(0.85, 1)]) * _WIDTHS.draw(self._draws)

    def _turned(self, line: Line) -> Line:
        return line.turned(self._draws.gauss(0, 0.4)) if self._draws.random() < 0.4 else line

    def _among_others(self, line: Line, another: Another) -> Line:
        """At times with the lines above and below, close enough to touch it."""
        draws = self._draws
        for side in _SIDES:
            other = another() if draws.random() < 0.45 else None
            if other is not None:
                line = line.beside(other, int(side * draws.uniform(1.05, 1.4) * line.height))
        return line

    def _ruled(self, line: Line) -> Line:
        """At times with rules close above and below."""
        draws, width = self._draws, line.width
        for side in _SIDES:
            if draws.random() < 0.25:
                gap, thickness = draws.uniform(0.02, 0.3) * line.height, draws.choice([1, 1, 2, 2, 3])
                y = int(line.bottom + gap if side > 0 else line.top - gap - thickness)
                start, end = (0, width) if draws.random() < 0.7 else sorted(draws.sample(range(width), 2))
                line = line.ruled(y, thickness, (start, end))
        return line

    def _in_cell(self, line: Line) -> Line:
        """At times with the edges of a table's cell at its sides."""
        draws, least, most = self._draws, 0.12 * line.height, 0.4 * line.height
        for x in (line.left - draws.uniform(least, most), line.right + draws.uniform(least, most)):
            if draws.random() < 0.12:
                line = line.edged(int(x), draws.choice([1, 2, 3]))
        return line

    def _copied(self, ink: Floats, em: int, copying: _Copying, noise: np.random.Generator) -> Floats:
        """In black and white, and mostly smoothed again."""
        draws = self._draws
        ink = wearing.blurred(ink, max(0.35, draws.uniform(*copying.blur) * em))
        threshold, grain = draws.uniform(*copying.threshold), wearing.grain(ink, draws.uniform(0.01, 0.1), noise)
        ink = (ink + grain > threshold).astype(np.float32)
        if draws.random() < 0.2:
            ink = wearing.specked(ink, draws.uniform(0, 0.008), noise)
        return wearing.blurred(ink, draws.uniform(0.4, 1)) if draws.random() < 0.6 else ink
