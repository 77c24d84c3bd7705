"""The blocks of one page: text, and the order of all.

An id follows from the job, the page and how many blocks of the page were made before, so that every page can be
rendered alone and comes out the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid5

from stele.dialects.textract.geometry import Frame, percent, single
from stele.dialects.textract.lines import Run, plain, scanned
from stele.dialects.textract.model import Json
from stele.domain.document import Page
from stele.domain.geometry import Polygon


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


def relate(block: Json, kind: str, others: Sequence[Json]) -> None:
    """Let a block point at others; nothing is said when there are none."""
    if others:
        relationships: list[Json] = block.setdefault("Relationships", [])
        relationships.append({"Type": kind, "Ids": [one["Id"] for one in others]})


def page_block(sheet: Sheet) -> Json:
    return sheet.block("PAGE", Geometry=sheet.frame.whole())


def text_blocks(sheet: Sheet) -> tuple[list[Json], list[Json]]:
    """The LINEs, and the WORDs of all of them."""
    lines: list[Json] = []
    words: list[Json] = []
    for piece in scanned(sheet.page, sheet.frame):
        block = sheet.block("LINE", polygon=piece.polygon)
        shown = [_word(sheet, run, block) for run in piece.runs]
        block["Confidence"] = single(sum(word["Confidence"] for word in shown) / len(shown))
        block["Text"] = " ".join(word["Text"] for word in shown)
        relate(block, "CHILD", shown)
        lines.append(block)
        words += shown
    return lines, words


def _word(sheet: Sheet, run: Run, line: Json) -> Json:
    made = sheet.block(
        "WORD",
        polygon=run.polygon,
        confidence=sum(word.confidence for word in run.words) / len(run.words),
        Text=plain("".join(word.text for word in run.words)),
        TextType="HANDWRITING" if run.words[0].handwritten else "PRINTED",
    )
    for word in run.words:
        sheet.words[word.index] = made
        sheet.lines[word.index] = line
    return made
