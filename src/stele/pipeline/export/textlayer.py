"""The words of a page as a PDF content stream: invisible text that lies over the words it says.

Each word is set in the glyphless font, as high as its polygon, turned as its polygon, and stretched (Tz) to end where
its polygon ends. A space is set in the gap to the next word of the line, so that what is copied has words. Words of
scripts that run from right to left are set in visual order with mirrored brackets, as programs that lay out text do:
viewers turn them round again (PDFium, Poppler).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stele.domain.document import Break, Line, Page, Word
from stele.domain.geometry import Point
from stele.pipeline.export import glyphless
from stele.pipeline.export.glyphless import GlyphlessFont

#: from pixels of the page as submitted to units of the PDF page, whose y grows upwards
Place = Callable[[Point], Point]
#: whether a word is to be written
Wanted = Callable[[Word], bool]

_ADVANCE = glyphless.ADVANCE / 1000
_DESCENT = -glyphless.DESCENT / 1000
#: no word is smaller than this: units of the PDF page
_LEAST = 0.1


def text_layer(page: Page, place: Place, font: GlyphlessFont, font_name: str, wanted: Wanted) -> bytes:
    """The content stream that writes the words of `page`, `font` being the resource `font_name`; empty without words.

    It leaves the graphics state as it found it, and paints nothing.
    """
    shows = [show for line in page.lines() for show in _line(line, place, font, font_name, wanted)]
    return "\n".join(["q BT 3 Tr", *shows, "ET Q", ""]).encode("ascii") if shows else b""


@dataclass(frozen=True)
class _Box:
    """A word's polygon on the PDF page, as a turned rectangle: bottom left corner, direction, size."""

    corner: Point
    cos: float
    sin: float
    width: float
    height: float

    def at(self, along: float, up: float) -> Point:
        x, y = self.corner
        return x + along * self.cos - up * self.sin, y + along * self.sin + up * self.cos

    def along(self, point: Point) -> float:
        """How far from the corner `point` lies in the direction of the text."""
        return (point[0] - self.corner[0]) * self.cos + (point[1] - self.corner[1]) * self.sin


def _box(word: Word, place: Place) -> _Box:
    top_left, top_right, bottom_right, bottom_left = (place(point) for point in word.polygon)
    run = top_right[0] - top_left[0] + bottom_right[0] - bottom_left[0]
    rise = top_right[1] - top_left[1] + bottom_right[1] - bottom_left[1]
    width = math.hypot(run, rise)
    cos, sin = (run / width, rise / width) if width else (1.0, 0.0)
    left, top = bottom_left[0] - top_left[0], bottom_left[1] - top_left[1]
    right, bottom = bottom_right[0] - top_right[0], bottom_right[1] - top_right[1]
    height = abs(-sin * (left + right) + cos * (top + bottom)) / 2
    return _Box(bottom_left, cos, sin, max(width / 2, _LEAST), max(height, _LEAST))


def _line(line: Line, place: Place, font: GlyphlessFont, font_name: str, wanted: Wanted) -> Iterator[str]:
    boxes = [_box(word, place) for word in line.words]
    for position, (word, box) in enumerate(zip(line.words, boxes, strict=True)):
        if not word.text or not wanted(word):
            continue
        following = boxes[position + 1] if position + 1 < len(boxes) and word.break_ is Break.SPACE else None
        yield _word(word.text, box, following, font, font_name)


def _word(text: str, box: _Box, following: _Box | None, font: GlyphlessFont, font_name: str) -> str:
    """The operators that show a word and, in one string with it, the space between it and the `following` one.

    In one string: PDFium takes a single character for a line of its own where text runs up or down the page. The space
    is as wide as the word's characters are, and drawn back over the word where the gap is narrower than that.
    """
    pitch = box.width / len(text)
    stretch = pitch / (_ADVANCE * box.height)
    code, space, start = font.encode(_visual(text)), font.encode(" "), 0.0
    shown = f"<{code}> Tj"
    if following is not None:
        after = box.along(following.corner) - box.width
        before = -box.along(following.at(following.width, 0))
        gap = min(max(after, before, _LEAST), pitch)
        back = f"{1000 * (pitch - gap) / (stretch * box.height):.0f}"
        if before > after:
            start = -gap
            shown = f"[<{space}> {back} <{code}>] TJ"
        else:
            shown = f"[<{code}> {back} <{space}>] TJ"
    x, y = box.at(start, _DESCENT * box.height)
    matrix = f"{box.cos:.4f} {box.sin:.4f} {-box.sin:.4f} {box.cos:.4f} {x:.2f} {y:.2f} Tm"
    return f"{font_name} {box.height:.2f} Tf {matrix} {100 * stretch:.2f} Tz {shown}"


def _visual(text: str) -> str:
    """`text` as seen from left to right: right-to-left scripts turned round, numbers and Latin among them not."""
    if not any(unicodedata.bidirectional(char) in ("R", "AL") for char in text):
        return text
    turned = text[::-1].translate(_MIRRORED)
    classes = "".join(_CLASSES.get(unicodedata.bidirectional(char), "x") for char in turned)
    seen, done = [], 0
    for run in _LEFT_TO_RIGHT.finditer(classes):
        seen += [turned[done : run.start()], turned[run.start() : run.end()][::-1]]
        done = run.end()
    return "".join([*seen, turned[done:]])


_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
#: what runs from left to right, and what does so only between such (UAX #9: separators and terminators of numbers)
_CLASSES = {"L": "l", "EN": "l", "AN": "l", "ES": "s", "CS": "s", "ET": "s"}
_LEFT_TO_RIGHT = re.compile("l(?:[ls]*l)?")
