"""A page's text layer as lines, in the form that engines give; and what an engine adds to it in pictures."""

from __future__ import annotations

import unicodedata
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon
from stele.domain.job import Feature
from stele.pipeline.intake.seam import TextLayer, TextRun
from stele.pipeline.reading.layout.frame import Floats, Flow, as_array, text_flow
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenSymbol, SeenWord

Flags = npt.NDArray[np.bool_]

#: words no further apart than this part of their height touch
_TOUCHING = 0.15


def lines_of(layer: TextLayer, features: tuple[Feature, ...]) -> SeenPage:
    """The words of a sound layer as lines in the order that the file states, each with confidence 1.0.

    Symbols are only kept when they are asked for.
    """
    lines = groupby(layer.words, key=lambda word: word.line)
    return SeenPage(lines=tuple(_line(list(words), features) for _, words in lines))


def only_inside(seen: SeenPage, layer: TextLayer) -> SeenPage:
    """What an engine saw inside the layer's pictures and the layer does not have already."""
    words = [word for line in seen.lines for word in line.words]
    if not words:
        return seen
    polygons = as_array([word.polygon for word in words])
    keep = _within(polygons.mean(axis=1), layer.pictures).any(axis=1) & ~_covered(polygons, layer.words)
    kept = iter(keep.tolist())
    lines = (_remaining(line, [word for word in line.words if next(kept)]) for line in seen.lines)
    return SeenPage(lines=tuple(line for line in lines if line), angle=seen.angle)


def _line(run: list[TextRun], features: tuple[Feature, ...]) -> SeenLine:
    ordered = _logical(run)
    spaces = [not _touch(word, following) for word, following in pairwise(ordered)]
    words = tuple(
        SeenWord(
            text=word.text,
            confidence=1.0,
            polygon=word.polygon,
            space_after=space,
            symbols=tuple(SeenSymbol(text=text, confidence=1.0, polygon=polygon) for text, polygon in word.symbols)
            if Feature.SYMBOLS in features
            else (),
        )
        for word, space in zip(ordered, [*spaces, True], strict=True)
    )
    return SeenLine(polygon=_around(words), words=words)


def _logical(run: list[TextRun]) -> list[TextRun]:
    """Words in reading order. Some files store right-to-left words as they stand on the page, from left to right."""
    if len(run) < 2 or text_flow("".join(word.text for word in run)) is not Flow.RIGHT_TO_LEFT:
        return run
    (x0, y0), (x1, y1), _, _ = run[0].polygon
    starts = [word.polygon[0][0] * (x1 - x0) + word.polygon[0][1] * (y1 - y0) for word in run]
    if sum(1 if second > first else -1 for first, second in pairwise(starts)) <= 0:
        return run
    ordered: list[TextRun] = []
    for rightward, part in groupby(reversed(run), key=lambda word: text_flow(word.text) is Flow.LEFT_TO_RIGHT):
        words = list(part)
        ordered.extend(reversed(words) if rightward else words)
    return ordered


def _touch(word: TextRun, following: TextRun) -> bool:
    """Whether nothing stands between two words, which happens in scripts without spaces."""
    if not unicodedata.east_asian_width(word.text[-1]) == unicodedata.east_asian_width(following.text[0]) == "W":
        return False
    (_, top_right, bottom_right, _), (top_left, *_) = word.polygon, following.polygon
    height = np.hypot(bottom_right[0] - top_right[0], bottom_right[1] - top_right[1])
    return bool(np.hypot(top_left[0] - top_right[0], top_left[1] - top_right[1]) < _TOUCHING * height)


def _around(words: tuple[SeenWord, ...]) -> Polygon:
    """The polygon around words on one base line, turned as they are."""
    polygons = as_array([word.polygon for word in words])
    first = polygons[0]
    along = first[1] - first[0] + first[2] - first[3]
    length = float(np.hypot(*along))
    along = along / length if length else np.array([1.0, 0.0])
    axes = np.stack([along, [-along[1], along[0]]])
    points = polygons.reshape(-1, 2) @ axes.T
    (u0, v0), (u1, v1) = points.min(axis=0), points.max(axis=0)
    corners = np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)]) @ axes
    a, b, c, d = map(tuple, corners.tolist())
    return (a, b, c, d)


def _within(points: Floats, polygons: tuple[Polygon, ...]) -> Flags:
    """Whether each point lies inside each (convex) polygon: points x polygons."""
    corners = as_array(list(polygons))
    edges = np.roll(corners, -1, axis=1) - corners
    to_points = points[:, None, None, :] - corners[None]
    cross = edges[None, ..., 0] * to_points[..., 1] - edges[None, ..., 1] * to_points[..., 0]
    inside: Flags = np.all(cross >= 0, axis=2) | np.all(cross <= 0, axis=2)
    return inside


def _covered(polygons: Floats, words: tuple[TextRun, ...]) -> Flags:
    """Whether a word of the layer lies on each polygon: one's middle is within the other."""
    if not words:
        return np.zeros(len(polygons), bool)
    theirs = as_array([word.polygon for word in words])
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
    return SeenLine(polygon=_around(tuple(words)), words=tuple(words)) if words else None
