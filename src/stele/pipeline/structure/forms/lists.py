"""Lists: keys and values side by side in rows."""

from __future__ import annotations

from collections.abc import Iterator

from stele.pipeline.structure.forms.scene import REACH, VALUE_WORDS, Cue, Pair, Scene
from stele.pipeline.structure.tables.segments import Row, is_number


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
        inside_tables = self._scene.table_words(least_rows=2, least_columns=3)
        for row in self._scene.rows:
            held = inside_tables | self._scene.prose
            free = [run for run in row.segments if held.isdisjoint(run.words)]
            if len(free) != 2 or len(free) != len(row.segments):
                continue
            left, right = free
            label = self._scene.is_key(left.words) and not left.numeric and len(left.words) <= 6
            typed = is_number(right.text) or (len(right.words) <= 4 and self._listed(row))
            if label and typed and right.box[0] - left.box[2] < REACH * self._sheet.em:
                yield Pair(key=left.words, value=right.words, cue=Cue.ROW)

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
