"""Letters that reach below the line that letters stand on: where boxes are drawn at the ink, theirs are higher."""

from __future__ import annotations

_DEEP = frozenset("gjpqy,;()[]{}|Q@$")


def reaches_down(text: str) -> bool:
    """Whether any of its characters does."""
    return not _DEEP.isdisjoint(text)
