"""Words as they stand beside each other: rows of the page, and in them runs of words without a wide gap."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from statistics import median

from stele.domain.value import Value
from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Box, Sheet, kept

#: of the print's height: words further apart than this are of two runs
WIDE = 0.9
#: signs that belong to the amount behind them, as far away as this (of the print's height) in a column of amounts
CURRENCIES, _FROM_SIGN = frozenset("$€£¥₹"), 8.0
#: of the print's height: so are two numbers further apart than this, as they seldom follow each other in a text
_BETWEEN_NUMBERS = 0.7
#: letters: and further than this
_LETTERS = 1.5
#: of the print's height: as far below the row before, a row may be part of it
_BESIDE = 0.75
#: a run of at least so many words may be prose
_PROSE_WORDS = 5

_NUMBER = re.compile(r"^[\W_]*(?:\d[\d.,:/%'’\s–—-]*|[nN]/?[aA]|[-–—.*x×X()]{1,5})[\W_]*[a-zA-Z%]{0,2}[\W_]*$")
_YEARS = re.compile(r"(?:19|20)\d\d(?:[-/–]\d\d(?:\d\d)?)?")


def is_year(text: str) -> bool:
    """Whether a text is a year, or some years: these head columns."""
    return _YEARS.fullmatch(text.strip()) is not None


@lru_cache(maxsize=4096)
def is_number(text: str) -> bool:
    """Whether a text is a number, an amount, a date in figures, or what stands in place of one."""
    return _NUMBER.match(text) is not None


class Segment(Value):
    """A run of words of one row."""

    words: tuple[int, ...]
    box: Box
    text: str

    @property
    def numeric(self) -> bool:
        return is_number(self.text)

    @property
    def prose(self) -> bool:
        return len(self.words) >= _PROSE_WORDS


@dataclass(frozen=True, kw_only=True)
class Row:
    """What stands on one base line, from left to right."""

    segments: tuple[Segment, ...]

    @cached_property
    def top(self) -> float:
        return min(segment.box[1] for segment in self.segments)

    @cached_property
    def bottom(self) -> float:
        return max(segment.box[3] for segment in self.segments)

    @cached_property
    def middle(self) -> float:
        return median((segment.box[1] + segment.box[3]) / 2 for segment in self.segments)

    @property
    def words(self) -> list[int]:
        return [word for segment in self.segments for word in segment.words]


def rows_of(sheet: Sheet, words: Iterable[int], cuts: Sequence[Rule] = (), wide: float = WIDE) -> list[Row]:
    """Some words as rows, from top to bottom; upright rules between two words part them, too."""
    standing = _standing(sheet, tuple(words))
    if not cuts:
        return [_row(sheet, row, wide) for row in standing]
    lines = sorted(cuts, key=lambda rule: rule.at)
    places = [rule.at for rule in lines]
    return [_row(sheet, row, wide, *_crossing(sheet, row, lines, places)) for row in standing]


@kept
def _standing(sheet: Sheet, words: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Words by the line that they stand on, from top to bottom and from left to right."""
    # of words as high as each other one tells for all: files give those of a line the same height
    alike: dict[tuple[float, float], list[int]] = {}
    for word in words:
        alike.setdefault(sheet.levels[word], []).append(word)
    rows: list[list[int]] = []
    ends: list[tuple[float, float]] = []
    for top, bottom in sorted(alike, key=sum):
        here = alike[top, bottom]
        for at in range(len(rows) - 1, max(len(rows) - 4, -1), -1):
            above, below = ends[at]
            high, low = below - above, bottom - top
            shared = (bottom if bottom < below else below) - (top if top > above else above)
            if shared > 0.5 * (low if low < high else high):
                for count in range(len(rows[at]) + 1, len(rows[at]) + len(here) + 1):
                    above, below = above + (top - above) / count, below + (bottom - below) / count
                rows[at].extend(here)
                ends[at] = above, below
                break
        else:
            rows.append(here)
            ends.append((top, bottom))
    order = sorted(range(len(rows)), key=lambda at: sum(ends[at]))
    return [tuple(sorted(rows[at], key=sheet.lefts.__getitem__)) for at in order]


@kept
def _row(sheet: Sheet, words: tuple[int, ...], wide: float, *cuts: Rule) -> Row:
    """A row in runs: parted at wide gaps, and at `cuts`, from left to right."""
    lefts, rights = sheet.lefts, sheet.rights
    near = min(wide, _BETWEEN_NUMBERS) * sheet.em
    found: list[Segment] = []
    start = 0
    for at, (left, right) in enumerate(pairwise(words), start=1):
        # a gap is seldom wide enough for the rest to matter
        apart = lefts[right] - rights[left] > near and _wide(sheet, left, right, wide)
        if apart or (cuts and _cut(sheet.edges[left], sheet.edges[right], cuts)):
            found.append(segment(sheet, words[start:at]))
            start = at
    found.append(segment(sheet, words[start:]))
    return Row(segments=tuple(found))


def _crossing(sheet: Sheet, row: Sequence[int], cuts: Sequence[Rule], places: Sequence[float]) -> list[Rule]:
    """Those of `cuts` that may part words of a row; `places` are theirs, from left to right."""
    left, top, right, bottom = sheet.around(row)
    between = cuts[bisect_right(places, left) : bisect_left(places, right)]
    return [rule for rule in between if rule.start <= bottom and rule.end >= top]


def segment(sheet: Sheet, words: Sequence[int]) -> Segment:
    if len(words) == 1:
        return Segment(words=tuple(words), box=sheet.edges[words[0]], text=sheet.texts[words[0]])
    return Segment(words=tuple(words), box=sheet.around(words), text=sheet.text(words))


def beside(sheet: Sheet, above: Row, below: Row) -> bool:
    """Whether a row stands half a line lower beside another rather than below it: one cell has more lines than its
    neighbours, and these are centred."""
    if below.middle - above.middle >= _BESIDE * sheet.em:
        return False
    return not any(
        one.box[0] < other.box[2] and other.box[0] < one.box[2] for one in above.segments for other in below.segments
    )


def pitch(sheet: Sheet, word: int) -> float:
    """How wide a letter of a word is."""
    left, _, right, _ = sheet.edges[word]
    return (right - left) / len(sheet.words[word].text)


def _wide(sheet: Sheet, left: int, right: int, wide: float) -> bool:
    """Whether the gap between two words is that between two runs."""
    first, second = sheet.edges[left], sheet.edges[right]
    height = max(sheet.em, min(first[3] - first[1], second[3] - second[1]))
    # typewriters leave a whole letter between words
    letter = min(pitch(sheet, left), pitch(sheet, right))
    if sheet.words[left].text in CURRENCIES and sheet.words[right].text[:1].isdigit():
        wide = max(wide, _FROM_SIGN)
    elif _in_figures(sheet.words[left].text) and _in_figures(sheet.words[right].text):
        wide = min(wide, _BETWEEN_NUMBERS)
    return second[0] - first[2] > max(wide * height, _LETTERS * letter)


def _in_figures(word: str) -> bool:
    return is_number(word) and any(map(str.isdigit, word))


def _cut(first: Box, second: Box, cuts: Sequence[Rule]) -> bool:
    """Whether a rule parts two words."""
    low, high = (first[0] + first[2]) / 2, (second[0] + second[2]) / 2
    middle = (max(first[1], second[1]) + min(first[3], second[3])) / 2
    return any(low < rule.at < high and rule.start <= middle <= rule.end for rule in cuts)
