"""All words of a page as columns: a page has hundreds, and layout looks at each many times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon
from stele.pipeline.reading.seam import SeenPage, SeenSymbol

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

#: letters that are written from the right: Hebrew, Arabic and their neighbours, and their old and African relatives
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
#: characters as wide as high, or nearly so
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe6f\uff00-\uffef\U00016fe0-\U0003fffd]"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenWords:
    """n words in m lines, in displayed pixels; the words of a line follow each other."""

    texts: list[str]
    confidences: Floats  #: n
    polygons: Floats  #: n x 4 x 2
    spaces: Sequence[bool]  #: whether a space separates each word from the next one of its line
    line: Indices  #: of each word its line, ascending from 0, none left out
    line_polygons: Floats  #: m x 4 x 2, each from the text's own top-left
    symbols: Sequence[tuple[SeenSymbol, ...]] = ()  #: of each word, or nothing at all
    handwritten: frozenset[int] = frozenset()  #: words that were written by hand
    angle: float = 0.0  #: how far the content is turned clockwise on the displayed page, as far as is known

    @classmethod
    def of(cls, seen: SeenPage) -> SeenWords:
        """The words of what an engine saw; every line has some."""
        words = [word for line in seen.lines for word in line.words]
        return cls(
            texts=[word.text for word in words],
            confidences=np.array([word.confidence for word in words], np.float64),
            polygons=as_array([word.polygon for word in words]),
            spaces=[word.space_after for word in words],
            line=np.repeat(np.arange(len(seen.lines)), [len(line.words) for line in seen.lines]),
            line_polygons=as_array([line.polygon for line in seen.lines]),
            symbols=[word.symbols for word in words] if any(word.symbols for word in words) else (),
            handwritten=frozenset(index for index, word in enumerate(words) if word.handwritten),
            angle=seen.angle,
        )

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def starts(self) -> Indices:
        """The first word of each line."""
        return np.searchsorted(self.line, np.arange(len(self.line_polygons)))

    @cached_property
    def counts(self) -> Indices:
        """How many words each line has."""
        return np.bincount(self.line, minlength=len(self.line_polygons))

    @cached_property
    def lengths(self) -> Indices:
        """How many characters each word has."""
        return np.fromiter(map(len, self.texts), np.intp, len(self.texts))

    @cached_property
    def whole(self) -> str:
        """All characters, to look for some."""
        return "".join(self.texts)

    @cached_property
    def spaced(self) -> bool:
        """Whether a space follows every word."""
        return all(self.spaces)

    @cached_property
    def has_leftward(self) -> bool:
        """Whether some of it is written from the right."""
        return not self.whole.isascii() and _LEFTWARD.search(self.whole) is not None

    @cached_property
    def has_wide(self) -> bool:
        """Whether there are characters as wide as high (East Asian width W or F)."""
        return not self.whole.isascii() and _WIDE.search(self.whole) is not None

    def line_texts(self) -> list[str]:
        """The characters of each line, without spaces."""
        letters = np.add.reduceat(self.lengths, self.starts).tolist()
        ends = list(accumulate(letters))
        return [self.whole[end - length : end] for length, end in zip(letters, ends, strict=True)]

    def of_lines(self, kept: npt.NDArray[np.bool_]) -> SeenWords:
        """The words of some lines, which are numbered anew."""
        if kept.all():
            return self
        at = np.flatnonzero(kept[self.line])
        indices = at.tolist()
        return SeenWords(
            texts=[self.texts[index] for index in indices],
            confidences=self.confidences[at],
            polygons=self.polygons[at],
            spaces=[self.spaces[index] for index in indices],
            line=(np.cumsum(kept) - 1)[self.line[at]],
            line_polygons=self.line_polygons[kept],
            symbols=[self.symbols[index] for index in indices] if self.symbols else (),
            handwritten=frozenset(new for new, index in enumerate(indices) if index in self.handwritten),
            angle=self.angle,
        )

    def and_then(self, more: SeenWords) -> SeenWords:
        """These words, and others in lines of their own; the angle is that of the others."""
        symbols: list[tuple[SeenSymbol, ...]] = []
        if self.symbols or more.symbols:
            symbols = [*(self.symbols or [()] * len(self)), *(more.symbols or [()] * len(more))]
        return SeenWords(
            texts=self.texts + more.texts,
            confidences=np.concatenate([self.confidences, more.confidences]),
            polygons=np.concatenate([self.polygons, more.polygons]),
            spaces=[*self.spaces, *more.spaces],
            line=np.concatenate([self.line, more.line + len(self.line_polygons)]),
            line_polygons=np.concatenate([self.line_polygons, more.line_polygons]),
            symbols=symbols,
            handwritten=self.handwritten | {len(self) + index for index in more.handwritten},
            angle=more.angle,
        )


def as_array(polygons: Sequence[Polygon]) -> Floats:
    """Polygons as an array, n x 4 x 2."""
    flat = chain.from_iterable(chain.from_iterable(polygons))
    return np.fromiter(flat, np.float64, 8 * len(polygons)).reshape(-1, 4, 2)
