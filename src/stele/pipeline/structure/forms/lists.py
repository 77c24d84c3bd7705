"""Lists: keys and values side by side in rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from stele.pipeline.structure.forms.scene import REACH, VALUE_WORDS, Cue, Pair, Scene
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Row, is_number

#: cues of keys and values that stand in one row
_ROWS = frozenset({Cue.LINE, Cue.COLON, Cue.NUMBER, Cue.ROW})
#: so many pairs are a list; of the print's height: so far off do its keys and its values start, and so near above or
#: below others of it stand
_LISTED, _STARTS, _NEXT = 3, 0.6, 3.0
#: words: keys and values of a list that nothing else tells are no longer
_LIST_WORDS = 6


class Lists:
    """The pairs that rows of two texts tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet = scene, scene.sheet

    def in_tables(self) -> Iterator[Pair]:
        """Tables of two columns without a header: each row is a key and its value."""
        for table in self._scene.tables:
            if max(cell.column for cell in table.cells) != 1:
                continue
            rows: dict[int, list[tuple[int, ...]]] = {}
            for cell in table.cells:
                if not cell.header and cell.words and cell.column_span == 1:
                    rows.setdefault(cell.row, []).append(cell.words)
            for key, value in (row for row in rows.values() if len(row) == 2):
                if self._scene.is_key(key) and not is_number(self._sheet.text(key)) and len(value) <= VALUE_WORDS:
                    yield Pair(key=key, value=value, cue=Cue.ROW)

    def in_rows(self) -> Iterator[Pair]:
        """Rows of two runs, a label and what may be its value, where no larger table says otherwise."""
        held = self._scene.table_words(least_rows=2, least_columns=3) | self._scene.prose
        for row in self._scene.rows:
            free = [run for run in row.segments if held.isdisjoint(run.words)]
            if len(free) != 2 or len(free) != len(row.segments):
                continue
            left, right = free
            label = self._scene.is_key(left.words) and not left.numeric and len(left.words) <= 6
            typed = is_number(right.text) or (len(right.words) <= 4 and self._listed(row))
            if label and typed and right.box[0] - left.box[2] < REACH * self._sheet.em:
                yield Pair(key=left.words, value=right.words, cue=Cue.ROW)

    def going_on(self, found: Sequence[Pair]) -> Iterator[Pair]:
        """Rows where a key and a value start where those of several pairs do that were found above and below them."""
        em = self._sheet.em
        for left, right, top, bottom in self._lists(found):
            for row in self._scene.rows:
                if not top - _NEXT * em < row.middle < bottom + _NEXT * em:
                    continue
                for key, value in pairwise(row.segments):
                    starts = abs(key.box[0] - left) < _STARTS * em and abs(value.box[0] - right) < _STARTS * em
                    named = self._scene.is_key(key.words) and not key.numeric and len(key.words) <= _LIST_WORDS
                    if starts and named and len(value.words) <= _LIST_WORDS:
                        yield Pair(key=key.words, value=value.words, cue=Cue.LIST)

    def _lists(self, found: Sequence[Pair]) -> list[tuple[float, float, float, float]]:
        """Where the keys and the values of a list start, and where it begins and ends on the page."""
        em = self._sheet.em
        lists: list[list[tuple[Box, Box]]] = []
        for pair in found:
            if pair.cue in _ROWS and pair.value:
                key, value = self._sheet.around(pair.key), self._sheet.around(pair.value)
                if value[0] <= key[2] or value[1] > key[3]:
                    continue
                for each in lists:
                    first, second = each[0]
                    if abs(first[0] - key[0]) < _STARTS * em and abs(second[0] - value[0]) < _STARTS * em:
                        each.append((key, value))
                        break
                else:
                    lists.append([(key, value)])
        return [
            (
                each[0][0][0],
                each[0][1][0],
                min(key[1] for key, _ in each),
                max(key[3] for key, _ in each),
            )
            for each in lists
            if len(each) >= _LISTED
        ]

    def _listed(self, row: Row) -> bool:
        """Whether the row before or after has two runs that start where this one's do."""
        at = self._scene.rows.index(row)
        near = [self._scene.rows[other] for other in (at - 1, at + 1) if 0 <= other < len(self._scene.rows)]
        return any(
            len(other.segments) == 2
            and all(
                abs(first.box[0] - second.box[0]) < 1.5 * self._sheet.em
                for first, second in zip(row.segments, other.segments, strict=True)
            )
            for other in near
        )
