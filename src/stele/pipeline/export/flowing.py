"""Lines joined to running text: what the breaks of the tree mean when the lines go."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from stele.domain.document import Break, Word

#: characters that stand for a break inside a word: hyphen-minus, hyphen, non-breaking and soft hyphen, not sign (which
#: old scans and engines show for it), double oblique hyphen (blackletter)
HYPHENS = "-\u2010\u2011\u00ad\u00ac\u2e17"


def without_hyphen(word: Word) -> str:
    """The text of a word, without the hyphen that only stands for the break after it."""
    return word.text.rstrip(HYPHENS) or word.text if word.break_ is Break.HYPHEN else word.text


def flow(words: Iterable[Word]) -> str:
    """The words as one run of text: parts of a hyphenated word are one again, a line's end is a space where the script
    has spaces."""
    return "".join(_pieces(list(words)))


def _pieces(words: list[Word]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], None], strict=True):
        yield without_hyphen(word)
        if following is not None and _apart(word, following):
            yield " "


def _apart(word: Word, following: Word) -> bool:
    match word.break_:
        case Break.NONE | Break.HYPHEN:
            return False
        case Break.SPACE:
            return True
        case Break.LINE | Break.PARAGRAPH:
            return not (_is_unspaced(word.text[-1:]) and _is_unspaced(following.text[:1]))


def _is_unspaced(char: str) -> bool:
    """Whether `char` is of a script that puts no spaces between words (Korean has wide characters and spaces)."""
    if not char:
        return False
    if any(first <= char <= last for first, last in _UNSPACED):
        return True
    return unicodedata.east_asian_width(char) in "WF" and not "\uac00" <= char <= "\ud7a3"


#: Thai and Lao, Myanmar, Khmer
_UNSPACED = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
