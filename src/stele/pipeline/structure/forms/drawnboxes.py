"""Checkboxes as a file draws them: a square, or four lines that make one, with or without something in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.seam import Drawing
from stele.pipeline.structure.forms.checkboxes import LARGEST, MOST, NARROWEST, SMALLEST, WIDEST, Checkbox, in_rows
from stele.pipeline.structure.sheet import Box, Floats, Sheet, overlap

Flags = npt.NDArray[np.bool_]

#: of a box: its sides may end so far from its corners, which may be rounded, and lie so far from where they should
_ROUNDED, _OFF = 0.3, 0.1
#: of a box: what is further inside is its content, if it is so large
_INSIDE, _LEAST = 0.24, 0.2
#: of a box: what is in it is smaller than it, and lines through it are not longer
_SMALLER, _LONGER = 0.9, 1.6
#: a box that is filled so darkly is solid
_SOLID = 0.5
#: how sure such a box is
_CONFIDENCE = 0.98
#: signs that are boxes; and what fonts of signs have boxes for where a file does not say what they mean
_SIGNS, _LETTERS = frozenset("□▢▣◻◽☐☑☒⬜⬛❏❐❑❒🗆🗹🗵🗷"), frozenset("¨þýoqr\ufffd")


def drawn_checkboxes(sheet: Sheet) -> list[Checkbox] | None:
    """The checkboxes that the file of a page draws, in rows, from left to right; None where only pixels tell: boxes may
    be letters of a font, or pictures."""
    drawing = sheet.drawing
    if drawing is None or _are_letters(sheet) or bool(_squares(drawing.pictures, sheet.em).any()):
        return None
    boxes, inks = _candidates(drawing, sheet.em)
    found: list[Checkbox] = []
    for at in np.argsort(boxes[:, 0] - boxes[:, 2], kind="stable").tolist():
        box: Box = tuple(boxes[at].tolist())
        if any(overlap(box, other.box, least=1.0) for other in found):
            continue
        words = _words_in(sheet, box)
        if words is not None:
            selected = bool(words) or inks[at] > _SOLID or _is_marked(drawing, box)
            found.append(
                Checkbox(
                    box=box, selected=selected, confidence=_CONFIDENCE, replaced=words, solid=bool(inks[at] > _SOLID)
                )
            )
            if len(found) > MOST:
                return []
    return in_rows(sheet, [mark for mark in found if not _in_a_row(mark, found)])


def _are_letters(sheet: Sheet) -> bool:
    """Whether boxes may be letters: signs, or single letters at the start of a line."""
    if not _SIGNS.isdisjoint("".join(word.text for word in sheet.words)):
        return True
    return any(line.words[0].text in _LETTERS for line in sheet.page.lines())


def _squares(boxes: Floats, em: float) -> Flags:
    """Which boxes are as large and as wide as a checkbox."""
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    low, high = SMALLEST * em, LARGEST * em
    fitting = (width >= low) & (width <= high) & (height >= low) & (height <= high)
    return np.asarray(fitting & (width >= NARROWEST * height) & (width <= WIDEST * height))


def _candidates(drawing: Drawing, em: float) -> tuple[Floats, Floats]:
    """Squares, and how dark they are filled."""
    square = _squares(drawing.boxes, em)
    lined = _of_lines(drawing.lines, em)
    lined = lined[_squares(lined, em)]
    return np.concatenate((drawing.boxes[square], lined)), np.append(drawing.inks[square], np.zeros(len(lined)))


def _of_lines(lines: Floats, em: float) -> Floats:
    """The boxes that short lines make: two of one length above each other, and one at each of their ends."""
    low, high = np.minimum(lines[:, :2], lines[:, 2:]), np.maximum(lines[:, :2], lines[:, 2:])
    run, rise = (high - low).T
    short = np.maximum(run, rise)
    short = (short >= (1 - 2 * _ROUNDED) * SMALLEST * em) & (short <= LARGEST * em)
    level, upright = short & (rise < _OFF * run), short & (run < _OFF * rise)
    if level.sum() < 2 or upright.sum() < 2 or level.sum() > 2 * MOST:
        return np.zeros((0, 4))
    y, start, end = (low[level, 1] + high[level, 1]) / 2, low[level, 0], high[level, 0]
    x, first, last = (low[upright, 0] + high[upright, 0]) / 2, low[upright, 1], high[upright, 1]
    near = _OFF * LARGEST * em
    pairs = (np.abs(start[:, None] - start) < near) & (np.abs(end[:, None] - end) < near)
    above, below = np.nonzero(pairs & (y - y[:, None] >= SMALLEST * em) & (y - y[:, None] <= LARGEST * em))
    found: list[tuple[float, float, float, float]] = []
    for one, other in zip(above.tolist(), below.tolist(), strict=True):
        reach = _ROUNDED * (end[one] - start[one]) + near
        along = np.minimum(last, y[other]) - np.maximum(first, y[one]) >= (1 - 2 * _ROUNDED) * (y[other] - y[one])
        left, right = along & (np.abs(x - start[one]) < reach), along & (np.abs(x - end[one]) < reach)
        if left.any() and right.any():
            found.append((float(x[left].min()), float(y[one]), float(x[right].max()), float(y[other])))
    return np.array(found, np.float64).reshape(-1, 4)


def _words_in(sheet: Sheet, box: Box) -> tuple[int, ...] | None:
    """The signs that are set into a box; None where it holds text, and so is a place to write in."""
    words = sheet.inside(box)
    texts = [sheet.words[word].text for word in words]
    return None if len(words) > 1 or any(len(text) > 1 for text in texts) else tuple(words)


def _is_marked(drawing: Drawing, box: Box) -> bool:
    """Whether something is drawn into a box."""
    size = max(box[2] - box[0], box[3] - box[1])
    low = np.array(box[:2]) + _INSIDE * size
    high = np.array(box[2:]) - _INSIDE * size

    def inside(boxes: Floats, most: float) -> bool:
        middles, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, np.abs(boxes[:, 2:] - boxes[:, :2]).max(axis=1)
        there = ((middles >= low) & (middles <= high)).all(axis=1)
        return bool((there & (sides >= _LEAST * size) & (sides <= most * size)).any())

    dark = drawing.boxes[drawing.inks > _SOLID]
    rounded = (np.abs(drawing.shapes - box) < 2 * _OFF * size).all(axis=1)
    return inside(drawing.lines, _LONGER) or inside(drawing.shapes[~rounded], _LONGER) or inside(dark, _SMALLER)


def _in_a_row(mark: Checkbox, others: list[Checkbox]) -> bool:
    """Whether another box touches a side of a box: both are places for a letter each."""
    left, top, right, bottom = mark.box
    near = _OFF * mark.size
    beside = [other for other in others if min(bottom, other.box[3]) - max(top, other.box[1]) > 0.8 * mark.size]
    return any(abs(other.box[0] - right) < near or abs(other.box[2] - left) < near for other in beside)
