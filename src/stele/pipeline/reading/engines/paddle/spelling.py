"""Words in doubt, read as the page's language has them.

Where a time step shows "e" or "o" about alike, the network knows no better, but who knows English reads "Agency", not
"Agoncy". So of a word with a doubtful letter all that its steps may show is sought, most probable first (a beam search
over CTC prefixes: Hannun et al., 2014), and weighed by how often each is written. What is not a word keeps the weight
that its steps give it, so numbers, codes and names stay as they were read, and nothing is ever said that the pixels do
not show nearly as well.

Whose words they are is told by the sure words of the page. The lists have the most frequent words of 25 languages in
Latin letters, by wordfreq (Speer, 2022): `spelling.npz`, written by `tools/word_lists.py`, is under CC BY-SA 4.0.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.recogniser import Ambiguous, Reading, joined

#: the lists that the tool writes, and how many of their levels a factor of ten in frequency has
FILE = Path(__file__).with_name("spelling.npz")
_LEVELS = 16
#: what the levels count from: a word in so many, as a power of ten
_FROM = 9
#: the part of the weight of a word's frequency that counts beside what its steps show, and the most that it can be. The
#: network has read many words too, so it counts for less than it would beside pixels alone
_SHARE, _MOST = 0.4, 12.0
#: log of the letters that a string which is no word could have at each place
_LETTERS = math.log(30)
#: strings that the search goes on with
_BEAM = 16
#: letters that are a word or a part of one, if no digit is beside them
_PART = re.compile(r"(?<!\d)[^\W\d_]{2,}(?!\d)")
#: letters of words that tell a language, and the probability from which each is sure
_TELLING, _SURE = 3, 0.95
#: words that are asked for it at most, and the fewest of them, and the share, that it must have
_ASKED, _FEWEST, _HAD = 200, 5, 0.5
#: what other tags of BCP-47 begin with, by the list's
_ALSO = {"no": "nb", "nn": "nb", "hr": "sh", "bs": "sh", "sr": "sh"}


class Words(NamedTuple):
    """The words of a language: their checksums in order, and how often each is used."""

    sums: npt.NDArray[np.uint32]
    levels: npt.NDArray[np.uint8]

    def weights(self, words: Sequence[str]) -> npt.NDArray[np.float64]:
        """By how much each word is likelier than any string of letters of its length, as a logarithm; 0 for what is not
        in the list."""
        asked = np.array([zlib.crc32(word.encode()) for word in words], np.uint32)
        places = np.minimum(np.searchsorted(self.sums, asked), len(self.sums) - 1)
        rarity = math.log(10) * (_FROM - self.levels[places] / _LEVELS)
        weights = np.array([len(word) for word in words]) * _LETTERS - rarity
        return np.where(self.sums[places] == asked, np.maximum(weights, 0), 0)


@cache
def lists() -> Mapping[str, Words]:
    """What `tools/word_lists.py` has written, by language; read when a word is first in doubt."""
    with np.load(FILE) as table:
        names = [name.removesuffix("_words") for name in table.files if name.endswith("_words")]
        return {name: Words(table[f"{name}_words"], table[f"{name}_levels"]) for name in names}


@during(Stage.SPELLING)
def spelled(readings: Sequence[Reading], languages: Sequence[str]) -> list[Reading]:
    """The lines of a page in their words of `languages` (BCP-47), or of whichever the page seems to be in."""
    if not any(reading.ambiguous for reading in readings):
        return list(readings)
    words = _of_page(readings, languages)
    return [_spelled(reading, words) if words and reading.ambiguous else reading for reading in readings]


def _of_page(readings: Sequence[Reading], languages: Sequence[str]) -> Words | None:
    """The words of the language that has most of the page's; None where no list has enough of them."""
    bases = {tag.split("-")[0].lower() for tag in languages}
    wanted = {_ALSO.get(base, base) for base in bases}
    known = [words for name, words in lists().items() if name in wanted or not wanted]
    sure = list(islice(_sure(readings), _ASKED))
    if not known or len(sure) < _FEWEST:
        return known[0] if wanted and len(known) == 1 else None
    weights = [words.weights(sure) for words in known]
    best = max(range(len(known)), key=lambda index: float(weights[index].sum()))
    return known[best] if (weights[best] > 0).mean() >= _HAD else None


def _sure(readings: Sequence[Reading]) -> Iterator[str]:
    """Words that were read without doubt, in small letters."""
    for reading in readings:
        for first, last in reading.found(_PART):
            if last - first >= _TELLING and reading.confidences[first:last].min() >= _SURE:
                yield reading.text[first:last].lower()


def _spelled(reading: Reading, words: Words) -> Reading:
    parts: list[Reading] = []
    at = 0
    for doubt in reading.ambiguous:
        said = "".join(reading.texts[doubt.first : doubt.last])
        found = _likeliest(said, doubt, words)
        if found is not None:
            parts += [reading.part(at, doubt.first), _as(reading.part(doubt.first, doubt.last), *found)]
            at = doubt.last
    return joined(reading.strip, [*parts, reading.part(at, len(reading.texts))]) if parts else reading


def _likeliest(said: str, doubt: Ambiguous, words: Words) -> tuple[str, float] | None:
    """What a word in doubt says rather than what it was read as, and how sure that is, 0…1; None if nothing."""
    strings = _strings(doubt)
    # What is one word stays one, and not nothing.
    known = {text: shown for text, shown in strings.items() if text and " " not in text}
    known.setdefault(said, max(known.values(), default=0.0))
    weights = dict(zip(known, _written(list(known), words), strict=True))
    weighed = {text: shown + _SHARE * weights[text] for text, shown in known.items()}
    best = max(weighed, key=lambda text: weighed[text])
    # Only for being written more often is anything else believed than what was read.
    if weights[best] <= weights[said] or weighed[best] <= weighed[said]:
        return None
    return best, 1 / sum(math.exp(weight - weighed[best]) for weight in weighed.values())


def _strings(doubt: Ambiguous) -> dict[str, float]:
    """What the steps of a word may say, with the logarithm of the probability of each."""
    # Of each string, how probable it is so far with a blank behind it, and without.
    beam: dict[tuple[str, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for step in doubt.steps:
        longer: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for string, (blank, letter) in beam.items():
            for text, probability in step:
                if not text:
                    longer[string][0] += (blank + letter) * probability
                elif string and string[-1] == text:
                    longer[string][1] += letter * probability
                    longer[(*string, text)][1] += blank * probability
                else:
                    longer[(*string, text)][1] += (blank + letter) * probability
        likeliest = sorted(longer.items(), key=lambda each: -sum(each[1]))[:_BEAM]
        beam = {string: (blank, letter) for string, (blank, letter) in likeliest}
    # In order, so that of strings which differ by spaces around them the likeliest is last.
    sums = sorted((sum(both), "".join(string).strip()) for string, both in beam.items())
    return {text: math.log(both) for both, text in sums if both > 0}


def _written(texts: Sequence[str], words: Words) -> list[float]:
    """The weight of each text: that of its words together."""
    found = [[part.group() for part in _PART.finditer(text) if _cased(part.group())] for text in texts]
    weights = iter(words.weights([part.lower() for parts in found for part in parts]).tolist())
    return [min(_MOST, sum(next(weights) for _ in parts)) for parts in found]


def _cased(word: str) -> bool:
    """Whether the letters of a word are large or small as those of words are."""
    return word.isupper() or word[1:].islower()


def _as(reading: Reading, text: str, sure: float) -> Reading:
    """The same word with other characters, each where those that it stands for were seen."""
    kept: list[int] = []
    confidences: list[float] = []
    matcher = SequenceMatcher(None, reading.texts, text, autojunk=False)
    for what, first, last, start, end in matcher.get_opcodes():
        for index in range(start, end):
            # One more character than were seen shares the place of the last of them, or of its neighbour.
            kept.append(max(0, min(first + index - start, (last if last > first else first) - 1)))
            confidences.append(float(reading.confidences[kept[-1]]) if what == "equal" else sure)
    return replace(
        reading,
        texts=tuple(text),
        confidences=np.array(confidences, np.float32),
        starts=reading.starts[kept],
        ends=reading.ends[kept],
        by_hand=reading.by_hand[kept],
        ambiguous=(),
    )
