"""Listing with a delimiter: keys that go on behind it are folded into one prefix each, and skipped."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from stele.domain.errors import RequestError
from stele.domain.value import Value
from stele.service.buckets import ObjectEntry

#: sorts behind every character that a key goes on with
_LAST = "\U0010ffff"
#: objects, sorted by key, from behind a key and at most so many
Fetch = Callable[[str, int], Sequence[ObjectEntry]]


class Listed(Value):
    """A page of a listing. `after` is where the next one begins; None when there is none."""

    entries: tuple[ObjectEntry, ...]
    prefixes: tuple[str, ...]
    after: str | None


def listed(fetch: Fetch, *, prefix: str, delimiter: str, after: str, limit: int) -> Listed:
    """At most `limit` objects and prefixes together, from behind the key `after`."""
    entries: list[ObjectEntry] = []
    prefixes: list[str] = []
    while (room := limit - len(entries) - len(prefixes)) > 0:
        batch = fetch(after, room)
        if not batch:
            break
        for entry in batch:
            end = entry.key.find(delimiter, len(prefix)) if delimiter else -1
            if end >= 0:
                prefixes.append(entry.key[: end + len(delimiter)])
                after = prefixes[-1] + _LAST
                break
            entries.append(entry)
            after = entry.key
    more = len(entries) + len(prefixes) >= limit and bool(fetch(after, 1))
    return Listed(entries=tuple(entries), prefixes=tuple(prefixes), after=after if more else None)


def token_of(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).decode()


def after_of(token: str) -> str:
    """The inverse of `token_of`; no token is the beginning. Raises RequestError."""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestError(reason="the token of the page is not one of this server's") from error
