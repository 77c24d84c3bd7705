"""Print: how high and how bold it is, beside that of most of the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from statistics import median

import numpy as np

from stele.pipeline.structure.layout.parts import Pieces
from stele.pipeline.structure.sheet import Sheet, boxed, middle
from stele.pipeline.structure.tables.segments import Segment

#: how much wider the strokes of bold print are, of so many words at most
_BOLD, _WEIGHED = 1.2, 12


class Lettering:
    """The print of a sheet. `size` is the height of most of its letters, not words."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        letters = np.repeat(sheet.boxes[:, 3] - sheet.boxes[:, 1], [len(text) for text in sheet.texts])
        self.size = max(1.0, middle(letters))

    def height(self, pieces: Pieces) -> float:
        """How high the print of lines is, on the sheet."""
        edges = self._sheet.edges
        return median(edges[word][3] - edges[word][1] for piece in pieces for word in piece.words)

    def is_bold(self, piece: Segment) -> bool:
        """Whether a piece is bolder than most of the page."""
        return self._weight(piece.words) > _BOLD * self._body_weight

    def is_bolder(self, piece: Segment, other: Segment) -> bool:
        return self._weight(piece.words) > _BOLD * self._weight(other.words)

    def _weight(self, words: Sequence[int]) -> float:
        """How thick the strokes of words are: the median of some with letters."""
        if self._sheet.bold is not None and self._sheet.bold.isdisjoint(words):
            return 1.0
        spelt = list(islice((word for word in words if any(map(str.isalnum, self._sheet.texts[word]))), _WEIGHED))
        return median(self._stroke(word) for word in (spelt or words[:_WEIGHED]))

    def _stroke(self, word: int) -> float:
        """The mean width of upright strokes, in heights of the print: each darkens its width times the contrast a row,
        and its two edges change the row by twice the contrast, however grey it is. Where the file says what is bold,
        that is twice as wide."""
        bold = self._sheet.bold
        if bold is not None:
            return 1.0 + (word in bold)
        left, top, right, bottom = boxed(self._sheet.boxes[word], self._sheet.grey.shape)
        pixels = self._sheet.grey[top:bottom, max(0, left - 1) : right + 1].astype(np.float64)
        if pixels.size == 0:
            return 0.0
        contrast = np.abs(pixels - np.median(pixels))
        edges = float(np.abs(np.diff(contrast, axis=1)).sum())
        return 2 * float(contrast.sum()) / max(1.0, edges) / (bottom - top)

    @cached_property
    def _body_weight(self) -> float:
        step = max(1, len(self._sheet.words) // 60)
        return max(1e-3, median(self._stroke(word) for word in range(0, len(self._sheet.words), step)))
