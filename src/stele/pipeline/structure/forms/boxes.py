"""Boxes: a key at the top or left of a box of rules, and the value in the rest of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stele.pipeline.structure.forms.scene import KEY_WORDS, VALUE_WORDS, Cue, Pair, Scene
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Segment, rows_of

#: of the print's height: values below keys that stand side by side are not higher
_LINES_OVER = 4.0
#: so many texts side by side in a box, and none below, are keys without values
_UNFILLED = 3
#: words: labels in boxes say more than other keys do
_LABEL_WORDS = 22
#: words: shorter values are no sentences
_SHORT = 6


class Boxes:
    """The pairs that boxes tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet = scene, scene.sheet

    def pairs(self) -> Iterator[Pair]:
        """Boxes of rules with a key at the top left, and the value below or behind it."""
        inside_tables = self._scene.grid_words
        for around, held in self._scene.frames.items():
            runs = [run for run in held if inside_tables.isdisjoint(run.words)]
            if not runs:
                continue
            if columns := self._labels_over_values(runs):
                yield from columns
            elif (around.closed or not self._level(runs)) and (pair := self._in_box(around.box, runs)):
                yield pair

    def _labels_over_values(self, runs: Sequence[Segment]) -> list[Pair]:
        """The pairs of a box with several keys side by side, and the values that stand below them; none elsewhere."""
        em = self._sheet.em
        labels = [run for run in runs if run.box[1] - runs[0].box[1] < 0.5 * em]
        values = [run for run in runs if run not in labels]
        words = [word for run in runs for word in run.words]
        if (
            len(labels) < 2
            or not values
            or self._scene.used.intersection(words)
            or any(self._scene.has_colon(label.words) for label in labels)
        ):
            return []
        if not all(self._scene.is_key(label.words) and not label.numeric for label in labels):
            return []
        if max(run.box[3] for run in values) - min(run.box[1] for run in values) > _LINES_OVER * em:
            return []
        below: dict[int, list[int]] = {}
        for value in values:
            place = min(range(len(labels)), key=lambda at: _distance(labels[at].box, value.box))
            below.setdefault(place, []).extend(value.words)
        return [
            Pair(key=labels[at].words, value=self._in_order(words), cue=Cue.BOX) for at, words in sorted(below.items())
        ]

    def _in_order(self, words: Sequence[int]) -> tuple[int, ...]:
        """Words as they are read: those of print of two sizes may have come as two rows."""
        return tuple(word for row in rows_of(self._sheet, words) for word in row.words)

    def _in_box(self, box: Box, runs: list[Segment]) -> Pair | None:
        first = runs[0]
        if self._scene.used.intersection(word for run in runs for word in run.words):
            return None
        if first.box[0] - box[0] > 3 * self._sheet.em or not self._scene.has_letters(first.words) or first.numeric:
            return None
        if len(runs) >= _UNFILLED and self._level(runs):
            return None
        key, rest = list(first.words), runs[1:]
        while rest and self._goes_on(first, rest[0]):
            first = rest[0]
            key.extend(first.words)
            rest = rest[1:]
        value = [word for run in rest for word in run.words]
        sentence = len(key) > KEY_WORDS and len(value) > _SHORT and not self._scene.prose.isdisjoint(value)
        if sentence or len(key) > _LABEL_WORDS or len(value) > VALUE_WORDS:
            return None
        if value:
            return Pair(key=tuple(key), value=tuple(value), cue=Cue.BOX)
        return None

    def _level(self, runs: Sequence[Segment]) -> bool:
        """Whether all runs are of one row."""
        return all(run.box[1] - runs[0].box[1] < 0.5 * self._sheet.em for run in runs)

    def _goes_on(self, line: Segment, below: Segment) -> bool:
        """Whether a line in a box is the rest of the key above it: close below, in print as small."""
        gap = below.box[1] - line.box[3]
        height, other = line.box[3] - line.box[1], below.box[3] - below.box[1]
        small = abs(other - height) < 0.18 * height
        lead = below.text[:1] == "(" or below.text[:1].islower()
        return lead and small and gap < 0.5 * self._sheet.em and not below.numeric


def _distance(label: Box, value: Box) -> float:
    """How far apart two boxes are, from left to right; less than 0 where one stands below the other."""
    return max(label[0], value[0]) - min(label[2], value[2])
