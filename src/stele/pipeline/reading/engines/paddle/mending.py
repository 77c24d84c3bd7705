"""Words that plain print leaves in doubt, shown side by side to it again and to the large network, and put back into
their lines.

A look of the large network takes two milliseconds before it has seen anything, and one more where it is as wide as no
look before it; a word alone is hardly wider than that. So the words in doubt of many lines are put on one strip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.plain import SURE, Doubt, PlainReading
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip, joined, nothing, surer
from stele.pipeline.reading.engines.paddle.second_look import BELIEVED

#: pixels of ground that are put at either side of a word
_GROUND = 16
#: strips are made no wider than this, but for a word that is
_WIDEST = 1600


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """The words of a doubt, the `place`-th of the line that is `line`-th, as `plain` print has them, and with some
    ground around them. Each is equal to itself alone."""

    line: int
    place: int
    doubt: Doubt
    plain: Reading
    pixels: Pixels


#: reads a strip
Read = Callable[[Strip], Reading]


def mended(lines: Sequence[PlainReading], plain: Read, low: Read, full: Read) -> list[Reading | None]:
    """The lines with their words in doubt as the large network has them; None for a line of which it does not convince
    either.

    `plain` print is asked once more first, and believed where it says the same without doubt: of 542 such words, drawn,
    three were wrong. How wide a gap is can only be told among the words of its line. The large network is asked with
    the words shown `low`, and once more in `full` for what is still in doubt, or has lost what was read surely: low, a
    comma is easily overlooked.
    """
    found: list[dict[int, Reading]] = [{} for _ in lines]
    parts = list(_parts(lines))
    doubted = [part for part in parts if part.doubt.gap]
    for part, said in _said((part for part in parts if not part.doubt.gap), plain):
        if said.texts == part.plain.texts and said.confidences.all():
            found[part.line][part.place] = said
        else:
            doubted.append(part)
    again = {}
    for part, said in _said(doubted, low):
        if said.confidence < BELIEVED or _contradicts(part.plain, said):
            again[part] = said
        else:
            found[part.line][part.place] = said
    for part, said in _said(again, full):
        # Where both say the same, the surer one is asked.
        surest = surer(said, again[part]) if said.texts == again[part].texts else said
        if surest.confidence >= BELIEVED:
            found[part.line][part.place] = surest
    return [_put_back(line, words) for line, words in zip(lines, found, strict=True)]


def _said(parts: Iterable[_Part], read: Read) -> Iterator[tuple[_Part, Reading]]:
    for together in _strips(parts):
        yield from zip(together, _read(together, read), strict=True)


def _parts(lines: Sequence[PlainReading]) -> Iterator[_Part]:
    for index, line in enumerate(lines):
        for place, doubt in enumerate(line.doubts):
            pixels = line.reading.strip.pixels[:, doubt.left : doubt.right]
            ground = np.median(pixels[::3, ::3], axis=(0, 1)).tolist()
            framed = cv2.copyMakeBorder(pixels, 0, 0, _GROUND, _GROUND, cv2.BORDER_CONSTANT, value=ground)
            plain = line.reading.part(doubt.first, doubt.last)
            yield _Part(line=index, place=place, doubt=doubt, plain=plain, pixels=np.asarray(framed, np.uint8))


def _strips(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """The parts that share a strip."""
    together: list[_Part] = []
    width = 0
    for part in parts:
        if together and width + part.pixels.shape[1] > _WIDEST:
            yield together
            together, width = [], 0
        together.append(part)
        width += part.pixels.shape[1]
    if together:
        yield together


def _read(parts: Sequence[_Part], read: Read) -> Iterator[Reading]:
    """What each of the parts of a strip says, with its places in the line that it is of."""
    pixels = np.ascontiguousarray(np.hstack([part.pixels for part in parts]))
    reading = read(Strip(pixels=pixels, to_page=np.eye(2, 3)))
    centres = (reading.starts + reading.ends) / 2
    left = 0
    for part in parts:
        right = left + part.pixels.shape[1]
        inside = np.flatnonzero((left <= centres) & (centres < right)).tolist()
        while inside and reading.texts[inside[-1]] == " ":
            inside.pop()
        while inside and reading.texts[inside[0]] == " ":
            inside.pop(0)
        words = reading.part(inside[0], inside[-1] + 1) if inside else nothing(reading.strip)
        moved = part.doubt.left - left - _GROUND
        yield replace(words, starts=words.starts + moved, ends=words.ends + moved)
        left = right


def _put_back(line: PlainReading, words: Mapping[int, Reading]) -> Reading | None:
    if len(words) < len(line.doubts):
        return None
    pieces: list[Reading] = []
    at = 0
    for place, doubt in enumerate(line.doubts):
        pieces += [line.reading.part(at, doubt.first), words[place]]
        at = doubt.last
    return joined(line.reading.strip, [*pieces, line.reading.part(at, len(line.reading.texts))])


def _contradicts(plain: Reading, said: Reading) -> bool:
    """Whether characters that were read surely in plain print are missing, or are others."""
    changes = SequenceMatcher(None, plain.texts, said.texts, autojunk=False).get_opcodes()
    sure = (plain.confidences >= SURE) & (np.array(plain.texts, object) != " ")
    return any(what in ("replace", "delete") and sure[first:last].any() for what, first, last, _, _ in changes)
