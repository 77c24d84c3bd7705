"""Strips of print, cut out of drawn pages as a detector of lines would frame them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import cv2
import numpy as np
from tools.plain_print.fonts import Fonts
from tools.plain_print.framing import Framing
from tools.plain_print.line import INK, Floats, Line
from tools.plain_print.texts import Texts
from tools.plain_print.wearing import Bytes
from tools.plain_print.writing import Writing

#: pixels from the top of a strip to its bottom, as the network takes it
HEIGHT = 32
#: pixels that the recogniser's lines are high; a strip is made of one, at half its width
_LINE_HEIGHT = 48
#: the share of a strip's width that the network has a step for: two steps for four columns
_STEPS = 1 / 2
#: the widest strip, in pixels
_WIDEST = 1000

#: draws a line of another text in the same size; none where nothing of it can be drawn
Another = Callable[[], Line | None]


@dataclass(frozen=True)
class Strip:
    """A line as the network takes it (32 x width), and what it says, with OTHER for each sign not to be read."""

    pixels: Bytes
    label: str


@dataclass(frozen=True)
class Lognormal:
    """Numbers whose logarithms have a normal distribution (`mean`, `deviation`), within bounds."""

    mean: float
    deviation: float
    least: float
    most: float

    def draw(self, draws: random.Random) -> float:
        return min(max(draws.lognormvariate(self.mean, self.deviation), self.least), self.most)


class Look(Protocol):
    """What lines of one kind look like: what happens to them, how often and how much."""

    #: the longest texts of lines, in characters
    lengths: tuple[int, ...]
    #: of type, in pixels for an em
    sizes: Lognormal
    framing: Framing

    def weights(self, families: Sequence[str]) -> list[float]:
        """How often each family of faces is drawn, in any measure."""

    def printed(self, line: Line, another: Another) -> Line:
        """A framed line as it stands on its page: turned, among other lines and rules."""

    def scanned(self, ink: Floats, em: int, noise: np.random.Generator) -> Bytes:
        """The scan (height x width, 0 to 255) of ink (height x width, 0 to 1) whose type has a size of `em` pixels.

        `noise` gives what differs from pixel to pixel.
        """

    def width(self) -> float:
        """How wide a line is, as a share of what its frame and the recogniser's height make of it."""


class Drawing:
    """Draws strips that look so, by the numbers of `draws`."""

    def __init__(self, draws: random.Random, texts: Texts, fonts: Fonts, look: Look) -> None:
        self._draws = draws
        self._texts = texts
        self._writing = Writing(draws, fonts)
        self._look = look

    def strip(self) -> Strip | None:
        """One line; none where nothing of it can be drawn, or where it is too narrow or too wide to be read."""
        draws, look = self._draws, self._look
        noise = np.random.default_rng(draws.getrandbits(32))
        most = draws.choice(look.lengths)
        text = self._texts.line(most)
        em = int(look.sizes.draw(draws))
        line = self._writing.line(text, em)
        if line is None or line.ink.max() <= INK:
            return None
        framed = look.framing.edges(line, draws)
        printed = look.printed(framed, lambda: self._writing.line(self._texts.line(most), em))
        crop = look.framing.crop(printed, draws)
        if min(crop.shape) < 8:
            return None
        pixels = _shrunk(look.scanned(crop, em, noise), look.width())
        return Strip(pixels, line.label) if _readable(pixels, line.label) else None


def _shrunk(image: Bytes, share: float) -> Bytes:
    """First as high as the recogniser's lines, then a strip: about half as wide as such a line."""
    height, width = image.shape
    width = max(16, round(width * _LINE_HEIGHT / height))
    line = cv2.resize(image, (width, _LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
    size = (max(12, round(width * 0.5 * share)), HEIGHT)
    return np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA), np.uint8)


def _readable(pixels: Bytes, label: str) -> bool:
    """Whether the network has a step for each character, and one for the blank between two that are alike (CTC)."""
    needed = len(label) + sum(first == second for first, second in pairwise(label))
    width = pixels.shape[1]
    return bool(width <= _WIDEST and width * _STEPS >= needed * 1.05)
