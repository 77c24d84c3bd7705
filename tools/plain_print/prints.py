"""Lines as most pages have them: any type, mostly alone, on paper and in tones of many kinds."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from tools.plain_print import wearing
from tools.plain_print.drawing import Another, Lognormal
from tools.plain_print.framing import Framing
from tools.plain_print.line import Floats, Line
from tools.plain_print.wearing import Bytes, Sending

#: families that documents are set in, or that were cut after those
_COMMON = re.compile(
    r"liberation|nimbus|texgyre|lmroman|lmsans|lmmono|carlito|caladea|dejavu|opensans|roboto|lato|noto|courier|free"
    r"|p052|c059|urw|tahoma|arimo|tinos|cousine|gentium|stix|linlib|linbiolin|typewriter|cmu|ocr",
    re.IGNORECASE,
)
_COMMON_WEIGHT = 4
_WIDTHS = Lognormal(0, 0.17, least=0.68, most=1.55)
_SENDING = Sending(compressed=0.35, quality=(25, 92), smaller=0.12)
#: the least that print differs from its paper, in steps of grey
_CONTRAST = 55.0


class Prints:
    """The look of most pages' lines, by the numbers of `draws`."""

    lengths: tuple[int, ...] = (12, 25, 40, 60, 60, 80)
    # about what the text of pages of 100 to 300 dots per inch has
    sizes = Lognormal(3.4, 0.33, least=15, most=70)
    framing = Framing(tight=0.5, grown=(0.05, 0.55), cut_into=0.08, loose=(-0.02, 0.9))

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws

    def weights(self, families: Sequence[str]) -> list[float]:
        """Common families more often than others."""
        return [_COMMON_WEIGHT if _COMMON.search(family) else 1 for family in families]

    def printed(self, line: Line, another: Another) -> Line:
        return self._ruled(self._among_others(self._turned(self._inked(line)), another))

    def scanned(self, ink: Floats, em: int, noise: np.random.Generator) -> Bytes:
        draws = self._draws
        if draws.random() < 0.25:
            ink = wearing.uneven(ink, draws.uniform(0.1, 0.6), noise)
        ink = wearing.blurred(
            ink, (abs(draws.gauss(0, 0.022)) if draws.random() < 0.8 else draws.uniform(0.02, 0.06)) * em
        )
        in_two_tones = draws.random() < 0.3
        paper, black = self._tones()
        if in_two_tones:
            ink = self._thresholded(ink, noise)
            if draws.random() < 0.7:
                paper, black = 255.0, 0.0
        return _SENDING.sent(self._on_paper(paper + (black - paper) * ink, noise), draws)

    def width(self) -> float:
        return _WIDTHS.draw(self._draws)

    def _inked(self, line: Line) -> Line:
        """At times with more ink or less."""
        kind, pen = self._draws.random(), np.ones((2, 2), np.uint8)
        if kind < 0.06:
            return replace(line, ink=np.asarray(cv2.dilate(line.ink, pen), np.float32))
        if kind < 0.09 and line.em > 26:
            return replace(line, ink=np.asarray(cv2.erode(line.ink, pen), np.float32))
        return line

    def _turned(self, line: Line) -> Line:
        """At times turned by about half a degree and slanted."""
        draws = self._draws
        if draws.random() >= 0.5:
            return line
        degrees = draws.gauss(0, 0.5)
        return line.turned(degrees, draws.gauss(0, 0.03) if draws.random() < 0.9 else draws.uniform(-0.1, 0.3))

    def _among_others(self, line: Line, another: Another) -> Line:
        """At times with the line above or below, of the same size, which does not touch it."""
        draws = self._draws
        if draws.random() >= 0.3:
            return line
        other = another()
        if other is None:
            return line
        down = int(draws.choice([-1, 1]) * draws.uniform(1.12, 1.5) * max(line.height, 0.9 * line.em))
        return line.beside(other, down, 0.02 * line.height)

    def _ruled(self, line: Line) -> Line:
        """At times with a rule below or above, or the edge of a table's cell at a side."""
        draws, height, width = self._draws, line.height, line.width
        if draws.random() < 0.1:
            under = draws.random() < 0.7
            gap = draws.uniform(0.03 if under else 0.05, 0.25) * height
            y = int(line.bottom + gap if under else line.top - gap)
            thickness = draws.choice([1, 1, 2, 3])
            start, end = (0, width) if draws.random() < 0.6 else sorted(draws.sample(range(width), 2))
            line = line.ruled(y, thickness, (start, end), draws.uniform(0.5, 1))
        if draws.random() < 0.05:
            before = draws.random() < 0.5
            gap = draws.uniform(0.15, 0.45) * height
            line = line.edged(int(line.left - gap if before else line.right + gap), draws.choice([1, 2]))
        return line

    def _tones(self) -> tuple[float, float]:
        """Grey of the paper and of the ink; at times coloured paper or pale ink."""
        draws = self._draws
        paper, black = draws.uniform(200, 255), draws.uniform(0, 90)
        if draws.random() < 0.12:
            paper, black = draws.uniform(110, 255), draws.uniform(0, 150)
        return paper, min(black, paper - _CONTRAST)

    def _thresholded(self, ink: Floats, noise: np.random.Generator) -> Floats:
        """Ink or none in each pixel, by what a threshold makes of noise."""
        draws = self._draws
        grain = wearing.grain(ink, draws.uniform(0.02, 0.2), noise)
        if draws.random() < 0.5:
            grain = wearing.blurred(grain, 0.7) * 1.8
        ink = (ink + grain > draws.uniform(0.25, 0.7)).astype(np.float32)
        return wearing.specked(ink, draws.uniform(0, 0.012), noise) if draws.random() < 0.3 else ink

    def _on_paper(self, image: Floats, noise: np.random.Generator) -> Floats:
        """At times shaded along the line, on mottled paper, with a scanner's noise, or light on dark."""
        draws = self._draws
        if draws.random() < 0.25:
            image = wearing.shaded(image, draws.uniform(-35, 35))
        if draws.random() < 0.2:
            image = wearing.mottled(image, draws.uniform(2, 10), noise)
        if draws.random() < 0.5:
            image = image + wearing.grain(image, draws.uniform(1, 14), noise)
        return 255 - image if draws.random() < 0.07 else image
