"""Words and lines as the Textract dialect answers them, against the recorded answers of Amazon Textract."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Result, Table
from stele.dialects.textract.blocks import page_blocks
from stele.domain.job import Asked
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.looking import look
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

FOLDER = "textract"
_OVERLAP = 0.5  #: intersection over union of two boxes that are the same place
_JOB = "00000000-0000-7000-8000-000000000000"

Block = dict[str, Any]


def recorded(folder: Path) -> Iterator[tuple[Path, list[Block]]]:
    """The documents, each with the first answer that has its words."""
    seen: set[str] = set()
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            answers = json.loads((folder / row["response"]).read_text("utf-8"))
            parts = answers if isinstance(answers, list) else [answers]
            blocks = [block for each in parts for block in each.get("Blocks") or ()]
            if row["document"] not in seen and any(block["BlockType"] == "WORD" for block in blocks):
                seen.add(row["document"])
                yield folder / row["document"], blocks


def answered(file: Path, reader: Reader) -> list[Block]:
    """The blocks of text that the dialect makes of a document."""
    with open_document(file, name=file.name, limits=Limits(), password=None) as document:
        pages = (look(reader, page, ReadOptions(), Asked()) for page in document.pages(1, document.page_count))
        return [block for page in pages for block in page_blocks(page, _JOB, ())]


def agreement(ours: Sequence[Block], theirs: Sequence[Block], kind: str) -> tuple[int, int, int]:
    """How many blocks of a kind are in both, with the same text and in the same place; and how many each has."""
    waiting: dict[tuple[int, str], list[Block]] = defaultdict(list)
    count = 0
    for block in theirs:
        if block["BlockType"] == kind:
            waiting[block.get("Page") or 1, block["Text"]].append(block)
            count += 1
    mine = [block for block in ours if block["BlockType"] == kind]
    both = 0
    for block in mine:
        same = waiting[block.get("Page") or 1, block["Text"]]
        found = next((one for one in same if _overlap(one, block) >= _OVERLAP), None)
        if found is not None:
            same.remove(found)
            both += 1
    return both, len(mine), count


def _overlap(one: Block, other: Block) -> float:
    a, b = one["Geometry"]["BoundingBox"], other["Geometry"]["BoundingBox"]
    width = min(a["Left"] + a["Width"], b["Left"] + b["Width"]) - max(a["Left"], b["Left"])
    height = min(a["Top"] + a["Height"], b["Top"] + b["Height"]) - max(a["Top"], b["Top"])
    both = max(0.0, width) * max(0.0, height)
    either = a["Width"] * a["Height"] + b["Width"] * b["Height"] - both
    return both / either if either else 0.0


def _f1(both: int, ours: int, theirs: int) -> float:
    return round(2 * both / (ours + theirs), 3) if ours + theirs else 1.0


def measure(data: Path, models: Path, *, pages: int | None, say: Callable[[str], None]) -> Result:
    """All recorded documents, or the first `pages` of them."""
    folder = data / FOLDER
    if not folder.is_dir():
        return Result(name="recordings", tables=(), data={}, failures=(f"recordings: {folder} is not there",))
    reader = Reader(EngineChooser(models, threads=1))
    rows: list[tuple[str, int, float, int, float]] = []
    sums = {"WORD": (0, 0, 0), "LINE": (0, 0, 0)}
    for file, theirs in list(recorded(folder))[:pages]:
        say(f"recordings: {file.name}")
        ours = answered(file, reader)
        found = {kind: agreement(ours, theirs, kind) for kind in sums}
        for kind, (both, mine, count) in found.items():
            sums[kind] = (sums[kind][0] + both, sums[kind][1] + mine, sums[kind][2] + count)
        rows.append((file.name, found["WORD"][2], _f1(*found["WORD"]), found["LINE"][2], _f1(*found["LINE"])))
    rows.append(("all", sums["WORD"][2], _f1(*sums["WORD"]), sums["LINE"][2], _f1(*sums["LINE"])))
    table = Table(
        title="Textract's words and lines",
        columns=("document", "words", "F1", "lines", "F1"),
        rows=tuple(rows),
        caveat=(
            "The same text in the same place (boxes that overlap by half). Agreement with another service, not truth: "
            "with itself five months later it has 0.978 of words and 0.931 of lines."
        ),
    )
    return Result(name="recordings", tables=(table,), data={"rows": [list(row) for row in rows]})
