"""Whether confidences keep their word: of the words that were given 0.9, about nine in ten should be right.

A word is right where the truth has the same text; where the truth has boxes of words, only when its middle lies in one
with that text. Each word of the truth serves once, the most confident of those that claim it. Truths of which only a
part is told are left out, and words in regions that are not to be scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.crew import Outcome
from benchmarks.inputs import Page
from benchmarks.placing import Word, bounds, ignored
from benchmarks.scoring import Truth, normal, tokens

#: confidences are sorted into these; the upper ends hold most words, and matter most
EDGES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Words whose confidence is in [low, high): how many, the share that is right, and the mean confidence."""

    low: float
    high: float
    words: int
    right: float
    confidence: float


def calibrated(pages: Sequence[Page], outcomes: Sequence[Outcome]) -> tuple[Bin, ...]:
    """All words of all pages, by their confidence; bins without a word are left out."""
    judged = [
        verdict
        for page, outcome in zip(pages, outcomes, strict=True)
        if not page.truth.partial
        for verdict in verdicts(page.truth, outcome.reading.words)
    ]
    return tuple(_bins(judged))


def _bins(judged: Sequence[tuple[float, bool]]) -> Iterator[Bin]:
    for low, high in pairwise(EDGES):
        inside = [(said, right) for said, right in judged if low <= said < high or said == high == EDGES[-1]]
        if inside:
            confidences, rights = zip(*inside, strict=True)
            count = len(inside)
            yield Bin(low=low, high=high, words=count, right=sum(rights) / count, confidence=sum(confidences) / count)


def verdicts(truth: Truth, words: Sequence[Word]) -> Iterator[tuple[float, bool]]:
    """The confidence of each word, and whether it is right. Words without a confidence have no verdict."""
    skipped = ignored(words, truth.ignore)
    told = [word for index, word in enumerate(words) if index not in skipped and word.confidence is not None]
    told.sort(key=lambda word: word.confidence or 0.0, reverse=True)
    claims = _by_place(truth, told) if truth.words else _by_text(truth, told)
    for word, right in zip(told, claims, strict=True):
        yield word.confidence or 0.0, right


def _by_text(truth: Truth, words: Sequence[Word]) -> Iterator[bool]:
    """A word of several tokens (Chinese, for one) is right when all are there."""
    left = Counter(tokens(normal(truth.text, truth)))
    for word in words:
        wanted = Counter(tokens(normal(word.text, truth)))
        right = all(left[token] >= count for token, count in wanted.items())
        if right:
            left -= wanted
        yield right


def _by_place(truth: Truth, words: Sequence[Word]) -> Iterator[bool]:
    boxes = bounds([word.polygon for word in truth.words])
    texts = np.array([normal(word.text, truth) for word in truth.words])
    free = np.ones(len(texts), bool)
    for word, box in zip(words, bounds([word.polygon for word in words]), strict=True):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        around = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
        hits = np.flatnonzero(free & around & (texts == normal(word.text, truth)))
        free[hits[:1]] = False
        yield bool(len(hits))
