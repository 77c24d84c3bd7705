"""How high must the lines of a page be shown to the network?

It was trained on lines 48 pixels high, halves that four times, and takes the mean of the rows that are left: it can
read lower ones too, in as much less time. Plain print reads as well at 32 or 24; what is worn, old, tiny or by hand
does not, but then its confidence tells. So a page begins at the full height and goes down a step where a few lines in a
row read without doubt; a line that is then less certain is read again in full. Of 1,400 lines of eight kinds, shown as
narrow as their print allows, this took a fifth to a third less time on clean pages and no more on others, and of ten
thousand letters as many differed from those of an unhurried reading as before (16 and 18 on the cleanest).
"""

from __future__ import annotations

from stele.domain.value import Value
from stele.pipeline.reading.engines.paddle.models import HEIGHTS

#: so many lines in a row are without doubt before the next is shown lower
_ROW = 3


class _Step(Value):
    """`height` in pixels; the mean confidence that a line needs to hold at it, and to be without doubt."""

    height: int
    holds: float
    sure: float


_STEPS = tuple(
    _Step(height=height, holds=holds, sure=sure)
    for height, holds, sure in zip(HEIGHTS, (0.0, 0.99, 0.995), (0.995, 0.998, 1.0), strict=True)
)


class Lowering:
    """The height for the next line of a page."""

    def __init__(self) -> None:
        self._step = 0
        self._lowest = len(_STEPS) - 1
        self._row = 0

    @property
    def now(self) -> int:
        """One of HEIGHTS."""
        return _STEPS[self._step].height

    def suffices(self, confidence: float) -> bool:
        """Whether a line that was read at the height of `now` with this mean confidence is to be believed.

        If not, `now` is the full height after it, where every line is.
        """
        step = _STEPS[self._step]
        if confidence < step.holds:
            # A page with worn lines has more of them: half the height is not tried twice.
            self._lowest = max(1, self._step - 1)
            self._step = self._row = 0
            return False
        self._row = self._row + 1 if confidence >= step.sure else 0
        if self._row == _ROW and self._step < self._lowest:
            self._step, self._row = self._step + 1, 0
        return True
