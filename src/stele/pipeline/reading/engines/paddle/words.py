"""From the characters of a line to words with boxes.

The network says at which time steps it saw a character, that is within some eight pixels of a strip 48 pixels high;
the ink says where it stands. So words are parted in the widest gap in the ink between the steps of their characters,
and drawn in to the ink on all sides.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from statistics import fmean, median

import cv2
import numpy as np

from stele.domain.geometry import Polygon
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.breaks import parts_words
from stele.pipeline.reading.engines.paddle import heights
from stele.pipeline.reading.engines.paddle.handwriting import by_hand
from stele.pipeline.reading.engines.paddle.ink import ink_of
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip
from stele.pipeline.reading.seam import SeenLine, SeenSymbol, SeenWord

Box = tuple[float, float, float, float]
#: first and last + 1 of some columns or rows
Span = tuple[int, int]

#: rows of a strip in which every character but the smallest marks has ink
_CORE = (LINE_HEIGHT // 4, LINE_HEIGHT * 3 // 4)
#: rows without ink that may part a letter from its dot or accent
_DOT_GAP = LINE_HEIGHT // 8
#: a letter with its dot and accent, in rows that have ink (1) or none (0); columns that have none
_LETTER = re.compile(rb"\x01+(?:\x00{1,%d}\x01+)*" % (_DOT_GAP - 1))
_EMPTY = re.compile(rb"\x00+")
#: letters and digits are not flatter than this
_FLAT = LINE_HEIGHT // 6
#: how far from the middle of its time steps a character's ink reaches: this share of what the word's characters take,
#: and what the time steps leave open
_REACH, _OPEN = 0.6, STEP
#: no space was read, and yet there is one where so many times what a character takes is empty, or so much behind a mark
#: that closes before a letter
_GAP, _GAP_BEHIND = 1.2, 0.68
#: fewer characters tell nothing of what one takes
_TELLING = 4
_CLOSING = frozenset('.,;:!?)]"”’')
#: columns that a character takes where no other is near it
_LONE = LINE_HEIGHT / 2
#: room left around the ink, in pixels of the page
_MARGIN = 1.0


def line_of(reading: Reading, *, symbols: bool) -> SeenLine | None:
    """The line with its words; None when nothing but spaces was read."""
    ink, rules = ink_of(reading.strip.grey, len(reading.texts))
    centres = ((reading.starts + reading.ends) / np.float64(2)).tolist()
    texts = _unruled(reading.texts, centres, rules)
    columns = ink.sum(axis=0, dtype=np.uint8).tobytes()
    gaps = [gap.span() for gap in _EMPTY.finditer(columns)]
    parted = _parted(texts, centres, gaps)
    runs = list(_runs(texts, parted))
    if not runs:
        return None
    said = ["".join(texts[run.start : run.stop]) for run in runs]
    tight = [
        _sane(_tight(ink, left, right), reading, run)
        for run, (left, right) in zip(runs, _extents(runs, centres, columns, gaps), strict=True)
    ]
    boxes = heights.evened(np.array(tight, np.float64), said)
    on_page = _placing(reading.strip)
    confidences, odds = reading.confidences.tolist(), reading.by_hand.tolist()
    line_odds = fmean(odds)
    words = []
    for run, text, box in zip(runs, said, boxes.tolist(), strict=True):
        words.append(
            SeenWord(
                text=text,
                confidence=fmean(confidences[run.start : run.stop]),
                polygon=on_page(box),
                space_after=run.stop < len(texts) and (texts[run.stop] == " " or run.stop in parted),
                handwritten=by_hand(fmean(odds[run.start : run.stop]), line_odds),
                symbols=tuple(_symbols(reading, run, centres, columns, box)) if symbols else (),
            )
        )
    lefts, tops, rights, bottoms = boxes.T.tolist()
    return SeenLine(polygon=on_page((min(lefts), min(tops), max(rights), max(bottoms))), words=tuple(words))


def _parted(texts: tuple[str, ...], centres: Sequence[float], gaps: Sequence[Span]) -> frozenset[int]:
    """Characters before which a word ends at a gap in the ink though no space was read."""
    if len(texts) < _TELLING:
        return frozenset()
    pitch = median(after - before for before, after in pairwise(centres))
    found = set()
    for start, end in gaps:
        if end - start < _GAP_BEHIND * pitch:
            continue
        after = bisect_left(centres, (start + end) / 2)
        if 0 < after < len(texts):
            before, behind = texts[after - 1], texts[after]
            inside = min(end, centres[after]) - max(start, centres[after - 1])
            closes = before in _CLOSING and behind.isalpha()
            if " " not in (before, behind) and inside >= (_GAP_BEHIND if closes else _GAP) * pitch:
                found.add(after)
    return frozenset(found)


def _runs(texts: tuple[str, ...], parted: frozenset[int]) -> Iterator[range]:
    """The words: runs of characters between spaces; Chinese and Japanese also part at punctuation and other scripts."""
    start = 0
    for index, text in enumerate(texts):
        if text == " ":
            if start < index:
                yield range(start, index)
            start = index + 1
        elif start < index and (index in parted or parts_words(texts[index - 1], text)):
            yield range(start, index)
            start = index
    if start < len(texts):
        yield range(start, len(texts))


def _unruled(texts: tuple[str, ...], centres: Sequence[float], rules: Pixels) -> tuple[str, ...]:
    """The characters, with a space for each underscore that is a rule to write on, or the first bit of one."""
    ruled = rules.max(axis=0)
    last = len(ruled) - 1
    return tuple(
        " " if text == "_" and (before == ":" or ruled[min(round(centre), last)]) else text
        for before, text, centre in zip(("", *texts), texts, centres, strict=False)
    )


def _extents(runs: list[range], centres: Sequence[float], columns: bytes, gaps: Sequence[Span]) -> Iterator[Span]:
    """From which to which column each word reaches."""
    ends = [0]
    for before, after in pairwise(runs):
        ends += _parting(round(centres[before.stop - 1]), round(centres[after.start]), columns, gaps)
    ends.append(len(columns))
    for run, left, right in zip(runs, ends[::2], ends[1::2], strict=True):
        first, last = centres[run.start], centres[run.stop - 1]
        reach = _REACH * ((last - first) / (len(run) - 1) if len(run) > 1 else _LONE) + _OPEN
        yield max(left, math.floor(first - reach)), min(right, math.ceil(last + reach))


def _parting(low: int, high: int, columns: bytes, gaps: Sequence[Span]) -> Span:
    """The widest gap between two columns; where there is none, that with the least ink."""
    first, stop = bisect_right(gaps, low, key=itemgetter(1)), bisect_left(gaps, high, key=itemgetter(0))
    between = [(max(low, start), min(high, end)) for start, end in gaps[first:stop]]
    if between:
        return max(between, key=lambda gap: gap[1] - gap[0])
    low = min(low, len(columns) - 1)
    inked = columns[low : max(high, low + 1)]
    cut = low + inked.index(min(inked))
    return cut, cut


def _tight(ink: Pixels, left: int, right: int) -> Box:
    """The box of the ink between two columns; the whole height where there is none."""
    right = max(right, left + 1)
    rows = ink[:, left:right].any(axis=1).tobytes()
    letters = [letter.span() for letter in _LETTER.finditer(rows)]
    if not letters:
        return left, 0, right, LINE_HEIGHT
    top, bottom = max(letters, key=lambda rows: min(rows[1], _CORE[1]) - max(rows[0], _CORE[0]))
    first, _, width, _ = cv2.boundingRect(ink[top:bottom, left:right])
    return left + first, top, left + first + width, bottom


def _sane(box: Box, reading: Reading, run: range) -> Box:
    """The box made to hold at least what the time steps say, where the ink was too faint or broken to see."""
    left, top, right, bottom = box
    left = min(left, float(reading.ends[run.start]))
    right = max(right, float(reading.starts[run.stop - 1]), left + 1)
    if bottom - top < _FLAT and any(reading.texts[index].isalnum() for index in run):
        top, bottom = min(top, _CORE[0]), max(bottom, _CORE[1])
    return left, top, right, bottom


def _symbols(reading: Reading, run: range, centres: Sequence[float], columns: bytes, box: Box) -> Iterator[SeenSymbol]:
    """The characters of a word, parted where there is the least ink between their steps."""
    on_page = _placing(reading.strip)
    cuts = [box[0]]
    for index in run[:-1]:
        low = min(round(centres[index]), len(columns) - 1)
        between = columns[low : max(round(centres[index + 1]), low + 1)]
        # Of equally empty columns the one nearest to the middle.
        middle = len(between) / 2
        inked = [ink + abs(column - middle) / LINE_HEIGHT for column, ink in enumerate(between)]
        cuts.append(min(max(low + inked.index(min(inked)), cuts[-1]), box[2]))
    cuts.append(box[2])
    for index, (left, right) in zip(run, pairwise(cuts), strict=True):
        yield SeenSymbol(
            text=reading.texts[index],
            confidence=float(reading.confidences[index]),
            polygon=on_page((left, box[1], right, box[3])),
        )


def _placing(strip: Strip) -> Callable[[Box], Polygon]:
    """What makes a box on a strip, a little larger, the polygon on the page."""
    (xx, xy, x), (yx, yy, y) = strip.to_page.tolist()
    beside, above = _MARGIN / math.hypot(xx, yx), _MARGIN / math.hypot(xy, yy)

    def placed(box: Box) -> Polygon:
        left, top, right, bottom = box[0] - beside, box[1] - above, box[2] + beside, box[3] + above
        a, b, c, d = (
            (xx * across + xy * down + x, yx * across + yy * down + y)
            for across, down in ((left, top), (right, top), (right, bottom), (left, bottom))
        )
        return a, b, c, d

    return placed
