"""How well a page was read: characters, characters without their order, words and lines with their boxes.

Text is compared after NFKC and with white space collapsed; where the truth is mostly Chinese or Japanese, white space
is dropped, since it means nothing there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from rapidfuzz.distance import Levenshtein

from benchmarks.placing import Polygon, Word, by_place, ignored, matched, overlapping

_CJK_SHARE = 0.3
_CJK = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What stands on a page. `ordered` says that `text` is in an order to hold readers to; `caseless` that its case
    means nothing; `partial` that only some of what stands there is told.

    `words` and `lines` are empty where nobody drew boxes; what lies in `ignore` is not scored."""

    text: str
    language: str = "en"
    ordered: bool = True
    caseless: bool = False
    partial: bool = False
    words: tuple[Word, ...] = ()
    lines: tuple[Word, ...] = ()
    ignore: tuple[Polygon, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts that add up over pages. Boxes are those of words where the truth has them, else of lines."""

    edits: int = 0
    ordered_characters: int = 0  #: of truths that have an order
    placed_edits: int = 0  #: with the truth and what was read both put in order by their places
    placed_characters: int = 0
    characters_found: int = 0
    characters_true: int = 0
    characters_read: int = 0
    words_found: int = 0
    words_true: int = 0
    words_read: int = 0
    boxes_found: int = 0
    boxes_true: int = 0
    boxes_read: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Tally)})

    @property
    def character_error_rate(self) -> float | None:
        """Edits a character, 0 at best; None where no truth has an order."""
        return self.edits / self.ordered_characters if self.ordered_characters else None

    @property
    def placed_error_rate(self) -> float | None:
        """Edits a character when both texts are ordered by place alone; None where no truth has boxes."""
        return self.placed_edits / self.placed_characters if self.placed_characters else None

    @property
    def character_f1(self) -> float | None:
        """Of characters without white space, wherever they stand, 1 at best."""
        return _f1(self.characters_found, self.characters_true, self.characters_read)

    @property
    def word_f1(self) -> float | None:
        """Of words with the right text in the right place (intersection over union of 0.5), 1 at best; None where no
        truth has boxes of words. Of partial truths, the share that was found: the rest of the page is not known."""
        return _f1(self.words_found, self.words_true, self.words_read) if self.words_true else None

    @property
    def box_f1(self) -> float | None:
        """Of boxes in the right place, whatever was read in them; None where no truth has boxes."""
        return _f1(self.boxes_found, self.boxes_true, self.boxes_read) if self.boxes_true else None


def tally(truth: Truth, text: str, words: Sequence[Word], lines: Sequence[Word] = ()) -> Tally:
    """Compare what was read on one page with what stands there."""
    true, read = (normal(each, truth) for each in (truth.text, text))
    in_order = truth.ordered and not truth.partial
    edits, length = _edits(true, read) if in_order else (0, 0)
    placed_edits, placed_length = _placed(truth, words, lines) if in_order else (0, 0)
    true_bag, read_bag = (Counter(each.replace(" ", "")) for each in (true, "" if truth.partial else read))
    return Tally(
        edits=edits,
        ordered_characters=length,
        placed_edits=placed_edits,
        placed_characters=placed_length,
        characters_found=(true_bag & read_bag).total(),
        characters_true=0 if truth.partial else true_bag.total(),
        characters_read=read_bag.total(),
    ) + _boxes(truth, words, lines)


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def normal(text: str, truth: Truth) -> str:
    """Text as it is compared."""
    text = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).replace("\u00ad", "")).strip()
    return text.casefold() if truth.caseless else text


def tokens(text: str) -> list[str]:
    """Split at white space; a character of Chinese or Japanese stands alone."""
    return _CJK.sub(r" \g<0> ", text).split()


def _edits(true: str, read: str) -> tuple[int, int]:
    """Edits between two texts, and the length of the true one."""
    if len(_CJK.findall(true)) > _CJK_SHARE * max(1, len(true.replace(" ", ""))):
        true, read = true.replace(" ", ""), read.replace(" ", "")
    return Levenshtein.distance(true, read), len(true)


def _placed(truth: Truth, words: Sequence[Word], lines: Sequence[Word]) -> tuple[int, int]:
    true, read = (truth.words, words) if truth.words and (words or not truth.lines) else (truth.lines, lines)
    if not true:
        return 0, 0
    ordered = (normal(" ".join(each.text for each in by_place(boxes)), truth) for boxes in (true, read))
    return _edits(*ordered)


def _boxes(truth: Truth, words: Sequence[Word], lines: Sequence[Word]) -> Tally:
    true, read = (truth.words, words) if truth.words else (truth.lines, lines)
    if not true:
        return Tally()
    pairs = overlapping(true, read)
    skipped = ignored(read, truth.ignore)
    said, seen = ([normal(word.text, truth) for word in each] for each in (true, read))

    def counted(found: dict[int, int]) -> int:
        """How many of the read boxes count; of a partial truth only those that are in it, so that F1 is recall."""
        return len(true) if truth.partial else len(read) - len(skipped - set(found.values()))

    placed = matched(pairs, lambda _, __: True)
    exact = matched(pairs, lambda left, right: said[left] == seen[right])
    counts = Tally(boxes_found=len(placed), boxes_true=len(true), boxes_read=counted(placed))
    if not truth.words:
        return counts
    return counts + Tally(words_found=len(exact), words_true=len(true), words_read=counted(exact))


def _f1(found: int, true: int, read: int) -> float | None:
    return 2 * found / (true + read) if true + read else None
