"""How well a page was read: characters, characters without their order, words with their boxes.

Text is compared after NFKC and with white space collapsed; where the truth is mostly Chinese or Japanese, white space
is dropped, since it means nothing there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

Polygon = tuple[tuple[float, float], ...]

_MATCHING_IOU = 0.5
_CJK_SHARE = 0.3
_CJK = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word and where it stands, in pixels of the page's file; any number of corners, in order."""

    text: str
    polygon: Polygon


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What stands on a page. `ordered` says that `text` is in reading order; `caseless` that its case means nothing.

    `words` is empty where nobody drew boxes."""

    text: str
    language: str = "en"
    ordered: bool = True
    caseless: bool = False
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts that add up over pages."""

    edits: int = 0
    ordered_characters: int = 0  #: of truths that have an order
    characters_found: int = 0
    characters_true: int = 0
    characters_read: int = 0
    words_found: int = 0
    words_true: int = 0
    words_read: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Tally)})

    @property
    def character_error_rate(self) -> float | None:
        """Edits a character, 0 at best; None where no truth has an order."""
        return self.edits / self.ordered_characters if self.ordered_characters else None

    @property
    def character_f1(self) -> float | None:
        """Of characters without white space, wherever they stand, 1 at best."""
        return _f1(self.characters_found, self.characters_true, self.characters_read)

    @property
    def word_f1(self) -> float | None:
        """Of words with the right text in the right place (intersection over union of 0.5), 1 at best; None where no
        truth has boxes."""
        return _f1(self.words_found, self.words_true, self.words_read) if self.words_true else None


def tally(truth: Truth, text: str, words: Sequence[Word]) -> Tally:
    """Compare what was read on one page with what stands there."""
    true, read = (_normal(each, truth) for each in (truth.text, text))
    if _mostly_cjk(true):
        true, read = true.replace(" ", ""), read.replace(" ", "")
    true_bag, read_bag = (Counter(each.replace(" ", "")) for each in (true, read))
    return Tally(
        edits=Levenshtein.distance(true, read) if truth.ordered else 0,
        ordered_characters=len(true) if truth.ordered else 0,
        characters_found=(true_bag & read_bag).total(),
        characters_true=true_bag.total(),
        characters_read=read_bag.total(),
        words_found=_matched(truth, words) if truth.words else 0,
        words_true=len(truth.words),
        words_read=len(words) if truth.words else 0,
    )


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _normal(text: str, truth: Truth) -> str:
    text = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).replace("\u00ad", "")).strip()
    return text.casefold() if truth.caseless else text


def _mostly_cjk(text: str) -> bool:
    return len(_CJK.findall(text)) > _CJK_SHARE * max(1, len(text.replace(" ", "")))


def _f1(found: int, true: int, read: int) -> float | None:
    return 2 * found / (true + read) if true + read else None


def _matched(truth: Truth, words: Sequence[Word]) -> int:
    """Pairs of a true word and a read one of the same text, one to one, those that lie best first."""
    read_by_text: dict[str, list[int]] = {}
    for index, word in enumerate(words):
        read_by_text.setdefault(_normal(word.text, truth), []).append(index)
    pairs = [
        (iou, true, read)
        for true, word in enumerate(truth.words)
        for read in read_by_text.get(_normal(word.text, truth), ())
        if (iou := overlap(word.polygon, words[read].polygon)) >= _MATCHING_IOU
    ]
    used_true: set[int] = set()
    used_read: set[int] = set()
    for _, true, read in sorted(pairs, reverse=True):
        if true not in used_true and read not in used_read:
            used_true.add(true)
            used_read.add(read)
    return len(used_true)


def overlap(one: Polygon, other: Polygon) -> float:
    """Intersection over union of the hulls of two polygons, 0…1."""
    first, second = (cv2.convexHull(np.asarray(each, np.float32)) for each in (one, other))
    common, _ = cv2.intersectConvexConvex(first, second)
    union = cv2.contourArea(first) + cv2.contourArea(second) - common
    return common / union if union > 0 else 0.0
