"""Markdown (GitHub's): what can be told of the structure, as text that reads well unrendered.

A paragraph becomes one line: hyphenated words are joined, line ends become spaces. A short paragraph in clearly larger
print than the rest of its page becomes a heading. Lines that start with a bullet or a number become list items. A table
of the page becomes a pipe table at the place of its first word, and its words are not printed again; merged cells have
their text in their first column and row. A page that could not be read leaves an emphasised line.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Container, Iterable, Iterator
from typing import BinaryIO

from stele.domain.document import Page, Paragraph, Table, Word
from stele.domain.geometry import Polygon
from stele.pipeline.export.flowing import flow
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.txt import unreadable

#: print this many times as high as the page's body is a heading: of the first, second, third level
_HEADING_SIZES = (1.8, 1.45, 1.25)
#: a heading is short
_HEADING_CHARACTERS = 120

_BULLET = re.compile(r"[•‣◦▪●○■□–—*·∙-]$")
_NUMBER = re.compile(r"(\d{1,3})([.)])$")


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
    body = _body_size(page)
    tables = dict(enumerate(page.tables))
    table_of = {index: key for key, table in tables.items() for cell in table.cells for index in cell.words}
    for block in page.blocks:
        for paragraph in block.paragraphs:
            for line in paragraph.lines:
                for word in line.words:
                    if (table := tables.pop(table_of.get(word.index, -1), None)) is not None:
                        yield _pipe_table(table)
            yield from _paragraph(_without(paragraph, table_of), body)
    for table in tables.values():
        yield _pipe_table(table)


def _without(paragraph: Paragraph, gone: Container[int]) -> list[list[Word]]:
    """The words of each line of a paragraph that are not in a table; lines without any are left out."""
    lines = ([word for word in line.words if word.index not in gone] for line in paragraph.lines)
    return [line for line in lines if line]


def _paragraph(lines: list[list[Word]], body: float) -> Iterator[str]:
    if not lines:
        return
    if level := _heading_level(lines, body):
        yield f"{'#' * level} {escape(_flow(lines))}"
        return
    items = list(_items(lines))
    if items[0][0]:
        yield "\n".join(marker + _at_line_start(escape(_flow(item))) for marker, item in items)
    else:
        yield _at_line_start(escape(_flow(lines)))


def _items(lines: list[list[Word]]) -> Iterator[tuple[str, list[list[Word]]]]:
    """A paragraph cut before each line that starts a list item: the marker, and the lines without it.

    Only a paragraph that starts with a marker is a list: elsewhere a number at the start of a line is just the place
    where the line was broken.
    """
    marker = _marker(lines[0])
    if marker is None:
        yield "", lines
        return
    item: list[list[Word]] = []
    for line in lines:
        following = _marker(line)
        if following is not None:
            if item:
                yield marker, item
            marker, item = following, [line[1:]]
        else:
            item.append(line)
    yield marker, item


def _marker(line: list[Word]) -> str | None:
    if len(line) < 2:
        return None
    first = line[0].text
    if _BULLET.match(first):
        return "- "
    if number := _NUMBER.match(first):
        return f"{int(number[1])}{number[2]} "
    return None


def _heading_level(lines: list[list[Word]], body: float) -> int:
    """1 to 3, or 0 for a paragraph that is no heading."""
    words = [word for line in lines for word in line]
    characters = sum(len(word.text) for word in words)
    if not body or characters > _HEADING_CHARACTERS or not any(char.isalnum() for w in words for char in w.text):
        return 0
    size = statistics.median(_height(word.polygon) for word in words) / body
    return next((level for level, least in enumerate(_HEADING_SIZES, start=1) if size >= least), 0)


def _body_size(page: Page) -> float:
    """The height of most of the page's text: the median over its characters, not its words; 0 without any."""
    heights = [_height(word.polygon) for word in page.words() for _ in word.text]
    return statistics.median(heights) if heights else 0.0


def _height(polygon: Polygon) -> float:
    """How high the print is, whichever way it is turned."""
    return math.dist(polygon[0], polygon[3])


def _pipe_table(table: Table) -> str:
    rows = 1 + max((cell.row for cell in table.cells), default=0)
    columns = 1 + max((cell.column for cell in table.cells), default=0)
    grid = [[""] * columns for _ in range(rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = escape(" ".join(cell.text.split())).replace("|", "\\|")
    lines = [f"| {' | '.join(row)} |" for row in grid]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def _flow(lines: Iterable[list[Word]]) -> str:
    return flow(word for line in lines for word in line)


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
