"""Pages as an engine sees them, set by a typewriter: lines of words with exact boxes, turned and shuffled at will."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterable
from typing import Self

from stele.domain.document import Block
from stele.domain.geometry import Polygon, bounding, rectangle, turned
from stele.domain.value import changed
from stele.pipeline.reading import layout
from stele.pipeline.reading.layout import Arrangement
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord
from stele.pipeline.reading.seenwords import SeenWords

#: how wide a character is, and how far lines are apart, as parts of the text's height
PITCH, LEADING = 0.5, 1.3

PROSE = (
    "The river had been low all summer and the ferrymen spent their days mending nets beside the landing. Nobody "
    "crossed who did not have to, and those who did paid little for it. When the first rain came at last the water "
    "rose within a single night, brown and loud, and carried away two of the boats that had been left untied. In the "
    "morning the older men stood on the bank and said what they said every year, that the river gives back what it "
    "takes, only never to the same people. The younger ones were already looking for rope. By noon a cart had come "
    "down from the village with planks and bread, and the work of building went on until the light was gone and for "
    "some hours afterwards by lantern, because the market was to be held on the other side and would not wait."
)


def prose(letters: int, lines: int, start: int = 0) -> list[str]:
    """Lines of running text, at most `letters` long, beginning with the `start`-th word."""
    words = (PROSE + " ") * 40
    return textwrap.wrap(" ".join(words.split()[start : start + 20 * lines]), letters)[:lines]


def arrange(seen: SeenPage, stated: int = 0) -> Arrangement:
    return layout.arrange(SeenWords.of(seen), stated=stated)


class Sheet:
    """A page that text is typed on. Sizes are in pixels; `size` is the height of the text."""

    def __init__(self) -> None:
        self.lines: list[SeenLine] = []

    def type(self, left: float, top: float, text: str, size: float = 20) -> Self:
        """One line; it ends where its text ends. Two spaces and more are gaps inside the line."""
        words, at = [], 0
        for part in text.split(" "):
            if part:
                box = rectangle(left + at * PITCH * size, top, left + (at + len(part)) * PITCH * size, top + size)
                words.append(SeenWord(text=part, confidence=0.9, polygon=box))
            at += len(part) + 1
        self.lines.append(SeenLine(polygon=bounding(word.polygon for word in words), words=tuple(words)))
        return self

    def column(self, left: float, top: float, lines: Iterable[str], size: float = 20, leading: float = LEADING) -> Self:
        """Lines below each other."""
        for row, text in enumerate(lines):
            self.type(left, top + row * leading * size, text, size)
        return self

    def row(self, top: float, cells: Iterable[tuple[float, str]], size: float = 20) -> Self:
        """Lines beside each other: where each begins, and its text."""
        for left, text in cells:
            self.type(left, top, text, size)
        return self

    def seen(self, turn: float = 0.0, *, stated: float | None = None, shuffled: bool = True) -> SeenPage:
        """The page with its content turned clockwise; the engine says that it is turned by `stated` degrees."""

        def moved(polygon: Polygon) -> Polygon:
            a, b, c, d = (turned(corner, turn, (700.0, 900.0)) for corner in polygon)
            return a, b, c, d

        lines = [
            SeenLine(
                polygon=moved(line.polygon),
                words=tuple(changed(word, polygon=moved(word.polygon)) for word in line.words),
            )
            for line in self.lines
        ]
        if shuffled:
            random.Random(7).shuffle(lines)
        return SeenPage(lines=tuple(lines), angle=turn if stated is None else stated)


def texts(blocks: Iterable[Block]) -> list[str]:
    """The lines' texts, in order."""
    return [line.text for block in blocks for paragraph in block.paragraphs for line in paragraph.lines]
