"""Lines to write on: rules at the base line of a key, with the value above them."""

from __future__ import annotations

from collections.abc import Iterator

from stele.pipeline.structure.forms.scene import VALUE_WORDS, Cue, Pair, Scene, is_colon
from stele.pipeline.structure.rules import Rule

#: of the print's height: a line to write on starts so far behind a key that begins its row
_LINE_REACH = 10.0


class Lines:
    """The pairs that lines to write on tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet, self._rules = scene, scene.sheet, scene.rules

    def pairs(self) -> Iterator[Pair]:
        """A key, and a rule behind it at its base line: what stands on the rule is the value."""
        inside_tables = self._scene.table_words(least_rows=2, least_columns=3)
        for rule in self._rules.level:
            if not 2 * self._sheet.em < rule.length < 40 * self._sheet.em:
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
            gap = rule.start - boxes[words[-1], 2]
            if gap > (_LINE_REACH if len(words) <= 4 and words == row.words[: len(words)] else 1.5) * em:
                continue
            start = len(words) - 1
            while start > 0 and boxes[words[start], 0] - boxes[words[start - 1], 2] < 0.9 * em:
                if is_colon(self._sheet.words[words[start - 1]].text) or self._on_a_rule(words[start - 1]):
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
            if word not in key and word not in self._scene.gone and abs(float(bottoms[word]) - rule.at) < 0.8 * em
        ]
        return tuple(found) if len(found) <= VALUE_WORDS else ()
