"""The frequent words of 25 languages in Latin letters: what is a word, how often it is written, what looks like it.

By wordfreq (Speer, 2022): `wordlists.npz`, written by `tools/word_lists.py`, is under CC BY-SA 4.0. Of each language it
has the words in order, a line each, and how often each is used: the logarithm of words in a billion, in levels.
"""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

#: the lists that the tool writes, and how many of their levels a factor of ten in frequency has
_FILE = Path(__file__).with_name("wordlists.npz")
_LEVELS = 16
#: what the levels count from: a word in so many, as a power of ten
_FROM = 9
#: languages whose words are all held; English takes 2 MB, the others half of that
_AT_ONCE = 4
#: words that are looked at together when they are loaded
_PIECE = 5_000
#: how many levels weigh as much as one letter that two words do not have in common
_RARER = 64


class Words:
    """Which words there are, and how rare they are."""

    def __init__(self, words: Iterable[bytes], levels: npt.NDArray[np.uint8]) -> None:
        # A checksum takes a tenth of the room of a string.
        sums = np.fromiter(map(zlib.crc32, words), np.uint32, len(levels))
        order = np.argsort(sums)
        self._sums, self._levels = sums[order], levels[order]

    def rarities(self, words: Sequence[str]) -> npt.NDArray[np.float64]:
        """How rare each word (in small letters) is: of so many one, as a logarithm; infinite for what is not listed."""
        asked = np.array([zlib.crc32(word.encode()) for word in words], np.uint32)
        places = np.minimum(np.searchsorted(self._sums, asked), len(self._sums) - 1)
        rarities = math.log(10) * (_FROM - self._levels[places] / _LEVELS)
        return np.where(self._sums[places] == asked, rarities, np.inf)


class Language(Words):
    """All words of a language, and what they look like."""

    def __init__(self, name: str) -> None:
        """`name`: one of those in the table."""
        words, self._listed = _read(name)
        super().__init__(words, self._listed)
        # Some thousand at once, since what is needed on the way takes many times the room of what is found.
        pieces = range(0, len(words), _PIECE)
        self._looks = np.concatenate([_looks(b"\n".join(words[piece : piece + _PIECE])) for piece in pieces])
        self._text = b"\n".join([*words, b""])
        self._starts = np.cumsum([0, *(len(word) + 1 for word in words)], dtype=np.int32)

    def near(self, word: str, count: int) -> list[str]:
        """The `count` words that have most letters in common with `word` (in small letters), in whatever order."""
        distance = np.bitwise_count(self._looks ^ _looks(word.encode())) - self._listed / np.float32(_RARER)
        nearest = np.argpartition(distance, min(count, len(distance) - 1))[:count]
        return [self._text[self._starts[place] : self._starts[place + 1] - 1].decode() for place in nearest.tolist()]


@lru_cache(_AT_ONCE)
def language(name: str) -> Language:
    """The words of a language (BCP-47; "sh" is Croatian, Bosnian and Serbian)."""
    return Language(name)


@cache
def names() -> tuple[str, ...]:
    """The languages that have a list."""
    with np.load(_FILE) as table:
        return tuple(name.removesuffix("_words") for name in table.files if name.endswith("_words"))


@cache
def usual(name: str) -> Words:
    """The more frequent half of the words of a language, of which all are held that were ever asked for."""
    words, levels = _read(name)
    frequent = levels >= np.median(levels)
    return Words(compress(words, frequent), levels[frequent])


def _read(name: str) -> tuple[list[bytes], npt.NDArray[np.uint8]]:
    """The words of a language, and their levels."""
    with np.load(_FILE) as table:
        return table[f"{name}_words"].tobytes().split(b"\n"), table[f"{name}_levels"]


def _looks(words: bytes) -> npt.NDArray[np.uint64]:
    """Which letters each word, of a line each, has, in 32 bits, and which it has more than once, in 32 more, whatever
    their accents; letters that are more than a to z with an accent are left out."""
    plain = unicodedata.normalize("NFD", words.decode()).encode("ascii", "ignore")
    letters = np.frombuffer(plain, np.uint8)
    ends = letters == ord("\n")
    lines = np.cumsum(ends)
    counts = np.zeros((plain.count(b"\n") + 1, 32), np.uint8)
    np.add.at(counts, (lines[~ends], letters[~ends] % 32), 1)
    bits = np.concatenate([np.packbits(counts >= times, axis=1) for times in (1, 2)], axis=1)
    return bits.view(np.uint64)[:, 0]
