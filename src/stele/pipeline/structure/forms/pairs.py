"""Keys and values, as words of the sheet: what each cue finds, in the order in which the cues are trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from stele.domain.document import Table
from stele.pipeline.structure.rules import Rule, Rules
from stele.pipeline.structure.sheet import Box, Sheet
from stele.pipeline.structure.tables.prose import prose_of
from stele.pipeline.structure.tables.segments import Row, Segment, is_number, rows_of

#: of the print's height: so far to the right of its key a value may start
_REACH = 24.0
#: of the print's height: so far below its key a value may start, and its lines be apart
_BELOW, _LEADING = 1.3, 0.6
#: of the print's height: a line to write on starts so far behind a key that begins its row
_LINE_REACH = 10.0
#: words: longer keys and values are sentences
_KEY_WORDS, _VALUE_WORDS = 12, 26
#: of the print's height: values below keys that stand side by side are not higher
_LINES_OVER = 4.0
#: so many texts side by side in a box, and none below, are keys without values
_UNFILLED = 3
#: of the print's height: boxes of forms are not higher
_BOX_HEIGHT = 12.0

#: a line to write on may be read as the last letters of a key
_COLON = re.compile(r".*[:：]_*$")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Cue(Enum):
    """What told a key and its value."""

    LINE = "line"  #: a line to write on behind the key, and the value on it
    COLON = "colon"  #: a colon, and the value behind it
    COLON_BELOW = "colon below"  #: a colon, and the value in the next lines
    BOX = "box"  #: both in a box of rules, the key at its top or left
    HEADER = "header"  #: a table of one row: the column's header, and the cell
    ROW = "row"  #: two runs of words in one row
    EMPTY = "empty"  #: a colon, and nothing behind it


#: how often a cue was right on faxed and printed forms whose fields are known (docs/how-to/find-tables-and-fields.md);
#: of keys without a value these do not tell
TRUST = {
    Cue.LINE: 0.7,
    Cue.COLON: 0.65,
    Cue.COLON_BELOW: 0.6,
    Cue.BOX: 0.6,
    Cue.HEADER: 0.6,
    Cue.ROW: 0.45,
    Cue.EMPTY: 0.3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Words of a key and of its value, which may have none."""

    key: tuple[int, ...]
    value: tuple[int, ...]
    cue: Cue


class Pairing:
    """Finds the pairs of a sheet. `gone` are words that are no text (checkboxes) or labels of checkboxes."""

    def __init__(self, sheet: Sheet, rules: Rules, tables: Sequence[Table], gone: frozenset[int]) -> None:
        self._sheet = sheet
        self._rules = rules
        self._tables = tables
        self._gone = gone
        self._with_lines: set[int] = set()  # words before a line to write on: keys, never values
        self._used: set[int] = set()
        self._prose = prose_of(sheet)
        self._starts = {line.words[0].index for line in sheet.page.lines()}
        words = [word for word in range(len(sheet.words)) if word not in gone]
        self._rows = rows_of(sheet, words, rules.upright)

    def pairs(self) -> list[Pair]:
        """All pairs; no word is in two of them."""
        found: list[Pair] = []
        for cue in (
            self._on_lines,
            self._colons,
            self._listed_in_tables,
            self._boxed,
            self._headed,
            self._side_by_side,
        ):
            for pair in cue():
                words = {*pair.key, *pair.value}
                if not words & self._used:
                    self._used |= words
                    found.append(pair)
        keys = {self._name(pair.key) for pair in found}
        return [self._unfilled(pair) if self._name(pair.value) in keys else pair for pair in found]

    def _name(self, words: Sequence[int]) -> str:
        """A key as it may stand elsewhere on the page, with or without its colon."""
        return self._sheet.text(words).rstrip(":：_ .").casefold()

    def _unfilled(self, pair: Pair) -> Pair:
        """The key alone: what stands beside it is the key of something else."""
        return Pair(key=pair.key, value=(), cue=Cue.EMPTY)

    # -- lines to write on --------------------------------------------------------------------------------------------

    def _on_lines(self) -> Iterator[Pair]:
        """A key, and a rule behind it at its base line: what stands on the rule is the value."""
        inside_tables = self._table_words(least_rows=2, least_columns=3)
        for rule in self._rules.level:
            if not 2 * self._sheet.em < rule.length < 40 * self._sheet.em:
                continue
            key = self._before(rule)
            apart = inside_tables.isdisjoint(key) and self._prose.isdisjoint(key)
            if not apart or not _is_key(self._sheet, key):
                continue
            self._with_lines.update(key)
            if value := self._above(rule, key):
                yield Pair(key=key, value=value, cue=Cue.LINE)

    def _before(self, rule: Rule) -> tuple[int, ...]:
        """The last words before a rule that stand at its height: back to a wide gap, a colon or another rule."""
        em, boxes = self._sheet.em, self._sheet.boxes
        for row in self._rows:
            if not row.top - em < rule.at - 0.3 * em < row.bottom + 0.5 * em:
                continue
            words = [word for word in row.words if boxes[word, 2] < rule.start + 0.8 * em]
            if not words or self._on_a_rule(words[-1]) or not -0.8 * em < rule.at - boxes[words[-1], 3] < 0.75 * em:
                continue
            gap = rule.start - boxes[words[-1], 2]
            if gap > (_LINE_REACH if len(words) <= 4 and words == row.words[: len(words)] else 1.5) * em:
                continue
            start = len(words) - 1
            while start > 0 and boxes[words[start], 0] - boxes[words[start - 1], 2] < 0.9 * em:
                if _is_colon(self._sheet.words[words[start - 1]].text) or self._on_a_rule(words[start - 1]):
                    break
                start -= 1
            return tuple(words[start:])
        return ()

    def _on_a_rule(self, word: int) -> bool:
        left, _, right, bottom = (float(edge) for edge in self._sheet.boxes[word])
        em = self._sheet.em
        return any(
            -0.4 * em < rule.at - bottom < 0.8 * em and rule.covers(left, right) > 0.6 for rule in self._rules.level
        )

    def _above(self, rule: Rule, key: tuple[int, ...]) -> tuple[int, ...]:
        """The words on a rule."""
        em = self._sheet.em
        standing = self._sheet.inside(
            (rule.start - 0.3 * em, rule.at - 1.6 * em, rule.end + 0.3 * em, rule.at + 0.1 * em)
        )
        bottoms = self._sheet.boxes[:, 3]
        found = [
            word
            for word in standing
            if word not in key and word not in self._gone and abs(float(bottoms[word]) - rule.at) < 0.8 * em
        ]
        return tuple(found) if len(found) <= _VALUE_WORDS else ()

    # -- colons -------------------------------------------------------------------------------------------------------

    def _colons(self) -> Iterator[Pair]:
        for at, row in enumerate(self._rows):
            for place, run in enumerate(row.segments):
                yield from self._in_run(at, place, run)

    def _in_run(self, at: int, place: int, run: Segment) -> Iterator[Pair]:
        """The pairs of a run of words: parted at colons; the words between two are a value and the next key."""
        texts = [self._sheet.words[word].text for word in run.words]
        colons = [index for index, text in enumerate(texts) if _is_colon(text)]
        start = 0
        for order, colon in enumerate(colons):
            key = run.words[start : colon + 1]
            following = colons[order + 1] if order + 1 < len(colons) else None
            if following is None:
                value = run.words[colon + 1 :]
            else:
                start = self._next_key(run.words, colon + 1, following)
                value = run.words[colon + 1 : start]
            if not _is_key(self._sheet, key) or self._in_sentence(key):
                continue
            if len(value) > _VALUE_WORDS or (len(value) > 10 and self._wraps(at, run)):
                continue  # a sentence
            if value:
                rest = self._rest(at, place) if following is None else ()
                more = self._hanging(at, run, value) if following is None and not rest else ()
                yield Pair(key=(*key, *self._note(at, run)), value=(*value, *rest, *more), cue=Cue.COLON)
            elif following is None:
                yield self._behind(at, place, key)

    def _in_sentence(self, key: tuple[int, ...]) -> bool:
        """Whether a colon is one of running text: a key there begins a line, or is short and capitalised."""
        if self._prose.isdisjoint(key):
            return False
        short = len(key) <= 3 and self._sheet.words[key[0]].text[:1].isupper()
        return not short and (len(key) > 6 or key[0] not in self._starts)

    def _next_key(self, words: Sequence[int], first: int, colon: int) -> int:
        """Where in `words[first : colon + 1]` the next key starts."""
        boxes = self._sheet.boxes
        gaps = [float(boxes[words[i], 0] - boxes[words[i - 1], 2]) for i in range(first + 1, colon + 1)]
        if gaps and max(gaps) > 0.5 * self._sheet.em and max(gaps) > 1.5 * float(np.median(gaps)):
            return first + 1 + gaps.index(max(gaps))
        digits = [i for i in range(first, colon) if any(char.isdigit() for char in self._sheet.words[words[i]].text)]
        if digits:
            return digits[-1] + 1
        start = colon
        while start - 1 > first and self._sheet.words[words[start - 1]].text[:1].isupper() and colon - start < 2:
            start -= 1
        return start

    def _wraps(self, at: int, run: Segment) -> bool:
        """Whether a long run goes on in the next line, as sentences do."""
        if at + 1 >= len(self._rows):
            return False
        return any(
            abs(other.box[0] - run.box[0]) < 2 * self._sheet.em and len(other.words) > 4
            for other in self._rows[at + 1].segments
        )

    def _note(self, at: int, run: Segment) -> tuple[int, ...]:
        """What stands in brackets right below a key, as part of it."""
        for row in self._rows[at + 1 : at + 2]:
            for below in row.segments:
                aligned = abs(below.box[0] - run.box[0]) < self._sheet.em
                near = aligned and below.box[1] - run.box[3] < 0.6 * self._sheet.em
                if near and below.text.startswith("(") and below.text.endswith(")"):
                    return below.words
        return ()

    def _rest(self, at: int, place: int) -> tuple[int, ...]:
        """The runs that go on with a value in its row, behind gaps that are only a little wide."""
        found: list[int] = []
        segments = self._rows[at].segments
        for left, right in pairwise(segments[place:]):
            far = right.box[0] - left.box[2] > 1.6 * self._sheet.em or self._parted(left.box, right.box)
            if far or _has_colon(self._sheet, right) or not self._with_lines.isdisjoint(right.words):
                break
            found.extend(right.words)
        return tuple(found)

    def _hanging(self, at: int, run: Segment, value: Sequence[int]) -> tuple[int, ...]:
        """The lines below a value that start where it starts, with nothing below the key."""
        left = float(self._sheet.boxes[value[0], 0])
        if left - run.box[0] < 2 * self._sheet.em:
            return ()
        return self._lines_below(at, (left, run.box[1], run.box[2], run.box[3]), _LEADING)

    def _behind(self, at: int, place: int, key: tuple[int, ...]) -> Pair:
        """A key whose run ends with it: its value is in the next run of the row, or below."""
        em = self._sheet.em
        box = self._sheet.around(key)
        row = self._rows[at]
        if place + 1 < len(row.segments):
            right = row.segments[place + 1]
            near = right.box[0] - box[2] < _REACH * em and not self._parted(box, right.box)
            free = not _has_colon(self._sheet, right) and self._with_lines.isdisjoint(right.words)
            if near and free and len(right.words) <= _VALUE_WORDS:
                rest = self._rest(at, place + 1)
                more = () if rest else self._lines_below(at, right.box, _LEADING)
                note = self._note(at, row.segments[place])
                return Pair(key=(*key, *note), value=(*right.words, *rest, *more), cue=Cue.COLON)
        below = self._lines_below(at, box, _BELOW)
        return Pair(key=key, value=below, cue=Cue.COLON_BELOW if below else Cue.EMPTY)

    def _parted(self, left: Box, right: Box) -> bool:
        middle = (left[1] + left[3]) / 2
        return any(
            left[2] - 1 <= rule.at <= right[0] + 1 and rule.start <= middle <= rule.end for rule in self._rules.upright
        )

    def _lines_below(self, at: int, box: Box, gap: float) -> tuple[int, ...]:
        """The runs of the next rows that start where `box` does, as long as they follow each other closely."""
        em = self._sheet.em
        found: list[int] = []
        bottom, left = box[3], box[0]
        for row in self._rows[at + 1 : at + 6]:
            here = [each for each in row.segments if abs(each.box[0] - left) < 1.5 * em]
            if row.top - bottom > gap * em or not here or (len(row.segments) > 1 and row.segments[0] is not here[0]):
                break
            run = here[0]
            if _has_colon(self._sheet, run) or self._ruled_off(bottom, run.box) or len(run.words) > 10:
                break
            if self._used.intersection(run.words):
                break
            found.extend(run.words)
            bottom, gap = run.box[3], _LEADING
        return tuple(found)

    def _ruled_off(self, top: float, box: Box) -> bool:
        """Whether a rule lies between a height and a box below it."""
        return any(
            top - 1 <= rule.at <= (box[1] + box[3]) / 2 and rule.covers(box[0], box[2]) > 0.5
            for rule in self._rules.level
        )

    # -- boxes --------------------------------------------------------------------------------------------------------

    def _boxed(self) -> Iterator[Pair]:
        """Boxes of rules with a key at the top left, and the value below or behind it."""
        inside_tables = self._table_words(least_rows=3, least_columns=3)
        groups: dict[Box, list[Segment]] = {}
        for row in self._rows:
            for run in row.segments:
                box = None if inside_tables.intersection(run.words) else self._box_around(run)
                if box is not None:
                    groups.setdefault(box, []).append(run)
        for around, runs in groups.items():
            if columns := self._labels_over_values(runs):
                yield from columns
            elif pair := self._in_box(around, runs):
                yield pair

    def _labels_over_values(self, runs: Sequence[Segment]) -> list[Pair]:
        """The pairs of a box with several keys side by side, and the values that stand below them; none elsewhere."""
        em = self._sheet.em
        labels = [run for run in runs if run.box[1] - runs[0].box[1] < 0.5 * em]
        values = [run for run in runs if run not in labels]
        words = [word for run in runs for word in run.words]
        if len(labels) < 2 or not values or self._used.intersection(words) or _has_any_colon(self._sheet, labels):
            return []
        if not all(_is_key(self._sheet, label.words) and not label.numeric for label in labels):
            return []
        if max(run.box[3] for run in values) - min(run.box[1] for run in values) > _LINES_OVER * em:
            return []
        below: dict[int, list[int]] = {}
        for value in values:
            place = min(range(len(labels)), key=lambda at: _distance(labels[at].box, value.box))
            below.setdefault(place, []).extend(value.words)
        return [Pair(key=labels[at].words, value=tuple(found), cue=Cue.BOX) for at, found in sorted(below.items())]

    def _in_box(self, box: Box, runs: list[Segment]) -> Pair | None:
        first = runs[0]
        if self._used.intersection(word for run in runs for word in run.words):
            return None
        if first.box[0] - box[0] > 3 * self._sheet.em or not _is_key(self._sheet, first.words) or first.numeric:
            return None
        if len(runs) >= _UNFILLED and all(run.box[1] - first.box[1] < 0.5 * self._sheet.em for run in runs):
            return None
        key, rest = list(first.words), runs[1:]
        while rest and self._goes_on(first, rest[0]):
            first = rest[0]
            key.extend(first.words)
            rest = rest[1:]
        value = [word for run in rest for word in run.words]
        if len(key) > _KEY_WORDS or len(value) > _VALUE_WORDS:
            return None
        if value:
            return Pair(key=tuple(key), value=tuple(value), cue=Cue.BOX)
        return None

    def _goes_on(self, line: Segment, below: Segment) -> bool:
        """Whether a line in a box is the rest of the key above it: close below, in print as small."""
        gap = below.box[1] - line.box[3]
        height, other = line.box[3] - line.box[1], below.box[3] - below.box[1]
        small = abs(other - height) < 0.18 * height
        lead = below.text[:1] == "(" or below.text[:1].islower()
        return lead and small and gap < 0.5 * self._sheet.em and not below.numeric

    def _box_around(self, run: Segment) -> tuple[float, float, float, float] | None:
        """The rules next to a run on all sides; a side that is open is where the level ones end."""
        em = self._sheet.em
        left, top, right, bottom = run.box
        across, down = (left + right) / 2, (top + bottom) / 2
        level = [rule for rule in self._rules.level if rule.start - em <= across <= rule.end + em]
        upright = [rule for rule in self._rules.upright if rule.start - 0.3 * em <= down <= rule.end + 0.3 * em]
        above = max((rule for rule in level if rule.at <= top + 0.3 * em), key=_at, default=None)
        below = min((rule for rule in level if rule.at >= bottom - 0.3 * em), key=_at, default=None)
        if above is None or below is None or below.at - above.at > _BOX_HEIGHT * em:
            return None
        before = max((rule.at for rule in upright if rule.at <= left + 0.3 * em), default=None)
        after = min((rule.at for rule in upright if rule.at >= right - 0.3 * em), default=None)
        if before is None and after is None:
            return None
        return (
            max(above.start, below.start) if before is None else before,
            above.at,
            min(above.end, below.end) if after is None else after,
            below.at,
        )

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _listed_in_tables(self) -> Iterator[Pair]:
        """Tables of two columns without a header: each row is a key and its value."""
        for table in self._tables:
            if max(cell.column for cell in table.cells) != 1:
                continue
            rows: dict[int, list[tuple[int, ...]]] = {}
            for cell in table.cells:
                if not cell.header and cell.words and cell.column_span == 1:
                    rows.setdefault(cell.row, []).append(cell.words)
            for key, value in (row for row in rows.values() if len(row) == 2):
                if _is_key(self._sheet, key) and not is_number(self._sheet.text(key)) and len(value) <= _VALUE_WORDS:
                    yield Pair(key=key, value=value, cue=Cue.ROW)

    def _headed(self) -> Iterator[Pair]:
        """Tables of a header and one row."""
        for table in self._tables:
            rows = 1 + max(cell.row for cell in table.cells)
            heads = {cell.column: cell for cell in table.cells if cell.row == 0 and cell.header and cell.words}
            if rows != 2 or len(heads) < 2:
                continue
            for cell in table.cells:
                if cell.row == 1 and cell.words and cell.column in heads and len(cell.words) <= _VALUE_WORDS:
                    yield Pair(key=heads[cell.column].words, value=cell.words, cue=Cue.HEADER)

    def _side_by_side(self) -> Iterator[Pair]:
        """Rows of two runs, a label and what may be its value, where no larger table says otherwise."""
        inside_tables = self._table_words(least_rows=2, least_columns=3)
        for row in self._rows:
            held = inside_tables | self._prose
            free = [run for run in row.segments if held.isdisjoint(run.words)]
            if len(free) != 2 or len(free) != len(row.segments):
                continue
            left, right = free
            label = _is_key(self._sheet, left.words) and not left.numeric and len(left.words) <= 6
            typed = is_number(right.text) or (len(right.words) <= 4 and self._listed(row))
            if label and typed and right.box[0] - left.box[2] < _REACH * self._sheet.em:
                yield Pair(key=left.words, value=right.words, cue=Cue.ROW)

    def _listed(self, row: Row) -> bool:
        """Whether the row before or after has two runs that start where this one's do."""
        at = self._rows.index(row)
        near = [self._rows[other] for other in (at - 1, at + 1) if 0 <= other < len(self._rows)]
        return any(
            len(other.segments) == 2
            and all(
                abs(first.box[0] - second.box[0]) < 1.5 * self._sheet.em
                for first, second in zip(row.segments, other.segments, strict=True)
            )
            for other in near
        )

    def _table_words(self, *, least_rows: int, least_columns: int) -> set[int]:
        found: set[int] = set()
        for table in self._tables:
            rows = 1 + max(cell.row for cell in table.cells)
            columns = 1 + max(cell.column for cell in table.cells)
            if rows >= least_rows and columns >= least_columns:
                found.update(word for cell in table.cells for word in cell.words)
        return found


def _at(rule: Rule) -> float:
    return rule.at


def _is_colon(text: str) -> bool:
    return _COLON.match(text) is not None and not text.lower().startswith(("http:", "https:"))


def _distance(label: Box, value: Box) -> float:
    """How far apart two boxes are, from left to right; less than 0 where one stands below the other."""
    return max(label[0], value[0]) - min(label[2], value[2])


def _has_any_colon(sheet: Sheet, runs: Sequence[Segment]) -> bool:
    return any(_has_colon(sheet, run) for run in runs)


def _has_colon(sheet: Sheet, run: Segment) -> bool:
    return any(_is_colon(sheet.words[word].text) for word in run.words)


def _is_key(sheet: Sheet, words: Sequence[int]) -> bool:
    """Whether words may be a key: a few, with letters."""
    return 0 < len(words) <= _KEY_WORDS and _LETTERS.search(sheet.text(words)) is not None
