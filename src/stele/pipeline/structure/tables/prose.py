"""Which words of a page are running text, and so of no table and no form."""

from __future__ import annotations

from stele.pipeline.structure.sheet import Sheet, kept
from stele.pipeline.structure.tables.segments import rows_of

#: a line of the page with so many words is prose where a paragraph has more of them
_PROSE_WORDS = 6


@kept
def prose_of(sheet: Sheet) -> frozenset[int]:
    """The words of running text: of paragraphs most of whose lines have many words and no numbers beside them."""
    beside = _beside_numbers(sheet)
    found: set[int] = set()
    for block in sheet.page.blocks:
        for paragraph in block.paragraphs:
            lines = paragraph.lines
            long = [line for line in lines if len(line.words) >= _PROSE_WORDS]
            if (len(long) >= 2 and 2 * len(long) >= len(lines)) or any(len(line.words) > 10 for line in long):
                words = {word.index for line in lines for word in line.words}
                if len(words & beside) <= 0.2 * len(words):
                    found.update(words)
    return frozenset(found)


def _beside_numbers(sheet: Sheet) -> set[int]:
    """Words that have at least two numbers to the right of them in their row."""
    found: set[int] = set()
    for row in rows_of(sheet, range(len(sheet.words))):
        numbers = [segment.box[0] for segment in row.segments if segment.numeric]
        if len(numbers) >= 2:
            last_but_one = sorted(numbers)[-2]
            for segment in row.segments:
                if segment.box[2] < last_but_one:
                    found.update(segment.words)
    return found
