"""Which script a page is in that the default model could hardly read, and which languages to read it in.

Nobody has to name a language: a small part of the page is read with one Tesseract pack of each script that the default
model lacks, all at once, and the script that most of the letters are of wins. On poor prints packs spoil each other's
words; where the default model knew no letters either, each pack is tried alone. Where the packs that are installed say
nothing, Tesseract's own script detection may still tell which pack to install.
"""

from __future__ import annotations

import numpy as np

from stele.domain.errors import EngineError
from stele.domain.job import EngineName
from stele.domain.languages import LANGUAGES, Language
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.reading.engines.tesseract import TesseractEngine
from stele.pipeline.reading.scripts import script_of_letters
from stele.pipeline.reading.seam import Foreign, ReadOptions, SeenPage
from stele.pipeline.reading.sureness import confidence_of, letters_of, words_of
from stele.pipeline.reading.weakness import is_unread

#: the language that stands for its script, where it has several: the one with most readers
_FIRST = {
    "Arab": "ar", "Beng": "bn", "Cyrl": "ru", "Deva": "hi", "Ethi": "am", "Grek": "el", "Hebr": "he", "Kore": "ko",
    "Tibt": "bo",
}  # fmt: skip
#: what foreign pages have words of, too
_BESIDE = "en"
#: what Tesseract's script detection calls the scripts of which the default model lacks letters
_NAMES = {
    "Arabic": "Arab", "Armenian": "Armn", "Bengali": "Beng", "Canadian_Aboriginal": "Cans", "Cherokee": "Cher",
    "Cyrillic": "Cyrl", "Devanagari": "Deva", "Ethiopic": "Ethi", "Georgian": "Geor", "Greek": "Grek",
    "Gujarati": "Gujr", "Gurmukhi": "Guru", "Hangul": "Kore", "Hebrew": "Hebr", "Kannada": "Knda", "Khmer": "Khmr",
    "Korean": "Kore", "Lao": "Laoo", "Malayalam": "Mlym", "Myanmar": "Mymr", "Oriya": "Orya", "Sinhala": "Sinh",
    "Syriac": "Syrc", "Tamil": "Taml", "Telugu": "Telu", "Thaana": "Thaa", "Thai": "Thai", "Tibetan": "Tibt",
}  # fmt: skip
#: rows of pixels that are read to tell the script
_WINDOW = 900
#: a script is told by so many letters, read with this confidence on average
_MIN_LETTERS, _MIN_CONFIDENCE = 4, 0.5
#: a pack that is tried alone finds letters of its own script on any page; with this confidence on its own only
_ALONE_CONFIDENCE = 0.7
#: a page is written by hand when so much of it is: foreign print never seems to be, and hard handwriting nearly all
_BY_HAND = 0.5
#: how sure Tesseract's script detection has to be; it is wrong more often than not below
_MIN_SURE = 4.0


def foreign_to(engine: TesseractEngine, page: PageInput, pixels: Pixels, seen: SeenPage) -> Foreign | None:
    """What to read a page in that the default model can hardly read (it made `seen` of it); None where that is not
    clear.

    `languages` is empty where the pack is not installed; `missing` then is one to install. What is written by hand no
    pack reads.
    """
    words = words_of(seen.lines)
    if letters_of(word for word in words if word.handwritten) > _BY_HAND * letters_of(words):
        return None
    candidates = [first for first in _representatives(engine.packs()).values() if first]
    window = _fullest(pixels)
    try:
        script = _told(engine, page, window, candidates) if candidates else None
        if script is None and is_unread(seen):
            script = _told_alone(engine, page, window, candidates)
        if script is not None:
            first = next(language for language in candidates if language.script == script)
            beside = [_BESIDE] if LANGUAGES[_BESIDE].pack in engine.packs() else []
            return Foreign(script=script, languages=(first.code, *beside), missing=None)
        script = _NAMES.get(engine.script(window, min_confidence=_MIN_SURE) or "")
    except EngineError:
        return None  # what the page says is then what the default model made of it
    if script is None or any(language.script == script for language in candidates):
        return None
    return Foreign(script=script, languages=(), missing=LANGUAGES[_first(script)])


def _first(script: str) -> str:
    return _FIRST.get(script) or next(code for code, language in LANGUAGES.items() if language.script == script)


def _representatives(packs: frozenset[str]) -> dict[str, Language | None]:
    """Of each script that the default model lacks: a language of it whose pack is installed."""
    found: dict[str, Language | None] = {}
    for script in dict.fromkeys(_NAMES.values()):
        of_script = [LANGUAGES[_first(script)], *(one for one in LANGUAGES.values() if one.script == script)]
        found[script] = next((language for language in of_script if language.pack in packs), None)
    return found


def _fullest(pixels: Pixels) -> Pixels:
    """The part of a page, some lines high, where the grey values change most."""
    if len(pixels) <= _WINDOW:
        return pixels
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    ink = np.abs(np.diff(grey[:, ::4].astype(np.int16), axis=1)).sum(axis=1, dtype=np.int64)
    sums = np.concatenate(([0], np.cumsum(ink)))
    top = int((sums[_WINDOW:] - sums[:-_WINDOW]).argmax())
    return np.ascontiguousarray(pixels[top : top + _WINDOW])


def _told(engine: TesseractEngine, page: PageInput, window: Pixels, candidates: list[Language]) -> str | None:
    """The script of most letters that Tesseract reads when it may choose. Raises EngineError cases."""
    script, confidence = _read(engine, page, window, candidates)
    known = any(language.script == script for language in candidates)
    return script if known and confidence >= _MIN_CONFIDENCE else None


def _told_alone(engine: TesseractEngine, page: PageInput, window: Pixels, candidates: list[Language]) -> str | None:
    """The script of the pack that is the surest of what it reads by itself. Raises EngineError cases."""
    found = [(*_read(engine, page, window, [language]), language.script) for language in candidates]
    sure = [(confidence, own) for script, confidence, own in found if script == own]
    confidence, script = max(sure, default=(0.0, None))
    return script if confidence >= _ALONE_CONFIDENCE else None


def _read(
    engine: TesseractEngine, page: PageInput, window: Pixels, languages: list[Language]
) -> tuple[str | None, float]:
    """The script of most letters that packs read, and their mean confidence. Raises EngineError cases."""
    options = ReadOptions(languages=tuple(language.code for language in languages), engine=EngineName.TESSERACT)
    words = words_of(engine.see(page, window, options).lines)
    if letters_of(words) < _MIN_LETTERS:
        return None, 0.0
    return script_of_letters("".join(word.text for word in words)), confidence_of(words)
