"""What every cue looks at: the rows of a page, its rules and tables, and which words a pair has taken already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise

from stele.domain.document import Table
from stele.pipeline.structure.forms.frames import Frame, frame_around
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.prose import prose_of
from stele.pipeline.structure.tables.segments import Row, Segment, rows_of

#: of the print's height: so far to the right of its key a value may start
REACH = 24.0
#: words: longer keys and values are sentences
KEY_WORDS, VALUE_WORDS = 12, 26

#: this part of the cells of a drawn grid has an upright rule at a side
_GRIDDED = 0.8
#: words of one row share no more of their width
_SHARED = 0.5
#: more of the places of a grid than this with labels make it a form
_LABELLED = 0.32

#: a line to write on may be read as the last letters of a key
_COLON = re.compile(r".*[:：]_*$")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Cue(Enum):
    """What told a key and its value."""

    LINE = "line"  #: a line to write on behind the key, and the value on it
    UNDER = "under"  #: a line to write on, the value on it, and the key below it
    COLON = "colon"  #: a colon, and the value behind it
    NUMBER = "number"  #: a key that ends with a sign for a number, and the number behind it
    COLON_BELOW = "colon below"  #: a colon, and the value in the next lines
    BOX = "box"  #: both in a box of rules, the key at its top or left
    HEADER = "header"  #: a table of one row: the column's header, and the cell
    COLUMN = "column"  #: a table of several rows: the column's header, and each cell
    ROW = "row"  #: two runs of words in one row
    LIST = "list"  #: two runs of words in one row, among rows with other cues
    EMPTY = "empty"  #: a colon, and nothing behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Words of a key and of its value, which may have none."""

    key: tuple[int, ...]
    value: tuple[int, ...]
    cue: Cue


class Scene:
    """A sheet as forms see it. `gone` are words that are no text (checkboxes) or labels of checkboxes.

    `used` are the words of pairs found so far; `with_lines` those before a line to write on: keys, never values.
    """

    def __init__(self, sheet: Sheet, rules: Rules, tables: Sequence[Table], gone: frozenset[int]) -> None:
        self.sheet = sheet
        self.rules = rules
        self.tables = tables
        self.gone = gone
        self.used: set[int] = set()
        self.with_lines: set[int] = set()
        self.prose = prose_of(sheet)
        self.starts = {line.words[0].index for line in sheet.page.lines()}
        words = [word for word in range(len(sheet.words)) if word not in gone]
        self.rows = [part for row in rows_of(sheet, words, rules.upright) for part in self._parts(row)]

    def _parts(self, row: Row) -> list[Row]:
        """A row; two, where words of it stand below each other: print of two sizes, a label and what was filled in."""
        boxes, lefts, rights = self.sheet.edges, self.sheet.lefts, self.sheet.rights
        words = row.words
        for left, right in pairwise(words):
            if rights[left] <= lefts[right]:
                continue
            shared = min(rights[left], rights[right]) - lefts[right]
            if shared > _SHARED * min(boxes[word][2] - boxes[word][0] for word in (left, right)):
                first, second = sorted((left, right), key=lambda word: boxes[word][1] + boxes[word][3])
                middle = sum(boxes[first][1::2] + boxes[second][1::2]) / 2
                above = [word for word in words if sum(boxes[word][1::2]) < middle]
                below = [word for word in words if sum(boxes[word][1::2]) >= middle]
                return [part for half in (above, below) for part in rows_of(self.sheet, half, self.rules.upright)]
        return [row]

    def is_key(self, words: Sequence[int]) -> bool:
        """Whether words may be a key: a few, with letters."""
        return 0 < len(words) <= KEY_WORDS and self.has_letters(words)

    def note(self, key: Box) -> tuple[int, ...]:
        """What stands in brackets right below a key, as part of it."""
        em = self.sheet.em
        for row in self.rows:
            for run in row.segments:
                below = -0.3 * em < run.box[1] - key[3] < 0.6 * em and abs(run.box[0] - key[0]) < em
                if below and run.text.startswith("(") and run.text.endswith(")") and self.used.isdisjoint(run.words):
                    return run.words
        return ()

    def has_letters(self, words: Sequence[int]) -> bool:
        return _LETTERS.search(self.sheet.text(words)) is not None

    def has_colon(self, words: Sequence[int]) -> bool:
        return not self.colons.isdisjoint(words)

    @cached_property
    def colons(self) -> frozenset[int]:
        """The words that end with a colon."""
        return frozenset(word for word, text in enumerate(self.sheet.texts) if is_colon(text))

    def parted(self, left: Box, right: Box) -> bool:
        """Whether an upright rule stands between two boxes of a row."""
        middle = (left[1] + left[3]) / 2
        return any(
            left[2] - 1 <= rule.at <= right[0] + 1 and rule.start <= middle <= rule.end for rule in self.rules.upright
        )

    @cached_property
    def frames(self) -> dict[Frame, list[Segment]]:
        """The runs of words in each frame, from top to bottom."""
        found: dict[Frame, list[Segment]] = {}
        for row in self.rows:
            for run in row.segments:
                if (frame := frame_around(self.rules, self.sheet.em, run.box)) is not None:
                    found.setdefault(frame, []).append(run)
        return found

    def gridded(self, table: Table) -> bool:
        """Whether upright rules stand beside the cells of a table, as those of a drawn grid do."""
        boxes = [self.sheet.level_box(cell.polygon) for cell in table.cells if cell.words]
        held = sum(self._beside(box, box[0]) or self._beside(box, box[2]) for box in boxes)
        return held >= _GRIDDED * len(boxes)

    def _labelled(self, held: set[int]) -> bool:
        """Whether many frames around some words have a label in their first line, and more below it."""
        frames = [runs for runs in self.frames.values() if held.issuperset(runs[0].words)]
        return sum(map(self._has_label, frames)) > _LABELLED * len(frames)

    def _has_label(self, runs: Sequence[Segment]) -> bool:
        first, *others = runs
        below = any(run.box[1] > first.box[1] + 0.5 * self.sheet.em for run in others)
        return below and self.is_key(first.words) and not first.numeric

    def _beside(self, box: Box, edge: float) -> bool:
        reach = 0.5 * self.sheet.em
        return any(abs(rule.at - edge) < reach and rule.covers(box[1], box[3]) > 0.6 for rule in self.rules.upright)

    def table_words(self, *, least_rows: int, least_columns: int) -> set[int]:
        """The words of tables that are at least so large."""
        found: set[int] = set()
        for table in self.tables:
            rows = 1 + max(cell.row for cell in table.cells)
            columns = 1 + max(cell.column for cell in table.cells)
            if rows >= least_rows and columns >= least_columns:
                found.update(word for cell in table.cells for word in cell.words)
        return found

    @cached_property
    def grid_words(self) -> set[int]:
        """The words of tables of two rows and three columns at least that have a grid of rules. Where many cells have
        labels it is a form, and counts as none."""
        found: set[int] = set()
        for table in self.tables:
            rows = 1 + max(cell.row for cell in table.cells)
            columns = 1 + max(cell.column for cell in table.cells)
            held = {word for cell in table.cells for word in cell.words}
            if rows >= 2 and columns >= 3 and self.gridded(table) and not self._labelled(held):
                found |= held
        return found


def is_colon(text: str) -> bool:
    """Whether a word ends with a colon, as keys do."""
    with_one = ":" in text or "：" in text
    return with_one and _COLON.match(text) is not None and not text.lower().startswith(("http:", "https:"))
