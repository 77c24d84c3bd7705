"""Words that plain print leaves in doubt, shown to the large network side by side and put back into their lines.

A look of the large network takes two milliseconds before it has seen anything, and one more where it is as wide as no
look before it; a word alone is hardly wider than that. So the words in doubt of many lines are put on one strip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.plain import Doubt, PlainReading
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip, joined
from stele.pipeline.reading.engines.paddle.second_look import BELIEVED

#: pixels of ground that are put at either side of a word
_GROUND = 16
#: strips are made no wider than this, but for a word that is
_WIDEST = 1600


class _Part(NamedTuple):
    """The words of a doubt, of the line that is `line`-th, with some ground around them."""

    line: int
    doubt: Doubt
    pixels: Pixels


def mended(lines: Sequence[PlainReading], read: Callable[[Strip], Reading]) -> list[Reading | None]:
    """The lines with their words in doubt as `read` has them; None for a line of which it does not convince either."""
    found: list[list[Reading]] = [[] for _ in lines]
    for parts in _strips(_parts(lines)):
        for part, reading in zip(parts, _read(parts, read), strict=True):
            found[part.line].append(reading)
    return [_put_back(line, words) for line, words in zip(lines, found, strict=True)]


def _parts(lines: Sequence[PlainReading]) -> Iterator[_Part]:
    for index, line in enumerate(lines):
        for doubt in line.doubts:
            pixels = line.reading.strip.pixels[:, doubt.left : doubt.right]
            ground = np.median(pixels[::3, ::3], axis=(0, 1)).tolist()
            framed = cv2.copyMakeBorder(pixels, 0, 0, _GROUND, _GROUND, cv2.BORDER_CONSTANT, value=ground)
            yield _Part(index, doubt, np.asarray(framed, np.uint8))


def _strips(parts: Iterator[_Part]) -> Iterator[list[_Part]]:
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


def _read(parts: Sequence[_Part], read: Callable[[Strip], Reading]) -> Iterator[Reading]:
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
        words = reading.part(inside[0], inside[-1] + 1) if inside else reading.part(0, 0)
        moved = part.doubt.left - left - _GROUND
        yield replace(words, starts=words.starts + moved, ends=words.ends + moved)
        left = right


def _put_back(line: PlainReading, words: Sequence[Reading]) -> Reading | None:
    if any(reading.confidence < BELIEVED for reading in words):
        return None
    pieces: list[Reading] = []
    at = 0
    for doubt, said in zip(line.doubts, words, strict=True):
        pieces += [line.reading.part(at, doubt.first), said]
        at = doubt.last
    return joined(line.reading.strip, [*pieces, line.reading.part(at, len(line.reading.texts))])
