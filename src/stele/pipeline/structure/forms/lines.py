"""Lines to write on: rules at the base line of a key, with the value above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stele.pipeline.structure.forms.scene import VALUE_WORDS, Cue, Pair, Scene, is_colon
from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Row, Segment, is_number

#: of the print's height: a line to write on starts so far behind its key; so far where a short key begins its row, or
#: stands behind the line before
_LINE_NEAR, _LINE_REACH = 1.5, 10.0
_FAR_WORDS = 4
#: of the print's height: so far below a rule its label starts
_UNDER = 0.9
#: of the print's height: words of a key are no farther apart
_ADJACENT = 0.6
#: words: keys amid running text are no longer; of the print's height: lines there are as long
_SHORT_KEY, _LONG = 6, 3.5
#: of the print's height: lines of one text follow each other so closely
_PITCH = 2.6
#: of the print's height: lines to write on are as long
_SHORTEST, _LONGEST = 1.4, 60.0


class Lines:
    """The pairs that lines to write on tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet, self._rules = scene, scene.sheet, scene.rules

    def pairs(self) -> Iterator[Pair]:
        """A key, and a rule behind it at its base line: what stands on the rule is the value."""
        inside_tables = self._scene.grid_words
        for rule in self._rules.level:
            if not _SHORTEST * self._sheet.em < rule.length < _LONGEST * self._sheet.em:
                continue
            key = self._before(rule)
            if not inside_tables.isdisjoint(key) or self._in_sentence(rule, key) or not self._scene.is_key(key):
                continue
            self._scene.with_lines.update(key)
            if value := self._above(rule, key):
                last = self._last_of_key(key, value)
                key, value = (*key, *value[:last]), value[last:]
                note = self._scene.note(self._sheet.around(key))
                yield Pair(key=(*key, *note), value=(*value, *self._next_line(rule, value)), cue=Cue.LINE)

    def under(self) -> Iterator[Pair]:
        """A rule with something on it and a label right below it, as under the place for a date or a signature."""
        em = self._sheet.em
        inside_tables = self._scene.table_words(least_rows=2, least_columns=3)
        for rule in self._rules.level:
            if not _LONG * em < rule.length < _LONGEST * em:
                continue
            labels = [
                run
                for row in self._scene.rows
                if row.top < rule.at + _UNDER * em and row.bottom > rule.at - 0.3 * em
                for run in row.segments
                if -0.3 * em < run.box[1] - rule.at < _UNDER * em
                and run.box[0] > rule.start - em
                and run.box[2] < rule.end + em
            ]
            value = self._above(rule, ())
            if not value or not labels or not inside_tables.isdisjoint(value) or self._tight(rule, value):
                continue
            if all(self._is_label(label) for label in labels):
                yield from self._named(labels, value)

    def _is_label(self, run: Segment) -> bool:
        plain = self._scene.is_key(run.words) and len(run.words) <= _FAR_WORDS and not run.numeric
        return plain and not self._scene.has_colon(run.words) and self._scene.prose.isdisjoint(run.words)

    def _tight(self, rule: Rule, words: Sequence[int]) -> bool:
        """Whether a rule only underlines what stands on it, as it does headings."""
        left, _, right, _ = self._sheet.around(words)
        return left - rule.start < self._sheet.em and rule.end - right < self._sheet.em

    def _named(self, labels: Sequence[Segment], value: Sequence[int]) -> Iterator[Pair]:
        """Labels below a rule, each with the words above that are nearest to it."""
        edges = self._sheet.edges
        above: dict[int, list[int]] = {}
        for word in value:
            middle = (edges[word][0] + edges[word][2]) / 2
            place = min(range(len(labels)), key=lambda at: _off(labels[at].box, middle))
            above.setdefault(place, []).append(word)
        for place, words in sorted(above.items()):
            yield Pair(key=labels[place].words, value=tuple(words), cue=Cue.UNDER)

    def _last_of_key(self, key: tuple[int, ...], value: tuple[int, ...]) -> int:
        """How many of the words on a rule are of the key: its last one may reach over it, before a wide gap."""
        edges, em = self._sheet.edges, self._sheet.em
        near = edges[value[0]][0] - edges[key[-1]][2] < _ADJACENT * em
        parted = len(value) > 1 and edges[value[1]][0] - edges[value[0]][2] > 2 * _ADJACENT * em
        return 1 if near and parted and not is_colon(self._sheet.words[key[-1]].text) else 0

    def _in_sentence(self, rule: Rule, key: tuple[int, ...]) -> bool:
        """Whether a rule is of running text: lines to write on are long there, and behind words that begin a line."""
        if self._scene.prose.isdisjoint(key):
            return False
        begins = key[0] in self._scene.starts and self._sheet.words[key[0]].text[:1].isupper()
        return not begins or len(key) > _SHORT_KEY or rule.length < _LONG * self._sheet.em

    def _before(self, rule: Rule) -> tuple[int, ...]:
        """The last words before a rule that stand at its height: back to a wide gap, a colon or another rule."""
        em, edges = self._sheet.em, self._sheet.edges
        rows = (row for row in self._scene.rows if row.top - em < rule.at - 0.3 * em < row.bottom + 0.5 * em)
        ending = [(row, words) for row in rows if (words := self._ending_at(row, rule))]
        if not ending:
            return ()
        row, words = min(ending, key=lambda each: abs(rule.at - edges[each[1][-1]][3]))
        start = len(words) - 1
        while start > 0 and edges[words[start]][0] - edges[words[start - 1]][2] < 0.9 * em:
            if is_colon(self._sheet.words[words[start - 1]].text) or self._on_a_rule(words[start - 1], rule):
                break
            start -= 1
        begins = start == 0 or self._on_a_rule(words[start - 1], rule)
        far = begins and len(words) - start <= _FAR_WORDS and not self._goes_on(row, words[start])
        near = rule.start - edges[words[-1]][2] <= (_LINE_REACH if far else _LINE_NEAR) * em
        return tuple(words[start:]) if near else ()

    def _ending_at(self, row: Row, rule: Rule) -> list[int]:
        """The words of a row at the height of a rule before it, if the last one stands on it and on no other."""
        em, edges = self._sheet.em, self._sheet.edges
        words = [word for word in row.words if edges[word][2] < rule.start + 0.8 * em]
        through = [word for word in row.words if edges[word][2] >= rule.start + 0.8 * em][:1]
        if not words or (through and edges[through[0]][0] < rule.start - 0.5 * em):
            return []
        level = -0.8 * em < rule.at - edges[words[-1]][3] < 0.75 * em
        return words if level and not self._on_a_rule(words[-1], rule) else []

    def _goes_on(self, row: Row, word: int) -> bool:
        """Whether a word begins a line that follows another one closely, as those of a paragraph do."""
        em, (left, top, _, _) = self._sheet.em, self._sheet.edges[word]
        return any(
            abs(run.box[0] - left) < 0.5 * em and -0.3 * em < top - run.box[3] < 0.4 * em
            for other in self._scene.rows
            if other is not row
            for run in other.segments
        )

    def _on_a_rule(self, word: int, behind: Rule) -> bool:
        """Whether a word stands on a rule that ends before the one behind it."""
        left, _, right, bottom = self._sheet.edges[word]
        em = self._sheet.em
        return any(
            -0.4 * em < rule.at - bottom < 0.8 * em and rule.covers(left, right) > 0.6 and rule.end < behind.start + em
            for rule in self._rules.level
        )

    def _above(self, rule: Rule, key: tuple[int, ...]) -> tuple[int, ...]:
        """The words on a rule."""
        em = self._sheet.em
        standing = self._sheet.inside(
            (rule.start - 0.3 * em, rule.at - 1.6 * em, rule.end + 0.3 * em, rule.at + 0.1 * em)
        )
        free = [word for word in standing if word not in key and word not in self._scene.gone]
        lowest = [word for word in free if abs(self._sheet.edges[word][3] - rule.at) < 0.8 * em]
        edges = self._sheet.edges
        found = [word for word in free if any(_beside(edges[word], edges[low]) for low in lowest)]
        if not found or len(found) > VALUE_WORDS or is_colon(self._sheet.words[found[-1]].text):
            return ()
        return () if self._stressed(rule, found) else tuple(found)

    def _next_line(self, rule: Rule, value: Sequence[int]) -> tuple[int, ...]:
        """The words on the next line to write on, where a text goes on there and no key stands before it."""
        em = self._sheet.em
        below = [
            other
            for other in self._rules.level
            if 0.8 * em < other.at - rule.at < _PITCH * em and abs(other.start - rule.start) < em
        ]
        if not below or len(value) < 2 or is_number(self._sheet.text(value)):
            return ()
        words = self._above(below[0], ())
        first = next((row for row in self._scene.rows if words and words[0] in row.words), None)
        before = first is not None and any(self._sheet.edges[word][0] < rule.start - em for word in first.words)
        return () if before else words

    def _stressed(self, rule: Rule, words: Sequence[int]) -> bool:
        """Whether a rule only stresses a word amid others."""
        em, (left, _, right, _) = self._sheet.em, self._sheet.around(words)
        tight = left - rule.start < 0.5 * em and rule.end - right < 0.5 * em
        if not tight or len(words) > 1 or not self._sheet.texts[words[0]].isalpha():
            return False
        return any(
            0 < edges[0] - right < em and edges[1] < rule.at - 0.3 * em < edges[3] for edges in self._sheet.edges
        )


def _beside(one: Box, other: Box) -> bool:
    """Whether two words stand at one height."""
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared > 0.5 * min(one[3] - one[1], other[3] - other[1])


def _off(box: Box, middle: float) -> float:
    """How far a place is from a box, from left to right."""
    return max(box[0] - middle, middle - box[2], 0.0)
