"""Which languages a page is in.

Scripts are counted, since they are certain; within a script the language is told by CLD2, which knows 165 by their
runs of four letters. What is not clear stays open: `und-Latn` means "some language in Latin letters". Confidence is the
share of the page's letters.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pycld2

from stele.domain.document import Language
from stele.domain.errors import UnknownLanguage
from stele.domain.languages import normalise
from stele.pipeline.reading.scripts import script_of, script_of_word

#: a script is named when it has this share of the letters
_MIN_SCRIPT = 0.01
#: a second language of a script is named when it has this share of the script's text
_MIN_LANGUAGE = 0.1
#: how much of Chinese and Japanese text is Kana, at least, in Japanese
_MIN_KANA = 0.05
#: shorter text says too little: names, numbers and abbreviations look like any language
_MIN_LETTERS, _MIN_WORDS = 24, 5
#: languages that are believed in longer text only, since a sentence of their large neighbour looks like them
_LARGER, _MIN_RARE = {"co": "it", "fy": "nl", "lb": "de", "oc": "ca", "sco": "en"}, 300
#: blocks of fewer letters are in the language of their page
_MIN_BLOCK = 40

#: scripts of one language here, and what a script is when no letters of its own say more
_OF_SCRIPT = {
    "Arab": "ar", "Armn": "hy", "Beng": "bn", "Cans": "iu", "Cher": "chr", "Cyrl": "und-Cyrl", "Deva": "und-Deva",
    "Ethi": "und-Ethi", "Geor": "ka", "Grek": "el", "Gujr": "gu", "Guru": "pa", "Hebr": "he", "Khmr": "km",
    "Knda": "kn", "Kore": "ko", "Laoo": "lo", "Mlym": "ml", "Mymr": "my", "Orya": "or", "Sinh": "si", "Syrc": "syr",
    "Taml": "ta", "Telu": "te", "Thaa": "dv", "Thai": "th", "Tibt": "bo",
}  # fmt: skip
#: letters that only one language of a script uses much; the first that makes up 0.4 % of the script's letters wins
_TELLING = {
    "Arab": (("ur", "ٹڈڑےں"), ("ps", "ټډړښځڅ"), ("sd", "ڄڃٻڀ"), ("ug", "ەۇۆۈې"), ("fa", "پچژگ")),
    "Beng": (("as", "ৰৱ"),),
    "Cyrl": (
        ("be", "ў"), ("kk", "әғқұһ"), ("uk", "їєґі"), ("sr", "ђћ"), ("mk", "ѓќѕ"), ("mn", "өү"), ("ru", "ыэё"),
        ("bg", "ъ"),
    ),
    "Deva": (("mr", "ळ"),),
    "Hebr": (("yi", "ײױװ"),),
}  # fmt: skip
_MIN_TELLING = 0.004
#: common characters that the two forms of Chinese write differently: simplified, traditional, simplified, …
_PAIRS = (
    "这這国國们們来來时時对對会會说說学學发發经經长長东東见見车車马馬门門问問间間关關开開书書买買卖賣电電话話语語请請"
    "让讓认認识識边邊还還进進远遠过過钱錢银銀铁鐵样樣业業务務产產应應该該"
)
_SIMPLIFIED, _TRADITIONAL = frozenset(_PAIRS[::2]), frozenset(_PAIRS[1::2])


@dataclass(frozen=True, kw_only=True)
class Detected:
    """`languages`: those of the page, the one with most letters first. `codes`: the main language of each script seen.
    `several`: whether some script is used by more than one."""

    languages: tuple[Language, ...]
    codes: dict[str, str]
    several: bool

    def of_words(self, words: list[str]) -> list[str | None]:
        """Of the words of a block, each one's language where it is not the page's main one: that of the block, or the
        one that the word's script shows."""
        if len(self.codes) < 2 and not self.several:
            return [None] * len(words)
        codes = self.codes | (self._of_block(words) if self.several else {})
        return [self._of_word(word, codes) for word in words]

    def _of_block(self, words: list[str]) -> dict[str, str]:
        """The language of a block by its script, where it is one of the page's and the block is long enough to tell."""
        if sum(map(len, words)) < _MIN_BLOCK:
            return {}
        known = {language.code for language in self.languages}
        told = [found for found in _told(" ".join(words)) if found.code in known]
        return {_script_of(found.code): found.code for found in told[:1]}

    def _of_word(self, word: str, codes: dict[str, str]) -> str | None:
        script = script_of_word(word)
        code = codes.get(script) if script else None
        if code is None or code.startswith("und") or code == self.languages[0].code:
            return None
        return code


def detect(text: str, expected: tuple[str, ...] = ()) -> Detected:
    """The languages of a page.

    Args:
        text: its words, in any order, with spaces between them
        expected: BCP-47 codes that the caller says the page is in; of a script that they cover nothing else is guessed.
            Raises UnknownLanguage.
    """
    letters = _counted(text)
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        if script := script_of(letter):
            scripts[script] += count
    if scripts["Kana"]:
        kana, chinese = scripts.pop("Kana"), scripts.pop("Hani", 0)
        scripts["Kana" if kana >= _MIN_KANA * (kana + chinese) else "Hani"] = kana + chinese
    total = scripts.total()
    wanted = _expected(expected)
    told = _told(text)
    found: list[Language] = []
    codes: dict[str, str] = {}
    for script, count in scripts.most_common():
        if count < _MIN_SCRIPT * total:
            continue
        shares = _shares(script, told, wanted.get(script, ())) or {_by_letters(script, letters, count): 1.0}
        codes[script] = max(shares, key=lambda code: shares[code])
        found.extend(Language(code=code, confidence=round(share * count / total, 3)) for code, share in shares.items())
    if "Kana" in codes:
        codes["Hani"] = codes["Kana"]
    return Detected(
        languages=tuple(sorted(found, key=lambda language: -language.confidence)),
        codes=codes,
        several=len(found) > len({script for script in codes if script != "Hani" or "Kana" not in codes}),
    )


def _counted(text: str) -> Counter[str]:
    """How often each character occurs."""
    codes, counts = np.unique(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"), return_counts=True)
    return Counter(dict(zip(map(chr, codes.tolist()), counts.tolist(), strict=True)))


def _expected(codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Codes by their scripts."""
    wanted: dict[str, tuple[str, ...]] = {}
    for code in codes:
        script = _script_of(code)
        wanted[script] = (*wanted.get(script, ()), normalise(code).code)
    return wanted


def _script_of(code: str) -> str:
    """The script of a language, as letters are counted. Raises UnknownLanguage."""
    script = normalise(code).script
    return {"Hans": "Hani", "Hant": "Hani", "Jpan": "Kana", "Latf": "Latn"}.get(script, script)


def _shares(script: str, told: list[Language], expected: tuple[str, ...]) -> dict[str, float]:
    """The languages that a script is used for, with their shares of it; none where that is not clear."""
    if len(expected) == 1:
        return {expected[0]: 1.0}
    here = [one for one in told if _script_of(one.code) == script and (not expected or one.code in expected)]
    total = sum(one.confidence for one in here)
    kept = [one for one in here if one.confidence >= _MIN_LANGUAGE * total]
    total = sum(one.confidence for one in kept)
    return {one.code: one.confidence / total for one in kept}


def _told(text: str) -> list[Language]:
    """What CLD2 says: at most three languages of the table, with their shares of the text. Nothing where it is not
    sure, or the text too short to tell."""
    text = _UNFIT.sub(" ", text)
    if len(text) < _MIN_LETTERS:
        return []
    sure, _, found = pycld2.detect(text, isPlainText=True)
    languages: dict[str, float] = {}
    for _, code, share, _ in found if sure else ():
        try:
            name = normalise(_LARGER.get(code, code) if len(text) < _MIN_RARE else code).code
        except UnknownLanguage:
            continue
        languages[name] = languages.get(name, 0.0) + share / 100
    return [Language(code=code, confidence=share) for code, share in languages.items() if share]


#: what CLD2 does not take for text: control characters, halves of characters, and what is none
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _by_letters(script: str, letters: Counter[str], count: int) -> str:
    """The language of a script's letters where nothing else tells it."""
    match script:
        case "Latn":
            return "und-Latn"
        case "Kana":
            return "ja"
        case "Hani":
            return _chinese(letters)
        case _:
            for code, telling in _TELLING.get(script, ()):
                if sum(letters[letter] for letter in telling) >= _MIN_TELLING * count:
                    return code
            return _OF_SCRIPT[script]


def _chinese(letters: Counter[str]) -> str:
    simplified, traditional = (sum(letters[one] for one in form) for form in (_SIMPLIFIED, _TRADITIONAL))
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"
