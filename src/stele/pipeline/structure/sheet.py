"""A page laid level: its words as boxes, and its ink.

Everything in this folder works in *level* pixels: those of the displayed page, turned so that its text lies level and
made smaller where the print is large. `Sheet.place` leads back to the page as submitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property, wraps
from itertools import chain
from typing import Concatenate, ParamSpec, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.document import Page, PageSource, Span, Word
from stele.domain.geometry import Point, Polygon, rectangle, to_displayed
from stele.pipeline.intake.seam import Drawing, PageInput, Pixels

Given = ParamSpec("Given")
Made = TypeVar("Made")
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Mask = npt.NDArray[np.uint8]
#: left, top, right, bottom
Box = tuple[float, float, float, float]

#: print is brought down to about this height (pixels): rules and boxes are still seen, at a fraction of the cost
_PRINT = 14.0
#: it is left as it is rather than brought down to more than this: thin rules would blur, and little would be saved
_WORTH_IT = 0.85
#: up to this many degrees the page counts as level
_LEVEL = 0.15
#: brought down further than this, thin rules would fade
_FADING = 0.75
#: of the print's height: lines at least so long tell how the page leans, if there are so many; up to so many degrees
_LONG, _LEAST_LINES, _STEEPEST = 15.0, 3, 20.0
#: ink is darker than its surroundings by as many grey levels
_CONTRAST = 12
#: a picture with so many words on it is their background, and may have rules
_WORDS_ON_PICTURE = 3
#: degrees: words that run further off the lines of the page are askew
_ASKEW = 15.0


class Sheet:
    """A page with at least one word. `em` is the height of its print; `boxes` are those of its words by index (n x 4),
    `line` is the number of each word's line."""

    def __init__(self, source: PageInput, page: Page) -> None:
        self._source = source
        self.page = page
        self.words: tuple[Word, ...] = tuple(page.words())
        corner = chain.from_iterable(chain.from_iterable(word.polygon for word in self.words))
        self._polygons = polygons = np.fromiter(corner, np.float64, 8 * len(self.words)).reshape(-1, 4, 2)
        self._submitted_to_displayed = _affine(
            lambda point: to_displayed(point, page.orientation, page.width, page.height)
        )
        heights = np.hypot(*(polygons[:, 3] - polygons[:, 0]).T)
        height = middle(heights)
        scale = _PRINT / max(1.0, height)
        self.scale = scale if scale < _WORTH_IT else 1.0
        lengths = [len(line.words) for line in page.lines()]
        self.line: Indices = np.repeat(np.arange(len(lengths)), lengths)
        self._quarter, self._matrix, self.size = self._frame(polygons, height)
        self._forth: list[list[float]] = self._matrix.tolist()
        self._back: list[list[float]] = np.asarray(cv2.invertAffineTransform(self._matrix), np.float64).tolist()
        corners = np.sort(_apply(self._matrix, polygons), axis=1)
        self.boxes: Floats = np.concatenate([corners[:, :2].mean(axis=1), corners[:, 2:].mean(axis=1)], axis=1)
        self.em = max(1.0, middle(self.boxes[:, 3] - self.boxes[:, 1]))
        #: what functions that are `kept` returned, by function and arguments
        self.found: dict[Hashable, object] = {}

    @cached_property
    def edges(self) -> list[Box]:
        """`boxes` as plain numbers: far faster to look at one by one."""
        return list(zip(*self.boxes.T.tolist(), strict=True))

    @cached_property
    def levels(self) -> list[tuple[float, float]]:
        """Of each word: its top and its bottom."""
        return [(top, bottom) for _, top, _, bottom in self.edges]

    @cached_property
    def lefts(self) -> list[float]:
        return [left for left, _, _, _ in self.edges]

    @cached_property
    def rights(self) -> list[float]:
        return [right for _, _, right, _ in self.edges]

    @cached_property
    def all_askew(self) -> list[int]:
        """The words that run across the page from corner to corner, as a stamp does: they are of no row and no column,
        and what lies in their boxes need not be of them."""
        start, end = self._polygons[:, 0], self._polygons[:, 1]
        turned = np.degrees(np.arctan2(end[:, 1] - start[:, 1], end[:, 0] - start[:, 0])) - self.page.angle
        leans = np.abs(turned - 90 * np.rint(turned / 90))
        return [word for word in np.flatnonzero(leans > _ASKEW).tolist() if len(self.texts[word]) > 1]

    def askew(self, word: int) -> bool:
        """Whether a word is one of `all_askew`."""
        return word in self.all_askew

    @cached_property
    def texts(self) -> list[str]:
        return [word.text for word in self.words]

    # -- ways between the page and the sheet --------------------------------------------------------------------------

    def place(self, box: Box) -> Polygon:
        """A level box on the page as submitted: cut off at its edges, to a tenth of a pixel."""
        (a, b, c), (d, e, f) = self._back
        width, height = float(self.page.width), float(self.page.height)

        def across(x: float, y: float) -> float:
            return round(min(max(a * x + b * y + c, 0.0), width), 1)

        def down(x: float, y: float) -> float:
            return round(min(max(d * x + e * y + f, 0.0), height), 1)

        left, top, right, bottom = box
        if b == 0 == d:
            return rectangle(across(left, top), down(left, top), across(right, bottom), down(right, bottom))
        one, two, three, four = ((across(x, y), down(x, y)) for x, y in rectangle(*box))
        return one, two, three, four

    def level_box(self, polygon: Polygon) -> Box:
        """The level box around a polygon of the page as submitted."""
        (a, b, c), (d, e, f) = self._forth
        xs = [a * x + b * y + c for x, y in polygon]
        ys = [d * x + e * y + f for x, y in polygon]
        return min(xs), min(ys), max(xs), max(ys)

    def around(self, words: Iterable[int]) -> Box:
        """The box around some words. Raises ValueError when there are none."""
        boxes = [self.edges[word] for word in words]
        if len(boxes) == 1:
            return boxes[0]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def text(self, words: Iterable[int]) -> str:
        return " ".join(map(self.texts.__getitem__, words))

    def span(self, words: Sequence[int], marks: tuple[int, ...] = ()) -> Span:
        """Some words as a value of the document. Raises ValueError when there are none."""
        return Span(text=self.text(words), words=tuple(words), polygon=self.place(self.around(words)), marks=marks)

    def confidence(self, words: Sequence[int]) -> float:
        """How surely some words were read: the mean of theirs; 1 without any."""
        return sum(self.words[word].confidence for word in words) / len(words) if words else 1.0

    def inside(self, box: Box) -> list[int]:
        """The words whose middle is in a box, in reading order."""
        x, y = self._middles
        left, top, right, bottom = box
        here: list[int] = np.flatnonzero((x >= left) & (x <= right) & (y >= top) & (y <= bottom)).tolist()
        return here

    @cached_property
    def _middles(self) -> tuple[Floats, Floats]:
        return (self.boxes[:, 0] + self.boxes[:, 2]) / 2, (self.boxes[:, 1] + self.boxes[:, 3]) / 2

    # -- what is drawn ------------------------------------------------------------------------------------------------

    @cached_property
    def drawing(self) -> Drawing | None:
        """What the file draws on the page, on the sheet; None where only pixels tell: where not all of the page's words
        are the file's own, or some lie on a picture, and for the reasons of `PageInput.drawing`."""
        if self.page.source is not PageSource.TEXT_LAYER:
            return None
        stated = self._source.drawing()
        if stated is None:
            return None
        here = _after(self._matrix, np.asarray(cv2.invertAffineTransform(self._submitted_to_displayed), np.float64))
        drawing = Drawing(
            lines=_apply(here, stated.lines.reshape(-1, 2)).reshape(-1, 4),
            widths=stated.widths * self.scale,
            edges=_apply(here, stated.edges.reshape(-1, 2)).reshape(-1, 4),
            boxes=_around(here, stated.boxes),
            inks=stated.inks,
            shapes=_around(here, stated.shapes),
            pictures=_around(here, stated.pictures),
            bold=lambda: None if (boxes := stated.bold()) is None else _around(here, boxes),
        )
        return None if any(self._lie_on(picture) for picture in drawing.pictures) else drawing

    @cached_property
    def bold(self) -> frozenset[int] | None:
        """The words in bold print, as the file says; None where it does not."""
        boxes = None if self.drawing is None else self.drawing.bold()
        if boxes is None:
            return None
        x, y = (middles[:, None] for middles in self._middles)
        left, top, right, bottom = boxes.T
        inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
        return frozenset(np.flatnonzero(inside.any(axis=1)).tolist())

    def _lie_on(self, picture: Floats) -> bool:
        left, top, right, bottom = picture.tolist()
        return len(self.inside((left, top, right, bottom))) >= _WORDS_ON_PICTURE

    # -- pixels -------------------------------------------------------------------------------------------------------

    @cached_property
    def grey(self) -> Pixels:
        """Decodes the page. Raises CorruptPage, and LimitError cases before decoding."""
        pixels = self._source.raster()
        grey = _bytes(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)) if pixels.ndim == 3 else pixels
        if self.scale < _FADING:
            grey = _bytes(cv2.erode(grey, np.ones((2, 2), np.uint8)))  # so that thin rules do not fade
        if self.scale < 1:
            size = max(1, round(grey.shape[1] * self.scale)), max(1, round(grey.shape[0] * self.scale))
            grey = _bytes(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
        return self._straightened(np.ascontiguousarray(np.rot90(grey, self._quarter)))

    @cached_property
    def ink(self) -> Mask:
        """255 where the page is darker than around, else 0."""
        window = int(self.em * 1.5) | 1
        return _bytes(
            cv2.adaptiveThreshold(
                self.grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, max(9, window), _CONTRAST
            )
        )

    def _frame(self, polygons: Floats, height: float) -> tuple[int, Floats, tuple[int, int]]:
        """How many quarter turns level the page, the matrix (2 x 3) from the page as submitted, and the size; `height`
        is that of most words."""
        page = self.page
        turn = math.radians(page.angle)
        start = np.array(to_displayed((0.0, 0.0), page.orientation, page.width, page.height))
        end = np.array(to_displayed((math.cos(turn), math.sin(turn)), page.orientation, page.width, page.height))
        angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
        quarter = round(angle / 90) % 4
        stated = angle - 90 * round(angle / 90)
        # both can be misled by a few words; where they agree that the page leans, it does
        seen = _lean(_apply(self._submitted_to_displayed, polygons), self.line, quarter, height) if stated else 0.0
        rest = min(stated, seen, key=abs) if stated * seen > 0 else 0.0
        swaps = page.orientation.swaps_axes
        width, height = (page.height, page.width) if swaps else (page.width, page.height)
        across, down = width * self.scale, height * self.scale
        shrunk = np.array([[self.scale, 0, 0], [0, self.scale, 0]])
        turned = {
            0: np.array([[1, 0, 0], [0, 1, 0]], np.float64),
            1: np.array([[0, 1, 0], [-1, 0, across]], np.float64),
            2: np.array([[-1, 0, across], [0, -1, down]], np.float64),
            3: np.array([[0, -1, down], [1, 0, 0]], np.float64),
        }[quarter]
        if quarter % 2:
            across, down = down, across
        self._rest = _rotation(rest, (across / 2, down / 2)) if abs(rest) > _LEVEL else None
        matrix = _after(turned, _after(shrunk, self._submitted_to_displayed))
        if self._rest is not None:
            matrix = _after(self._rest, matrix)
        return quarter, matrix, (round(across), round(down))

    def _straightened(self, grey: Pixels) -> Pixels:
        if self._rest is None:
            return grey
        height, width = grey.shape
        paper = int(np.percentile(grey[:: max(1, height // 64), :: max(1, width // 64)], 90))
        straight = cv2.warpAffine(
            grey, self._rest, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
        )
        return _bytes(straight)


def kept(function: Callable[Concatenate[Sheet, Given], Made]) -> Callable[Concatenate[Sheet, Given], Made]:
    """Makes a function of a sheet look only once for what several finders want to know; nobody may change the answer.

    Its other arguments are hashable."""

    @wraps(function)
    def found(sheet: Sheet, /, *args: Given.args, **kwargs: Given.kwargs) -> Made:
        key = function, args, *kwargs.items()
        if key not in sheet.found:
            sheet.found[key] = function(sheet, *args, **kwargs)
        return cast(Made, sheet.found[key])

    return found


def overlap(first: Box, second: Box, least: float = 0.0) -> bool:
    """Whether two boxes share more than `least` pixels each way."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return width > least and height > least


def boxed(box: Floats, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """A box in whole pixels, cut off at the edges of pixels of that shape: left, top, right, bottom."""
    height, width = shape[:2]
    left, top, right, bottom = box.round().astype(int).tolist()
    return min(max(left, 0), width), min(max(top, 0), height), min(max(right, 0), width), min(max(bottom, 0), height)


def middle(values: Floats) -> float:
    """The median of some values. Raises ValueError when there are none.

    That of NumPy takes ten times as long for as many as a page has words."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    parted = np.partition(values, (low, high))
    return float(parted[low] + parted[high]) / 2


def _lean(polygons: Floats, line: Indices, quarter: int, height: float) -> float:
    """How far lines are turned clockwise beyond whole quarter turns, in degrees: the median of the long ones, weighted
    by their length. Short lines say nothing: their words, of that `height`, differ in it."""
    middles = polygons.mean(axis=1)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(line)) - 1
    run = middles[last] - middles[first]
    turn = np.radians(90 * quarter)
    along = run[:, 0] * np.cos(turn) + run[:, 1] * np.sin(turn)
    across = run[:, 1] * np.cos(turn) - run[:, 0] * np.sin(turn)
    long = along > _LONG * height
    if int(long.sum()) < _LEAST_LINES:
        return 0.0
    slopes, weights = np.degrees(np.arctan2(across[long], along[long])), along[long]
    order = np.argsort(slopes)
    middle = int(np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2))
    found = float(slopes[order][middle])
    return found if abs(found) < _STEEPEST else 0.0


def _bytes(pixels: npt.NDArray[np.generic]) -> Pixels:
    """What OpenCV made of pixels; it says less of their type than it knows."""
    return pixels.astype(np.uint8, copy=False)


def _rotation(degrees: float, centre: Point) -> Floats:
    """The matrix that turns back what is turned clockwise by `degrees`."""
    return np.asarray(cv2.getRotationMatrix2D(centre, degrees, 1.0), np.float64)


def _affine(mapped: Callable[[Point], Point]) -> Floats:
    """The matrix (2 x 3) of a mapping of points that is one."""
    origin, right, down = (np.array(mapped(point), np.float64) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    return np.stack([right - origin, down - origin, origin], axis=1)


def _after(second: Floats, first: Floats) -> Floats:
    """The matrix that does `first`, then `second`."""
    below = np.array([[0.0, 0.0, 1.0]])
    return np.asarray((np.vstack([second, below]) @ np.vstack([first, below]))[:2], np.float64)


def _apply(matrix: Floats, points: Floats) -> Floats:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float64)


def _around(matrix: Floats, boxes: Floats) -> Floats:
    """The upright boxes (n x 4) around moved ones."""
    corners = _apply(matrix, boxes[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
