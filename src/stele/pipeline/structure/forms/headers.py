"""Headers without a grid: texts side by side, and below each of them, in one row or several, what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from stele.pipeline.structure.forms.scene import Cue, Pair, Scene
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Row, Segment, segment

#: fewer texts side by side are no headers; longer ones neither (words)
_LEAST_HEADS, _HEAD_WORDS = 3, 5
#: words: longer values are sentences
_CELL_WORDS = 8
#: this part of the headers has a value in the first row
_FILLED = 0.6
#: this part of the values has a figure, where no rule underlines the headers
_FIGURES = 0.4
#: of the print's height: so far below the headers, and below each other, the rows of values are
_BELOW, _PITCH = 2.0, 2.6
#: of the print's height: so far a value may reach out at a side of its header, and headers part where values do
_ASIDE, _PARTED = 3.0, 0.4
#: of the print's height: so far off values of a column start, end or have their middle
_OFF = 0.8
#: of the print's height: so near above a header is its first line, and so near below it a rule underlines it
_LEADING, _UNDER = 0.5, 0.6


class Headers:
    """The pairs that headers without a grid tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet = scene, scene.sheet

    def pairs(self) -> Iterator[Pair]:
        rows = self._scene.rows
        for at, row in enumerate(rows[:-1]):
            if not self._scene.used.isdisjoint(row.words) or not self._scene.prose.isdisjoint(row.words):
                continue
            heads = [] if self._within(at) else self._heads(row, rows[at + 1])
            values = self._values(at, row, heads) if heads else []
            if not values or self._within(at + len(values) + 1) or not self._convinces(heads, values):
                continue
            cue = Cue.HEADER if len(values) == 1 else Cue.COLUMN
            over = self._first_line(at, heads)
            keys = [(*over.get(place, ()), *head.words) for place, head in enumerate(heads)]
            for found in values:
                for place, value in sorted(found.items()):
                    yield Pair(key=keys[place], value=value, cue=cue)

    def _within(self, at: int) -> bool:
        """Whether most of a row goes on with those right above it, as the lines of wide cells do."""
        if not 0 < at < len(self._scene.rows):
            return False
        row, reach = self._scene.rows[at], _LEADING * self._sheet.em
        above = [other for other in self._scene.rows[max(0, at - 2) : at] if row.top - other.bottom < reach]
        under = [
            run
            for run in row.segments
            if any(_over(run.box, each.box) > 0 for other in above for each in other.segments)
        ]
        return 2 * len(under) > len(row.segments)

    def _heads(self, row: Row, below: Row) -> list[Segment]:
        """The texts of a row as headers of the next one; none where one is no key."""
        heads = [head for run in row.segments for head in self._split(run, below)]
        plain = all(
            self._scene.is_key(head.words)
            and len(head.words) <= _HEAD_WORDS
            and not any(char.isdigit() for char in head.text)
            and not self._scene.has_colon(head.words)
            for head in heads
        )
        return heads if plain and len(heads) >= _LEAST_HEADS else []

    def _split(self, run: Segment, below: Row) -> Iterator[Segment]:
        """A run of words as the headers that it is: parted where a word below starts as one of its words does."""
        edges, em = self._sheet.edges, self._sheet.em
        starts = [edges[word][0] for word in below.words]

        def begins(word: int) -> bool:
            return any(abs(start - edges[word][0]) < 0.3 * em for start in starts)

        part = [run.words[0]]
        for left, right in pairwise(run.words):
            apart = edges[right][0] - edges[left][2] > _PARTED * em
            if apart and begins(part[0]) and begins(right):
                yield segment(self._sheet, part)
                part = []
            part.append(right)
        yield segment(self._sheet, part)

    def _values(self, at: int, row: Row, heads: Sequence[Segment]) -> list[dict[int, tuple[int, ...]]]:
        """For each row below, the words of each header's value by the header's place."""
        em = self._sheet.em
        found: list[dict[int, tuple[int, ...]]] = []
        bottom, reach = row.bottom, _BELOW
        for below in self._scene.rows[at + 1 :]:
            if below.top - bottom > reach * em:
                break
            values = self._placed(below, heads)
            if len(values) < (2 if found else _FILLED * len(heads)):
                break
            if found and not all(
                self._aligned(words, heads[place], found[0].get(place)) for place, words in values.items()
            ):
                break
            found.append(values)
            bottom, reach = below.bottom, _PITCH
        return found

    def _placed(self, row: Row, heads: Sequence[Segment]) -> dict[int, tuple[int, ...]]:
        """The words of a row by the place of the header that they stand below; none where some stand below none."""
        placed: dict[int, list[int]] = {}
        if self._scene.has_colon(row.words) or not self._scene.used.isdisjoint(row.words):
            return {}
        for run in row.segments:
            under = [place for place, head in enumerate(heads) if _over(head.box, run.box) > 0]
            parts = [run.words] if len(under) <= 1 else [(word,) for word in run.words]
            for part in parts:
                box = self._sheet.around(part)
                place = max(range(len(heads)), key=lambda at: _over(heads[at].box, box))
                if _over(heads[place].box, box) > -_ASIDE * self._sheet.em:
                    placed.setdefault(place, []).extend(part)
                elif box[0] < heads[-1].box[2]:
                    return {}
        return {place: tuple(words) for place, words in placed.items()}

    def _aligned(self, words: tuple[int, ...], head: Segment, first: tuple[int, ...] | None) -> bool:
        """Whether a value starts, ends or has its middle where its header or the first value below that does."""
        boxes = [head.box] if first is None else [head.box, self._sheet.around(first)]
        left, _, right, _ = self._sheet.around(words)
        ends = ((left, box[0]) for box in boxes), ((right, box[2]) for box in boxes)
        middles = ((left + right, box[0] + box[2]) for box in boxes)
        offs = [abs(one - other) for end in ends for one, other in end] + [abs(a - b) / 2 for a, b in middles]
        return min(offs) < _OFF * self._sheet.em

    def _convinces(self, heads: Sequence[Segment], values: Sequence[dict[int, tuple[int, ...]]]) -> bool:
        """Whether figures stand below words, or all headers are underlined; sentences are no values."""
        if any(len(words) > _CELL_WORDS for row in values for words in row.values()):
            return False
        texts = [self._sheet.text(words) for row in values for words in row.values()]
        figures = sum(any(char.isdigit() for char in text) for text in texts)
        return figures >= _FIGURES * len(texts) or all(map(self._underlined, heads))

    def _underlined(self, head: Segment) -> bool:
        left, _, right, bottom = head.box
        return any(
            -0.3 * self._sheet.em < rule.at - bottom < _UNDER * self._sheet.em
            and rule.covers(left, right) > 0.8
            and rule.length < 1.5 * (right - left)
            for rule in self._scene.rules.level
        )

    def _first_line(self, at: int, heads: Sequence[Segment]) -> dict[int, tuple[int, ...]]:
        """By the place of a header, the words right above it, where their row has nothing else."""
        above = self._scene.rows[at - 1] if at else None
        if above is None or heads[0].box[1] - above.bottom > _LEADING * self._sheet.em:
            return {}
        free = self._scene.used.isdisjoint(above.words) and not self._scene.has_colon(above.words)
        over = {
            place: run.words
            for run in above.segments
            for place, head in enumerate(heads)
            if free and _over(head.box, run.box) > 0
        }
        return over if len(over) == len(above.segments) else {}


def _over(head: Box, value: Box) -> float:
    """How far two boxes overlap from left to right; less than 0 where there is a gap between them."""
    return min(head[2], value[2]) - max(head[0], value[0])
