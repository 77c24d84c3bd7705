"""How large print is, told by its width: of what an engine reads, heights of lines vary with their letters, widths do
not."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from functools import cache

from stele.domain.document import Word

#: widths in thousandths of the font size of the characters from the space to the tilde, of the most common sans serif
#: (Adobe's metrics of Helvetica); other faces differ by a tenth, and all their letters alike
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556,) * 10,
    *(278, 278, 584, 584, 584, 556, 1015),
    *(667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833),
    *(722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611),
    *(278, 278, 278, 469, 556, 333),
    *(556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833),
    *(556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500),
    *(334, 260, 334, 584),
)
#: fewer letters than this tell too little
_FEWEST = 4


def size_by_width(words: Iterable[Word]) -> float:
    """The font size of some words in pixels; 0 where that cannot be told, for scripts whose letters join or stack."""
    width = ems = 0.0
    letters = 0
    for word in words:
        wide = ems_of(word.text)
        if wide:
            width += math.dist(word.polygon[0], word.polygon[1])
            ems += wide
            letters += len(word.text)
    return width / ems if letters >= _FEWEST else 0.0


@cache
def ems_of(text: str) -> float:
    """How wide a text is as a part of its font size; 0 where a character is of a script that this knows nothing of."""
    total = 0.0
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            continue
        wide = _ems(char)
        if not wide:
            return 0.0
        total += wide
    return total


def _ems(char: str) -> float:
    if " " <= char <= "~":
        return _WIDTHS[ord(char) - 32] / 1000
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if "\u0370" <= char <= "\u052f":  # Greek and Cyrillic
        return 0.7 if char.isupper() else 0.56
    return 0.5 if unicodedata.category(char)[0] in "PS" else 0.0
