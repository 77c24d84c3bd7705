"""Which languages a page is in: a light, honest guess.

Scripts are counted; most of them are of one language here or are told apart by a few letters of their own. For the
languages of the Latin script function words are counted. What is not clear stays open: `und-Latn` means "some language
in Latin letters". Confidence is the share of the page's letters.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

from stele.domain.document import Language
from stele.domain.languages import normalise
from stele.pipeline.reading.scripts import script_of, script_of_word

#: so many different function words of a language must be seen, they must be this share of all words, and weigh this
#: many times those of the next language
_MIN_WORDS, _MIN_SHARE, _MIN_LEAD = 3, 0.08, 1.25
#: a second language of a script is named when it has this share of the function words that are of one language only
_SECOND = 0.3
#: a script is named when it has this share of the letters
_MIN_SCRIPT = 0.01
#: how much of Chinese and Japanese text is Kana, at least, in Japanese
_MIN_KANA = 0.05

_FUNCTION_WORDS = {
    code: frozenset(words.split())
    for code, words in tomllib.loads(files(__package__).joinpath("function_words.toml").read_text("utf-8")).items()
}
#: how many languages use a function word: the fewer, the more it says
_USES = Counter(word for words in _FUNCTION_WORDS.values() for word in words)

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

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class Detected:
    """`languages`: those of the page, the one with most letters first. `codes`: the language of each script seen."""

    languages: tuple[Language, ...]
    codes: dict[str, str]

    def of_words(self, words: list[str]) -> list[str | None]:
        """Of each word its language, where its script shows that it is not the page's main one."""
        if len(self.codes) < 2:
            return [None] * len(words)
        return [self._of_word(word) for word in words]

    def _of_word(self, word: str) -> str | None:
        script = script_of_word(word)
        code = self.codes.get(script) if script else None
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
    letters = Counter(text)
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        if script := script_of(letter):
            scripts[script] += count
    if scripts["Kana"]:
        kana, chinese = scripts.pop("Kana"), scripts.pop("Hani", 0)
        scripts["Kana" if kana >= _MIN_KANA * (kana + chinese) else "Hani"] = kana + chinese
    total = scripts.total()
    wanted = _expected(expected)
    found: list[Language] = []
    codes: dict[str, str] = {}
    for script, count in scripts.most_common():
        if count < _MIN_SCRIPT * total:
            continue
        shares = _shares(script, count, letters, text, wanted.get(script, ()))
        codes[script] = max(shares, key=lambda code: shares[code])
        found.extend(Language(code=code, confidence=round(share * count / total, 3)) for code, share in shares.items())
    if "Kana" in codes:
        codes["Hani"] = codes["Kana"]
    return Detected(languages=tuple(sorted(found, key=lambda language: -language.confidence)), codes=codes)


def _expected(codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Codes by the scripts that `_shares` is asked about."""
    wanted: dict[str, tuple[str, ...]] = {}
    for language in map(normalise, codes):
        script = {"Hans": "Hani", "Hant": "Hani", "Jpan": "Kana", "Latf": "Latn"}.get(language.script, language.script)
        wanted[script] = (*wanted.get(script, ()), language.code)
    return wanted


def _shares(script: str, count: int, letters: Counter[str], text: str, expected: tuple[str, ...]) -> dict[str, float]:
    """The languages that the letters of one script are of, with their shares."""
    if len(expected) == 1:
        return {expected[0]: 1.0}
    match script:
        case "Latn":
            return _latin(text, expected)
        case "Kana":
            return {"ja": 1.0}
        case "Hani":
            return {_chinese(letters): 1.0}
        case _:
            for code, telling in _TELLING.get(script, ()):
                if sum(letters[letter] for letter in telling) >= _MIN_TELLING * count:
                    return {code: 1.0}
            return {_OF_SCRIPT[script]: 1.0}


def _chinese(letters: Counter[str]) -> str:
    simplified, traditional = (sum(letters[one] for one in form) for form in (_SIMPLIFIED, _TRADITIONAL))
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _latin(text: str, expected: tuple[str, ...]) -> dict[str, float]:
    words = Counter(_WORD.findall(text.lower()))
    candidates = [code for code in _FUNCTION_WORDS if not expected or code in expected]
    weights = {code: sum(words[word] / _USES[word] for word in _FUNCTION_WORDS[code]) for code in candidates}
    first, second = sorted([*candidates, "", ""], key=lambda code: -weights.get(code, 0.0))[:2]
    seen = {code: [word for word in _FUNCTION_WORDS.get(code, ()) if words[word]] for code in (first, second)}
    enough = sum(words[word] for word in seen[first]) >= _MIN_SHARE * words.total()
    if len(seen[first]) < _MIN_WORDS or not enough or weights[first] < _MIN_LEAD * weights.get(second, 0.0):
        return {"und-Latn": 1.0}
    own = {code: sum(words[word] for word in seen[code] if _USES[word] == 1) for code in (first, second)}
    share = own[second] / max(1, own[first] + own[second])
    return {first: 1 - share, second: share} if share >= _SECOND else {first: 1.0}
