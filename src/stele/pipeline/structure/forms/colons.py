"""Colons: what stands behind or below one is the value of what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from stele.pipeline.structure.forms.scene import REACH, VALUE_WORDS, Cue, Pair, Scene
from stele.pipeline.structure.sheet import Box
from stele.pipeline.structure.tables.segments import Row, Segment

#: of the print's height: so far below its key a value may start, and its lines be apart
_BELOW, _LEADING = 1.3, 0.6
#: of the print's height: a value so far behind its key may be a heading; keys below a heading are indented so far
_FAR, _INDENT = 5.0, 4.0
#: of the print's height: gaps within a value are no wider
_LITTLE = 1.6
#: what a key of a number ends with, if not with a colon
_SIGN = re.compile(r"\w*#|No\.?|Nos\.|Nr\.?|NO\.?|Number|NUMBER")
_NUMBER = re.compile(r"\W*\d|[*xX]{2,}\d*$|\w{1,4}\d")
#: words at each side of a dash at most, and how far apart (of the print's height) rows with dashes are in a list
_DASHES, _DASHED, _PITCH = frozenset("-–—"), 4, 2.6
#: words of such a number at most, where it stands apart
_NUMBER_WORDS = 6


class Colons:
    """The pairs that colons tell."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._sheet, self._rules = scene, scene.sheet, scene.rules
        texts = enumerate(scene.sheet.texts)
        self._signs = {word for word, text in texts if _SIGN.fullmatch(text)}

    def pairs(self) -> Iterator[Pair]:
        for at, row in enumerate(self._scene.rows):
            yield from self._dashed(at)
            for place, run in enumerate(row.segments):
                yield from self._in_run(at, place, run)

    def _in_run(self, at: int, place: int, run: Segment) -> Iterator[Pair]:
        """The pairs of a run of words: parted at colons; the words between two are a value and the next key."""
        colons = [index for index, word in enumerate(run.words) if word in self._scene.colons]
        if not colons:
            yield from self._numbers(at, place, run)
        start = 0
        for order, colon in enumerate(colons):
            key = run.words[start : colon + 1]
            following = colons[order + 1] if order + 1 < len(colons) else None
            if following is None:
                value = run.words[colon + 1 :]
            else:
                start = self._next_key(run.words, colon + 1, following)
                value = run.words[colon + 1 : start]
            if not self._scene.is_key(key) or self._in_sentence(key):
                continue
            if len(value) > VALUE_WORDS or (len(value) > 10 and self._wraps(at, run)):
                continue  # a sentence
            if value:
                rest = self._rest(at, place) if following is None else ()
                more = self._hanging(at, run, value) if following is None and not rest else ()
                yield Pair(key=(*key, *self._scene.note(run.box)), value=(*value, *rest, *more), cue=Cue.COLON)
            elif following is None:
                yield self._behind(at, place, key)

    def _numbers(self, at: int, place: int, run: Segment) -> Iterator[Pair]:
        """The pairs of a run without colons: keys that end with a sign for a number, each with the number behind it."""
        if self._signs.isdisjoint(run.words):
            return
        texts = [self._sheet.texts[word] for word in run.words]
        signs = [index for index, word in enumerate(run.words) if word in self._signs]
        start = 0
        for order, sign in enumerate(signs):
            end = signs[order + 1] if order + 1 < len(signs) else len(texts)
            key = run.words[start : sign + 1]
            stop = sign + 1
            while stop < end and _NUMBER.match(texts[stop]):
                stop += 1
            value = run.words[sign + 1 : stop]
            start = stop
            if not value and sign == len(texts) - 1:
                value = self._number_behind(at, place)
            named = self._scene.is_key(key) and (len(key) > 1 or texts[sign][-1] in "#.")
            if value and named and self._scene.prose.isdisjoint(key):
                yield Pair(key=key, value=value, cue=Cue.NUMBER)

    def _dashed(self, at: int) -> Iterator[Pair]:
        """A row that begins with a few words, a dash and a few more: with a number behind the dash, or in a list."""
        row = self._scene.rows[at]
        words = self._beginning(row)
        dash = self._dash(words)
        if dash is None or not self._scene.prose.isdisjoint(words):
            return
        listed = any(
            abs(other.segments[0].box[0] - row.segments[0].box[0]) < self._sheet.em
            and abs(other.middle - row.middle) < _PITCH * self._sheet.em
            and self._dash(self._beginning(other)) is not None
            for other in self._scene.rows[max(0, at - 1) : at + 2]
            if other is not row
        )
        key, value = words[:dash], words[dash + 1 :]
        named = self._scene.is_key(key) and not _has_digit(self._sheet.text(key))
        if named and (listed or _NUMBER.match(self._sheet.words[value[0]].text)):
            yield Pair(key=key, value=value, cue=Cue.NUMBER)

    def _beginning(self, row: Row) -> tuple[int, ...]:
        """The words of a row up to the first gap that is more than a little wide."""
        words = list(row.segments[0].words)
        for left, right in pairwise(row.segments):
            if right.box[0] - left.box[2] > _LITTLE * self._sheet.em or self._scene.parted(left.box, right.box):
                break
            words.extend(right.words)
        return tuple(words)

    def _dash(self, words: Sequence[int]) -> int | None:
        """Where a dash stands alone between a few words and a few others; None where that is not so."""
        dashes = [index for index, word in enumerate(words) if self._sheet.words[word].text in _DASHES]
        if len(dashes) != 1 or not 0 < dashes[0] <= _DASHED or not 0 < len(words) - 1 - dashes[0] <= _DASHED:
            return None
        return dashes[0]

    def _number_behind(self, at: int, place: int) -> tuple[int, ...]:
        """The next run of a row, where it is a number in reach."""
        left, *others = self._scene.rows[at].segments[place:]
        for right in others[:1]:
            near = right.box[0] - left.box[2] < REACH * self._sheet.em and not self._scene.parted(left.box, right.box)
            if near and _has_digit(right.text) and len(right.words) <= _NUMBER_WORDS:
                return right.words
        return ()

    def _in_sentence(self, key: tuple[int, ...]) -> bool:
        """Whether a colon is one of running text: a key there begins a line, or is short and capitalised."""
        if self._scene.prose.isdisjoint(key):
            return False
        short = len(key) <= 3 and self._sheet.words[key[0]].text[:1].isupper()
        return not short and (len(key) > 6 or key[0] not in self._scene.starts)

    def _next_key(self, words: Sequence[int], first: int, colon: int) -> int:
        """Where in `words[first : colon + 1]` the next key starts."""
        boxes = self._sheet.boxes
        gaps = [float(boxes[words[i], 0] - boxes[words[i - 1], 2]) for i in range(first + 1, colon + 1)]
        if gaps and max(gaps) > 0.5 * self._sheet.em and max(gaps) > 1.5 * float(np.median(gaps)):
            return first + 1 + gaps.index(max(gaps))
        digits = [i for i in range(first, colon) if any(char.isdigit() for char in self._sheet.words[words[i]].text)]
        if digits:
            return digits[-1] + 1
        start = colon
        while start - 1 > first and self._sheet.words[words[start - 1]].text[:1].isupper() and colon - start < 2:
            start -= 1
        return start

    def _wraps(self, at: int, run: Segment) -> bool:
        """Whether a long run goes on in the next line, as sentences do."""
        if at + 1 >= len(self._scene.rows):
            return False
        return any(
            abs(other.box[0] - run.box[0]) < 2 * self._sheet.em and len(other.words) > 4
            for other in self._scene.rows[at + 1].segments
        )

    def _rest(self, at: int, place: int) -> tuple[int, ...]:
        """The runs that go on with a value in its row, behind gaps that are only a little wide."""
        found: list[int] = []
        segments = self._scene.rows[at].segments
        for left, right in pairwise(segments[place:]):
            far = right.box[0] - left.box[2] > _LITTLE * self._sheet.em or self._scene.parted(left.box, right.box)
            if far or self._scene.has_colon(right.words) or not self._scene.with_lines.isdisjoint(right.words):
                break
            found.extend(right.words)
        return tuple(found)

    def _hanging(self, at: int, run: Segment, value: Sequence[int]) -> tuple[int, ...]:
        """The lines below a value that start where it starts, with nothing below the key."""
        left = float(self._sheet.boxes[value[0], 0])
        if left - run.box[0] < 2 * self._sheet.em:
            return ()
        return self._lines_below(at, (left, run.box[1], run.box[2], run.box[3]), _LEADING)

    def _behind(self, at: int, place: int, key: tuple[int, ...]) -> Pair:
        """A key whose run ends with it: its value is in the next run of the row, or below."""
        em = self._sheet.em
        box = self._sheet.around(key)
        row = self._scene.rows[at]
        if place + 1 < len(row.segments):
            right = row.segments[place + 1]
            near = right.box[0] - box[2] < REACH * em and not self._scene.parted(box, right.box)
            near = near and not self._blank(box, right.box)
            free = not self._scene.has_colon(right.words) and self._scene.with_lines.isdisjoint(right.words)
            free = free and not self._heads_keys(at, box, right.box)
            if near and free and len(right.words) <= VALUE_WORDS:
                rest = self._rest(at, place + 1)
                more = () if rest else self._lines_below(at, right.box, _LEADING)
                note = self._scene.note(row.segments[place].box)
                return Pair(key=(*key, *note), value=(*right.words, *rest, *more), cue=Cue.COLON)
        below = self._lines_below(at, box, _BELOW)
        return Pair(key=key, value=below, cue=Cue.COLON_BELOW if below else Cue.EMPTY)

    def _blank(self, key: Box, value: Box) -> bool:
        """Whether a line to write on lies between a key and what stands behind it: it is the place of the value."""
        em = self._sheet.em
        gap = value[0] - key[2]
        return gap > 2 * em and any(
            -0.4 * em < rule.at - key[3] < 0.8 * em
            and rule.start > key[2] - em
            and rule.end < value[0] + em
            and rule.length > 0.4 * gap
            for rule in self._rules.level
        )

    def _heads_keys(self, at: int, key: Box, value: Box) -> bool:
        """Whether what stands far behind a key is a heading, or the key is: keys begin below the one, or farther in
        below the other."""
        em = self._sheet.em
        keys = [
            run.box
            for row in self._scene.rows[at + 1 : at + 3]
            for run in row.segments
            if self._scene.has_colon(run.words)
        ]
        below = any(abs(box[0] - value[0]) < 0.6 * em and box[1] - value[3] < _LEADING * em for box in keys)
        within = any(0.8 * em < box[0] - key[0] < _INDENT * em and box[1] - key[3] < _BELOW * em for box in keys)
        return value[0] - key[2] > _FAR * em and (below or within)

    def _lines_below(self, at: int, box: Box, gap: float) -> tuple[int, ...]:
        """The runs of the next rows that start where `box` does, as long as they follow each other closely."""
        em = self._sheet.em
        found: list[int] = []
        bottom, left = box[3], box[0]
        for row in self._scene.rows[at + 1 : at + 6]:
            here = [each for each in row.segments if abs(each.box[0] - left) < 1.5 * em]
            if row.top - bottom > gap * em or not here or (len(row.segments) > 1 and row.segments[0] is not here[0]):
                break
            run = here[0]
            if self._scene.has_colon(run.words) or self._ruled_off(bottom, run.box) or len(run.words) > 10:
                break
            if self._scene.used.intersection(run.words):
                break
            found.extend(run.words)
            bottom, gap = run.box[3], _LEADING
        return tuple(found)

    def _ruled_off(self, top: float, box: Box) -> bool:
        """Whether a rule lies between a height and a box below it."""
        return any(
            top - 1 <= rule.at <= (box[1] + box[3]) / 2 and rule.covers(box[0], box[2]) > 0.5
            for rule in self._rules.level
        )


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)
