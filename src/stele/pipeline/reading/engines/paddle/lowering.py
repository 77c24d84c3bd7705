"""How high must the lines of a page be shown to the large network?

It was trained on lines 48 pixels high, halves that four times, and takes the mean of the rows that are left: it can
read lower ones too, in as much less time. Clear lines read as well at 32; what is worn, old, tiny or by hand does not,
but then its confidence tells. So a page begins at the full height and goes down where a few lines in a row read without
doubt; a line that is then less certain is read again in full, and so are those after it, until a few were without doubt
again. A third height, 24, was left out: over 31 pages of ten kinds it saved nothing, and it takes 25 MB.
"""

from __future__ import annotations

from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, LOW

#: so many lines in a row are without doubt before the next is shown lower
_ROW = 3
#: the mean confidence from which a line is without doubt, and what a low one needs to be believed
_SURE, _HOLDS = 0.995, 0.99


class Lowering:
    """The height for the next line of a page."""

    def __init__(self) -> None:
        self._row = 0

    @property
    def now(self) -> int:
        """LINE_HEIGHT or LOW."""
        return LOW if self._row >= _ROW else LINE_HEIGHT

    def suffices(self, confidence: float) -> bool:
        """Whether a line that was read at the height of `now` with this mean confidence is to be believed.

        If not, `now` is the full height after it, where every line is.
        """
        if self.now == LOW:
            if confidence < _HOLDS:
                self._row = 0
            return confidence >= _HOLDS
        self._row = self._row + 1 if confidence >= _SURE else 0
        return True
