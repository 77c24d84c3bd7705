"""Structure against documents whose tables and fields are known, and against the recorded answers of Amazon Textract.

Pages are read first, with the default engine or from their text layer; the time is that of structure alone, in
milliseconds of processor time a page, and as a share of what reading took.
"""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.relations import (
    Area,
    Cell,
    Pair,
    Tally,
    agreeing,
    areas_of,
    cells_of_html,
    equal,
    pairs_of,
    score_areas,
    score_pairs,
    score_tables,
)
from benchmarks.results import Result, Table
from stele.domain.document import FieldKind, Page
from stele.domain.job import Asked, Feature
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.looking import look
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions
from stele.pipeline.structure.structuring import structure

TABLE_SETS = ("icdar2013_tables", "icdar2013_tables_png", "pubtabnet_examples")
FORM_SETS = ("funsd",)
RECORDED = "textract"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A page and what is true of it; None where that is not known. `recorded`: another service said it, so that its
    reading differs, too: texts of cells need to be alike then, as those of pairs do (reading is scored elsewhere).
    """

    file: Path
    number: int
    tables: list[list[Cell]] | None = None
    pairs: list[Pair] | None = None
    areas: list[Area] | None = None
    recorded: bool = False

    @property
    def features(self) -> tuple[Feature, ...]:
        asked = ((self.tables, Feature.TABLES), (self.pairs, Feature.FORMS), (self.areas, Feature.LAYOUT))
        return tuple(feature for known, feature in asked if known is not None)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What was right on a page by feature, and what structure cost, and reading before it: milliseconds of processor
    time."""

    tallies: dict[Feature, Tally]
    milliseconds: float
    reading: float


def labelled(folder: Path) -> Iterator[Case]:
    """The pages of a set with ground truth."""
    for path in sorted(folder.glob("*.gt.json")):
        truth = json.loads(path.read_text("utf-8"))
        by_page: dict[int, list[list[Cell]]] = defaultdict(list)
        for table in truth.get("tables", ()):
            by_page[table.get("page", 1)].append(_cells(table))
        pairs = [(each["key"], each["value"]) for each in truth.get("kv", ()) if each["value"].strip()]
        file = folder / truth["file"]
        if by_page:
            for number, tables in sorted(by_page.items()):
                yield Case(file=file, number=number, tables=tables)
        elif "kv" in truth:
            yield Case(file=file, number=1, pairs=pairs)


def _cells(table: dict[str, Any]) -> list[Cell]:
    if "cells" in table:
        return [(cell["r0"], cell["r1"], cell["c0"], cell["c1"], cell["text"]) for cell in table["cells"]]
    return cells_of_html(table["html"])


def recorded(folder: Path) -> Iterator[Case]:
    """The pages of documents with a recorded answer: for each document, the first answer with a feature counts."""
    known: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            answers = json.loads((folder / row["response"]).read_text("utf-8"))
            parts = answers if isinstance(answers, list) else [answers]
            blocks = [block for each in parts for block in each.get("Blocks", ())]
            for feature, kind in (("TABLES", "TABLE"), ("FORMS", "KEY_VALUE_SET"), ("LAYOUT", "LAYOUT_")):
                if feature in row["features"] and any(block["BlockType"].startswith(kind) for block in blocks):
                    known[row["document"]].setdefault(feature, blocks)
    for document, features in sorted(known.items()):
        pages = {block.get("Page") or 1 for blocks in features.values() for block in blocks}
        for number in sorted(pages):
            yield Case(
                file=folder / document,
                number=number,
                tables=_answered_tables(features.get("TABLES"), number),
                pairs=_answered_pairs(features.get("FORMS"), number),
                areas=_answered_areas(features.get("LAYOUT"), number),
                recorded=True,
            )


def _text(block: dict[str, Any], blocks: dict[str, dict[str, Any]]) -> str:
    parts = []
    for child in _related(block, "CHILD", blocks):
        if child["BlockType"] == "WORD":
            parts.append(child["Text"])
        elif child["BlockType"] == "SELECTION_ELEMENT":
            parts.append("selected" if child["SelectionStatus"] == "SELECTED" else "unselected")
    return " ".join(parts)


def _related(block: dict[str, Any], kind: str, blocks: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    related = [each for each in block.get("Relationships") or () if each["Type"] == kind]
    return [blocks[name] for each in related for name in each["Ids"] if name in blocks]


def _answered_tables(found: list[dict[str, Any]] | None, number: int) -> list[list[Cell]] | None:
    if found is None:
        return None
    blocks = {block["Id"]: block for block in found}
    return [
        _whole_cells(block, blocks)
        for block in found
        if block["BlockType"] == "TABLE" and (block.get("Page") or 1) == number
    ]


def _whole_cells(table: dict[str, Any], blocks: dict[str, dict[str, Any]]) -> list[Cell]:
    """The cells of a recorded table, those of a merged cell as one: it comes as a MERGED_CELL beside the places that it
    covers, which hold its words in pieces, while a cell of the document has spans and all its words."""
    merged = _related(table, "MERGED_CELL", blocks)
    covered = {place["Id"] for cell in merged for place in _related(cell, "CHILD", blocks)}
    plain = [
        cell for cell in _related(table, "CHILD", blocks) if cell["BlockType"] == "CELL" and cell["Id"] not in covered
    ]
    return [_cell_of(cell, _text(cell, blocks)) for cell in plain] + [
        _cell_of(cell, " ".join(filter(None, (_text(place, blocks) for place in _related(cell, "CHILD", blocks)))))
        for cell in merged
    ]


def _cell_of(cell: dict[str, Any], text: str) -> Cell:
    row, column = cell["RowIndex"] - 1, cell["ColumnIndex"] - 1
    return row, row + cell.get("RowSpan", 1) - 1, column, column + cell.get("ColumnSpan", 1) - 1, text


def _answered_pairs(found: list[dict[str, Any]] | None, number: int) -> list[Pair] | None:
    if found is None:
        return None
    blocks = {block["Id"]: block for block in found}
    pairs = [
        (_text(block, blocks), " ".join(_text(value, blocks) for value in _related(block, "VALUE", blocks)))
        for block in found
        if block.get("EntityTypes") == ["KEY"] and (block.get("Page") or 1) == number
    ]
    return [(key, value) for key, value in pairs if key.strip() and value.strip()]


def _answered_areas(found: list[dict[str, Any]] | None, number: int) -> list[Area] | None:
    if found is None:
        return None
    within = {
        name
        for block in found
        if block["BlockType"] == "LAYOUT_LIST"
        for each in block.get("Relationships") or ()
        for name in each["Ids"]
    }
    areas: list[Area] = []
    for block in found:
        if not block["BlockType"].startswith("LAYOUT_") or (block.get("Page") or 1) != number or block["Id"] in within:
            continue
        box = block["Geometry"]["BoundingBox"]
        corners = box["Left"], box["Top"], box["Left"] + box["Width"], box["Top"] + box["Height"]
        areas.append((block["BlockType"].removeprefix("LAYOUT_").lower(), corners))
    return areas


def score(case: Case, reader: Reader) -> Scored:
    """Read the page of a case, find its structure and compare that with what is true."""
    with open_document(case.file, name=case.file.name, limits=Limits(), password=None) as document:
        (scored,) = [_score(case, page, reader) for page in document.pages(case.number, 1)]
    return scored


def _score(case: Case, source: Any, reader: Reader) -> Scored:
    begun = time.process_time()
    read = look(reader, source, ReadOptions(), Asked())
    started = time.process_time()
    page = structure(source, read, Asked(features=case.features))
    spent = 1000 * (time.process_time() - started)
    return Scored(tallies=dict(_tallies(case, page)), milliseconds=spent, reading=1000 * (started - begun))


def _tallies(case: Case, page: Page) -> Iterator[tuple[Feature, Tally]]:
    if case.tables is not None:
        same = agreeing if case.recorded else equal
        yield Feature.TABLES, score_tables(case.tables, page, same)
    if case.pairs is not None:
        # the recorded service leaves the columns of tables to its tables, and so does our answer in its dialect
        kinds = {FieldKind.ENTRY} if case.recorded else frozenset(FieldKind)
        yield Feature.FORMS, score_pairs(case.pairs, pairs_of(page, kinds))
    if case.areas is not None:
        yield Feature.LAYOUT, score_areas(case.areas, areas_of(page))


def measure(data: Path, models: Path, *, pages: int | None, say: Callable[[str], None]) -> Result:
    """All sets that are there, up to `pages` of each."""
    reader = Reader(EngineChooser(models, threads=1))
    rows: list[tuple[str, str, int, float, float, float, float, float]] = []
    missing: list[str] = []
    for name in (*TABLE_SETS, *FORM_SETS, RECORDED):
        folder = data / name
        if not folder.is_dir():
            missing.append(f"structure of {name}: {folder} is not there")
            continue
        say(f"structure: {name}")
        cases = list(recorded(folder) if name == RECORDED else labelled(folder))[:pages]
        scored = [score(case, reader) for case in cases]
        spent = sum(each.milliseconds for each in scored) / max(1, len(scored))
        share = median(each.milliseconds / each.reading for each in scored) if scored else 0.0
        for feature in (Feature.TABLES, Feature.FORMS, Feature.LAYOUT):
            tallies = [each.tallies[feature] for each in scored if feature in each.tallies]
            if tallies:
                whole = sum(tallies, Tally())
                told = (
                    round(whole.f1, 3),
                    round(whole.precision, 3),
                    round(whole.recall, 3),
                    round(spent, 1),
                    round(share, 3),
                )
                rows.append((name, feature.value, len(tallies), *told))
    table = Table(
        title="Structure",
        columns=("set", "feature", "pages", "F1", "precision", "recall", "ms a page", "of reading"),
        rows=tuple(rows),
        caveat=(
            "Tables: neighbouring cells with the same text, or, where another service read it, texts that are 80 % "
            "alike. Forms: pairs whose texts are 80 % alike. Layout: regions "
            "of the same kind that overlap by half. Whole pages, found without being told where; the last set is "
            "agreement with another service, not truth. Of reading: the share of the time that reading the same "
            "page took, of the page in the middle; those of icdar2013_tables have their words in the file."
        ),
    )
    data_out: dict[str, object] = {
        "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
    }
    return Result(name="structure", tables=(table,), data=data_out if rows else {}, failures=tuple(missing))
