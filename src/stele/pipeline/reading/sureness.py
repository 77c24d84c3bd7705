"""How sure an engine is of what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stele.pipeline.reading.seam import SeenLine, SeenWord


def words_of(lines: Iterable[SeenLine]) -> list[SeenWord]:
    """All words of some lines."""
    return [word for line in lines for word in line.words]


def letters_of(words: Iterable[SeenWord]) -> int:
    """How many characters words have."""
    return sum(len(word.text) for word in words)


def confidence_of(words: Sequence[SeenWord]) -> float:
    """The mean confidence of their characters, 0…1; 0 where there are none."""
    return sum(word.confidence * len(word.text) for word in words) / max(1, letters_of(words))
