"""Checkboxes: small squares drawn on the page, with or without something in them."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from stele.domain.value import Value
from stele.pipeline.structure.sheet import Box, Mask, Sheet, overlap

#: of the print's height: how large a checkbox is
SMALLEST, LARGEST = 0.75, 2.4
#: width / height
NARROWEST, WIDEST = 0.75, 1.33
#: no form has more: it is graph paper, or a picture
MOST = 400
#: this part of each side is drawn
_DRAWN = 0.85
#: of the box: what is further inside is its content
_INSIDE = 0.24
#: this part of the content is ink where the box is ticked; less than the other where it is clearly not
_TICKED, _EMPTY = 0.15, 0.05
#: with more than this a box is solid: a bullet, where no other box of its size is not
_SOLID, _SAME_SIZE = 0.85, 0.25


class Checkbox(Value):
    """A box on the sheet. `confidence` says how surely it is one and its state is right, from how much of its sides is
    drawn and how far the ink in it is from the threshold. `replaced` are words that are only the box, misread."""

    box: Box
    selected: bool
    confidence: float
    replaced: tuple[int, ...] = ()
    solid: bool = False

    @property
    def size(self) -> float:
        return self.box[2] - self.box[0]


def checkboxes_of(sheet: Sheet) -> list[Checkbox]:
    """All checkboxes of a sheet in rows, from left to right."""
    found: list[Checkbox] = []
    for box in _squares(sheet):
        if (mark := _checked(sheet, box)) and not any(overlap(mark.box, other.box) for other in found):
            found.append(mark)
            if len(found) > MOST:
                return []
    return in_rows(sheet, found)


def in_rows(sheet: Sheet, found: list[Checkbox]) -> list[Checkbox]:
    """Checkboxes in rows, from left to right, without solid ones that are bullets."""
    sizes = [mark.size for mark in found if not mark.solid]
    kept = [mark for mark in found if not mark.solid or any(_alike(mark.size, size) for size in sizes)]
    return sorted(kept, key=lambda mark: (round(mark.box[1] / sheet.em), mark.box[0]))


def _alike(first: float, second: float) -> bool:
    return abs(first - second) <= _SAME_SIZE * second


def _squares(sheet: Sheet) -> Iterator[tuple[int, int, int, int]]:
    """Outlines of ink, and holes in it, that are as large and as wide as a checkbox: the larger ones first."""
    ink = sheet.ink
    contours, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    least, most = SMALLEST * sheet.em, LARGEST * sheet.em
    squares = []
    for contour in contours:
        left, top, width, height = cv2.boundingRect(contour)
        if least <= width <= most and least <= height <= most and NARROWEST <= width / height <= WIDEST:
            squares.append((left, top, left + width, top + height))
    yield from sorted(squares, key=lambda box: box[0] - box[2])


def _checked(sheet: Sheet, box: tuple[int, int, int, int]) -> Checkbox | None:
    left, top, right, bottom = box
    ink = sheet.ink
    drawn = min(_sides(ink, box))
    if drawn < _DRAWN:
        return None
    inset = max(2, round(_INSIDE * (right - left)))
    content = ink[top + inset : bottom - inset, left + inset : right - inset]
    if content.size == 0:
        return None
    filled = float(np.count_nonzero(content)) / content.size
    covered = _covered(sheet, box)
    if covered is None:
        return None
    doubt = 0.0 if filled >= 2 * _TICKED or filled <= _EMPTY else 0.25
    return Checkbox(
        box=(float(left), float(top), float(right), float(bottom)),
        selected=filled >= _TICKED,
        confidence=round(min(0.98, 0.98 * drawn) - doubt, 3),
        replaced=covered,
        solid=filled > _SOLID,
    )


def _sides(ink: Mask, box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    """Which part of each side is ink, at the best of the places where it may be."""
    left, top, right, bottom = box
    reach = range(-1, 2)
    height, width = ink.shape

    def level(y: int) -> float:
        rows = [ink[row, left:right] for each in reach if 0 <= (row := y + each) < height]
        return max((float(np.count_nonzero(row)) / max(1, row.size) for row in rows), default=0.0)

    def upright(x: int) -> float:
        columns = [ink[top:bottom, column] for each in reach if 0 <= (column := x + each) < width]
        return max((float(np.count_nonzero(column)) / max(1, column.size) for column in columns), default=0.0)

    return level(top), level(bottom - 1), upright(left), upright(right - 1)


def _covered(sheet: Sheet, box: tuple[int, int, int, int]) -> tuple[int, ...] | None:
    """The words that lie in a box; None where the box is a letter of a longer word."""
    left, top, right, bottom = box
    boxes = sheet.boxes
    across = np.minimum(boxes[:, 2], right) - np.maximum(boxes[:, 0], left)
    down = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top)
    replaced = []
    for word in np.flatnonzero((across > 0.3 * (right - left)) & (down > 0.3 * (bottom - top))).tolist():
        if boxes[word, 2] - boxes[word, 0] > 1.9 * (right - left):
            text = sheet.words[word].text
            first = boxes[word, 0] > left - 0.3 * sheet.em
            if sum(char.isalnum() for char in text) < 2 or not first:
                return None
            # a box that was read as the first letter of its label stays a box
            if not _apart(sheet, box, word):
                return None
        elif sheet.words[word].text.isalpha() and len(sheet.words[word].text) > 1:
            return None
        else:
            replaced.append(word)
    return tuple(replaced)


def _apart(sheet: Sheet, box: tuple[int, int, int, int], word: int) -> bool:
    """Whether there is paper between a box and the rest of the word that was read over it."""
    right, top, bottom = box[2], box[1], box[3]
    gap = sheet.ink[top:bottom, right + 1 : right + 1 + max(2, round(0.2 * sheet.em))]
    return gap.size > 0 and not gap.any() and float(sheet.boxes[word, 0]) <= box[0] + 0.5 * sheet.em
