"""Parts of a page: pieces of lines that are one thing, as layout takes them apart and joins them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from stele.domain.document import RegionKind
from stele.pipeline.structure.layout.blocks import length_of
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Segment

Pieces = Sequence[Segment]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Pieces of lines that are one thing; `table` is the number of theirs."""

    pieces: tuple[Segment, ...]
    kind: RegionKind
    confidence: float
    table: int | None = None

    @cached_property
    def words(self) -> tuple[int, ...]:
        return tuple(sorted(word for piece in self.pieces for word in piece.words))

    @cached_property
    def box(self) -> Box:
        return around(self.pieces)

    @cached_property
    def length(self) -> int:
        """In words; two ideographs count as one."""
        return sum(length_of(piece.text) for piece in self.pieces)

    def as_a(self, kind: RegionKind, confidence: float | None = None) -> Part:
        """The same of another kind."""
        return replace(self, kind=kind, confidence=self.confidence if confidence is None else confidence)


def around(pieces: Pieces) -> Box:
    """The box around some pieces. Raises ValueError when there are none."""
    lefts, tops, rights, bottoms = zip(*(piece.box for piece in pieces), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def pieces_of(parts: Iterable[Part]) -> list[Segment]:
    return [piece for part in parts for piece in part.pieces]


def joined(parts: Sequence[Part], kind: RegionKind) -> Part:
    """Some parts as one, of the table of the first."""
    confidence = sum(part.confidence for part in parts) / len(parts)
    return Part(pieces=tuple(pieces_of(parts)), kind=kind, confidence=confidence, table=parts[0].table)
