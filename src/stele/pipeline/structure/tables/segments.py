"""Words as they stand beside each other: rows of the page, and in them runs of words without a wide gap."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Box, Sheet

#: of the print's height: words further apart than this are of two runs
WIDE = 0.9
#: signs that belong to the amount behind them, as far away as this (of the print's height) in a column of amounts
CURRENCIES, _FROM_SIGN = frozenset("$€£¥₹"), 8.0
#: letters: and further than this
_LETTERS = 1.5
#: of the print's height: as far below the row before, a row may be part of it
_BESIDE = 0.75
#: degrees: words that run further off the lines of the page are askew
_ASKEW = 15.0
#: a run of at least so many words may be prose
_PROSE_WORDS = 5

_NUMBER = re.compile(r"^[\W_]*(?:\d[\d.,:/%'’\s-]*|[nN]/?[aA]|[-–—.*x×X()]{1,5})[\W_]*[a-zA-Z%]{0,2}[\W_]*$")
_YEARS = re.compile(r"(?:19|20)\d\d(?:[-/–]\d\d(?:\d\d)?)?")


def is_year(text: str) -> bool:
    """Whether a text is a year, or some years: these head columns."""
    return _YEARS.fullmatch(text.strip()) is not None


def is_number(text: str) -> bool:
    """Whether a text is a number, an amount, a date in figures, or what stands in place of one."""
    return _NUMBER.match(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What stands on one base line, from left to right."""

    segments: tuple[Segment, ...]

    @property
    def top(self) -> float:
        return min(segment.box[1] for segment in self.segments)

    @property
    def bottom(self) -> float:
        return max(segment.box[3] for segment in self.segments)

    @property
    def middle(self) -> float:
        return median((segment.box[1] + segment.box[3]) / 2 for segment in self.segments)

    @property
    def words(self) -> list[int]:
        return [word for segment in self.segments for word in segment.words]


def rows_of(sheet: Sheet, words: Iterable[int], cuts: Sequence[Rule] = (), wide: float = WIDE) -> list[Row]:
    """Some words as rows, from top to bottom; upright rules between two words part them, too."""
    boxes = sheet.edges
    rows: list[list[int]] = []
    ends: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda word: boxes[word][1] + boxes[word][3]):
        _, top, _, bottom = boxes[word]
        for at in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            above, below = ends[at]
            if min(bottom, below) - max(top, above) > 0.5 * min(bottom - top, below - above):
                rows[at].append(word)
                count = len(rows[at])
                ends[at] = (above + (top - above) / count, below + (bottom - below) / count)
                break
        else:
            rows.append([word])
            ends.append((top, bottom))
    order = sorted(range(len(rows)), key=lambda at: ends[at][0] + ends[at][1])
    return [Row(segments=tuple(_segments(sheet, rows[at], cuts, wide))) for at in order]


def _segments(sheet: Sheet, row: list[int], cuts: Sequence[Rule], wide: float) -> Iterable[Segment]:
    boxes = sheet.edges
    row = sorted(row, key=lambda word: boxes[word][0])
    run: list[int] = []
    for word in row:
        if run and _apart(sheet, run[-1], word, cuts, wide):
            yield segment(sheet, run)
            run = []
        run.append(word)
    yield segment(sheet, run)


def askew(sheet: Sheet, word: int) -> bool:
    """Whether a word runs across the page from corner to corner, as a stamp does: it is of no row and no column."""
    (x0, y0), (x1, y1), *_ = sheet.words[word].polygon
    turned = math.degrees(math.atan2(y1 - y0, x1 - x0)) - sheet.page.angle
    return abs(turned - 90 * round(turned / 90)) > _ASKEW and len(sheet.words[word].text) > 1


def segment(sheet: Sheet, words: Sequence[int]) -> Segment:
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


def _apart(sheet: Sheet, left: int, right: int, cuts: Sequence[Rule], wide: float) -> bool:
    first, second = sheet.edges[left], sheet.edges[right]
    gap = second[0] - first[2]
    height = max(sheet.em, min(first[3] - first[1], second[3] - second[1]))
    # typewriters leave a whole letter between words
    letter = min(pitch(sheet, left), pitch(sheet, right))
    if sheet.words[left].text in CURRENCIES and sheet.words[right].text[:1].isdigit():
        wide = max(wide, _FROM_SIGN)
    if gap > max(wide * height, _LETTERS * letter):
        return True
    middle = (max(first[1], second[1]) + min(first[3], second[3])) / 2
    low, high = (first[0] + first[2]) / 2, (second[0] + second[2]) / 2
    return any(low < rule.at < high and rule.start <= middle <= rule.end for rule in cuts)
