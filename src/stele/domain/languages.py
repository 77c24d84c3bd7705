"""Which languages can be read, and by which engine.

The default model, PP-OCRv6 small, reads what its dictionary can write. The dictionary is in the metadata of the ONNX
file, and a test holds this table to it: complete are the Latin letters up to U+024F, Chinese in both forms, and
Japanese. Not complete are Vietnamese and Yoruba (no letters with dots below) and Greek (no letters with accents, no
final sigma); there is no Cyrillic, Arabic, Hebrew, Hangul, Georgian, Armenian, and no script of South or South-East
Asia. Tesseract reads these, and German in Fraktur, and vertical columns when they are asked for by name. A few signs
are missing for all: ¡ „ ‚ ‹ › № and ẞ.
"""

from __future__ import annotations

from stele.domain.errors import UnknownLanguage
from stele.domain.job import EngineName
from stele.domain.language_table import ALIASES, ROWS
from stele.domain.value import Value

#: scripts of which the default model has all letters, but for some languages
_DEFAULT_SCRIPTS = {"Latn", "Hans", "Hant", "Jpan"}
_NOT_DEFAULT = {"vi", "yo"}


class Language(Value):
    """A language that can be read: BCP-47 `code`, English `name`, ISO 15924 `script`, the `engine` that reads it when
    nothing else is asked for, and Tesseract's `pack` for it."""

    code: str
    name: str
    script: str
    engine: EngineName
    pack: str

    @property
    def package(self) -> str:
        """The Debian package that brings the pack."""
        pack = f"script-{self.script.lower()}" if "/" in self.pack else self.pack.replace("_", "-")
        return f"tesseract-ocr-{pack}"


def _parsed(row: str) -> Language:
    code, rest = row.split(maxsplit=1)
    name, script, pack = rest.rsplit(maxsplit=2)
    default = script in _DEFAULT_SCRIPTS and code not in _NOT_DEFAULT and not code.endswith("-x-vert")
    engine = EngineName.PADDLE if default else EngineName.TESSERACT
    return Language(code=code, name=name.strip(), script=script, engine=engine, pack=pack)


#: all languages by code
LANGUAGES = {language.code: language for language in map(_parsed, ROWS.strip().splitlines())}

_BY_SPELLING = (
    {language.pack.lower(): language for language in LANGUAGES.values() if "/" not in language.pack}
    | {language.code.lower(): language for language in LANGUAGES.values()}
    | {alias: LANGUAGES[code] for alias, code in ALIASES.items()}
)


def normalise(code: str) -> Language:
    """The language of a BCP-47 code in any case, with or without region (`de-AT`), or of a pack's name (`deu`).

    Raises UnknownLanguage.
    """
    spelling = code.strip().lower()
    parts = spelling.replace("_", "-").split("-")
    candidates = [spelling, *("-".join(parts[:length]) for length in range(len(parts), 0, -1))]
    for candidate in candidates:
        if candidate in _BY_SPELLING:
            return _BY_SPELLING[candidate]
    raise UnknownLanguage(language=code)


def engine_for_languages(languages: tuple[str, ...]) -> EngineName:
    """The engine that reads all of `languages` at once; the default one where none is given. Raises UnknownLanguage."""
    known = [normalise(code) for code in languages]
    default = all(language.engine is EngineName.PADDLE for language in known)
    return EngineName.PADDLE if default else EngineName.TESSERACT


def tesseract_packs(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The packs for `languages`, each once, in that order. Raises UnknownLanguage."""
    return tuple(dict.fromkeys(normalise(code).pack for code in languages))
