"""Lines of print, cut out of drawn pages as a detector of lines would frame them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from tools.plain_print import wearing
from tools.plain_print.fonts import Face, Fonts
from tools.plain_print.texts import CHARACTERS, OTHER, Texts

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

#: pixels from the top of a strip to its bottom, as the network takes it
HEIGHT = 32
#: pixels that the recogniser's lines are high; a strip is made of one, at half its width
_LINE_HEIGHT = 48
#: the share of a strip's width that the network has a step for: two steps for four columns
_STEPS = 1 / 2
#: the longest texts of lines, in characters
_LENGTHS = (12, 25, 40, 60, 60, 80)
#: the widest strip, in pixels
_WIDEST = 1000
#: where a line stands on its page, and what the page has of height, and of width beyond the line, in ems
_BASELINE, _START, _PAGE = 2.5, 2, 4
#: from this on a pixel belongs to a letter
_INK = 0.3
_KNOWN = frozenset(CHARACTERS)
_LIGATURES = {"fi": "ﬁ", "fl": "ﬂ"}


@dataclass(frozen=True)
class Strip:
    """A line as the network takes it (32 x width), and what it says, with OTHER for each sign not to be read."""

    pixels: Bytes
    label: str


@dataclass(frozen=True)
class _Line:
    """A line on its page: ink (height x width, 0 to 1), the size of its type (`em`) and, once it is framed, the edges
    of its print, all in pixels."""

    ink: Floats
    label: str
    em: int
    top: float = 0.0
    bottom: float = 0.0
    left: int = 0
    right: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def baseline(self) -> int:
        return int(_BASELINE * self.em)


class Drawing:
    """Draws strips, by the numbers of `draws`."""

    def __init__(self, draws: random.Random, texts: Texts, fonts: Fonts) -> None:
        self._draws = draws
        self._texts = texts
        self._fonts = fonts

    def strip(self) -> Strip | None:
        """One line; none where nothing of it can be drawn, or where it is too narrow or too wide to be read."""
        draws = self._draws
        noise = np.random.default_rng(draws.getrandbits(32))
        most = draws.choice(_LENGTHS)
        text = self._texts.line(most)
        # about what the text of pages of 100 to 300 dots per inch has
        em = int(np.clip(draws.lognormvariate(3.4, 0.33), 15, 70))
        line = self._written(text, em)
        if line is None or line.ink.max() <= _INK:
            return None
        line = self._turned(self._inked(self._framed(line)))
        line = self._ruled(self._among_others(line, most))
        crop = self._cut(line)
        if min(crop.shape) < 8:
            return None
        pixels = self._shrunk(wearing.scanned(crop, em, draws, noise))
        return Strip(pixels, line.label) if _readable(pixels, line.label) else None

    def _written(self, text: str, em: int) -> _Line | None:
        """The text in one face, with other faces' glyphs for what that one lacks; none if nothing has ink."""
        draws = self._draws
        face = self._fonts.draw(draws)
        faces = (face, draws.choice(self._fonts.others), draws.choice(self._fonts.asian))
        tracking = draws.gauss(0, 0.02) * em if draws.random() < 0.5 else 0.0
        if draws.random() < 0.06:
            tracking += draws.uniform(0.05, 0.25) * em
        gapped = draws.random() < 0.08
        glyphs = _glyphs(text, face if draws.random() < 0.3 else None)
        label, placed, x = "", [], 0.0
        for glyph, letters in glyphs:
            if glyph == " ":
                gap = draws.uniform(0.22, 0.36) * em
                if gapped and draws.random() < 0.3:
                    gap += draws.uniform(0.3, 5) * em
                x += gap + tracking
                label += " "
                continue
            chosen = _having(faces[:1] if letters[0] in _KNOWN else faces, glyph)
            if chosen is None:
                continue
            placed.append((x, glyph, chosen))
            x += chosen.at(em).getlength(glyph) + tracking
            label += letters if letters[0] in _KNOWN else OTHER
        if not placed:
            return None
        page = Image.new("L", (int(x + _PAGE * em), int(_PAGE * em)), 0)
        pen = ImageDraw.Draw(page)
        for x, glyph, chosen in placed:
            place = (round(x + _START * em), _BASELINE * em)
            pen.text(place, glyph, fill=255, font=chosen.at(em), anchor="ls")
        return _Line(np.asarray(page, np.float32) / np.float32(255), re.sub(" +", " ", label).strip(), em)

    def _framed(self, line: _Line) -> _Line:
        """With its edges: those of its ink, or also those that capitals and descenders would have."""
        ink = line.ink > _INK
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        top, bottom = float(rows[0]), float(rows[-1] + 1)
        if self._draws.random() >= 0.5:
            top, bottom = min(top, line.baseline - 0.72 * line.em), max(bottom, line.baseline + 0.2 * line.em)
        return replace(line, top=top, bottom=bottom, left=int(columns[0]), right=int(columns[-1]) + 1)

    def _inked(self, line: _Line) -> _Line:
        """At times with more ink or less."""
        kind, pen = self._draws.random(), np.ones((2, 2), np.uint8)
        if kind < 0.06:
            return replace(line, ink=np.asarray(cv2.dilate(line.ink, pen), np.float32))
        if kind < 0.09 and line.em > 26:
            return replace(line, ink=np.asarray(cv2.erode(line.ink, pen), np.float32))
        return line

    def _turned(self, line: _Line) -> _Line:
        """At times turned by about half a degree and slanted, about its middle."""
        draws = self._draws
        if draws.random() >= 0.5:
            return line
        slope = np.tan(np.deg2rad(draws.gauss(0, 0.5)))
        slant = draws.gauss(0, 0.03) if draws.random() < 0.9 else draws.uniform(-0.1, 0.3)
        height, width = line.ink.shape
        moved = np.array([[1, -slant, slant * line.baseline], [slope, 1, -slope * width / 2]], np.float32)
        return replace(line, ink=np.asarray(cv2.warpAffine(line.ink, moved, (width, height)), np.float32))

    def _among_others(self, line: _Line, most: int) -> _Line:
        """At times with the line above or below, of the same size, which does not touch it."""
        draws = self._draws
        if draws.random() >= 0.3:
            return line
        other = self._written(self._texts.line(most), line.em)
        if other is None:
            return line
        down = int(draws.choice([-1, 1]) * draws.uniform(1.12, 1.5) * max(line.height, 0.9 * line.em))
        width = min(other.ink.shape[1], line.ink.shape[1])
        shifted = np.zeros_like(line.ink)
        if down > 0:
            shifted[down:, :width] = other.ink[:-down, :width]
        else:
            shifted[:down, :width] = other.ink[-down:, :width]
        margin = 0.02 * line.height
        shifted[int(max(0, line.top - margin)) : int(line.bottom + margin)] = 0
        return replace(line, ink=np.maximum(line.ink, shifted))

    def _ruled(self, line: _Line) -> _Line:
        """At times with a rule below or above, or the edge of a table's cell at a side."""
        draws, ink, height = self._draws, line.ink.copy(), line.height
        page_height, page_width = ink.shape
        if draws.random() < 0.1:
            under = draws.random() < 0.7
            gap = draws.uniform(0.03 if under else 0.05, 0.25) * height
            y = int(line.bottom + gap if under else line.top - gap)
            thickness = draws.choice([1, 1, 2, 3])
            start, end = (0, page_width) if draws.random() < 0.6 else sorted(draws.sample(range(page_width), 2))
            if 0 <= y < page_height - thickness:
                rule = ink[y : y + thickness, start:end]
                np.maximum(rule, draws.uniform(0.5, 1), out=rule)
        if draws.random() < 0.05:
            before = draws.random() < 0.5
            gap = draws.uniform(0.15, 0.45) * height
            x = int(line.left - gap if before else line.right + gap)
            if 0 <= x < page_width - 2:
                ink[:, x : x + draws.choice([1, 2])] = 1
        return replace(line, ink=ink)

    def _cut(self, line: _Line) -> Floats:
        """The ink within the frame that a detector would give: wider than the print by some of its height."""
        draws = self._draws
        grown = draws.uniform(0.05, 0.55)
        above = draws.uniform(0.3, 0.7) * grown * line.height
        top, bottom = line.top - above, line.bottom + grown * line.height - above
        if draws.random() < 0.08:
            top += draws.uniform(0, 0.08) * line.height
        height = bottom - top
        left, right = line.left - self._margin(height), line.right + self._margin(height)
        rows = slice(max(0, round(top)), round(bottom))
        columns = slice(max(0, round(left)), round(right))
        return np.ascontiguousarray(line.ink[rows, columns])

    def _margin(self, height: float) -> float:
        """Pixels before or after a line; at times so few that a letter is touched."""
        draws = self._draws
        return (draws.gauss(0.24, 0.06) if draws.random() < 0.9 else draws.uniform(-0.02, 0.9)) * height

    def _shrunk(self, image: Bytes) -> Bytes:
        """First as high as the recogniser's lines, then a strip: about half as wide as such a line."""
        height, width = image.shape
        width = max(16, round(width * _LINE_HEIGHT / height))
        line = cv2.resize(image, (width, _LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        share = 0.5 * float(np.clip(self._draws.lognormvariate(0, 0.17), 0.68, 1.55))
        size = (max(12, round(width * share)), HEIGHT)
        return np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA), np.uint8)


def _glyphs(text: str, ligatures: Face | None) -> list[tuple[str, str]]:
    """What is drawn for the text, each with its letters: these, or a ligature of two where the face given has it."""
    found, place = [], 0
    while place < len(text):
        pair = text[place : place + 2]
        if ligatures and pair in _LIGATURES and ligatures.has(_LIGATURES[pair]):
            found.append((_LIGATURES[pair], pair))
        else:
            found.append((text[place], text[place]))
        place += len(found[-1][1])
    return found


def _having(faces: tuple[Face, ...], glyph: str) -> Face | None:
    return next((face for face in faces if face.has(glyph)), None)


def _readable(pixels: Bytes, label: str) -> bool:
    """Whether the network has a step for each character, and one for the blank between two that are alike (CTC)."""
    needed = len(label) + sum(first == second for first, second in pairwise(label))
    width = pixels.shape[1]
    return bool(width <= _WIDEST and width * _STEPS >= needed * 1.05)
