"""Plain text that keeps the layout: each line stands about where it stands on the page, as on a typewriter.

A character of the grid is as wide as a character of the page on average. Lines side by side are on one row, in order
from the left; empty rows stand for wide gaps. Pages end as those of `txt`.
"""

from __future__ import annotations

import statistics
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from stele.domain.document import Page
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.sheet import Box, Sheet
from stele.pipeline.export.txt import PAGE_END, unreadable

#: of a line's height: lines whose middles are no further apart are on one row
_ONE_ROW = 0.5
_MAX_EMPTY = 3


def write_layout(document: ExportInput, out: BinaryIO) -> None:
    for page in document.pages:
        text = unreadable(page) or "\n".join(_rows(page))
        out.write((f"{text}\n" if text else "").encode() + PAGE_END.encode())


def _rows(page: Page) -> Iterator[str]:
    sheet = Sheet(page)
    lines = sorted(
        ((sheet.box(line.polygon), line.text) for line in page.lines()), key=lambda line: line[0].top + line[0].bottom
    )
    if not lines:
        return
    origin = min(box.left for box, _ in lines)
    pitch = statistics.median(box.width / max(_width(text), 1) for box, text in lines) or 1.0
    rows: list[list[tuple[Box, str]]] = []
    for line in lines:
        if rows and _middle(line[0]) - _middle(rows[-1][0][0]) <= _ONE_ROW * line[0].height:
            rows[-1].append(line)
        else:
            rows.append([line])
    leading = _leading(rows)
    before = None
    for row in rows:
        middle = _middle(row[0][0])
        if before is not None:
            yield from [""] * min(max(round((middle - before) / leading) - 1, 0), _MAX_EMPTY)
        before = middle
        yield _row(row, origin, pitch)


def _row(row: list[tuple[Box, str]], origin: float, pitch: float) -> str:
    made = ""
    for box, text in sorted(row, key=lambda line: line[0].left):
        column = round((box.left - origin) / pitch)
        missing = max(column - _width(made), 1 if made else 0)
        made += " " * missing + text
    return made


def _leading(rows: list[list[tuple[Box, str]]]) -> float:
    """The usual distance of rows: the smaller half of them are those of running text."""
    middles = [_middle(row[0][0]) for row in rows]
    steps = sorted(second - first for first, second in pairwise(middles))
    return statistics.median(steps[: max(1, len(steps) // 2)]) if steps else 1.0


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2


def _width(text: str) -> int:
    """In columns of a terminal, where East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
