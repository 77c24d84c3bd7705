"""Words in doubt, read as the page's language has them.

Where a time step shows "e" or "o" about alike, the network knows no better, but who knows English reads "Agency", not
"Agoncy". So of a word with a doubtful letter all that its steps may show is sought, most probable first (a beam search
over CTC prefixes: Hannun et al., 2014), and weighed by how often each is written. Letters that are no word are compared
with the words that look most like them, too, each as probable as the steps make it (the forward pass of CTC: Graves et
al., 2006). What is not a word keeps the weight that its steps give it, so numbers, codes and names stay as they were
read, and nothing is said that the pixels do not show nearly as well.

Whose words they are is told by the sure words of the page. One with too few of them is taken for English, if nobody
says otherwise.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.models import POSSIBLE
from stele.pipeline.reading.engines.paddle.recogniser import Ambiguous, Reading, joined
from stele.pipeline.reading.engines.paddle.wordlists import Language, Words, language, names, usual

Floats = npt.NDArray[np.float64]


class Weighing(NamedTuple):
    """How much it counts that letters are a word: the logarithm of how many `letters` a string which is no word could
    have at each place, less that of the word's rarity; and the `share` of that beside what the steps show."""

    letters: float
    share: float

    def weights(self, texts: Sequence[str], words: Words) -> Floats:
        """Of each text that of its words together; 0 where it has none."""
        found = [[part for part in _PART.findall(text) if _cased(part)] for text in texts]
        rarities = iter(words.rarities([part.lower() for parts in found for part in parts]).tolist())
        sums = [sum(max(0.0, len(part) * self.letters - next(rarities)) for part in parts) for parts in found]
        return self.share * np.minimum(sums, _MOST)


#: the network has read many words too, so which of several it is counts for less than it would beside pixels alone
_AMONG_WORDS = Weighing(math.log(30), 0.4)
#: that it is one at all counts in full, and a name is no row of any letters
_NO_WORD = Weighing(math.log(12), 1.0)
#: the most that words can weigh
_MOST = 12.0
#: strings that the beam search goes on with, and what it looks at in each step: the likeliest so many, if not less
#: probable
_BEAM, _FEW, _LIKELY = 16, 4, 0.003
#: words that look like what is none, and letters that such a one has at least
_ALIKE, _LEAST = 200, 3
#: where the blank is among the letters that steps show
_BLANK = 0
#: letters that are a word or a part of one, if no digit is beside them
_PART = re.compile(r"(?<!\d)[^\W\d_]{2,}(?!\d)")
#: letters of words that tell a language, and the probability from which each is sure
_TELLING, _SURE = 3, 0.95
#: words that are asked for it at most, and the fewest of them, and the share, that it must have as usual words:
#: the rarer ones of a list are of all languages around
_ASKED, _FEWEST, _HAD = 200, 5, 0.45
#: the language of most that is written in Latin letters. A page in another language loses next to nothing by being
#: taken for it: the steps show few words that are not there
_COMMONEST = "en"
#: what other tags of BCP-47 begin with, by the list's
_ALSO = {"no": "nb", "nn": "nb", "hr": "sh", "bs": "sh", "sr": "sh"}


@during(Stage.SPELLING)
def spelled(readings: Sequence[Reading], languages: Sequence[str]) -> list[Reading]:
    """The lines of a page in their words of `languages` (BCP-47), or of whichever the page seems to be in."""
    if not any(reading.ambiguous for reading in readings):
        return list(readings)
    words = _of_page(readings, languages)
    return [_spelled(reading, words) if words and reading.ambiguous else reading for reading in readings]


def _of_page(readings: Sequence[Reading], languages: Sequence[str]) -> Language | None:
    """The words of the language that has most of the page's; None where no list has enough of them. Where there are too
    few to tell, those of the first that is named, or of the commonest."""
    bases = [tag.split("-")[0].lower() for tag in languages]
    named = [_ALSO.get(base, base) for base in bases] or [_COMMONEST, *names()]
    known = [name for name in named if name in names()]
    sure = list(islice(_sure(readings), _ASKED))
    if not known or len(sure) < _FEWEST:
        return language(known[0]) if known else None
    letters = _AMONG_WORDS.letters * np.array([len(word) for word in sure])
    weights = {name: np.maximum(0, letters - usual(name).rarities(sure)) for name in known}
    best = max(known, key=lambda name: float(weights[name].sum()))
    return language(best) if (weights[best] > 0).mean() >= _HAD else None


def _sure(readings: Sequence[Reading]) -> Iterator[str]:
    """Words that were read without doubt, in small letters."""
    for reading in readings:
        for first, last in reading.found(_PART):
            if last - first >= _TELLING and reading.confidences[first:last].min() >= _SURE:
                yield reading.text[first:last].lower()


def _spelled(reading: Reading, words: Language) -> Reading:
    parts: list[Reading] = []
    at = 0
    for doubt in reading.ambiguous:
        said = "".join(reading.texts[doubt.first : doubt.last])
        found = _likeliest(said, doubt, words)
        if found is not None:
            parts += [reading.part(at, doubt.first), _as(reading.part(doubt.first, doubt.last), *found)]
            at = doubt.last
    return joined(reading.strip, [*parts, reading.part(at, len(reading.texts))]) if parts else reading


def _likeliest(said: str, doubt: Ambiguous, words: Language) -> tuple[str, float] | None:
    """What a word in doubt says rather than what it was read as, and how sure that is, 0…1; None if nothing."""
    found = _among_likely(said, doubt, words)
    alike = _alike(said, words)
    if not alike:
        return found
    texts = list(dict.fromkeys([said, *([found[0]] if found else []), *alike]))
    weighed = _shown(doubt, texts) + _NO_WORD.weights(texts, words)
    best = int(weighed.argmax())
    return found if texts[best] == said else (texts[best], _share(weighed, best))


def _among_likely(said: str, doubt: Ambiguous, words: Words) -> tuple[str, float] | None:
    """The same, of what the steps say without the less likely."""
    strings = _strings(doubt)
    # What is one word stays one, and not nothing.
    known = {text: shown for text, shown in strings.items() if text and " " not in text}
    known.setdefault(said, max(known.values(), default=0.0))
    texts = list(known)
    weights = _AMONG_WORDS.weights(texts, words)
    weighed = np.fromiter(known.values(), np.float64) + weights
    best, read = int(weighed.argmax()), texts.index(said)
    # Only for being written more often is anything else believed than what was read.
    if weights[best] <= weights[read] or weighed[best] <= weighed[read]:
        return None
    return texts[best], _share(weighed, best)


def _share(weighed: Floats, index: int) -> float:
    """The probability of one of several, by the logarithms of what they weigh."""
    return float(1 / np.exp(weighed - weighed[index]).sum())


def _alike(said: str, words: Language) -> list[str]:
    """What was read, with the words instead that look most like what is none in it."""
    texts = []
    for part in _PART.finditer(said):
        letters = part.group()
        if len(letters) < _LEAST or np.isfinite(words.rarities([letters.lower()]))[0]:
            continue
        for word in words.near(letters.lower(), _ALIKE):
            texts.append(said[: part.start()] + _as_large(word, letters) + said[part.end() :])
    return texts


def _as_large(word: str, letters: str) -> str:
    """A word in capitals, with one, or with none, as `letters` are."""
    if letters.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if letters[0].isupper() else word


def _shown(doubt: Ambiguous, texts: Sequence[str]) -> Floats:
    """How probable the steps make each text, as a logarithm."""
    letters = sorted({letter for text in texts for letter in text})
    places = {letter: place for place, letter in enumerate(letters, start=1)}
    # What is not told of a step is less probable than what is. A space beside a word is nothing of it.
    shares = np.full((len(doubt.steps), len(letters) + 1), POSSIBLE)
    for row, step in zip(shares, doubt.steps, strict=True):
        for letter, share in step:
            if letter in places or not letter.strip():
                row[places.get(letter, _BLANK)] += share
    # Each text with a blank around every letter; a blank is passed over but between two that are the same.
    path = np.full((len(texts), 2 * max(map(len, texts)) + 1), _BLANK)
    for row, text in zip(path, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [places[letter] for letter in text]
    over = (path[:, 2:] != path[:, :-2]).astype(np.float64)
    at = np.zeros(path.shape)
    at[:, 0] = 1
    total = np.zeros(len(texts))
    for row in shares:
        before = at.copy()
        before[:, 1:] += at[:, :-1]
        before[:, 2:] += at[:, :-2] * over
        at = before * row[path]
        sums = at.sum(axis=1)
        total += np.log(sums)
        at /= sums[:, np.newaxis]
    each = np.arange(len(texts))
    ends = np.array([2 * len(text) for text in texts])
    # There is no way to a text that is longer than the steps.
    shown: Floats = total + np.log(np.maximum(at[each, ends] + at[each, ends - 1], np.finfo(np.float64).tiny))
    return shown


def _strings(doubt: Ambiguous) -> dict[str, float]:
    """What the steps of a word may say, with the logarithm of the probability of each."""
    # Of each string, how probable it is so far with a blank behind it, and without.
    beam: dict[tuple[str, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for step in doubt.steps:
        likely = [shown for shown in step[:_FEW] if shown[1] >= _LIKELY] or step[:1]
        longer: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for string, (blank, letter) in beam.items():
            for text, probability in likely:
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


def _cased(word: str) -> bool:
    """Whether the letters of a word are large or small as those of words are."""
    return word.isupper() or word[1:].islower()


def _as(reading: Reading, text: str, sure: float) -> Reading:
    """The same word with other characters, each where those that it stands for were seen, or between its neighbours."""
    places: list[float] = []
    confidences: list[float] = []
    matcher = SequenceMatcher(None, reading.texts, text, autojunk=False)
    for what, first, last, start, end in matcher.get_opcodes():
        for index in range(end - start):
            places.append(first + (index + 0.5) * (last - first) / (end - start) - 0.5)
            confidences.append(float(reading.confidences[first + index]) if what == "equal" else sure)
    nearest = np.rint(places).astype(np.intp).clip(0, len(reading.texts) - 1)
    return replace(
        reading,
        texts=tuple(text),
        confidences=np.array(confidences, np.float32),
        starts=_between(reading.starts, places),
        ends=_between(reading.ends, places),
        by_hand=reading.by_hand[nearest],
        ambiguous=(),
    )


def _between(columns: npt.NDArray[np.float32], places: Sequence[float]) -> npt.NDArray[np.float32]:
    """Where characters are that stand at `places` among those at `columns`; those before and behind all are as far from
    them as they are from each other."""
    pitch = np.diff(columns).mean() if len(columns) > 1 else np.float32(0)
    around = np.concatenate([columns[:1] - pitch, columns, columns[-1:] + pitch])
    found: npt.NDArray[np.float32] = np.interp(places, np.arange(-1, len(columns) + 1), around).astype(np.float32)
    return np.maximum(found, 0)
