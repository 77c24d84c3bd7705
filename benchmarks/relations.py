"""How well structure was found: tables by the neighbours of cells, forms by their pairs, layout by its regions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from rapidfuzz.fuzz import ratio

from stele.domain.document import FieldKind, Page, Table
from stele.domain.geometry import bounds

#: texts that are as alike as this (0…100) count as the same: the reading is scored elsewhere
_ALIKE = 80.0
#: regions that share this part of what they cover together are the same
_OVERLAP = 0.5

#: first row, last row, first column, last column, text
Cell = tuple[int, int, int, int, str]
#: of a cell and its neighbour: both texts, and the way from one to the other
Relations = Counter[tuple[str, str, str]]
Pair = tuple[str, str]
#: kind, and left, top, right, bottom as parts of the page
Area = tuple[str, tuple[float, float, float, float]]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What is right, what was found and what there is."""

    right: int = 0
    found: int = 0
    true: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(right=self.right + other.right, found=self.found + other.found, true=self.true + other.true)

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """2 right / (found + true); 1 where there is nothing and nothing was found."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


# -- tables -----------------------------------------------------------------------------------------------------------


def neighbours(tables: Iterable[Sequence[Cell]]) -> Relations:
    """The relations of the ICDAR 2013 table competition (Göbel et al., 2013): each cell with text, and the next one
    with text to its right and below it; cells are told by their text, without spaces, signs and capitals."""
    found: Relations = Counter()
    for cells in tables:
        found += _neighbours(cells)
    return found


def _neighbours(cells: Sequence[Cell]) -> Relations:
    place = {
        (row, column): at
        for at, (top, bottom, left, right, text) in enumerate(cells)
        if text
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    rows = 1 + max((row for row, _ in place), default=-1)
    columns = 1 + max((column for _, column in place), default=-1)
    seen: set[tuple[int, int, str]] = set()
    for (row, column), at in place.items():
        right = next((place[row, each] for each in range(column + 1, columns) if (row, each) in place), at)
        below = next((place[each, column] for each in range(row + 1, rows) if (each, column) in place), at)
        seen |= {(at, other, way) for other, way in ((right, "right"), (below, "below")) if other != at}
    return Counter((_plain(cells[one][4]), _plain(cells[other][4]), way) for one, other, way in seen)


def tables_of(page: Page) -> list[list[Cell]]:
    """The cells of each table; a checkbox is told as `selected` or `unselected` behind the text."""
    return [_cells(table, page) for table in page.tables]


def _cells(table: Table, page: Page) -> list[Cell]:
    found: list[Cell] = []
    for cell in table.cells:
        marks = ("selected" if page.marks[at].selected else "unselected" for at in cell.marks)
        last = cell.row + cell.row_span - 1, cell.column + cell.column_span - 1
        found.append((cell.row, last[0], cell.column, last[1], " ".join((cell.text, *marks)).strip()))
    return found


def score_tables(true: Iterable[Sequence[Cell]], page: Page, same: Callable[[Relations, Relations], int]) -> Tally:
    """How many relations of cells are the `same`: `equal` or `agreeing`."""
    expected, found = neighbours(true), neighbours(tables_of(page))
    return Tally(right=same(expected, found), found=found.total(), true=expected.total())


def equal(expected: Relations, found: Relations) -> int:
    """The rule of the competition: both texts are the same."""
    return (expected & found).total()


def agreeing(expected: Relations, found: Relations) -> int:
    """For tables that another engine read: both texts are alike. Each relation counts once, the same ones first."""
    right = equal(expected, found)
    left = list((found - expected).elements())
    for one, other, way in (expected - found).elements():
        near = (each for each in left if each[2] == way and _as_alike(one, each[0]) and _as_alike(other, each[1]))
        if (match := next(near, None)) is not None:
            left.remove(match)
            right += 1
    return right


def cells_of_html(html: str) -> list[Cell]:
    """The cells of an HTML table."""
    reader = _Cells()
    reader.feed(html)
    return reader.cells


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[Cell] = []
        self._taken: set[tuple[int, int]] = set()
        self._row, self._column = -1, 0
        self._span: tuple[int, int] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag in {"td", "th"}:
            given = dict(attrs)
            self._span = int(given.get("rowspan") or 1), int(given.get("colspan") or 1)
            self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"td", "th"} or self._span is None:
            return
        while (self._row, self._column) in self._taken:
            self._column += 1
        down, across = self._span
        last = self._row + down - 1, self._column + across - 1
        self.cells.append((self._row, last[0], self._column, last[1], self._text))
        self._taken |= {
            (row, column) for row in range(self._row, last[0] + 1) for column in range(self._column, last[1] + 1)
        }
        self._span = None


# -- forms ------------------------------------------------------------------------------------------------------------


def pairs_of(page: Page, kinds: Container[FieldKind] = frozenset(FieldKind)) -> list[Pair]:
    """Keys and their values, those without a value left out; a checkbox is `selected` or `unselected`."""
    found: list[Pair] = []
    for field in page.fields:
        if field.kind not in kinds:
            continue
        if field.value is not None and field.value.marks:
            selected = page.marks[field.value.marks[0]].selected
            found.append((field.key.text, "selected" if selected else "unselected"))
        elif field.value is not None and _plain(field.value.text):
            found.append((field.key.text, field.value.text))
    return found


def score_pairs(true: Sequence[Pair], found: Sequence[Pair]) -> Tally:
    """A pair is right where both its texts are alike; each counts once."""
    left = list(found)
    for key, value in true:
        match = next((pair for pair in left if _alike(key, pair[0]) and _alike(value, pair[1])), None)
        if match is not None:
            left.remove(match)
    return Tally(right=len(found) - len(left), found=len(found), true=len(true))


def _alike(one: str, other: str) -> bool:
    return _as_alike(_plain(one), _plain(other))


def _as_alike(one: str, other: str) -> bool:
    return one == other or (bool(one and other) and ratio(one, other) >= _ALIKE)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold()) or re.sub(r"\s+", "", text)


# -- layout -----------------------------------------------------------------------------------------------------------


def areas_of(page: Page) -> list[Area]:
    """The regions of a page that are within no other."""
    found: list[Area] = []
    for region in page.regions:
        if region.within is None:
            left, top, right, bottom = bounds(region.polygon)
            box = left / page.width, top / page.height, right / page.width, bottom / page.height
            found.append((region.kind.value, box))
    return found


def score_areas(true: Sequence[Area], found: Sequence[Area]) -> Tally:
    """A region is right where it is of the same kind and covers half of what both cover; each counts once."""
    left = list(true)
    right = 0
    for kind, box in found:
        best = max((each for each in left if each[0] == kind), key=lambda each: _shared(box, each[1]), default=None)
        if best is not None and _shared(box, best[1]) >= _OVERLAP:
            left.remove(best)
            right += 1
    return Tally(right=right, found=len(found), true=len(true))


def _shared(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (both - width * height)
