"""Where words end that no space parts: in Chinese and Japanese, and where these meet other scripts."""

from __future__ import annotations

import unicodedata

from stele.pipeline.reading.scripts import script_of


def is_ideographic(character: str) -> bool:
    """Whether a character belongs to a script that is written without spaces: Han, kana."""
    return script_of(character) in {"Hani", "Kana"}


def parts_words(before: str, after: str) -> bool:
    """Whether a word ends between two characters that touch: punctuation stays with what is before it."""
    if is_ideographic(after):
        return not is_ideographic(before) and (before.isalnum() or _is_wide_punctuation(before))
    if is_ideographic(before) or _is_wide_punctuation(before):
        return after.isalnum()
    return False


def _is_wide_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" and unicodedata.east_asian_width(character) in "WF"
