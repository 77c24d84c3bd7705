"""The blocks of one page: text, and the order of all.

An id follows from the job, the page and how many blocks of the page were made before, so that every page can be
rendered alone and comes out the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID, uuid5

from stele.dialects.textract.geometry import Frame, percent, single
from stele.dialects.textract.model import Json
from stele.domain.document import Break, Line, Page, Word
from stele.domain.geometry import Polygon

#: how much of the lower of two lines must lie beside the other for them to be one row; measured on Amazon's answers,
#: of which it puts 97 of 100 lines behind the right one
_SAME_ROW: Final = 0.5
#: left, top, right, bottom
Box: TypeAlias = tuple[float, float, float, float]


class Sheet:
    """A page on which blocks are drawn. `numbered` says how blocks tell which page they are on: those of calls that
    wait do not."""

    def __init__(self, page: Page, job: str, numbered: Mapping[str, int]) -> None:
        self.page = page
        self.frame = Frame(page)
        self.words: dict[int, Json] = {}  #: the WORD that shows the word of that index
        self.lines: dict[int, Json] = {}  #: the LINE in which it is
        self._job = UUID(job)
        self._numbered = numbered
        self._made = 0

    def block(
        self,
        kind: str,
        *,
        polygon: Polygon | None = None,
        confidence: float | None = None,
        **members: object,
    ) -> Json:
        """A block with a new id. Members without a value are left out."""
        number = self._made
        self._made += 1
        made: Json = {"BlockType": kind}
        if confidence is not None:
            made["Confidence"] = percent(confidence)
        made.update((name, value) for name, value in members.items() if value is not None)
        if polygon is not None:
            made["Geometry"] = self.frame.geometry(polygon)
        made["Id"] = str(uuid5(self._job, f"{self.page.number}/{number}"))
        made.update(self._numbered)
        return made

    def words_of(self, indices: Iterable[int]) -> list[Json]:
        """The WORDs that show these words, each once."""
        found = {id(self.words[index]): self.words[index] for index in indices if index in self.words}
        return list(found.values())

    def lines_of(self, indices: Iterable[int]) -> list[Json]:
        """The LINEs in which these words are, each once."""
        found = {id(self.lines[index]): self.lines[index] for index in indices if index in self.lines}
        return list(found.values())


def relate(block: Json, kind: str, others: Sequence[Json]) -> None:
    """Let a block point at others; nothing is said when there are none."""
    if others:
        relationships: list[Json] = block.setdefault("Relationships", [])
        relationships.append({"Type": kind, "Ids": [one["Id"] for one in others]})


def page_block(sheet: Sheet) -> Json:
    return sheet.block("PAGE", Geometry=sheet.frame.whole())


def text_blocks(sheet: Sheet) -> tuple[list[Json], list[Json]]:
    """The LINEs as a raster scan finds them, row by row across all columns, and their WORDs."""
    lines: list[Json] = []
    words: list[Json] = []
    for line in _scanned(sheet):
        block = sheet.block("LINE", polygon=line.polygon)
        shown = [_word(sheet, run, block) for run in _runs(line)]
        block["Confidence"] = single(sum(word["Confidence"] for word in shown) / len(shown))
        block["Text"] = " ".join(word["Text"] for word in shown)
        relate(block, "CHILD", shown)
        lines.append(block)
        words += shown
    return lines, words


def _scanned(sheet: Sheet) -> Iterator[Line]:
    placed = [(sheet.frame.upright(line.polygon), line) for line in sheet.page.lines() if line.words]
    placed.sort(key=lambda one: one[0][1] + one[0][3])
    rows: list[list[tuple[Box, Line]]] = []
    for box, line in placed:
        if rows and _side_by_side(rows[-1][-1][0], box):
            rows[-1].append((box, line))
        else:
            rows.append([(box, line)])
    for row in rows:
        yield from (line for _, line in sorted(row, key=lambda one: one[0][0]))


def _side_by_side(one: Box, other: Box) -> bool:
    beside = min(one[3], other[3]) - max(one[1], other[1])
    return beside > _SAME_ROW * min(one[3] - one[1], other[3] - other[1])


def _runs(line: Line) -> Iterator[list[Word]]:
    """The words between two spaces: a WORD is a run without one, also where words are written together."""
    run: list[Word] = []
    for word in line.words:
        run.append(word)
        if word.break_ is not Break.NONE:
            yield run
            run = []
    if run:
        yield run


def _word(sheet: Sheet, run: Sequence[Word], line: Json) -> Json:
    first, last = run[0], run[-1]
    polygon = (first.polygon[0], last.polygon[1], last.polygon[2], first.polygon[3])
    made = sheet.block(
        "WORD",
        polygon=polygon,
        confidence=sum(word.confidence for word in run) / len(run),
        Text="".join(word.text for word in run),
        TextType="HANDWRITING" if first.handwritten else "PRINTED",
    )
    for word in run:
        sheet.words[word.index] = made
        sheet.lines[word.index] = line
    return made
