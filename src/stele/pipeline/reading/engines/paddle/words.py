"""From the characters of a line to words with boxes.

The network says at which time steps it saw a character, that is within some eight pixels of a strip 48 pixels high;
the ink says where it stands. So words are parted in the widest gap in the ink between the steps of their characters,
and drawn in to the ink on all sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon
from stele.pipeline.reading.engines.breaks import parts_words
from stele.pipeline.reading.engines.paddle import heights
from stele.pipeline.reading.engines.paddle.handwriting import by_hand
from stele.pipeline.reading.engines.paddle.ink import Mask, ink_of
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip
from stele.pipeline.reading.seam import SeenLine, SeenSymbol, SeenWord

Doubles = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
Gaps = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

#: rows of a strip in which every character but the smallest marks has ink
_CORE = (LINE_HEIGHT // 4, LINE_HEIGHT * 3 // 4)
#: rows without ink that may part a letter from its dot or accent
_DOT_GAP = LINE_HEIGHT // 8
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
    ink, rules = ink_of(reading.strip.pixels, len(reading.texts))
    centres = (reading.starts + reading.ends) / np.float64(2)
    texts = _unruled(reading.texts, centres, rules)
    columns = ink.sum(axis=0)
    gaps = _gaps(columns)
    parted = _parted(texts, centres, gaps)
    runs = list(_runs(texts, parted))
    if not runs:
        return None
    said = ["".join(texts[run.start : run.stop]) for run in runs]
    tight = [
        _sane(_tight(ink, left, right), reading, run)
        for run, (left, right) in zip(runs, _extents(runs, centres, columns, gaps), strict=True)
    ]
    boxes = heights.evened(np.array(tight), said)
    words = []
    for run, text, box in zip(runs, said, boxes.tolist(), strict=True):
        words.append(
            SeenWord(
                text=text,
                confidence=float(reading.confidences[run.start : run.stop].mean()),
                polygon=_on_page(reading.strip, box),
                space_after=run.stop < len(texts) and (texts[run.stop] == " " or run.stop in parted),
                handwritten=by_hand(reading.by_hand[run.start : run.stop], reading.by_hand),
                symbols=tuple(_symbols(reading, run, centres, columns, box)) if symbols else (),
            )
        )
    left, top, right, bottom = boxes.T
    around = (left.min(), top.min(), right.max(), bottom.max())
    return SeenLine(polygon=_on_page(reading.strip, around), words=tuple(words))


def _gaps(columns: npt.NDArray[np.int64]) -> Gaps:
    """First and last + 1 of each run of columns without ink."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (columns == 0).astype(np.int8), [0]])))
    return edges[::2], edges[1::2]


def _parted(texts: tuple[str, ...], centres: Doubles, gaps: Gaps) -> frozenset[int]:
    """Characters before which a word ends at a gap in the ink though no space was read."""
    if len(texts) < _TELLING:
        return frozenset()
    starts, ends = gaps
    pitch = float(np.median(np.diff(centres)))
    wide = ends - starts >= _GAP_BEHIND * pitch
    found = set()
    for start, end in zip(starts[wide].tolist(), ends[wide].tolist(), strict=True):
        after = int(np.searchsorted(centres, (start + end) / 2))
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


def _unruled(texts: tuple[str, ...], centres: Doubles, rules: Mask) -> tuple[str, ...]:
    """The characters, with a space for each underscore that is a rule to write on, or the first bit of one."""
    ruled = rules.max(axis=0)
    last = len(ruled) - 1
    return tuple(
        " " if text == "_" and (before == ":" or ruled[min(round(centre), last)]) else text
        for before, text, centre in zip(("", *texts), texts, centres.tolist(), strict=False)
    )


def _extents(runs: list[range], centres: Doubles, columns: npt.NDArray[np.int64], gaps: Gaps) -> list[tuple[int, int]]:
    """From which to which column each word reaches."""
    width = len(columns)
    gap_starts, gap_ends = gaps
    ends = [0]
    for before, after in pairwise(runs):
        low, high = round(float(centres[before.stop - 1])), round(float(centres[after.start]))
        overlap = np.minimum(gap_ends, high) - np.maximum(gap_starts, low)
        if overlap.size and overlap.max() > 0:
            widest = int(overlap.argmax())
            ends += [max(low, int(gap_starts[widest])), min(high, int(gap_ends[widest]))]
        else:
            low, high = min(low, width - 1), max(high, low + 1)
            cut = low + int(columns[low:high].argmin())
            ends += [cut, cut]
    ends.append(width)
    extents = []
    for run, left, right in zip(runs, ends[::2], ends[1::2], strict=True):
        first, last = float(centres[run.start]), float(centres[run.stop - 1])
        reach = _REACH * ((last - first) / (len(run) - 1) if len(run) > 1 else _LONE) + _OPEN
        extents.append((max(left, math.floor(first - reach)), min(right, math.ceil(last + reach))))
    return extents


def _tight(ink: Mask, left: int, right: int) -> Box:
    """The box of the ink between two columns; the whole height where there is none."""
    right = max(right, left + 1)
    inside = ink[:, left:right]
    rows = np.flatnonzero(inside.any(axis=1))
    if rows.size:
        breaks = np.flatnonzero(np.diff(rows) > _DOT_GAP)
        tops, bottoms = rows[[0, *(breaks + 1)]], rows[[*breaks, -1]] + 1
        core = np.minimum(bottoms, _CORE[1]) - np.maximum(tops, _CORE[0])
        best = int(core.argmax())
        top, bottom = int(tops[best]), int(bottoms[best])
        used = np.flatnonzero(inside[top:bottom].any(axis=0))
        return left + float(used[0]), float(top), left + float(used[-1] + 1), float(bottom)
    return float(left), 0.0, float(right), float(LINE_HEIGHT)


def _sane(box: Box, reading: Reading, run: range) -> Box:
    """The box made to hold at least what the time steps say, where the ink was too faint or broken to see."""
    left, top, right, bottom = box
    left = min(left, float(reading.ends[run.start]))
    right = max(right, float(reading.starts[run.stop - 1]), left + 1)
    if bottom - top < _FLAT and any(reading.texts[index].isalnum() for index in run):
        top, bottom = min(top, _CORE[0]), max(bottom, _CORE[1])
    return left, top, right, bottom


def _symbols(
    reading: Reading, run: range, centres: Doubles, columns: npt.NDArray[np.int64], box: Box
) -> Iterator[SeenSymbol]:
    """The characters of a word, parted where there is the least ink between their steps."""
    cuts = [box[0]]
    for index in run[:-1]:
        low = min(round(float(centres[index])), len(columns) - 1)
        high = max(round(float(centres[index + 1])), low + 1)
        between = columns[low:high]
        # Of equally empty columns the one nearest to the middle.
        off_middle = np.abs(np.arange(len(between)) - len(between) / 2) / LINE_HEIGHT
        cuts.append(min(max(low + float((between + off_middle).argmin()), cuts[-1]), box[2]))
    cuts.append(box[2])
    for index, (left, right) in zip(run, pairwise(cuts), strict=True):
        yield SeenSymbol(
            text=reading.texts[index],
            confidence=float(reading.confidences[index]),
            polygon=_on_page(reading.strip, (left, box[1], right, box[3])),
        )


def _on_page(strip: Strip, box: Box) -> Polygon:
    """The polygon on the page of a box on a strip, a little larger."""
    map_ = strip.to_page
    margins = _MARGIN / np.hypot(map_[0, :2], map_[1, :2])
    left, top, right, bottom = box[0] - margins[0], box[1] - margins[1], box[2] + margins[0], box[3] + margins[1]
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ map_.T
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return a, b, c, d
