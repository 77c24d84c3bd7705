"""How sure an engine is of what it saw."""

from __future__ import annotations

from collections.abc import Iterable

from stele.pipeline.reading.seam import SeenLine


def letters_of(lines: Iterable[SeenLine]) -> int:
    """How many characters lines have."""
    return sum(len(word.text) for line in lines for word in line.words)


def confidence_of(lines: Iterable[SeenLine]) -> float:
    """The mean confidence of their characters, 0…1; 0 where there are none."""
    words = [word for line in lines for word in line.words]
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / max(1, letters)
