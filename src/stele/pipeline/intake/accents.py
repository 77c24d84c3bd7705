"""Letters whose accents a PDF shows as glyphs of their own, as TeX does with its first fonts: "Mina´c" is Mináč.

Such an accent stands over its letter, but anywhere in the text: beside it, or behind the line; and pdfium makes up
spaces around it. So the letter is found by its place, and given its accent, which then is none of the characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from stele.pipeline.intake.glyphs import Counts, Reals
from stele.pipeline.intake.native import Address, Codes, Doubles, Floats, TextPage

#: accents that take room, and those that are put on a letter
_PUT_ON = {
    0x60: 0x300, 0xB4: 0x301, 0x2C6: 0x302, 0x2DC: 0x303, 0xAF: 0x304, 0x2D8: 0x306, 0x2D9: 0x307, 0xA8: 0x308,
    0x2DA: 0x30A, 0x2DD: 0x30B, 0x2C7: 0x30C, 0xB8: 0x327, 0x2DB: 0x328,
}  # fmt: skip
_LAST = max(_PUT_ON)
_IS_ACCENT = np.isin(np.arange(_LAST + 2), list(_PUT_ON))
#: letters without their dots, which have accents instead
_DOTTED = {"ı": "i", "ȷ": "j"}
#: a page of more of them is no text: each is looked for among all letters
_MOST = 1000
#: how far the middle of an accent is from that of its letter, along the line and across it: shares of the font size
_ALONG, _ACROSS = 0.2, 0.5
#: what is wider than this share of the font size parts two words
_GAP = 0.18


class Chosen(TextPage):
    """Some of the characters of a page, as if it had no others."""

    def __init__(self, text: TextPage, indices: Counts, codes: Codes) -> None:
        """`codes` are those that the chosen ones are to have."""
        self._text, self._indices, self._codes = text, indices, codes
        self.count = len(indices)

    def codes(self) -> Codes:
        return self._codes

    def boxes(self, indices: Sequence[int]) -> Floats:
        return self._text.boxes(self._of(indices))

    def matrices(self, indices: Sequence[int]) -> Floats:
        return self._text.matrices(self._of(indices))

    def origins(self, indices: Sequence[int]) -> Doubles:
        return self._text.origins(self._of(indices))

    def font_sizes(self, indices: Sequence[int]) -> list[float]:
        return self._text.font_sizes(self._of(indices))

    def unmapped(self, indices: Sequence[int]) -> list[bool]:
        return self._text.unmapped(self._of(indices))

    def objects(self, indices: Sequence[int]) -> list[Address]:
        return self._text.objects(self._of(indices))

    def _of(self, indices: Sequence[int]) -> list[int]:
        found: list[int] = self._indices[list(indices)].tolist()
        return found


def with_accents(text: TextPage, codes: Codes) -> tuple[TextPage, Codes]:
    """The characters of a level page, and their codes, with accents on their letters; the same where there are none."""
    accents = np.flatnonzero(_IS_ACCENT[np.minimum(codes, _LAST + 1)])
    if not 0 < accents.size <= _MOST:
        return text, codes
    boxes = text.boxes(range(text.count)).astype(np.float64)
    codes, put_on = _composed(codes, accents, boxes)
    if not put_on.size:
        return text, codes
    kept = np.ones(len(codes), np.bool_)
    kept[put_on] = False
    for first, last in _runs(put_on, codes):
        if _touch(boxes, first - 1, last):
            kept[first:last] = False
    chosen = Chosen(text, np.flatnonzero(kept), codes[kept])
    return chosen, chosen.codes()


def _composed(codes: Codes, accents: Counts, boxes: Reals) -> tuple[Codes, Counts]:
    """The codes with accents put on letters, and which accents those are."""
    codes = codes.copy()
    middle, size = (boxes[:, 0] + boxes[:, 2]) / 2, np.abs(boxes[:, 1] - boxes[:, 3])
    low = np.minimum(boxes[:, 1], boxes[:, 3])
    letters = np.array([at for at, code in enumerate(codes.tolist()) if chr(code).isalpha() and code not in _PUT_ON])
    if not letters.size:
        return codes, np.zeros(0, np.int64)
    done = []
    for accent in accents.tolist():
        if size[accent] <= 0:
            continue
        along = np.abs(middle[letters] - middle[accent]) / size[accent]
        across = np.abs(low[letters] - low[accent]) / size[accent]
        near = np.where(across < _ACROSS, along, np.inf)
        letter = letters[near.argmin()]
        base = chr(codes[letter])
        whole = unicodedata.normalize("NFC", _DOTTED.get(base, base) + chr(_PUT_ON[int(codes[accent])]))
        if near.min() < _ALONG and len(whole) == 1:
            codes[letter] = ord(whole)
            done.append(accent)
    return codes, np.array(done, np.int64)


def _runs(put_on: Counts, codes: Codes) -> Iterator[tuple[int, int]]:
    """From where to where there is nothing but accents that were put on letters, and white space."""
    white = np.array([chr(code).isspace() for code in codes.tolist()])
    white[put_on] = True
    edges = np.flatnonzero(np.diff(white.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    for first, last in edges.tolist():
        if np.searchsorted(put_on, first) < np.searchsorted(put_on, last):
            yield first, last


def _touch(boxes: Reals, before: int, after: int) -> bool:
    """Whether two characters stand side by side in a word."""
    if before < 0 or after >= len(boxes):
        return False
    one, other = boxes[before], boxes[after]
    size = abs(one[1] - one[3])
    level = abs(one[[1, 3]].min() - other[[1, 3]].min()) < _GAP * size
    return bool(level and -_ACROSS * size < other[0] - one[2] < _GAP * size)
