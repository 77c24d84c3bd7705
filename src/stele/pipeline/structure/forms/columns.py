"""Columns: the header above a value is its key."""

from __future__ import annotations

from collections.abc import Iterator

from stele.pipeline.structure.forms.scene import VALUE_WORDS, Cue, Pair, Scene


class Columns:
    """The pairs that headers of columns tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet = scene, scene.sheet

    def pairs(self) -> Iterator[Pair]:
        """Tables of a header and one row."""
        for table in self._scene.tables:
            rows = 1 + max(cell.row for cell in table.cells)
            heads = {cell.column: cell for cell in table.cells if cell.row == 0 and cell.header and cell.words}
            if rows != 2 or len(heads) < 2:
                continue
            for cell in table.cells:
                if cell.row == 1 and cell.words and cell.column in heads and len(cell.words) <= VALUE_WORDS:
                    yield Pair(key=heads[cell.column].words, value=cell.words, cue=Cue.HEADER)
