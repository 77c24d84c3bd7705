"""The chunks that layout works on: words on one base line without a wide gap between them.

Engines disagree about lines: one cuts a row into its entries, another runs across a column's gutter. So their lines are
cut at every wide gap, and pieces that touch on one base line are linked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stele.pipeline.reading.seenwords import Floats, Indices, SeenWords

#: a gap wider than this many text heights may be a gutter; spaces in justified print stay below it, mostly
WIDE_GAP = 0.8
#: pieces no further apart than this many text heights are linked
TOUCHING = 0.5
#: the most that text is higher than its characters are wide, on average
HIGHEST = 2.6


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """n chunks as columns of a table. `pieces[i]` are the runs of words that chunk i is linked from, in frame order;
    the words of a piece, as indices, are in the engine's order."""

    box: Floats  #: n x 4: u0, v0, u1, v1
    ends: Floats  #: n x 2: the height (v) of the text's middle at its start and at its end
    line: Indices  #: n x 2: the engine's line at its start and at its end
    letters: Floats  #: n, characters
    word_count: Floats  #: n; scripts without spaces count a word for two characters
    opening: Indices  #: n: -1 begins with a capital, 1 with a small letter, 0 with anything else
    pieces: list[list[list[int]]]
    texts: list[str]  #: of the words

    @cached_property
    def strange(self) -> Floats:
        """n, characters that are no letters of any script."""
        joined = ["".join(self.texts[word] for piece in pieces for word in piece) for pieces in self.pieces]
        return np.array([len(text) - sum(map(str.isalpha, text)) for text in joined], np.float64)

    @cached_property
    def centre(self) -> Floats:
        return (self.box[:, 1] + self.box[:, 3]) / 2

    @cached_property
    def height(self) -> Floats:
        return self.box[:, 3] - self.box[:, 1]

    def em(self, some: Indices) -> float:
        """The text height that is usual among some chunks: a high one, since many lack ascenders."""
        at = 3 * len(some) // 4
        return float(np.partition(self.height[some], at)[at])

    def __len__(self) -> int:
        return len(self.pieces)


def chunks_of(words: SeenWords, boxes: Floats, middles: Floats) -> Chunks:
    """Cut and link lines.

    Args:
        words: at least one
        boxes: of the words, n x 4 in a frame
        middles: of the words, n, the height (v) of the middle of their line there
    """
    order = np.lexsort((boxes[:, 0], words.line))
    box, line = boxes[order], words.line[order]
    in_order = order.tolist()
    lengths = words.lengths[order].astype(np.float64)
    wide = np.zeros(len(in_order), np.bool_)
    if words.has_wide:
        wide[:] = [unicodedata.east_asian_width(words.texts[at][0]) == "W" for at in in_order]
    size = _sizes(box, line, lengths * np.where(wide, 2.0, 1.0))
    cut = (line[1:] != line[:-1]) | (box[1:, 0] - box[:-1, 2] > WIDE_GAP * size[1:])
    firsts = np.concatenate([[0], np.nonzero(cut)[0] + 1])
    lasts = np.concatenate([firsts[1:], [len(words)]]) - 1
    middle = middles[order]
    half = np.minimum(box[:, 3] - box[:, 1], size).clip(min=1.0) / 2
    box = np.stack([box[:, 0], middle - half, box[:, 2], middle + half], axis=1)
    pieces = hulls(box, firsts)
    ends = np.stack([middle[firsts], middle[lasts]], axis=1)
    chains = _chains(pieces, ends)
    flat = np.array([piece for chain in chains for piece in chain])
    starts = np.cumsum([0, *map(len, chains[:-1])])
    stops = np.cumsum([len(chain) for chain in chains]) - 1
    counts = np.where(wide, np.ceil(lengths / 2), 1.0)
    heads = [words.texts[at][0] for at in order[firsts[flat[starts]]].tolist()]
    members = [sorted(in_order[first : last + 1]) for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]
    return Chunks(
        box=hulls(pieces[flat], starts),
        ends=np.stack([ends[flat[starts], 0], ends[flat[stops], 1]], axis=1),
        line=np.stack([line[firsts][flat[starts]], line[firsts][flat[stops]]], axis=1),
        letters=np.add.reduceat(np.add.reduceat(lengths, firsts)[flat], starts),
        word_count=np.add.reduceat(np.add.reduceat(counts, firsts)[flat], starts),
        opening=np.array([head.islower() - head.isupper() for head in heads], np.intp),
        pieces=[[members[piece] for piece in chain] for chain in chains],
        texts=words.texts,
    )


def _sizes(box: Floats, line: Indices, lengths: Floats) -> Floats:
    """The text height of each word's line, for n words in line order, `lengths` being in characters of half width.

    It is that of the line's highest word, since a word without ascenders says too little; but text layers may state
    boxes far higher than their print, so it is no more than the characters' width lets one expect.
    """
    starts = np.concatenate([[0], np.nonzero(line[1:] != line[:-1])[0] + 1])
    counts = np.diff(np.concatenate([starts, [len(line)]]))
    highest = np.maximum.reduceat(box[:, 3] - box[:, 1], starts)
    length = np.add.reduceat(lengths, starts)
    pitch = np.add.reduceat(box[:, 2] - box[:, 0], starts) / length
    return np.repeat(np.where(length < 4, highest, np.minimum(highest, HIGHEST * pitch)), counts)


def _chains(box: Floats, ends: Floats) -> list[list[int]]:
    """Runs of pieces that touch on one base line."""
    height = box[:, 3] - box[:, 1]
    first, second = level_pairs(ends[:, 1], ends[:, 0], 0.4 * height)
    lower, higher = (pick(height[first], height[second]) for pick in (np.minimum, np.maximum))
    gap = box[second, 0] - box[first, 2]
    onward = (box[second, 0] > box[first, 0]) | ((box[second, 0] == box[first, 0]) & (second > first))
    fits = onward & (higher < 2 * lower) & (gap > -0.5 * lower) & (gap <= TOUCHING * higher)
    first, second, gap = first[fits], second[fits], np.abs(gap[fits])
    after, before = np.full(len(box), -1), np.full(len(box), -1)
    farthest_first = np.argsort(-gap, kind="stable")  # so that the nearest is written last, and stays
    after[first[farthest_first]] = second[farthest_first]
    before[second[farthest_first]] = first[farthest_first]
    every = np.arange(len(box))
    follower = np.where((after >= 0) & (before[after] == every), after, -1)
    begins = np.ones(len(box), np.bool_)
    begins[follower[follower >= 0]] = False
    follows = follower.tolist()
    chains = []
    for piece in np.flatnonzero(begins).tolist():
        chain = [piece]
        while (piece := follows[piece]) >= 0:
            chain.append(piece)
        chains.append(chain)
    return chains


def level_pairs(v: Floats, others: Floats, reach: Floats) -> tuple[Indices, Indices]:
    """All pairs (i, j) where `others[j]` is no further from `v[i]` than `reach[i]`; without looking at all n x n."""
    order = np.argsort(others, kind="stable")
    lows = np.searchsorted(others[order], v - reach, side="left")
    counts = np.searchsorted(others[order], v + reach, side="right") - lows
    within = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
    return np.repeat(np.arange(len(v)), counts), order[within + np.repeat(lows, counts)]


def hulls(box: Floats, starts: Indices) -> Floats:
    """The box around each run of boxes that begins at `starts`."""
    low = np.minimum.reduceat(box[:, :2], starts, axis=0)
    return np.concatenate([low, np.maximum.reduceat(box[:, 2:], starts, axis=0)], axis=1)
