"""What is done to the shape of a picture: turned, its tilt taken out, its bent lines made straight."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.cleaning.toning import binarised, grey_of
from stele.pipeline.intake.seam import Pixels

Floats = npt.NDArray[np.float64]

#: degrees: how far a page may be tilted, and what is left as it is
_MOST_TILT, _LEAST_TILT = 15.0, 0.1
#: degrees: how finely tilts are tried, one after the other
_STEPS = (0.5, 0.1, 0.02)
#: tilts and lines are looked for in pictures of about so many pixels, with so many points of ink at most
_SEEN_SIDE: Final = 1600
_SEEN_POINTS: Final = 60_000
#: a picture with less ink than this says nothing of its tilt: pixels
_LEAST_INK: Final = 200
#: part of a picture that ink covers at most; more is a photograph
_MOST_INK: Final = 0.4
#: how much better a tilt must stand than none
_BETTER: Final = 1.03


def rotated(pixels: Pixels, degrees: float) -> Pixels:
    """A picture turned clockwise; what it grows by has the colour of its rim. Quarter turns keep every pixel."""
    quarters, rest = divmod(degrees, 90)
    if rest == 0:
        return np.ascontiguousarray(np.rot90(pixels, -int(quarters) % 4))
    height, width = pixels.shape[:2]
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    size = (math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderValue=_rim(pixels))
    return np.asarray(turned, np.uint8)


def deskewed(pixels: Pixels) -> Pixels:
    """A picture without its tilt of up to 15 degrees."""
    tilt = tilt_of(pixels)
    return rotated(pixels, -tilt) if abs(tilt) >= _LEAST_TILT else pixels


def tilt_of(pixels: Pixels) -> float:
    """How far the lines of a page are turned clockwise from lying, in degrees within ±15; 0 where that is not clear.

    The tilt under which the ink falls into the sharpest rows: that with the greatest sum of squares of the projection
    profile (W. Postl, Detection of linear oblique structures and skew scan in digitized documents, 1986).
    """
    ink = _ink(pixels)
    rows, columns = np.nonzero(ink.mask)
    if len(rows) < _LEAST_INK or len(rows) > _MOST_INK * ink.mask.size:
        return 0.0
    some = np.random.default_rng(0).permutation(len(rows))[:_SEEN_POINTS]
    points = np.stack([columns[some], rows[some]]).astype(np.float64)
    best, reach = 0.0, _MOST_TILT
    for step in _STEPS:
        around = best + np.arange(-reach, reach + step / 2, step)
        best = float(max(around[np.abs(around) <= _MOST_TILT], key=lambda tilt: _sharpness(points, tilt)))
        reach = step
    return best if _sharpness(points, best) > _BETTER * _sharpness(points, 0.0) else 0.0


def dewarped(pixels: Pixels) -> Pixels:
    """A picture whose lines of print are straight, as far as they were bent up and down."""
    bend = _bend_of(_ink(pixels))
    if bend is None:
        return pixels
    height, width = pixels.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    off = (bend.at(x / width, y / height) * height).astype(np.float32)
    if np.abs(off).max() < _LEAST_BEND:
        return pixels
    moved = y + off
    straight = cv2.remap(pixels, x, moved, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=_rim(pixels))
    return np.asarray(straight, np.uint8)


class _Ink(NamedTuple):
    """Where there is print, on a picture of a handy size."""

    mask: npt.NDArray[np.bool_]


class _Bend(NamedTuple):
    """How far below its straight place a line stands, as parts of the height: a polynomial in x and y (both 0…1)."""

    weights: Floats

    def at(self, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        total = np.zeros_like(x)
        for weight, term in zip(self.weights, _terms(x, y), strict=True):
            total += x.dtype.type(weight) * term
        return total


#: powers of x: a book's page bends more near its back
_POWERS: Final = (1, 2, 3, 4)
#: lines that tell of a bend, and their length in heights of letters
_LEAST_LINES, _LONG = 3, 8.0
#: pixels; a page that bends less is left as it is
_LEAST_BEND = 2.0
#: rounds of weighing down what lies far off
_ROUNDS: Final = 8


def _bend_of(ink: _Ink) -> _Bend | None:
    """The bend of a page's lines, found by least squares over the middles of all its lines at once: each has a height
    of its own, all share the polynomial. None where there are too few lines."""
    lines = _lines(ink)
    if len(lines) < _LEAST_LINES:
        return None
    height, width = ink.mask.shape
    points = np.concatenate(lines)
    of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    x, y = points[:, 0] / width, points[:, 1] / height
    rest = np.array([np.median(y[of == number]) for number in range(len(lines))])[of]
    heights = np.zeros((len(points), len(lines)))
    heights[np.arange(len(points)), of] = 1
    system = np.hstack([np.stack(_terms(x, rest), axis=1), heights])
    trust = np.ones(len(points))
    found = np.zeros(system.shape[1])
    for _ in range(_ROUNDS):
        root = np.sqrt(trust)
        found = np.linalg.lstsq(system * root[:, None], y * root, rcond=1e-6)[0]
        off = np.abs(system @ found - y)
        usual = max(1.5 * float(np.median(off)), 1e-5)
        trust = np.minimum(1.0, usual / np.maximum(off, 1e-9))
    return _Bend(found[: len(_POWERS) * 2])


def _terms(x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> list[npt.NDArray[np.floating]]:
    """Each power of x, less its mean so that a page does not move as a whole, and the same times y."""
    powers = [x**power - x.dtype.type(1 / (power + 1)) for power in _POWERS]
    return [*powers, *(power * (y - x.dtype.type(0.5)) for power in powers)]


def _lines(ink: _Ink) -> list[Floats]:
    """The middles of long lines of print: points (x, y), one about every height of a letter."""
    mask = ink.mask.astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    letters = boxes[1:count]
    letters = letters[(letters[:, cv2.CC_STAT_AREA] >= 8) & (letters[:, cv2.CC_STAT_HEIGHT] >= 4)]
    if len(letters) < 10:
        return []
    size = max(4, int(np.median(letters[:, cv2.CC_STAT_HEIGHT])))
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, 2 * size + 1), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found: list[Floats] = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in boxes[number])
        # What is thick all over is no line; what is high because it bends is one.
        if width < _LONG * size or area > 2.5 * size * width:
            continue
        part = (labels[top : top + height, left : left + width] == number) & ink.mask[
            top : top + height, left : left + width
        ]
        found.append(_middles(part, size) + np.array([left, top]))
    return [line for line in found if len(line) >= 4]


def _middles(part: npt.NDArray[np.bool_], size: int) -> Floats:
    """The middle of the ink of a line, window by window."""
    rows = np.arange(part.shape[0])
    points = []
    for start in range(0, part.shape[1] - size, size):
        weights = part[:, start : start + 2 * size].sum(axis=1)
        if weights.sum() >= size:
            points.append((start + size, float((weights * rows).sum() / weights.sum())))
    return np.array(points, np.float64).reshape(-1, 2)


def _ink(pixels: Pixels) -> _Ink:
    grey = grey_of(pixels)
    scale = min(1.0, _SEEN_SIDE / max(grey.shape))
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    black_and_white = binarised(grey)
    dark_paper = np.median(grey) < 128
    return _Ink(black_and_white == (255 if dark_paper else 0))


def _sharpness(points: Floats, tilt: float) -> float:
    """The sum of squares of how much ink falls into each row of a page that is tilted by `tilt` degrees."""
    angle = math.radians(tilt)
    rows = points[1] * math.cos(angle) - points[0] * math.sin(angle)
    profile = np.bincount((rows - rows.min()).astype(np.int64))
    return float((profile.astype(np.float64) ** 2).sum())


def _rim(pixels: Pixels) -> tuple[float, ...]:
    """The usual colour at the edges of a picture."""
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    flat = [edge.reshape(len(edge), -1) for edge in edges]
    return tuple(float(value) for value in np.median(np.concatenate(flat), axis=0))
