"""Rules: the straight lines that someone drew or printed to part things, found in the ink of a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.structure.sheet import Box, Floats, Mask, Sheet

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
        return max(0.0, min(self.end, end) - max(self.start, start)) / max(end - start, 1e-6)


class Rules:
    """The rules of a sheet, found when first looked at."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @cached_property
    def level(self) -> list[Rule]:
        """From top to bottom."""
        return _found(self._sheet.ink, self._sheet.grey, self._sheet.boxes, self._sheet.em)

    @cached_property
    def upright(self) -> list[Rule]:
        """From left to right."""
        ink, grey = (np.ascontiguousarray(pixels.T) for pixels in (self._sheet.ink, self._sheet.grey))
        return _found(ink, grey, self._sheet.boxes[:, [1, 0, 3, 2]], self._sheet.em)


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
