"""Pages drawn for structure to be found on: words with exact boxes, rules, boxes and strokes of a pen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from printing import PixelPage
from stele.domain.document import Block, BlockKind, Break, Line, Page, Paragraph, Word
from stele.domain.geometry import Orientation, Point, bounding, rectangle, to_submitted
from stele.domain.job import Asked, Feature, Query
from stele.domain.value import changed
from stele.pipeline.structure.structuring import structure

#: pixels between two words
SPACE = 7


class Drawing:
    """A page of 1000 x 1200 pixels that is written and drawn on; sizes are heights of letters in pixels."""

    def __init__(self, width: int = 1000, height: int = 1200) -> None:
        self._image = Image.new("L", (width, height), 255)
        self._draw = ImageDraw.Draw(self._image)
        self._lines: list[Line] = []
        self._breaks: list[bool] = []
        self._count = 0

    def write(self, left: float, top: float, text: str, size: float = 20, ink: int = 0) -> Self:
        """One line, in a paragraph of its own."""
        font = ImageFont.load_default(size)
        words: list[Word] = []
        for part in text.split():
            x0, y0, x1, y1 = self._draw.textbbox((left, top), part, font=font)
            self._draw.text((left, top), part, font=font, fill=ink)
            box = rectangle(x0, top + 0.1 * size, x1, top + 1.15 * size)
            words.append(Word(index=self._count, text=part, confidence=0.99, polygon=box, break_=Break.SPACE))
            self._count += 1
            left = x1 + SPACE * size / 20
            assert y1 > y0
        words[-1] = changed(words[-1], break_=Break.PARAGRAPH)
        polygon = bounding(word.polygon for word in words)
        self._lines.append(Line(text=text, confidence=0.99, polygon=polygon, words=tuple(words)))
        self._breaks.append(True)
        return self

    def paragraph(self, left: float, top: float, lines: Sequence[str], size: float = 20) -> Self:
        """Lines of one paragraph."""
        for at, line in enumerate(lines):
            self.write(left, top + 1.4 * size * at, line, size)
            self._breaks[-1] = at == len(lines) - 1
        return self

    def join(self) -> Self:
        """The last line as part of the paragraph, or of the line, before it: of the line where both lie level."""
        *rest, before, last = self._lines
        if abs(before.polygon[0][1] - last.polygon[0][1]) < 1:
            words = (*before.words[:-1], changed(before.words[-1], break_=Break.SPACE), *last.words)
            polygon = bounding((before.polygon, last.polygon))
            line = Line(text=f"{before.text} {last.text}", confidence=0.99, polygon=polygon, words=words)
            self._lines, self._breaks = [*rest, line], self._breaks[:-1]
        else:
            run = next(at for at in reversed(range(len(self._breaks) - 1)) if self._breaks[at])
            self._breaks[run] = False
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float, width: int = 2, ink: int = 0) -> Self:
        self._draw.line((x0, y0, x1, y1), fill=ink, width=width)
        return self

    def grid(self, xs: Sequence[float], ys: Sequence[float]) -> Self:
        """The rules of a table."""
        for x in xs:
            self.rule(x, ys[0], x, ys[-1])
        for y in ys:
            self.rule(xs[0], y, xs[-1], y)
        return self

    def fill(self, x0: float, y0: float, x1: float, y1: float, ink: int) -> Self:
        self._draw.rectangle((x0, y0, x1, y1), fill=ink)
        return self

    def checkbox(self, left: float, top: float, mark: str = "", size: int = 22) -> Self:
        """A box, empty or crossed out with `x`."""
        self._draw.rectangle((left, top, left + size, top + size), outline=0, width=2)
        if mark == "x":
            self.rule(left + 3, top + 3, left + size - 3, top + size - 3, 3)
            self.rule(left + size - 3, top + 3, left + 3, top + size - 3, 3)
        return self

    def sign(self, left: float, top: float) -> Self:
        """A stroke of a pen that loops like a name."""
        along = np.linspace(0, 1, 240)
        xs, ys = left + 190 * along, top + 22 * np.sin(along * 40) * (1 - 0.4 * along)
        points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        self._draw.line(points, fill=0, width=2, joint="curve")
        return self

    def page(self) -> Page:
        paragraphs: list[Paragraph] = []
        run: list[Line] = []
        for line, ends in zip(self._lines, self._breaks, strict=True):
            run.append(line)
            if ends:
                polygon = bounding(each.polygon for each in run)
                paragraphs.append(Paragraph(polygon=polygon, lines=tuple(run)))
                run = []
        blocks = tuple(Block(kind=BlockKind.TEXT, polygon=each.polygon, paragraphs=(each,)) for each in paragraphs)
        return Page(number=1, width=self._image.width, height=self._image.height, blocks=blocks)

    def source(self) -> PixelPage:
        """The page as pixels."""
        return PixelPage(np.asarray(self._image))

    def find(self, *features: Feature, queries: Sequence[Query] = ()) -> Page:
        """The page with the structure that is found on it."""
        return structure(self.source(), self.page(), Asked(features=(Feature.TEXT, *features), queries=tuple(queries)))

    def find_turned(self, *features: Feature) -> Page:
        """The same page as a file would hold it that was scanned on its side and says so."""
        upright = self.page()
        pixels = np.asarray(self._image)
        orientation = Orientation.QUARTER_RIGHT
        width, height = upright.height, upright.width

        def moved(point: Point) -> Point:
            return to_submitted(point, orientation, width, height)

        blocks = tuple(_moved_block(block, moved) for block in upright.blocks)
        page = changed(upright, width=width, height=height, orientation=orientation, angle=-90.0, blocks=blocks)
        return structure(PixelPage(pixels, orientation=orientation), page, Asked(features=features))

    def find_leaning(self, degrees: float, *features: Feature) -> Page:
        """The same page scanned askew, turned clockwise."""
        upright = self.page()
        centre = upright.width / 2, upright.height / 2
        matrix = cv2.getRotationMatrix2D(centre, -degrees, 1.0)
        pixels = cv2.warpAffine(np.asarray(self._image), matrix, (upright.width, upright.height), borderValue=255)

        def moved(point: Point) -> Point:
            x, y = matrix @ np.array([*point, 1.0])
            return float(x), float(y)

        blocks = tuple(_moved_block(block, moved) for block in upright.blocks)
        page = changed(upright, angle=degrees, blocks=blocks)
        return structure(PixelPage(pixels.astype(np.uint8)), page, Asked(features=features))


def _moved_block(block: Block, moved: object) -> Block:
    assert callable(moved)

    def all_of(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple(moved(point) for point in polygon)

    def line(one: Line) -> Line:
        words = tuple(changed(word, polygon=all_of(word.polygon)) for word in one.words)
        return changed(one, polygon=all_of(one.polygon), words=words)

    paragraphs = tuple(
        changed(each, polygon=all_of(each.polygon), lines=tuple(line(one) for one in each.lines))
        for each in block.paragraphs
    )
    return changed(block, polygon=all_of(block.polygon), paragraphs=paragraphs)


def cells_of(page: Page, at: int = 0) -> list[list[str]]:
    """The texts of a table by row and column; merged cells in their first place."""
    table = page.tables[at]
    rows, columns = 1 + max(cell.row for cell in table.cells), 1 + max(cell.column for cell in table.cells)
    grid = [[""] * columns for _ in range(rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text
    return grid
