"""The names of languages, as callers spell them, and what each is read as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stele.domain.job import EngineName
from stele.domain.language_names import ASPOSE
from stele.domain.languages import normalise
from stele.domain.value import Value

DEFAULT: Final = "English"
#: packs that are those of a script, not of a language
_SCRIPT: Final = "script/"


class Spelled(Value):
    """A name, the language that it is read as, and what the caller must know of that, if anything."""

    name: str
    code: str
    warning: str | None = None


def _spelled(name: str, code: str) -> Spelled:
    language = normalise(code)
    shared = language.engine is EngineName.TESSERACT and language.pack.startswith(_SCRIPT)
    warning = f"There is no model for {name} alone: it was read with the one for all that is written in its script."
    return Spelled(name=name, code=language.code, warning=warning if shared else None)


#: by name in lower case
NAMES: Final[Mapping[str, Spelled]] = {name.lower(): _spelled(name, code) for name, code in ASPOSE.items()}
