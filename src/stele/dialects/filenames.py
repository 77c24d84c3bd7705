"""Names of files that callers gave: made harmless on the way in, and safe in a header on the way out."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_MAX_NAME = 200  #: characters; with an extension still a file name everywhere

_FOLDERS = re.compile(r"[/\\]")
_NOT_PLAIN = re.compile(r"[^ !#$&+.^_`~0-9A-Za-z()\[\]{}@=,;-]")


def clean_name(name: str, otherwise: str) -> str:
    """`name` without folders and without invisible characters (control, direction, format); `otherwise` when nothing
    is left."""
    last = _FOLDERS.split(name)[-1]
    visible = "".join(one for one in last if not unicodedata.category(one).startswith("C")).strip()
    return visible[:_MAX_NAME] if visible.strip(".") else otherwise


def attachment(name: str) -> str:
    """A Content-Disposition (RFC 6266): `name` in ASCII for old clients, and as it is (RFC 8187) for the others."""
    cleaned = clean_name(name, "file")
    plain = _NOT_PLAIN.sub("_", cleaned)
    if plain == cleaned:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"
