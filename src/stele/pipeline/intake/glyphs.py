"""How the words of a PDF page are set, found with few questions: pdfium answers for one character at a time, and a
dense page has thousands.

What one operator shows has one font, one size and one matrix: a style. All glyphs of a style and a code are as wide as
each other, so that one of them is looked at, as a sample. A word whose ends are as far apart as the samples of its
characters are wide together is plain: its ends tell its place, and between them it hides no gap.

Everything is columns of NumPy, in the turned view (see `words`) but for `Boxes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stele.pipeline.intake import native
from stele.pipeline.intake.native import Codes, TextPage

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: pdfium's sign for a hyphen that ends a line inside a word
HYPHEN = "\x02"
#: up to this angle (radians) a line counts as level
LEVEL = 0.01

#: characters of vertical writing, from this code on, stand below each other; those before have samples
UPRIGHT = 0x2E80
#: pages of more styles are rare, and are looked at in full
_MAX_STYLES = 64
#: of the font size: how far kerning moves the end of a word; and what arithmetic leaves
_KERNED, _EXACT = 0.25, 1e-3


class Boxes:
    """The boxes of characters on the page: left, top, right, bottom; pdfium is asked for each no more than once."""

    def __init__(self, text: TextPage) -> None:
        self._text = text
        self._boxes = np.zeros((text.count, 4), np.float32)
        self._known = np.zeros(text.count, np.bool_)

    def of(self, indices: Counts) -> Reals:
        wanted = np.zeros_like(self._known)
        wanted[indices] = True
        new = np.flatnonzero(wanted & ~self._known)
        self._boxes[new] = self._text.boxes(new.tolist())
        self._known[new] = True
        return self._boxes[indices].astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """`of_word`: the style of each word's first character. The others are of each style: how many quarters it is
    turned, how many radians it rises from there, and its font size in points of the page."""

    of_word: Counts
    turns: Counts
    slope: Reals
    em: Reals

    def __len__(self) -> int:
        return len(self.em)


def styles_of(text: TextPage, codes: Codes, first: Counts) -> Styles:
    """The styles of words that begin with the characters `first`."""
    shown = _objects(text, codes, first)
    # What pdfium made up comes from no object, and has a size and a matrix of its own.
    begins = np.concatenate(([True], (shown[1:] != shown[:-1]) | (shown[1:] == 0)))
    heads = first[begins].tolist()
    matrices = map(tuple, text.matrices(heads)[:, :4].tolist())
    numbers: dict[tuple[int, float, tuple[float, ...]], int] = {}
    keys = zip(native.fonts(shown[begins].tolist()), text.font_sizes(heads), matrices, strict=True)
    numbered = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    matrix = np.array([matrix for _, _, matrix in numbers], np.float64)
    angles = np.arctan2(matrix[:, 1], matrix[:, 0])
    quarters = np.rint(angles / (np.pi / 2))
    return Styles(
        of_word=numbered[np.cumsum(begins) - 1],
        turns=quarters.astype(np.int64) % 4,
        slope=angles - quarters * (np.pi / 2),
        em=np.array([size for _, size, _ in numbers]) * np.hypot(matrix[:, 2], matrix[:, 3]),
    )


def _objects(text: TextPage, codes: Codes, first: Counts) -> Counts:
    """The text objects that words come from, 0 where there is none. Asked word by word only where the first and the
    last word of a line differ, since the characters of an object follow each other if none run leftward."""
    if ((codes >= 0x0590) & (codes < 0x0900) | (codes >= 0xFB1D) & (codes < 0xFF00)).any():
        return _asked(text, first)
    lines = np.searchsorted(np.flatnonzero(line_ends(codes)), first)
    starts = np.flatnonzero(np.concatenate(([True], lines[1:] != lines[:-1])))
    stops = np.append(starts[1:], len(first)) - 1
    opening, closing = _asked(text, first[starts]), _asked(text, first[stops])
    shown = np.repeat(opening, stops - starts + 1)
    mixed = np.flatnonzero(np.repeat((opening != closing) | (opening == 0), stops - starts + 1))
    shown[mixed] = _asked(text, first[mixed])
    return shown


def _asked(text: TextPage, indices: Counts) -> Counts:
    return np.array(text.objects(indices.tolist()), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """`words`: which are plain. `base`: of each of these, how far its base line is above the lower side of its box.
    `leads`: characters that begin words, at least one of each style and code."""

    words: Flags
    base: Reals
    leads: Counts


def plain_words(text: TextPage, codes: Codes, spans: Counts, styles: Styles, boxes: Boxes) -> Plain:
    first, last = spans[:, 0], spans[:, 1] - 1
    if len(styles) > _MAX_STYLES:
        return Plain(words=np.zeros(len(spans), np.bool_), base=np.zeros(len(spans)), leads=first)
    word, index, heads = characters_of(spans)
    samples = _samples(codes, word, index, styles, boxes)
    em, turns = styles.em[styles.of_word], styles.turns[styles.of_word]
    near, far = turned_boxes(boxes.of(first), turns), turned_boxes(boxes.of(last), turns)
    surplus = far[:, 2] - near[:, 0] - np.add.reduceat(samples.width[samples.of], heads)
    level = np.abs(near[:, 1::2] - far[:, 1::2]).max(axis=1) <= _EXACT * em
    even = (_spread(samples, len(styles)) <= _EXACT * styles.em) & (np.abs(styles.slope) < LEVEL)
    plain = even[styles.of_word] & level & (np.abs(surplus) < _KERNED * em)
    plain &= ~np.logical_or.reduceat(samples.odd[samples.of], heads)
    one = np.zeros(len(styles), np.int64)
    one[samples.style] = np.arange(len(samples.style))
    origins = turned_points(text.origins(samples.index[one].tolist()), styles.turns)
    leads = np.zeros(len(samples.index), np.bool_)
    leads[samples.of[heads]] = True
    return Plain(
        words=plain,
        base=near[:, 1] + (origins[:, 1] - samples.low[one])[styles.of_word],
        leads=np.concatenate((samples.index[leads], first[codes[first] >= UPRIGHT])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Samples:
    """`of`: the sample of each character in words. The others are of each sample: which character it is, its style,
    its lower side, width and height; and whether it tells nothing of others."""

    of: Counts
    index: Counts
    style: Counts
    low: Reals
    width: Reals
    height: Reals
    odd: Flags


def _samples(codes: Codes, word: Counts, index: Counts, styles: Styles, boxes: Boxes) -> _Samples:
    """One character of each style and code; the characters are number `index`, and in word number `word`."""
    kind = np.minimum(codes[index], UPRIGHT) + styles.of_word[word] * (UPRIGHT + 1)
    # a table of all kinds: first of the one chosen of each, then of its number
    table = np.zeros(len(styles) * (UPRIGHT + 1), np.int64)
    table[kind] = index
    chosen = np.flatnonzero(table[kind] == index)
    table[kind[chosen]] = np.arange(len(chosen))
    which, style = index[chosen], styles.of_word[word[chosen]]
    start, low, end, high = turned_boxes(boxes.of(which), styles.turns[style]).T
    return _Samples(
        of=table[kind],
        index=which,
        style=style,
        low=low,
        width=end - start,
        height=high - low,
        odd=(end <= start) | (high <= low) | (codes[which] >= UPRIGHT),
    )


def _spread(samples: _Samples, styles: int) -> Reals:
    """How much the heights of samples differ, of each style."""
    low, high = np.full(styles, np.inf), np.full(styles, -np.inf)
    np.minimum.at(low, samples.style, samples.height)
    np.maximum.at(high, samples.style, samples.height)
    return np.asarray(high - low)


def line_ends(codes: Codes) -> Flags:
    return np.asarray((codes == ord(HYPHEN)) | (codes == 0x0A) | (codes == 0x0D))


def characters_of(spans: Counts) -> tuple[Counts, Counts, Counts]:
    """All characters of words: in which word each is, and which character; and where among them each word begins."""
    lengths = spans[:, 1] - spans[:, 0]
    heads = np.cumsum(lengths) - lengths
    word = np.repeat(np.arange(len(spans)), lengths)
    return word, np.arange(len(word)) + np.repeat(spans[:, 0] - heads, lengths), heads


def turned_points(points: Reals, turns: Counts) -> Reals:
    """Points of the page in the turned view of each."""
    if not turns.any():
        return points
    x, y = points.T
    return np.stack((np.choose(turns, (x, y, -x, -y)), np.choose(turns, (y, -x, -y, x))), axis=1)


def turned_boxes(boxes: Reals, turns: Counts) -> Reals:
    """Boxes (left, top, right, bottom) of the page in the turned view of each: start, low, end, high."""
    if not turns.any():
        return np.asarray(boxes[:, [0, 3, 2, 1]])
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
