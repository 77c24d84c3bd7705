"""Rules: straight lines that were drawn or printed to part things, as the file draws them or as the ink shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.structure.sheet import Box, Floats, Mask, Sheet

Flags = npt.NDArray[np.bool_]

#: of the print's height: how long a line must be at least to be a rule, and how thick at most
_SHORTEST, _THICKEST = 1.4, 0.55
#: of the print's height: how long the edge of a shaded row must be at least
_SHORTEST_EDGE = 4.0
#: of a word's height: rules may touch it so far
_EDGE = 0.12
#: of the print's height: a rule goes on behind a gap as wide
_GAP = 0.7
#: of its length: how far a rule may lean
_LEAN = 0.03
#: grey levels between a shaded row and the paper
_STEP = 14
#: of the print's height: so close together two pieces of a rule lie on one line
_OFF = 0.3
#: pixels: lines that a file draws so close beside each other are one
_TOUCHING = 1.0
#: of the print's height: and those so close behind each other, where another crosses them
_CROSSED = 0.25
#: two underscores are a line to write on, so far above the bottom of their word's box, as a part of its height
_UNDERSCORES, _BELOW_LETTERS = re.compile("__+"), 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A line from `start` to `end` at `at`: x of an upright one, y of a level one."""

    at: float
    start: float
    end: float
    thickness: float = 1.0

    @property
    def length(self) -> float:
        return self.end - self.start

    def covers(self, start: float, end: float) -> float:
        """Which part of a stretch it runs along: 0…1."""
        shared = (self.end if self.end < end else end) - (self.start if self.start > start else start)
        return shared / max(end - start, 1e-6) if shared > 0 else 0.0


def place_of(rule: Rule) -> float:
    """What the rules of a sheet are in order by."""
    return rule.at


class Rules:
    """The rules of a sheet, found when first looked at."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        #: of words whose letters a line may be part of: the box of one that is askew holds rules that run below it
        self._boxes = np.delete(sheet.boxes, sheet.all_askew, axis=0)

    @cached_property
    def level(self) -> list[Rule]:
        """From top to bottom."""
        drawing = self._sheet.drawing
        if drawing is not None:
            typed = _typed(self._sheet)
            lines, widths = np.concatenate((drawing.lines, typed)), np.append(drawing.widths, np.ones(len(typed)))
            return _drawn(lines, widths, drawing.edges, self._boxes, self._sheet.em)
        return _found(self._sheet.ink, self._sheet.grey, self._boxes, self._sheet.em)

    @cached_property
    def upright(self) -> list[Rule]:
        """From left to right."""
        turned = self._boxes[:, _TURNED]
        drawing = self._sheet.drawing
        if drawing is not None:
            lines, edges = drawing.lines[:, _TURNED], drawing.edges[:, _TURNED]
            return _drawn(lines, drawing.widths, edges, turned, self._sheet.em)
        ink, grey = (np.ascontiguousarray(pixels.T) for pixels in (self._sheet.ink, self._sheet.grey))
        return _found(ink, grey, turned, self._sheet.em)


# -- as the file draws them -------------------------------------------------------------------------------------------

#: x and y in each other's place
_TURNED = [1, 0, 3, 2]


def _drawn(lines: Floats, widths: Floats, edges: Floats, boxes: Floats, em: float) -> list[Rule]:
    """The level ones of lines and of edges, which may be turned, as the words' boxes are."""
    drawn = _level(lines, widths, _SHORTEST * em, em)
    found = np.concatenate((drawn, _level(edges, np.ones(len(edges)), _SHORTEST_EDGE * em, em)))
    kept = found[~_are_strokes(found, boxes)].tolist()
    return _joined([Rule(at=at, start=start, end=end, thickness=thick) for at, start, end, thick in kept], em)


def _level(ends: Floats, widths: Floats, shortest: float, em: float) -> Floats:
    """The level ones of some lines (x0, y0, x1, y1), those that touch as one: at, start, end, thickness."""
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    run, rise = (high - low).T
    level = (run > rise) & (rise <= 1 + _LEAN * run) & (widths <= max(3.0, _THICKEST * em))
    if not level.any():
        return np.zeros((0, 4))
    at, start, end, thick = (low[:, 1] + high[:, 1])[level] / 2, low[level, 0], high[level, 0], widths[level]
    by_height = np.argsort(at, kind="stable")
    height = np.empty(len(at), np.intp)
    height[by_height] = np.cumsum(np.diff(at[by_height], prepend=at[by_height[0]]) > _TOUCHING)
    order = np.lexsort((start, height))
    at, start, end, thick, height = at[order], start[order], end[order], thick[order], height[order]
    # each height further along than the one before, so that no line of one reaches those of the next
    along = height * (float(end.max() - start.min()) + 2 * em)
    reach = np.maximum.accumulate(end + along)
    firsts = np.flatnonzero(np.concatenate(([True], (start + along)[1:] > reach[:-1] + _CROSSED * em)))
    joined: Floats = np.stack(
        (
            np.add.reduceat(at * (end - start), firsts) / np.add.reduceat(end - start, firsts),
            start[firsts],
            np.maximum.reduceat(end, firsts),
            np.maximum.reduceat(thick, firsts).clip(min=1.0),
        ),
        axis=1,
    )
    lengths = joined[:, 2] - joined[:, 1]
    return np.asarray(joined[(lengths >= max(8.0, shortest)) & (lengths >= 4 * joined[:, 3])])


def _are_strokes(rules: Floats, boxes: Floats) -> Flags:
    """Which rules lie for the most part well inside the boxes of words: they strike them out."""
    at, start, end = rules[:, :1], rules[:, 1:2], rules[:, 2:3]
    margin = _EDGE * (boxes[:, 3] - boxes[:, 1])
    inside = (boxes[:, 1] + margin <= at) & (boxes[:, 3] - margin >= at)
    along = np.minimum(boxes[:, 2], end) - np.maximum(boxes[:, 0], start)
    return np.asarray((along.clip(min=0) * inside).sum(axis=1) > 0.5 * (end - start)[:, 0])


def _typed(sheet: Sheet) -> Floats:
    """Lines to write on that are typed as underscores: x0, y0, x1, y1."""
    found: list[Box] = []
    for word, (left, top, right, bottom) in zip(sheet.words, sheet.edges, strict=True):
        if "__" in word.text:
            letter, y = (right - left) / len(word.text), bottom - _BELOW_LETTERS * (bottom - top)
            runs = (match.span() for match in _UNDERSCORES.finditer(word.text))
            found.extend((left + first * letter, y, left + last * letter, y) for first, last in runs)
    return np.array(found, np.float64).reshape(-1, 4)


# -- as the ink shows them --------------------------------------------------------------------------------------------


def _found(ink: Mask, grey: Pixels, boxes: Floats, em: float) -> list[Rule]:
    """Level rules in pixels, which may be turned, as the words' boxes are."""
    drawn = _pieces(ink, _SHORTEST * em, em)
    edges = _pieces(_steps(grey), _SHORTEST_EDGE * em, em)
    return _joined([piece for piece in (*drawn, *edges) if not _is_stroke(piece, boxes)], em)


def _pieces(mask: Mask, shortest: float, em: float) -> list[Rule]:
    """Straight level runs of at least `shortest`."""
    # a rule that leans a little is still one
    thick = cv2.dilate(mask, np.ones((2, 1), np.uint8))
    lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, max(8, round(shortest)) | 1), np.uint8))
    contours, _ = cv2.findContours(lines, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [rule for contour in contours if (rule := _straight(contour, em)) is not None]


def _straight(contour: cv2.typing.MatLike, em: float) -> Rule | None:
    """A contour as a rule; None where it is too thick or too short for its thickness."""
    left, top, width, height = cv2.boundingRect(contour)
    thickness = max(1.0, cv2.contourArea(contour) / width)
    if thickness > max(3.0, _THICKEST * em) or width < 4 * thickness or height - 1 > thickness + 1 + _LEAN * width:
        return None
    return Rule(at=top + height / 2 - 0.5, start=left, end=left + width, thickness=thickness)


def _steps(grey: Pixels) -> Mask:
    """255 where it is clearly darker or lighter one row below than one row above: the edges of shaded rows, too."""
    step = np.zeros(grey.shape, np.uint8)
    if len(grey) < 3:
        return step
    step[1:-1] = np.where(cv2.absdiff(grey[2:], grey[:-2]) > _STEP, 255, 0)
    return step


def _is_stroke(rule: Rule, boxes: Floats) -> bool:
    """Whether a line is part of letters: most of it lies well inside the boxes of words."""
    height = boxes[:, 3] - boxes[:, 1]
    inside = (boxes[:, 1] + _EDGE * height <= rule.at) & (boxes[:, 3] - _EDGE * height >= rule.at)
    along = np.minimum(boxes[inside, 2], rule.end) - np.maximum(boxes[inside, 0], rule.start)
    return float(along.clip(min=0).sum()) > 0.5 * rule.length


def _joined(pieces: list[Rule], em: float) -> list[Rule]:
    """Pieces of one line as one rule, in order."""
    rules: list[Rule] = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        for index, rule in enumerate(rules):
            if abs(rule.at - piece.at) <= max(2.0, _OFF * em) and piece.start - rule.end <= _GAP * em:
                whole = rule.length + piece.length
                rules[index] = Rule(
                    at=(rule.at * rule.length + piece.at * piece.length) / whole,
                    start=rule.start,
                    end=max(rule.end, piece.end),
                    thickness=max(rule.thickness, piece.thickness),
                )
                break
        else:
            rules.append(piece)
    return sorted(rules, key=lambda rule: rule.at)


def frame_of(level: list[Rule], upright: list[Rule]) -> Box:
    """The box around some rules. Raises ValueError when there are none."""
    lefts = [rule.start for rule in level] + [rule.at for rule in upright]
    tops = [rule.at for rule in level] + [rule.start for rule in upright]
    rights = [rule.end for rule in level] + [rule.at for rule in upright]
    bottoms = [rule.at for rule in level] + [rule.end for rule in upright]
    return min(lefts), min(tops), max(rights), max(bottoms)
