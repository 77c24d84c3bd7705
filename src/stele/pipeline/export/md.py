"""Markdown (GitHub's): what can be told of the structure, as text that reads well unrendered.

The parts are those of `outline`. A paragraph becomes one line: hyphenated words are joined, line ends become spaces,
but for those of lines that end early, as in an address. Items that follow each other are one list. A table becomes a
pipe table; merged cells have their text in their first column and row. A page that could not be read leaves an
emphasised line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO

from stele.domain.document import Page, Table
from stele.pipeline.export.outline import Grid, Marker, Part, Prose, outline
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.txt import unreadable

#: two spaces at its end keep a line apart from the next
_LINE_END = "  \n"


def write_md(document: ExportInput, out: BinaryIO) -> None:
    for position, page in enumerate(document.pages):
        text = "\n\n".join(_page(page))
        if text:
            out.write(("\n" * (position > 0) + text + "\n").encode())


def _page(page: Page) -> Iterator[str]:
    """The blocks of text of a page, to be set apart by empty lines."""
    if failure := unreadable(page):
        yield f"*{escape(failure)}*"
        return
    for list_, parts in groupby(outline(page), _list):
        if list_ is None:
            yield from map(_part, parts)
        else:
            yield "\n".join(map(_part, parts))


def _list(part: Part) -> str | None:
    """What kind of list a part is an item of, by what closes its number; None for no item."""
    return part.marker.closing if isinstance(part, Prose) and part.marker else None


def _part(part: Part) -> str:
    match part:
        case Grid(table):
            return _pipe_table(table)
        case Prose(level=level) if level:
            return f"{'#' * level} {escape(' '.join(part.text.split()))}"
        case Prose(marker=marker):
            lead = _marker(marker) if marker else ""
            lines = (_at_line_start(escape(line.replace("\t", " "))) for line in part.text.split("\n"))
            return lead + (_LINE_END + " " * len(lead)).join(lines)


def _marker(marker: Marker) -> str:
    return "- " if marker.number is None else f"{marker.number}{marker.closing} "


def _pipe_table(table: Table) -> str:
    rows = 1 + max((cell.row for cell in table.cells), default=0)
    columns = 1 + max((cell.column for cell in table.cells), default=0)
    grid = [[""] * columns for _ in range(rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = escape(" ".join(cell.text.split())).replace("|", "\\|")
    lines = [f"| {' | '.join(row)} |" for row in grid]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def escape(text: str) -> str:
    """`text` with what Markdown would read as markup anywhere behind a backslash."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _at_line_start(text: str) -> str:
    """`text` with a backslash in what Markdown would read as a list, a heading, a rule or a table at a line's start."""
    return _LINE_START.sub(r"\g<0>\\", text)


#: an ampersand only where it would start an entity, an exclamation mark where it would start an image
_SPECIAL = re.compile(r"[\\`*_\[\]<>~]|&(?=#?\w+;)|!(?=\[)")
#: what stands before the character to be escaped
_LINE_START = re.compile(r"^(?:\d{1,9}(?=[.)](?:\s|$))|(?=(?:#{1,6}|[-+])(?:\s|$))|(?=[-=]{2,}\s*$)|(?=\|))")
