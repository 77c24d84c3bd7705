"""Which characters of a PDF page make a word, where the words lie, and which of them share a line.

Everything is columns of NumPy: the n-th entry of each is about the n-th word. A word is looked at along its own line,
turned by quarter turns until the line runs to the right (give or take 45°): `u` grows along it, `v` upwards from it.

A word's box reaches along the line as far as its glyphs advance, and across it over the band that letters of its font
size fill, so that the boxes of a line are as high as each other, whatever letters stand in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.native import Codes, TextPage

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: of the font size, above and below the base line
_ASCENT, _DESCENT = 0.80, 0.22
#: of the font size: so far apart, characters are of two words, and words of two lines
_WORD_GAP, _LINE_GAP = 0.8, 1.5
#: of the font size: so far off across the line, characters and words are on two lines
_CHARACTER_STEP, _WORD_STEP = 0.7, 0.5
#: up to this angle (radians) a line counts as level
_LEVEL = 0.01

#: pdfium's sign for a hyphen that ends a line inside a word
HYPHEN = "\x02"
_LINE_ENDS = (ord(HYPHEN), 0x0A, 0x0D)
#: spaces, line ends, and marks of no width that belong to no word
_SEPARATORS = "\\s\u200b\u2060\ufeff\ufffe\uffff"
_WORDS = re.compile(f"[^{_SEPARATORS}{HYPHEN}]*{HYPHEN}|[^{_SEPARATORS}{HYPHEN}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`spans` are ranges of characters; `start` and `end` the ends of the piece of base line under the word, which
    points to the right, `slope` radians upwards; `rise` and `drop` how far the box reaches from it; `em` the font size.

    All but `corners` is in the turned view: points of the page, turned clockwise by `turns` quarters.
    """

    spans: Counts  #: n x 2
    turns: Counts
    slope: Reals
    start: Reals  #: n x 2
    end: Reals  #: n x 2
    rise: Reals
    drop: Reals
    em: Reals
    placeless: Flags  #: without any glyph that takes room: the place is a guess

    def corners(self) -> Reals:
        """n x 4 x 2: clockwise from the word's own top left, on the page, in points."""
        up = np.stack((-np.sin(self.slope), np.cos(self.slope)), axis=1)
        rise, drop = up * self.rise[:, None], up * self.drop[:, None]
        seen = np.stack((self.start + rise, self.end + rise, self.end - drop, self.start - drop), axis=1)
        u, v = seen[..., 0], seen[..., 1]
        turns = self.turns[:, None]
        return np.stack((np.choose(turns, (u, -v, -u, v)), np.choose(turns, (v, u, -v, -u))), axis=2)

    def lines(self, codes: Codes) -> Counts:
        """The number of each word's line, from 0, in pdfium's order.

        A line ends where pdfium ends it, and where the next word is far away, on another base line, or turned.
        """
        before = np.concatenate(([0], np.cumsum(np.isin(codes, _LINE_ENDS))))
        stated = before[self.spans[1:, 0]] > before[self.spans[:-1, 1] - 1]
        along = np.stack((np.cos(self.slope), np.sin(self.slope)), axis=1)[:-1]
        across = np.stack((-along[:, 1], along[:, 0]), axis=1)
        gap = np.maximum(_dot(self.start[1:] - self.end[:-1], along), _dot(self.start[:-1] - self.end[1:], along))
        step = np.abs(_dot(self.start[1:] - self.start[:-1], across))
        em = np.maximum(self.em[1:], self.em[:-1])
        turned = (self.turns[1:] != self.turns[:-1]) | (np.abs(np.diff(self.slope)) > 0.1)
        ends = stated | turned | (gap > _LINE_GAP * em) | (step > _WORD_STEP * em)
        return np.concatenate(([0], np.cumsum(ends)))


def find_words(text: TextPage, characters: str) -> Words | None:
    """The words of a page in pdfium's order, which is that of the content; None where there are none.

    `characters` has one character for each of pdfium's.
    """
    spans = np.array([match.span() for match in _WORDS.finditer(characters)], np.int64)
    if not spans.size:
        return None
    boxes = text.boxes().astype(np.float64)
    found = _Measured(text, spans, boxes)
    torn = found.torn(characters)
    return (found if torn is None else _Measured(text, torn, boxes)).words()


class _Measured:
    """Words, and the characters that are in words: `index` says which, `word` in which word, `boxes` where."""

    def __init__(self, text: TextPage, spans: Counts, boxes: Reals) -> None:
        first, last = spans[:, 0].tolist(), (spans[:, 1] - 1).tolist()
        # What is shown by one operator has one matrix and one size; what pdfium made up has its own.
        shown = [item or -index for index, item in enumerate(text.objects(first))]
        _, leads, which = np.unique(np.array(shown, np.int64), return_index=True, return_inverse=True)
        heads = [first[index] for index in leads.tolist()]
        matrices = text.matrices(heads).astype(np.float64)[which]
        angles = np.arctan2(matrices[:, 1], matrices[:, 0])
        quarters = np.rint(angles / (np.pi / 2))
        self.spans = spans
        self.turns = quarters.astype(np.int64) % 4
        self.slope = angles - quarters * (np.pi / 2)
        self.em = text.font_sizes(heads)[which] * np.hypot(matrices[:, 2], matrices[:, 3])
        self.first_origins = _turned(text.origins(first), self.turns)
        # where the last character stands matters to slanted words only
        slanted = bool((np.abs(self.slope) >= _LEVEL).any())
        self.last_origins = _turned(text.origins(last), self.turns) if slanted else self.first_origins
        lengths = spans[:, 1] - spans[:, 0]
        self.heads = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        self.word = np.repeat(np.arange(len(spans)), lengths)
        self.index = np.arange(len(self.word)) - np.repeat(self.heads - spans[:, 0], lengths)
        self.boxes = _turned_boxes(boxes[self.index], self.turns[self.word])
        self.empty = (self.boxes[:, 2] <= self.boxes[:, 0]) | (self.boxes[:, 3] <= self.boxes[:, 1])

    def torn(self, characters: str) -> Counts | None:
        """The spans of words torn where their characters lie apart: pdfium misses some spaces and some ends of lines.

        None where all hold together.
        """
        left, right, size = self.boxes[:-1], self.boxes[1:], self.em[self.word[:-1]]
        gap = np.maximum(right[:, 0] - left[:, 2], left[:, 0] - right[:, 2])
        step = np.abs(right[:, 1] + right[:, 3] - left[:, 1] - left[:, 3]) / 2
        known = ~self.empty & (np.abs(self.slope) < _LEVEL)[self.word]
        same = self.word[1:] == self.word[:-1]
        apart = same & known[:-1] & known[1:] & ((gap > _WORD_GAP * size) | (step > _CHARACTER_STEP * size))
        # Characters of vertical writing stand below each other.
        cuts = [at for at in self.index[1:][apart].tolist() if ord(characters[at]) < 0x2E80]
        if not cuts:
            return None
        starts = np.sort(np.concatenate((self.spans[:, 0], cuts)))
        ends = np.sort(np.concatenate((self.spans[:, 1], cuts)))
        return np.stack((starts, ends), axis=1).astype(np.int64)

    def words(self) -> Words:
        infinite = np.where(self.empty, np.inf, 0.0)[:, None]
        near = np.minimum.reduceat(self.boxes[:, :2] + infinite, self.heads)
        far = np.maximum.reduceat(self.boxes[:, 2:] - infinite, self.heads)
        placeless = ~np.isfinite(near[:, 0])
        height = np.where(placeless, 1.0, far[:, 1] - near[:, 1])
        em = np.where(self.em > 0, self.em, height)
        base = self.first_origins[:, 1]
        # One font size and a font whose ascent and descent make sense: its letters fill the band around the base line.
        plain = placeless | (
            (height > 0.5 * em) & (height < 1.8 * em) & (near[:, 1] < base + 0.1 * em) & (far[:, 1] > base)
        )
        level = (np.abs(self.slope) < _LEVEL) & ~placeless
        guessed = self.last_origins + self._last_advance(em)[:, None] * self._direction()
        start = np.where(level[:, None], np.stack((near[:, 0], base), axis=1), self.first_origins)
        end = np.where(level[:, None], np.stack((far[:, 0], base), axis=1), guessed)
        banded = plain | ~level
        return Words(
            spans=self.spans,
            turns=self.turns,
            slope=np.where(level, 0.0, self.slope),
            start=start,
            end=end,
            rise=np.where(banded, _ASCENT * em, far[:, 1] - base),
            drop=np.where(banded, _DESCENT * em, base - near[:, 1]),
            em=em,
            placeless=placeless,
        )

    def _direction(self) -> Reals:
        return np.stack((np.cos(self.slope), np.sin(self.slope)), axis=1)

    def _last_advance(self, em: Reals) -> Reals:
        """How far the last glyph of each word advances along a slanted line.

        Its box is upright around a rectangle slanted by `slope`: width = a·cos + h·sin, height = a·sin + h·cos.
        """
        box = self.boxes[np.append(self.heads[1:], len(self.boxes)) - 1]
        cos, sin = np.cos(self.slope), np.abs(np.sin(self.slope))
        divisor = np.where(cos - sin > 0.1, cos * cos - sin * sin, 1.0)
        advance = ((box[:, 2] - box[:, 0]) * cos - (box[:, 3] - box[:, 1]) * sin) / divisor
        return np.where((cos - sin > 0.1) & (advance > 0), np.minimum(advance, 1.5 * em), 0.5 * em)


def _dot(first: Reals, second: Reals) -> Reals:
    return np.asarray((first * second).sum(axis=1))


def _turned(points: Reals, turns: Counts) -> Reals:
    """Points of the page in the turned view of each."""
    x, y = points.T
    return np.stack((np.choose(turns, (x, y, -x, -y)), np.choose(turns, (y, -x, -y, x))), axis=1)


def _turned_boxes(boxes: Reals, turns: Counts) -> Reals:
    """Boxes (left, top, right, bottom) of the page in the turned view of each: start, low, end, high."""
    left, top, right, bottom = boxes.T
    return np.stack(
        (
            np.choose(turns, (left, bottom, -right, -top)),
            np.choose(turns, (bottom, -right, -top, left)),
            np.choose(turns, (right, top, -left, -bottom)),
            np.choose(turns, (top, -left, -bottom, right)),
        ),
        axis=1,
    )
