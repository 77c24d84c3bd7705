"""The fields of a request for a task, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stele.domain.errors import RequestError
from stele.domain.job import Format
from stele.domain.language_names import PICWISH
from stele.domain.value import Value

FORMATS: Final = (Format.TXT, Format.PDF, Format.DOCX, Format.XLSX, Format.PPTX)

_MAX_LANGUAGES: Final = 10
_MAX_PASSWORD: Final = 32  #: characters
#: a name for what all languages have: it adds nothing
_DIGITS: Final = "Digits"
_ENGLISH: Final = "English"

#: Fields are known by these names; those on the right are of clients of a sister product. There are others, which mean
#: nothing for this call.
FIELDS: Final[Mapping[str, str]] = {
    "image_url": "image_url",
    "url": "image_url",
    "language": "language",
    "password": "password",
    "format": "format",
}


class Asking(Value):
    """What is asked of a file. Without an `address` it came with the request; no `languages` are the usual ones:
    Chinese, English, and what else the default model reads."""

    address: str | None
    languages: tuple[str, ...]
    password: str | None
    format: Format


def asking_of(fields: Mapping[str, str], file: str | None) -> Asking:
    """`fields` by our name for them, `file` the name of the one that came along. A field that is empty is not there.
    Raises RequestError."""
    address = fields.get("image_url", "").strip() or None
    if address is not None and file is not None:
        raise RequestError(reason="give image_file or image_url, not both")
    if address is None and file is None:
        raise RequestError(reason="there is no file: give image_file or image_url, and something in it")
    password = fields.get("password") or None
    if password is not None and len(password) > _MAX_PASSWORD:
        raise RequestError(reason=f"password has {len(password)} characters; at most {_MAX_PASSWORD} are taken")
    return Asking(
        address=address,
        languages=_languages(fields.get("language", "")),
        password=password,
        format=_format(fields.get("format") or Format.TXT),
    )


def _languages(given: str) -> tuple[str, ...]:
    """BCP-47 codes of the names, each once."""
    names = tuple(dict.fromkeys(name for one in given.split(",") if (name := one.strip())))
    if len(names) > _MAX_LANGUAGES:
        raise RequestError(reason=f"language has {len(names)} names; at most {_MAX_LANGUAGES} are taken")
    for name in names:
        if name != _DIGITS and name not in PICWISH:
            raise RequestError(
                reason=f"language has the name {name[:40]}, which is not known; names are like English, ChinesePRC, "
                "Digits, separated by commas, and the case of their letters counts"
            )
    wanted = names if names != (_DIGITS,) else (_ENGLISH,)
    return tuple(dict.fromkeys(PICWISH[name] for name in wanted if name != _DIGITS))


def _format(given: str) -> Format:
    found = next((one for one in FORMATS if one.value == given), None)
    if found is None:
        raise RequestError(reason=f"format has the value {given[:40]}; allowed are: {', '.join(FORMATS)}")
    return found
