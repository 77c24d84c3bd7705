"""Signatures: connected strokes that are no print, where the page asks somebody to sign.

A pen seldom leaves the paper within a name, so that a signature is one or a few pieces of ink much wider than a letter,
and thinly filled. They are looked for only near words that ask for a signature, and not where there are only rules, or
where a file says that it draws nothing that strokes may be of: most pages need no pixels then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import cv2
import numpy as np

from stele.domain.document import Mark, MarkKind
from stele.pipeline.intake.seam import Drawing
from stele.pipeline.structure.rules import Rule, Rules
from stele.pipeline.structure.sheet import Box, Floats, Mask, Sheet, overlap

_CUE = re.compile(
    r"(?:signatures?|signed|signatory|signer|sign|undersigned|unterschrift(?:en)?|signature\(?s?\)?|firma|firmado|assinatura|"
    r"handtekening|paraphe|podpis|initials)\W*$",
    re.IGNORECASE,
)
#: of the print's height: so far from its cue a signature starts, and how far the place to sign reaches
_ABOVE, _BELOW, _BEFORE, _BEHIND = 4.0, 4.5, 6.0, 26.0
#: of the print's height: a piece of a signature is at least as wide and as high
_WIDE, _HIGH = 1.9, 0.9
#: part of its box that a piece of a signature fills
_THIN, _THICK = 0.05, 0.5
#: of the print's height: print is lower, and no piece of a signature is higher; surer words are print
_PRINT, _HIGHEST, _SURE = 1.35, 6.0, 0.9
#: of its length: a line that leans further is no rule
_LEAN = 0.03
#: of the print's height: pieces so near each other are of one signature
_TOGETHER = 2.5


def signatures_of(sheet: Sheet, rules: Rules) -> tuple[Mark, ...]:
    """The signatures of a sheet, from top to bottom, with the words that ask for each.

    The confidence grows with how much wider than a letter the strokes are."""
    cues = [word for word in sheet.words if _CUE.match(word.text)]
    if cues and sheet.drawing is not None:
        drawn = _pens(sheet, sheet.drawing)
        cues = [word for word in cues if _overlaps(drawn, _place_to_sign(sheet, word.index))]
    if not cues:
        return ()
    strokes = _strokes(sheet, rules)
    found: list[tuple[Box, float, int]] = []
    for cue in cues:
        near = list(_near(sheet, strokes, cue.index))
        if not near:
            continue
        box = _nearest_group(sheet, near, cue.index)
        if any(overlap(box, other) for other, _, _ in found):
            continue
        width = (box[2] - box[0]) / sheet.em
        found.append((box, min(0.9, 0.35 + 0.06 * width), cue.index))
    return tuple(
        Mark(
            kind=MarkKind.SIGNATURE,
            polygon=sheet.place(box),
            confidence=round(confidence, 3),
            words=tuple(word for word in sheet.inside(box) if not _CUE.match(sheet.words[word].text)),
        )
        for box, confidence, _ in sorted(found, key=lambda each: each[0][1])
    )


def _strokes(sheet: Sheet, rules: Rules) -> list[Box]:
    """Pieces of ink that are as wide, as high and as thin as those of a signature."""
    ink = _without_rules(sheet, rules)
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for left, top, width, height in map(cv2.boundingRect, contours):
        if width < _WIDE * sheet.em or not _HIGH * sheet.em <= height <= _HIGHEST * sheet.em or width < 0.8 * height:
            continue
        filled = float(np.count_nonzero(ink[top : top + height, left : left + width])) / (width * height)
        box = (float(left), float(top), float(left + width), float(top + height))
        if _THIN <= filled <= _THICK and not _printed(sheet, box):
            found.append(box)
    return found


def _without_rules(sheet: Sheet, rules: Rules) -> Mask:
    ink = sheet.ink.copy()
    for rule in rules.level:
        low, high = _across(rule)
        ink[low:high, int(rule.start) : int(rule.end) + 1] = 0
    for rule in rules.upright:
        low, high = _across(rule)
        ink[int(rule.start) : int(rule.end) + 1, low:high] = 0
    return ink


def _across(rule: Rule) -> tuple[int, int]:
    reach = rule.thickness / 2 + 1
    return max(0, int(rule.at - reach)), int(rule.at + reach) + 1


def _printed(sheet: Sheet, box: Box) -> bool:
    """Whether a piece of ink is print: words as high as the page's stand close to its top and bottom."""
    left, top, right, bottom = box
    boxes = sheet.boxes
    across = np.minimum(boxes[:, 2], right) - np.maximum(boxes[:, 0], left)
    down = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top)
    over = np.flatnonzero((across > 0.5 * (right - left)) & (down > 0.5 * (bottom - top)))
    return any(
        float(boxes[word, 3] - boxes[word, 1]) < _PRINT * sheet.em and sheet.words[word].confidence > _SURE
        for word in over
    )


def _near(sheet: Sheet, strokes: list[Box], cue: int) -> Iterator[Box]:
    left, top, right, bottom = _place_to_sign(sheet, cue)
    for box in strokes:
        if left <= (box[0] + box[2]) / 2 <= right and top <= (box[1] + box[3]) / 2 <= bottom:
            yield box


def _place_to_sign(sheet: Sheet, cue: int) -> Box:
    """Where the middle of a stroke may be."""
    left, top, right, bottom = sheet.edges[cue]
    em = sheet.em
    return left - _BEFORE * em, top - _ABOVE * em, right + _BEHIND * em, bottom + _BELOW * em


def _pens(sheet: Sheet, drawing: Drawing) -> Floats:
    """Where the middle of a piece of a signature may be: boxes around all that a file draws which may be of a pen. That
    is pictures, curves, lines that lean, which may be parts of a piece, and large print, which may be a hand's if it is
    not bold."""
    ends = drawing.lines.reshape(-1, 2, 2)
    lines = np.concatenate((ends.min(axis=1), ends.max(axis=1)), axis=1)
    sides = np.sort(lines[:, 2:] - lines[:, :2], axis=1)
    drawn = np.concatenate((drawing.pictures, drawing.shapes, lines[sides[:, 0] > _LEAN * sides[:, 1]]))
    large = sheet.boxes[:, 3] - sheet.boxes[:, 1] >= _PRINT * sheet.em
    large[list(sheet.bold or ())] = False
    return np.concatenate((drawn + np.array([0, -1, 0, 1]) * _HIGHEST / 2 * sheet.em, sheet.boxes[large]))


def _overlaps(boxes: Floats, place: Box) -> bool:
    left, top, right, bottom = boxes.T
    return bool(((left <= place[2]) & (right >= place[0]) & (top <= place[3]) & (bottom >= place[1])).any())


def _nearest_group(sheet: Sheet, near: list[Box], cue: int) -> Box:
    """The piece nearest to the cue, and those that are near that."""
    left, top, right, bottom = (float(edge) for edge in sheet.boxes[cue])
    x, y = (left + right) / 2, (top + bottom) / 2
    first = min(near, key=lambda box: abs((box[1] + box[3]) / 2 - y) * 3 + abs(max(box[0] - x, 0)))
    group = first
    for box in sorted(near, key=lambda box: box[0]):
        level = min(box[3], group[3]) - max(box[1], group[1]) > 0
        if level and box[0] - group[2] < _TOGETHER * sheet.em and group[0] - box[2] < _TOGETHER * sheet.em:
            group = (min(group[0], box[0]), min(group[1], box[1]), max(group[2], box[2]), max(group[3], box[3]))
    return group
