"""Reading coordinates: the page turned so that its text lies level.

In a frame `u` grows along the lines in reading direction and `v` grows from line to line. For level text that is read
from left to right u and v are x and y; for right-to-left pages u is -x; for vertical columns, read from right to left,
u is y and v is -x. Everything else in this folder works on boxes (u0, v0, u1, v1) and so serves all three.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from stele.pipeline.reading.seenwords import Floats, Indices, SeenWords


class Flow(Enum):
    """How text runs. The value says which sides of a box (u0, v0, u1, v1) make its corners, from the text's own
    top-left on, clockwise on the page."""

    LEFT_TO_RIGHT = ((0, 1), (2, 1), (2, 3), (0, 3))
    RIGHT_TO_LEFT = ((2, 1), (0, 1), (0, 3), (2, 3))
    VERTICAL = ((0, 3), (0, 1), (2, 1), (2, 3))


@dataclass(frozen=True, kw_only=True)
class Frame:
    """`angle`: how far the text is turned clockwise on the page, in degrees."""

    angle: float
    flow: Flow

    @property
    def _matrix(self) -> Floats:
        """Page to frame: 2 x 2, orthogonal, so that its transpose is the way back."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x, y = np.array([cos, sin]), np.array([-sin, cos])
        rows = {Flow.LEFT_TO_RIGHT: (x, y), Flow.RIGHT_TO_LEFT: (-x, y), Flow.VERTICAL: (y, -x)}[self.flow]
        return np.stack(rows)

    def boxes(self, polygons: Floats) -> Floats:
        """Boxes (n x 4) of polygons (n x 4 x 2) of the page. A box is the mean one where its polygon is slanted: the
        residual slope of a line must not make its words higher."""
        corners = np.sort((self._matrix @ polygons.reshape(-1, 2).T).reshape(2, -1, 4))  # u and v, word, corner
        (u0, u1), (v0, v1) = ((side[:, ::2] + side[:, 1::2]).T / 2 for side in corners)
        return np.stack([u0, v0, u1, v1], axis=1)

    def middles(self, lines: Floats, of_line: npt.NDArray[np.intp], boxes: Floats) -> Floats:
        """How high (v) the middles of lines are where their words stand.

        Words are boxed close to their ink, and a word without ascenders or descenders does not show its line's middle.

        Args:
            lines: polygons on the page, m x 4 x 2
            of_line: of each word its line, n
            boxes: of the words in the frame, n x 4
        """
        corners = lines @ self._matrix.T
        corners = np.take_along_axis(corners, corners[:, :, :1].argsort(axis=1, kind="stable"), axis=1)
        start, end = corners[:, :2].mean(axis=1), corners[:, 2:].mean(axis=1)
        slope = (end[:, 1] - start[:, 1]) / np.maximum(end[:, 0] - start[:, 0], 1.0)
        u, v, slope = start[of_line, 0], start[of_line, 1], slope[of_line]
        middles: Floats = v + slope * ((boxes[:, 0] + boxes[:, 2]) / 2 - u)
        return middles

    def polygons(self, boxes: Floats) -> Floats:
        """Polygons (n x 4 x 2) on the page of boxes (n x 4), each from the text's own top-left."""
        corners = boxes[:, np.array(self.flow.value)]
        return (corners.reshape(-1, 2) @ self._matrix).reshape(corners.shape)


def quarter_turns(words: SeenWords) -> tuple[float, Indices]:
    """The angle of the page's main text, and for each line how many quarters it is turned further.

    The engine's own angle is refined by the slope of the long lines, and set right by whole quarters where most of the
    text lies otherwise than it says: a text layer knows no angle at all.
    """
    polygons = words.line_polygons
    weights = np.add.reduceat(words.lengths, words.starts).astype(np.float64)
    along = polygons[:, 1] - polygons[:, 0] + polygons[:, 2] - polygons[:, 3]
    slopes = np.degrees(np.arctan2(along[:, 1], along[:, 0])) - words.angle
    quarters = np.round(slopes / 90).astype(int) % 4
    main = int(np.bincount(quarters, weights + 1e-6).argmax())
    angle = words.angle + 90 * main
    angle += _residual_slope(words, (quarters == main) & (words.counts >= 4), angle)
    turned = 180 - (180 - angle) % 360
    # The remainder of a hair below a full turn is a full turn in floats.
    return 180.0 if turned == -180 else turned, (quarters - main) % 4


def _residual_slope(words: SeenWords, long: npt.NDArray[np.bool_], angle: float) -> float:
    """How much further than `angle` the words of `long` lines rise or fall, in degrees: engines and text layers with
    upright boxes still show it by the words' middles."""
    if not long.any():
        return 0.0
    corners = words.polygons
    x, y = (corners[:, 0] + corners[:, 1] + corners[:, 2] + corners[:, 3]).T / 4
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    u, v = x * cos + y * sin, y * cos - x * sin
    u -= (np.add.reduceat(u, words.starts) / words.counts)[words.line]
    spread = np.add.reduceat(u * u, words.starts)[long]
    rise = np.add.reduceat(u * v, words.starts)[long]
    return _median(np.degrees(np.arctan2(rise, spread)), np.sqrt(spread))


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(share, share[-1] / 2)])


def flow_of(words: SeenWords) -> Flow:
    """How most of some lines run, by their scripts and shapes."""
    if not words.has_leftward and not words.has_wide:
        return Flow.LEFT_TO_RIGHT
    votes = dict.fromkeys(Flow, 0)
    tops = np.linalg.norm(words.line_polygons[:, 1] - words.line_polygons[:, 0], axis=1)
    sides = np.linalg.norm(words.line_polygons[:, 3] - words.line_polygons[:, 0], axis=1)
    for text, upright in zip(words.line_texts(), (sides > 1.5 * tops).tolist(), strict=True):
        votes[_upright_flow(text) if upright else text_flow(text) or Flow.LEFT_TO_RIGHT] += len(text)
    return max(votes, key=lambda flow: votes[flow])


def _upright_flow(text: str) -> Flow:
    """How a line runs that is higher than wide: downwards in scripts that do so."""
    flow = text_flow(text)
    if flow is Flow.LEFT_TO_RIGHT and len(text) > 1:
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
        return Flow.VERTICAL if 2 * wide > len(text) else flow
    return flow or Flow.LEFT_TO_RIGHT


def text_flow(text: str) -> Flow | None:
    """Which way most letters of a text run when they lie level; None when it has no letters."""
    if text.isascii():
        return Flow.LEFT_TO_RIGHT if any(map(str.isalpha, text)) else None
    directions = [unicodedata.bidirectional(letter) for letter in text]
    leftward, rightward = sum(d in {"R", "AL"} for d in directions), directions.count("L")
    if leftward == rightward == 0:
        return None
    return Flow.RIGHT_TO_LEFT if leftward > rightward else Flow.LEFT_TO_RIGHT
