"""Figures: large patches of ink, or of what a file draws, that are no words and no tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from stele.domain.document import Table
from stele.pipeline.intake.seam import Drawing
from stele.pipeline.structure.rules import Rule, Rules
from stele.pipeline.structure.sheet import Box, Mask, Sheet, boxed

#: a figure: of the page's area at least, of its own area covered by words at most
_FIGURE_AREA, _FIGURE_WORDS = 0.006, 0.35
#: so many upright rules within the print's height are bars
_BARS = 3
#: pixels: a smaller sheet shows no figure; they are looked for on a sheet so much smaller
_SMALLEST_SIDE, _SHRUNK = 16, 0.25
#: rectangles filled as darkly are drawn to be seen
_BAR = 0.1


def figures_of(sheet: Sheet, rules: Rules, tables: Sequence[Table]) -> Iterator[tuple[Box, float]]:
    """Large patches that are no words and no tables: where each is, and how surely it is a figure."""
    drawing = sheet.drawing
    blank = drawing is not None and not any(map(len, (drawing.lines, drawing.boxes, drawing.shapes, drawing.pictures)))
    if blank or min(sheet.size) < _SMALLEST_SIDE:
        return
    marked = _inked(sheet, rules) if drawing is None else _drawn(sheet, drawing, rules)
    if not marked.any():
        return
    reach = max(3, round(sheet.em / 1.5))
    solid = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    width, height = sheet.size
    taken = [sheet.level_box(table.polygon) for table in tables]
    for left, top, across, down in map(cv2.boundingRect, contours):
        box = (4.0 * left, 4.0 * top, 4.0 * (left + across), 4.0 * (top + down))
        area = 16.0 * across * down
        if area < _FIGURE_AREA * width * height or min(across, down) * 4 < 1.5 * sheet.em:
            continue
        words = sheet.inside(box)
        covered = sum(float(np.prod(sheet.boxes[word, 2:] - sheet.boxes[word, :2])) for word in words)
        filled = float(np.count_nonzero(solid[top : top + down, left : left + across])) / (across * down)
        if covered > _FIGURE_WORDS * area or filled < 0.2 or any(_within(box, table) for table in taken):
            continue
        yield box, min(0.95, 0.4 + 0.6 * filled)


def _inked(sheet: Sheet, rules: Rules) -> Mask:
    """1 where there is ink that is of no word and no rule: a pixel for four by four of the sheet."""
    ink = sheet.ink.copy()
    cells = [boxed(box, ink.shape) for box in sheet.boxes]
    for left, top, right, bottom in cells:
        ink[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = 0
    for rule in rules.level:
        reach = int(rule.thickness) + 1
        ink[max(0, int(rule.at) - reach) : int(rule.at) + reach + 1, int(rule.start) : int(rule.end) + 1] = 0
    for rule in _alone(rules.upright, sheet.em):
        reach = int(rule.thickness) + 1
        ink[int(rule.start) : int(rule.end) + 1, max(0, int(rule.at) - reach) : int(rule.at) + reach + 1] = 0
    shrunk = cv2.resize(ink, None, fx=_SHRUNK, fy=_SHRUNK, interpolation=cv2.INTER_AREA)
    return (shrunk > 24).astype(np.uint8)


def _drawn(sheet: Sheet, drawing: Drawing, rules: Rules) -> Mask:
    """1 where a file draws what is no rule: pictures, shapes, and bars without a word; of a shape around words only its
    outline. A pixel for four by four of the sheet."""
    width, height = sheet.size
    marked = np.zeros((round(height * _SHRUNK), round(width * _SHRUNK)), np.uint8)
    around_words = np.array([bool(sheet.inside(tuple(shape))) for shape in drawing.shapes.tolist()], np.bool_)
    bars = drawing.boxes[drawing.inks > _BAR]
    bars = bars[[not sheet.inside(tuple(bar)) for bar in bars.tolist()]]
    lines = (_SHRUNK * drawing.lines).round().astype(np.int32).reshape(-1, 2, 2)
    cv2.polylines(marked, list(lines), isClosed=False, color=1)
    for rule in rules.level:
        at, start, end = (int(_SHRUNK * each) for each in (rule.at, rule.start, rule.end))
        marked[max(0, at - 1) : at + 2, max(0, start - 1) : end + 2] = 0
    for rule in _alone(rules.upright, sheet.em):
        at, start, end = (int(_SHRUNK * each) for each in (rule.at, rule.start, rule.end))
        marked[max(0, start - 1) : end + 2, max(0, at - 1) : at + 2] = 0
    for boxes, fill in (
        (drawing.shapes[around_words], 1),
        (np.concatenate((drawing.shapes[~around_words], drawing.pictures, bars)), cv2.FILLED),
    ):
        for left, top, right, bottom in (_SHRUNK * boxes).round().astype(int).tolist():
            cv2.rectangle(marked, (left, top), (right, bottom), 1, fill)
    return marked


def _alone(rules: Sequence[Rule], em: float) -> Iterator[Rule]:
    """Rules that are not close to many others, as the bars of a code are."""
    for at, rule in enumerate(rules):
        near = [each for each in rules[max(0, at - _BARS) : at + _BARS + 1] if abs(each.at - rule.at) < em]
        if sum(each.covers(rule.start, rule.end) > 0.8 for each in near) <= _BARS:
            yield rule


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
