"""What a benchmark gives: tables for people, each with its caveat, and data for the record."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

#: a list of numbers, which has no need of a line for each
_NUMBERS = re.compile(r"\[[-+.\de,\s]+\]")

Cell = str | float | int | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: a heading a column, and what to bear in mind when reading it. None is shown as a dash."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caveat: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """`data` is JSON to be, empty where nothing could be measured; `failures` say what could not, and why."""

    name: str
    tables: tuple[Table, ...]
    data: dict[str, object]
    failures: tuple[str, ...] = ()


def show(result: Result, console: Console) -> None:
    for each in result.tables:
        table = RichTable(title=each.title, title_justify="left", title_style="bold", caption=each.caveat,
                      caption_justify="left")  # fmt: skip
        for index, column in enumerate(each.columns):
            table.add_column(column, justify="right" if index else "left", overflow="fold")
        for row in each.rows:
            table.add_row(*("-" if cell is None else str(cell) for cell in row))
        console.print(table)
        console.print()
    for failure in result.failures:
        console.print(f"not measured: {failure}", markup=False, highlight=False)


def write(result: Result, machine: dict[str, object], folder: Path) -> Path:
    """Write `<name>.json`, replacing an earlier one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    record = {"benchmark": result.name, "machine": machine, **result.data, "not_measured": list(result.failures)}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    path.write_text(_NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), text) + "\n", "utf-8")
    return path


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0…1) of all are not above."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
