"""A page's text layer as lines, in the form that engines give; and what an engine adds to it in pictures."""

from __future__ import annotations

import unicodedata
from itertools import groupby

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon, rectangle
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.intake.seam import TextLayer, TextRuns
from stele.pipeline.reading.layout.frame import Flow, text_flow
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenSymbol, SeenWord
from stele.pipeline.reading.seenwords import Floats, Indices, SeenWords, as_array

Flags = npt.NDArray[np.bool_]

#: words no further apart than this part of their height touch
_TOUCHING = 0.15


def words_of(layer: TextLayer, features: tuple[Feature, ...]) -> SeenWords:
    """The words of a sound layer, each with confidence 1.0, in the lines and in the order that the file states.

    Symbols are only looked up when they are asked for.
    """
    runs = layer.words
    line = np.concatenate(([0], np.cumsum(np.diff(runs.lines) != 0)))
    found = SeenWords(
        texts=runs.texts,
        confidences=np.ones(len(runs)),
        polygons=runs.polygons,
        spaces=_spaces(runs),
        line=line,
        line_polygons=_around(runs.polygons, line),
        symbols=[
            tuple(SeenSymbol(text=text, confidence=1.0, polygon=polygon) for text, polygon in symbols)
            for symbols in runs.symbols()
        ]
        if Feature.SYMBOLS in features
        else (),
    )
    return _logical(found) if found.has_leftward else found


def visible(layer: TextLayer) -> TextLayer | None:
    """The layer without the words that nobody sees, with where they were as a picture; None where it has no others."""
    hidden = layer.words.hidden
    if not hidden.any():
        return layer
    if hidden.all():
        return None
    corners = layer.words.polygons[hidden].reshape(-1, 2)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    region = rectangle(left, top, right, bottom)
    return changed(layer, words=layer.words.where(~hidden), pictures=(*layer.pictures, region))


def only_inside(seen: SeenPage, layer: TextLayer) -> SeenPage:
    """What an engine saw inside the layer's pictures and the layer does not have already."""
    words = [word for line in seen.lines for word in line.words]
    if not words:
        return seen
    polygons = as_array([word.polygon for word in words])
    keep = _within(polygons.mean(axis=1), layer.pictures).any(axis=1) & ~_covered(polygons, layer.words.polygons)
    kept = iter(keep.tolist())
    lines = (_remaining(line, [word for word in line.words if next(kept)]) for line in seen.lines)
    return SeenPage(lines=tuple(line for line in lines if line), angle=seen.angle)


def _logical(found: SeenWords) -> SeenWords:
    """Words in reading order. Some files store right-to-left words as they stand on the page, from left to right."""
    order: list[int] = []
    for text, start, count in zip(found.line_texts(), found.starts.tolist(), found.counts.tolist(), strict=True):
        line = list(range(start, start + count))
        if count > 1 and text_flow(text) is Flow.RIGHT_TO_LEFT and _is_rightward(found.polygons[line]):
            runs = groupby(reversed(line), key=lambda at: text_flow(found.texts[at]) is Flow.LEFT_TO_RIGHT)
            line = [at for rightward, run in runs for at in (reversed(list(run)) if rightward else run)]
        order.extend(line)
    return SeenWords(
        texts=[found.texts[at] for at in order],
        confidences=found.confidences,
        polygons=found.polygons[order],
        spaces=found.spaces,
        line=found.line,
        line_polygons=found.line_polygons,
        symbols=[found.symbols[at] for at in order] if found.symbols else (),
    )


def _is_rightward(polygons: Floats) -> bool:
    """Whether most of the words of a line stand to the right of the one before."""
    starts = polygons[:, 0] @ (polygons[0, 1] - polygons[0, 0])
    return bool(np.where(np.diff(starts) > 0, 1, -1).sum() > 0)


def _spaces(runs: TextRuns) -> list[bool]:
    """Whether something stands between each word and the next: in scripts without spaces words may touch."""
    spaces = [True] * len(runs)
    if all(map(str.isascii, runs.texts)):
        return spaces
    one, other = runs.polygons[:-1], runs.polygons[1:]
    height = np.linalg.norm(one[:, 2] - one[:, 1], axis=1)
    near = np.linalg.norm(other[:, 0] - one[:, 1], axis=1) < _TOUCHING * height
    for at in np.flatnonzero(near & (np.diff(runs.lines) == 0)).tolist():
        before, after = runs.texts[at][-1], runs.texts[at + 1][0]
        spaces[at] = not unicodedata.east_asian_width(before) == unicodedata.east_asian_width(after) == "W"
    return spaces


def _around(polygons: Floats, line: Indices) -> Floats:
    """The polygon around the words of each line, turned as its first word is."""
    firsts = np.flatnonzero(np.diff(line, prepend=-1))
    first = polygons[firsts]
    along = first[:, 1] - first[:, 0] + first[:, 2] - first[:, 3]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(length > 0, along / np.where(length > 0, length, 1.0), (1.0, 0.0))
    axes = np.stack((along, np.stack((-along[:, 1], along[:, 0]), axis=1)), axis=1)
    u, v = polygons.T  # four corners x words
    if along[:, 1].any() or (along[:, 0] < 0).any():
        cos, sin = along[line].T
        u, v = u * cos + v * sin, v * cos - u * sin
    u0, v0 = (np.minimum.reduceat(side.min(axis=0), firsts) for side in (u, v))
    u1, v1 = (np.maximum.reduceat(side.max(axis=0), firsts) for side in (u, v))
    corners: Floats = np.stack((u0, v0, u1, v0, u1, v1, u0, v1), axis=1).reshape(-1, 4, 2) @ axes
    return corners


def _within(points: Floats, polygons: tuple[Polygon, ...]) -> Flags:
    """Whether each point lies inside each (convex) polygon: points x polygons."""
    corners = as_array(list(polygons))
    edges = np.roll(corners, -1, axis=1) - corners
    to_points = points[:, None, None, :] - corners[None]
    cross = edges[None, ..., 0] * to_points[..., 1] - edges[None, ..., 1] * to_points[..., 0]
    inside: Flags = np.all(cross >= 0, axis=2) | np.all(cross <= 0, axis=2)
    return inside


def _covered(polygons: Floats, theirs: Floats) -> Flags:
    """Whether a word of the layer lies on each polygon: one's middle is within the other."""
    if not len(theirs):
        return np.zeros(len(polygons), bool)
    low, high = polygons.min(axis=1), polygons.max(axis=1)
    their_low, their_high = theirs.min(axis=1), theirs.max(axis=1)
    middle, their_middle = (low + high) / 2, (their_low + their_high) / 2

    def hits(points: Floats, lows: Floats, highs: Floats) -> Flags:
        found: Flags = np.all((points[:, None] >= lows) & (points[:, None] <= highs), axis=2)
        return found

    on_theirs, under_theirs = hits(middle, their_low, their_high), hits(their_middle, low, high)
    covered: Flags = np.any(on_theirs, axis=1) | np.any(under_theirs, axis=0)
    return covered


def _remaining(line: SeenLine, words: list[SeenWord]) -> SeenLine | None:
    if len(words) == len(line.words):
        return line
    if not words:
        return None
    around = _around(as_array([word.polygon for word in words]), np.zeros(len(words), np.intp))
    a, b, c, d = map(tuple, around[0].tolist())
    return SeenLine(polygon=(a, b, c, d), words=tuple(words))
