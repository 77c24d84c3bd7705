"""Which characters of a PDF page make a word, where the words lie, and which of them share a line.

Everything is columns of NumPy: the n-th entry of each is about the n-th word. A word is looked at along its own line,
turned by quarter turns until the line runs to the right (give or take 45°): `u` grows along it, `v` upwards from it.

A word's box reaches along the line as far as its glyphs advance, and across it over the band that letters of its font
size fill, so that the boxes of a line are as high as each other, whatever letters stand in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stele.pipeline.intake.glyphs import (
    HYPHEN,
    LEVEL,
    UPRIGHT,
    Boxes,
    Counts,
    Flags,
    Reals,
    characters_of,
    line_ends,
    plain_words,
    styles_of,
    turned_boxes,
    turned_points,
)
from stele.pipeline.intake.native import Codes, TextPage

#: of the font size, above and below the base line
_ASCENT, _DESCENT = 0.80, 0.22
#: of the font size: so far apart, characters are of two words, and words of two lines
_WORD_GAP, _LINE_GAP = 0.8, 1.5
#: of the font size: so far off across the line, characters and words are on two lines
_CHARACTER_STEP, _WORD_STEP = 0.7, 0.5

#: spaces, line ends, and marks of no width that belong to no word
_SEPARATORS = [*(code for code in range(0x3001) if chr(code).isspace()), 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF]
_SEPARATES = np.zeros(0x10001, np.bool_)  #: by code; the last entry is of those beyond the basic plane
_SEPARATES[_SEPARATORS] = True


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
    #: characters that begin words, at least one of each style and code
    leads: Counts

    def corners(self) -> Reals:
        """n x 4 x 2: clockwise from the word's own top left, on the page, in points."""
        up = np.stack((-np.sin(self.slope), np.cos(self.slope)), axis=1)
        rise, drop = up * self.rise[:, None], up * self.drop[:, None]
        seen = np.stack((self.start + rise, self.end + rise, self.end - drop, self.start - drop), axis=1)
        if not self.turns.any():
            return seen
        u, v = seen[..., 0], seen[..., 1]
        turns = self.turns[:, None]
        return np.stack((np.choose(turns, (u, -v, -u, v)), np.choose(turns, (v, u, -v, -u))), axis=2)

    def lines(self, codes: Codes) -> Counts:
        """The number of each word's line, from 0, in pdfium's order.

        A line ends where pdfium ends it, and where the next word is far away, on another base line, or turned.
        """
        before = np.concatenate(([0], np.cumsum(line_ends(codes))))
        stated = before[self.spans[1:, 0]] > before[self.spans[:-1, 1] - 1]
        along = np.stack((np.cos(self.slope), np.sin(self.slope)), axis=1)[:-1]
        across = np.stack((-along[:, 1], along[:, 0]), axis=1)
        gap = np.maximum(_dot(self.start[1:] - self.end[:-1], along), _dot(self.start[:-1] - self.end[1:], along))
        step = np.abs(_dot(self.start[1:] - self.start[:-1], across))
        em = np.maximum(self.em[1:], self.em[:-1])
        turned = (self.turns[1:] != self.turns[:-1]) | (np.abs(np.diff(self.slope)) > 0.1)
        ends = stated | turned | (gap > _LINE_GAP * em) | (step > _WORD_STEP * em)
        return np.concatenate(([0], np.cumsum(ends)))


def find_words(text: TextPage, codes: Codes) -> Words | None:
    """The words of a page in pdfium's order, which is that of the content; None where there are none.

    `codes` are those of pdfium's characters.
    """
    spans = _spans(codes)
    if not spans.size:
        return None
    boxes = Boxes(text)
    found = _Measured(text, codes, spans, boxes)
    torn = found.torn(codes)
    return (found if torn is None else _Measured(text, codes, torn, boxes)).words()


def _spans(codes: Codes) -> Counts:
    """What stands between separators; a hyphen that ends a line ends its word."""
    inside = ~_SEPARATES[np.minimum(codes, 0x10000)]
    hyphen = codes == ord(HYPHEN)
    parted = np.concatenate(([True], ~inside[1:] | ~inside[:-1] | hyphen[:-1], [True]))
    return np.stack((np.flatnonzero(inside & parted[:-1]), np.flatnonzero(inside & parted[1:]) + 1), axis=1)


class _Measured:
    """Words, and the characters that tell where they are: the ends of `plain` words and all of the others. `index` says
    which, `word` in which word, `boxes` where; those of a word begin at `heads`."""

    def __init__(self, text: TextPage, codes: Codes, spans: Counts, boxes: Boxes) -> None:
        styles = styles_of(text, codes, spans[:, 0])
        plain = plain_words(text, codes, spans, styles, boxes)
        self.spans = spans
        self.turns = styles.turns[styles.of_word]
        self.slope, self.em = styles.slope[styles.of_word], styles.em[styles.of_word]
        self.plain, self.leads = plain.words, plain.leads
        word, index, heads = characters_of(spans)
        telling = ~self.plain[word]
        telling[heads] = telling[heads + spans[:, 1] - spans[:, 0] - 1] = True
        self.word, self.index = word[telling], index[telling]
        self.heads = np.concatenate(([0], np.cumsum(np.add.reduceat(telling, heads, dtype=np.int64))[:-1]))
        self.boxes = turned_boxes(boxes.of(self.index), self.turns[self.word])
        self.empty = (self.boxes[:, 2] <= self.boxes[:, 0]) | (self.boxes[:, 3] <= self.boxes[:, 1])
        others = np.flatnonzero(~self.plain)
        self.first_origins = np.stack((self.boxes[self.heads, 0], plain.base), axis=1)
        self.first_origins[others] = turned_points(text.origins(spans[others, 0].tolist()), self.turns[others])
        # where the last character stands matters to slanted words only
        self.last_origins = self.first_origins
        slanted = others[np.abs(self.slope[others]) >= LEVEL]
        if slanted.size:
            self.last_origins = self.first_origins.copy()
            lasts = text.origins((spans[slanted, 1] - 1).tolist())
            self.last_origins[slanted] = turned_points(lasts, self.turns[slanted])

    def torn(self, codes: Codes) -> Counts | None:
        """The spans of words torn where their characters lie apart: pdfium misses some spaces and some ends of lines.

        None where all hold together.
        """
        if self.plain.all():
            return None
        left, right, size = self.boxes[:-1], self.boxes[1:], self.em[self.word[:-1]]
        gap = np.maximum(right[:, 0] - left[:, 2], left[:, 0] - right[:, 2])
        step = np.abs(right[:, 1] + right[:, 3] - left[:, 1] - left[:, 3]) / 2
        known = ~self.empty & (~self.plain & (np.abs(self.slope) < LEVEL))[self.word]
        same = self.word[1:] == self.word[:-1]
        apart = same & known[:-1] & known[1:] & ((gap > _WORD_GAP * size) | (step > _CHARACTER_STEP * size))
        cuts = self.index[1:][apart]
        cuts = cuts[codes[cuts] < UPRIGHT]  # characters of vertical writing stand below each other
        if not cuts.size:
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
        level = (np.abs(self.slope) < LEVEL) & ~placeless
        start, end = np.stack((near[:, 0], base), axis=1), np.stack((far[:, 0], base), axis=1)
        if not level.all():
            guessed = self.last_origins + self._last_advance(em)[:, None] * self._direction()
            start = np.where(level[:, None], start, self.first_origins)
            end = np.where(level[:, None], end, guessed)
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
            leads=self.leads,
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
