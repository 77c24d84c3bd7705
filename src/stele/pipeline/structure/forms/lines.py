"""Lines to write on: rules at the base line of a key, with the value above them."""

from __future__ import annotations

from collections.abc import Iterator

from stele.pipeline.structure.forms.scene import VALUE_WORDS, Cue, Pair, Scene, is_colon
from stele.pipeline.structure.rules import Rule
from stele.pipeline.structure.tables.segments import Row

#: of the print's height: a line to write on starts so far behind its key; so far where a short key begins its row, or
#: stands behind the line before
_LINE_NEAR, _LINE_REACH = 1.5, 10.0
_FAR_WORDS = 4
#: of the print's height: lines to write on are as long
_SHORTEST, _LONGEST = 1.4, 60.0


class Lines:
    """The pairs that lines to write on tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet, self._rules = scene, scene.sheet, scene.rules

    def pairs(self) -> Iterator[Pair]:
        """A key, and a rule behind it at its base line: what stands on the rule is the value."""
        inside_tables = self._scene.grid_words()
        for rule in self._rules.level:
            if not _SHORTEST * self._sheet.em < rule.length < _LONGEST * self._sheet.em:
                continue
            key = self._before(rule)
            apart = inside_tables.isdisjoint(key) and self._scene.prose.isdisjoint(key)
            if not apart or not self._scene.is_key(key):
                continue
            self._scene.with_lines.update(key)
            if value := self._above(rule, key):
                yield Pair(key=key, value=value, cue=Cue.LINE)

    def _before(self, rule: Rule) -> tuple[int, ...]:
        """The last words before a rule that stand at its height: back to a wide gap, a colon or another rule."""
        em, boxes = self._sheet.em, self._sheet.boxes
        for row in self._scene.rows:
            if not row.top - em < rule.at - 0.3 * em < row.bottom + 0.5 * em:
                continue
            words = [word for word in row.words if boxes[word, 2] < rule.start + 0.8 * em]
            if not words or self._on_a_rule(words[-1]) or not -0.8 * em < rule.at - boxes[words[-1], 3] < 0.75 * em:
                continue
            start = len(words) - 1
            while start > 0 and boxes[words[start], 0] - boxes[words[start - 1], 2] < 0.9 * em:
                if is_colon(self._sheet.words[words[start - 1]].text) or self._on_a_rule(words[start - 1]):
                    break
                start -= 1
            gap = rule.start - boxes[words[-1], 2]
            begins = start == 0 or self._on_a_rule(words[start - 1])
            far = begins and len(words) - start <= _FAR_WORDS and not self._goes_on(row, words[start])
            if gap <= (_LINE_REACH if far else _LINE_NEAR) * em:
                return tuple(words[start:])
        return ()

    def _goes_on(self, row: Row, word: int) -> bool:
        """Whether a word begins a line that follows another one closely, as those of a paragraph do."""
        em, (left, top, _, _) = self._sheet.em, self._sheet.edges[word]
        return any(
            abs(run.box[0] - left) < 0.5 * em and -0.3 * em < top - run.box[3] < 0.4 * em
            for other in self._scene.rows
            if other is not row
            for run in other.segments
        )

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
            if word not in key and word not in self._scene.gone and abs(float(bottoms[word]) - rule.at) < 0.8 * em
        ]
        return tuple(found) if len(found) <= VALUE_WORDS else ()
