"""Whether words can be what a page says: no dictionary, only what words of any language look like.

A text layer may be the work of a poor recogniser, or of a writer that lost the meaning of its glyphs. Such text is
worse than none, since nothing later can tell. What is measured here are shapes: letters of one script, vowels among
them, capitals where capitals stand, digits that form numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import pycld2

#: below this many telling characters nothing can be told
_TOO_FEW = 24


def plausibility(words: Iterable[str]) -> float | None:
    """The share of characters, 0…1, in words that look like words or numbers. None where there are too few to tell.

    Running text of any language is near 1; text recognised upside down or with the wrong script is near 0.5.
    """
    weighed = map(_weighed, " ".join(words).split())
    good, bad = (sum(column) for column in zip((0, 0), *weighed, strict=True))
    return good / (good + bad) if good + bad >= _TOO_FEW else None


@lru_cache(maxsize=8192)
def _weighed(word: str) -> tuple[int, int]:
    """How many characters of a word look right, and how many wrong. Remembered: most words are said again and again."""
    if _PLAIN.fullmatch(word):
        return len(word), 0
    if _BROKEN.search(word):
        return 0, len(word)
    good = bad = 0
    for part in _PARTS.findall(word):
        if (plausible := _plausible(part)) is not None:
            good += len(part) * plausible
            bad += len(part) * (not plausible)
    return good, bad


def loose_letters(lines: Iterable[list[str]]) -> float | None:
    """The share of alphabetic words, 0…1, that are single letters in a row of three or more on one line: words that
    fell apart. None where there are too few words to tell. Scripts that write without spaces do not count.
    """
    shapes = "\n".join("".join(map(_shape, line)) for line in lines)
    alphabetic = shapes.count(_LETTER) + shapes.count(_WORD)
    loose = sum(map(len, re.findall(f"{_LETTER}{{3,}}", shapes)))
    return loose / alphabetic if alphabetic >= _TOO_FEW else None


_LETTER, _WORD, _OTHER = "l", "w", "o"


def _shape(word: str) -> str:
    if not word.isalpha() or _UNSPACED.search(word):
        return _OTHER
    return _LETTER if len(word) == 1 else _WORD


def is_gibberish(words: Iterable[str]) -> bool:
    """Whether text in Latin letters, long enough to tell, is in none of the languages that CLD2 knows: the letters are
    well-formed and are the wrong ones. (That lists of names and abbreviations are in none either is for callers.)"""
    text = " ".join(word for word in words if _LATIN.fullmatch(word))
    if len(text) < _TELLING:
        return False
    sure, _, found = pycld2.detect(text, isPlainText=True)
    return not sure or found[0][1] == "un"


def run_together(words: list[str]) -> float:
    """The share of Latin letters, 0…1, in words that are longer than words are: their spaces were lost."""
    if max(map(len, words), default=0) <= _LONGEST:
        return 0.0
    lengths = [len(word) for word in words if _LATIN.fullmatch(word)]
    return sum(length for length in lengths if length > _LONGEST) / max(1, sum(lengths))


#: letters from which on a text tells its language; letters of nearly all words at most
_TELLING, _LONGEST = 150, 25

#: what most words of most texts look like, to be done with them at once
_PLAIN = re.compile(r"[A-Z]?(?:[a-z]{0,3}[aeiouy][a-z]{0,3}|[a-z]{0,4}[aeiouy][a-z]{0,4}[aeiouy][a-z]{0,4})[.,;:]?")
#: Thai, Lao, Khmer, Burmese, kana, han: written without spaces
_UNSPACED_RANGES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
#: runs of one of these, or of letters, digits and the marks that are set on letters; all punctuation parts
_PARTS = re.compile(
    f"[{_UNSPACED_RANGES}]+"
    f"|(?:[^\\W_{_UNSPACED_RANGES}]|[\u0300-\u036f\u0483-\u0489\u0590-\u06ff\u0900-\u0dff\u0f00-\u0fff])+"
)
#: signs that no language has inside words, and those that it has not even beside letters
_BROKEN = re.compile(r"[^\W\d_][~^\\<>¬¦¤¨´`\[\]]+[^\W\d_]|[^\W\d_][|{}]|[|{}][^\W\d_]")
_LATIN = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+")
#: numbers with their units, ordinals, and the names of sizes, norms and forms: 3rd, 20kg, A4, B12a, COVID19
_CODE = re.compile(r"\d+[^\W\d]{0,4}|[^\W\d]{1,6}\d+[^\W\d]?")
_VOWELS = frozenset("aeiouyæœøıəɛɔ")


def _plausible(part: str) -> bool | None:
    """Whether a run of characters looks right; None where it says nothing, as numbers do."""
    if len(part) == 1 or _CODE.fullmatch(part):
        return None
    if not part.isalpha():
        letters = sum(character.isalpha() or unicodedata.category(character)[0] == "M" for character in part)
        # Scripts that put marks on letters are not `isalpha`; whatever else mixes letters and signs is not a word.
        return letters == len(part)
    if not _LATIN.search(part):
        return True
    return _LATIN.fullmatch(part) is not None and _latin_word(part)


def _latin_word(word: str) -> bool:
    """Vowels at least every tenth letter (abbreviations in capitals need none), and at most one capital inside."""
    if word.isupper() and len(word) <= 5:
        return True
    base = unicodedata.normalize("NFD", word.lower())
    vowels = sum(letter in _VOWELS for letter in base)
    inner_capitals = 0 if word.isupper() else sum(letter.isupper() for letter in word[1:])
    return vowels * 10 >= len(word) and inner_capitals <= 1
