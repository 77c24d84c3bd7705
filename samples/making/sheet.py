"""A sheet of paper that remembers what was typed on it, in the order in which it is meant to be read."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4  # points


def register_fonts() -> None:
    """Make reportlab's own Vera faces known; the base-14 names need nothing."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in {"Vera": "Vera", "Vera-Bold": "VeraBd", "Vera-Italic": "VeraIt"}.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{file}.ttf")))


@dataclass(frozen=True, kw_only=True)
class Type:
    """A face at a size (points), the distance between base lines, and a grey from 0 (black) to 1."""

    face: str
    size: float
    leading: float
    grey: float = 0.0

    def at(self, size: float, leading: float | None = None) -> Type:
        return replace(self, size=size, leading=leading or size * 1.35)

    def width(self, text: str) -> float:
        return pdfmetrics.stringWidth(text, self.face, self.size)


class Sheets:
    """Pages of one document. Distances are points from the top left corner of the page."""

    def __init__(self, title: str) -> None:
        self._file = io.BytesIO()
        # invariant: no dates, no random ids, so that the same text gives the same bytes
        self._canvas = Canvas(self._file, pagesize=A4, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setCreator("Stele samples")
        self._pages: list[list[list[str]]] = [[]]

    # -- text ---------------------------------------------------------------------------------------------------------

    def paragraph(self, text: str, *, x: float, y: float, width: float, type_: Type, justified: bool = False) -> float:
        """Wrap `text` into `width` and type it with its first base line at `y`. Returns the next base line."""
        lines = list(wrapped(text, width, type_))
        for index, line in enumerate(lines):
            spread = width - type_.width(line) if justified and index < len(lines) - 1 else 0.0
            self._type(line, x=x, y=y + index * type_.leading, type_=type_, spread=spread)
        self._pages[-1].append(lines)
        return y + len(lines) * type_.leading

    def lines(self, lines: Iterable[str], *, x: float, y: float, type_: Type) -> float:
        """Type lines as they are, as one paragraph. Returns the next base line."""
        typed = list(lines)
        for index, line in enumerate(typed):
            self._type(line, x=x, y=y + index * type_.leading, type_=type_)
        self._pages[-1].append(typed)
        return y + len(typed) * type_.leading

    def row(self, cells: Sequence[tuple[float, str]], *, y: float, type_: Type) -> None:
        """One line of a table or form, as its own paragraph: cells at their x; a negative x is a right edge."""
        for x, text in cells:
            self._type(text, x=x if x >= 0 else -x - type_.width(text), y=y, type_=type_)
        self._pages[-1].append([" ".join(text for _, text in cells if text)])

    def centred(self, text: str, *, y: float, type_: Type) -> float:
        self.lines([text], x=(WIDTH - type_.width(text)) / 2, y=y, type_=type_)
        return y + type_.leading

    def entry(
        self, label: str, value: str, *, at: tuple[float, float], value_x: float, types: tuple[Type, Type]
    ) -> None:
        """A printed label and what was filled in beside it."""
        x, y = at
        self._type(label, x=x, y=y, type_=types[0])
        self._type(value, x=value_x, y=y, type_=types[1])
        self._pages[-1].append([f"{label} {value}"])

    def _type(self, text: str, *, x: float, y: float, type_: Type, spread: float = 0.0) -> None:
        canvas = self._canvas
        canvas.setFillGray(type_.grey)
        canvas.setFont(type_.face, type_.size)
        if spread:
            # Word by word: word spacing is not defined for the two-byte text of embedded faces.
            words = text.split()
            gap = type_.width(" ") + spread / max(1, len(words) - 1)
            for word in words:
                canvas.drawString(x, HEIGHT - y, word)
                x += type_.width(word) + gap
        else:
            canvas.drawString(x, HEIGHT - y, text)

    # -- ink that is not text -----------------------------------------------------------------------------------------

    def rule(self, x: float, y: float, to_x: float, to_y: float, *, weight: float = 0.6, grey: float = 0.0) -> None:
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(weight)
        self._canvas.line(x, HEIGHT - y, to_x, HEIGHT - to_y)

    def box(self, x: float, y: float, width: float, height: float, *, weight: float = 0.6) -> None:
        self._canvas.setStrokeGray(0)
        self._canvas.setLineWidth(weight)
        self._canvas.rect(x, HEIGHT - y - height, width, height)

    def fill(self, x: float, y: float, width: float, height: float, *, grey: float) -> None:
        self._canvas.setFillGray(grey)
        self._canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)

    def stroke(self, points: Sequence[tuple[float, float]], *, weight: float) -> None:
        """A pen's line through some points, e.g. a signature."""
        path = self._canvas.beginPath()
        path.moveTo(points[0][0], HEIGHT - points[0][1])
        for (ax, ay), (bx, by), (cx, cy) in zip(points[1::3], points[2::3], points[3::3], strict=False):
            path.curveTo(ax, HEIGHT - ay, bx, HEIGHT - by, cx, HEIGHT - cy)
        self._canvas.setStrokeGray(0.15)
        self._canvas.setLineWidth(weight)
        self._canvas.drawPath(path)

    # -- pages --------------------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Begin the next page."""
        self._canvas.showPage()
        self._pages.append([])

    def finish(self) -> tuple[bytes, str]:
        """The PDF, and its text: a line feed after each line, an empty line between paragraphs, a form feed between
        pages."""
        self._canvas.save()
        pages = ("\n\n".join("\n".join(lines) for lines in page) + "\n" for page in self._pages)
        return self._file.getvalue(), "\f".join(pages)


def wrapped(text: str, width: float, type_: Type) -> Iterable[str]:
    """`text` in lines no wider than `width` points."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and type_.width(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line
