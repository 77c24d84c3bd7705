"""What a PDF page draws besides its words: lines, boxes, shaded areas, and whatever else is painted.

A line is what looks like one: a stroke, a filled rectangle no thicker than a stroke, a picture as thin. What is
clipped away, transparent, of the colour of what it lies on, or painted over is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from stele.pipeline.intake.annotations import annotations_of
from stele.pipeline.intake.fonts import bold_texts
from stele.pipeline.intake.frame import Frame
from stele.pipeline.intake.native import Address
from stele.pipeline.intake.paths import Flags, Indices, Paths, Reals, Segments, paths_of
from stele.pipeline.intake.seam import Drawing
from stele.pipeline.intake.survey import Survey

#: with more paths or segments a page is a map or a chart: rendering it costs less than looking at each
_MOST_PATHS, _MOST_SEGMENTS = 2000, 12_000
#: points: rectangles no thicker are lines; those of a path of one figure are not looked at further
_THIN = 1.5
#: segments of a line or a rectangle
_SIMPLE = 5
#: points: two numbers that are the same but for rounding
_SAME = 0.05
#: grey levels between a line or an area and what it lies on, for it to be seen
_SEEN_LINE, _SEEN_AREA = 12.0, 14.0
#: pixels: the longer side of the plan of a page's areas, which has a pixel a point where that is less
_PLAN = 1300
#: points: shorter edges of areas part nothing
_SHORTEST_EDGE = 12


def drawing_of(page: Address, frame: Frame, seen: Survey) -> Drawing | None:
    """What is drawn on a page, in displayed pixels; None where that is so much that pixels tell it sooner."""
    paths = paths_of(page, _MOST_PATHS)
    if paths is None:
        return None
    parts = _parts(paths)
    if parts is None:
        return None
    plan = _Plan(seen, parts)
    lines = plan.seen(parts.lines)
    scale = frame.scale
    thin = [each.box for each in seen.pictures if min(each.box[2] - each.box[0], each.box[3] - each.box[1]) <= _THIN]
    pictures = [frame.box_to_polygon(each.box) for each in seen.pictures if each.box not in thin]
    ends, widths = lines.geometry[:, :4], lines.geometry[:, 4]
    if thin:
        more = _as_lines(np.array(thin))
        ends, widths = np.concatenate((ends, more[:, :4])), np.concatenate((widths, more[:, 4]))
    boxes, shapes = plan.seen(parts.boxes), plan.seen(parts.shapes)
    return Drawing(
        lines=_on_page(frame, ends),
        widths=widths * scale,
        edges=_on_page(frame, plan.edges()),
        boxes=_boxes_on_page(frame, boxes.geometry),
        inks=paths.opacities[boxes.order, 0] * (1.0 - paths.greys[boxes.order, 0] / 255.0),
        shapes=_boxes_on_page(frame, np.concatenate((shapes.geometry, annotations_of(page)))),
        bold=lambda: _bold_on_page(frame, paths),
        pictures=np.array([(*polygon[0], *polygon[2]) for polygon in pictures], np.float64).reshape(-1, 4),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Marks:
    """Things of one kind, one a row: where they are, which path painted each, in what grey and how opaque."""

    geometry: Reals
    order: Indices
    greys: Reals
    opacities: Reals

    def only(self, kept: Flags | Indices) -> _Marks:
        return _Marks(
            geometry=self.geometry[kept],
            order=self.order[kept],
            greys=self.greys[kept],
            opacities=self.opacities[kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """What the paths of a page draw, in points. `lines`: x0, y0, x1, y1, width. Of `areas` (filled rectangles),
    `boxes` (rectangles of any kind) and `shapes` (all else): left, bottom, right, top."""

    lines: _Marks
    areas: _Marks
    boxes: _Marks
    shapes: _Marks


def _parts(paths: Paths) -> _Parts | None:
    """None where there are too many segments."""
    shown = np.concatenate(
        (np.maximum(paths.boxes[:, :2], paths.clips[:, :2]), np.minimum(paths.boxes[:, 2:], paths.clips[:, 2:])), axis=1
    )
    sizes = shown[:, 2:] - shown[:, :2]
    visible = (sizes >= 0).all(axis=1) & (paths.opacities > 0).any(axis=1)
    simple = visible & (sizes.min(axis=1) <= _THIN) & (paths.counts <= _SIMPLE)
    complicated = np.flatnonzero(visible & ~simple)
    if paths.counts[complicated].sum() > _MOST_SEGMENTS:
        return None
    thin = np.flatnonzero(simple)
    stroked = (paths.opacities[thin, 1] > 0).astype(np.intp)
    lines = _Marks(
        geometry=_as_lines(shown[thin]),
        order=thin,
        greys=paths.greys[thin, stroked],
        opacities=paths.opacities[thin, stroked],
    )
    if not complicated.size:
        nothing = lines.only(np.zeros(0, np.intp))
        boxes = _Marks(geometry=np.zeros((0, 4)), order=nothing.order, greys=nothing.greys, opacities=nothing.greys)
        return _Parts(lines=lines, areas=boxes, boxes=boxes, shapes=boxes)
    return _Figures(paths, complicated).parts(lines)


class _Figures:
    """The figures (lines from one point to the next) of some paths, told apart."""

    def __init__(self, paths: Paths, chosen: Indices) -> None:
        self._paths = paths
        self._chosen = chosen
        found: Segments = paths.segments(chosen)
        self._segments = found
        starts = found.kinds == pdfium_c.FPDF_SEGMENT_MOVETO
        starts |= np.diff(found.owners, prepend=-1) != 0
        self._firsts = np.flatnonzero(starts)
        self._figure = np.cumsum(starts) - 1
        self._owner = chosen[found.owners[self._firsts]]  # of each figure
        self._low = np.minimum.reduceat(found.points, self._firsts)
        self._high = np.maximum.reduceat(found.points, self._firsts)
        counts = np.diff(self._firsts, append=len(found.owners))
        low, high = self._low[self._figure], self._high[self._figure]
        at_corner = ((np.abs(found.points - low) < _SAME) | (np.abs(found.points - high) < _SAME)).all(axis=1)
        straight = (found.kinds != pdfium_c.FPDF_SEGMENT_BEZIERTO) & at_corner
        self._rectangle = np.logical_and.reduceat(straight, self._firsts) & (counts >= 4) & (counts <= _SIMPLE)

    def parts(self, lines: _Marks) -> _Parts:
        """With `lines`, those found already."""
        paths, owner = self._paths, self._owner
        boxes = np.concatenate((self._low, self._high), axis=1)
        clips = paths.clips[owner]
        boxes = np.concatenate((np.maximum(boxes[:, :2], clips[:, :2]), np.minimum(boxes[:, 2:], clips[:, 2:])), axis=1)
        sizes = boxes[:, 2:] - boxes[:, :2]
        here = (sizes >= 0).all(axis=1)
        filled = paths.opacities[owner, 0] > 0
        stroked = paths.opacities[owner, 1] > 0
        thin = sizes.min(axis=1) <= _THIN
        rectangle = self._rectangle & here
        bars = rectangle & filled & thin
        framing = self._holds_another(boxes, rectangle & filled & ~thin)
        areas = rectangle & filled & ~thin & ~framing
        strokes = self._strokes(stroked | framing)
        curved = here & ~rectangle & (filled | self._bent())
        return _Parts(
            lines=_together(lines, self._marks(_as_lines(boxes[bars]), owner[bars], 0), strokes),
            areas=self._marks(boxes[areas], owner[areas], 0),
            boxes=self._painted(boxes, rectangle & ~thin),
            shapes=self._painted(boxes, curved),
        )

    def _marks(self, geometry: Reals, order: Indices, paint: int) -> _Marks:
        """`paint`: 0 for what is filled, 1 for what is stroked."""
        return _Marks(
            geometry=geometry,
            order=order,
            greys=self._paths.greys[order, paint],
            opacities=self._paths.opacities[order, paint],
        )

    def _painted(self, boxes: Reals, chosen: Flags) -> _Marks:
        """Figures with the paint of their stroke where they have one."""
        order = self._owner[chosen]
        stroked = (self._paths.opacities[order, 1] > 0).astype(np.intp)
        return _Marks(
            geometry=boxes[chosen],
            order=order,
            greys=self._paths.greys[order, stroked],
            opacities=self._paths.opacities[order, stroked],
        )

    def _holds_another(self, boxes: Reals, candidates: Flags) -> Flags:
        """Which filled rectangles have a hole, or are one: frames, whose sides are lines."""
        found = np.zeros(len(boxes), np.bool_)
        several = np.flatnonzero(candidates)
        owners, counts = np.unique(self._owner[several], return_counts=True)
        for owner in owners[counts > 1].tolist():
            at = several[self._owner[several] == owner]
            box = boxes[at]
            inside = (box[:, None, :2] <= box[:, :2]).all(axis=2) & (box[:, None, 2:] >= box[:, 2:]).all(axis=2)
            np.fill_diagonal(inside, val=False)
            found[at] = inside.any(axis=0) | inside.any(axis=1)
        return found

    def _strokes(self, chosen: Flags) -> _Marks:
        """The straight lines of some figures, with those that close them."""
        found = self._segments
        wanted = chosen[self._figure]
        drawn = np.flatnonzero(wanted & (found.kinds == pdfium_c.FPDF_SEGMENT_LINETO))
        drawn = drawn[drawn > 0]
        closed = np.flatnonzero(wanted & found.closing)
        ends = np.concatenate(
            (
                np.concatenate((found.points[drawn - 1], found.points[drawn]), axis=1),
                np.concatenate((found.points[closed], found.points[self._firsts[self._figure[closed]]]), axis=1),
            )
        )
        place = np.concatenate((found.owners[drawn], found.owners[closed]))
        order = self._chosen[place]
        level = np.abs(ends[:, :2] - ends[:, 2:])
        clips = self._paths.clips[order]
        low, high = clips[:, [0, 1, 0, 1]], clips[:, [2, 3, 2, 3]]
        outside = np.maximum(ends[:, :2], ends[:, 2:]) < clips[:, :2] - _SAME
        outside |= np.minimum(ends[:, :2], ends[:, 2:]) > clips[:, 2:] + _SAME
        kept = ~outside.any(axis=1) & (level.max(axis=1) > _SAME)
        paint = (self._paths.opacities[order, 1] > 0).astype(np.intp)
        widths = np.where(paint > 0, found.widths[place], 0.0)
        marks = _Marks(
            geometry=np.concatenate((np.clip(ends, low, np.maximum(low, high)), widths[:, None]), axis=1),
            order=order,
            greys=self._paths.greys[order, paint],
            opacities=self._paths.opacities[order, paint],
        )
        return marks.only(kept)

    def _bent(self) -> Flags:
        """Which figures have a curve, or a line that leans."""
        found = self._segments
        bent = found.kinds == pdfium_c.FPDF_SEGMENT_BEZIERTO
        steps = np.abs(np.diff(found.points, axis=0, prepend=found.points[:1]))
        bent |= (found.kinds == pdfium_c.FPDF_SEGMENT_LINETO) & (steps.min(axis=1) > 1.0)
        return np.logical_or.reduceat(bent, self._firsts)


class _Plan:
    """A page's areas as they are painted over each other."""

    def __init__(self, seen: Survey, parts: _Parts) -> None:
        left, bottom, right, top = seen.page
        self._origin, self._high = np.array([left, bottom]), np.array([right, top])
        self._scale = min(1.0, _PLAN / max(right - left, top - bottom))
        self._size = max(1, round((right - left) * self._scale)), max(1, round((top - bottom) * self._scale))
        self._areas = _on_something(parts.areas, parts.lines)
        self._shades: npt.NDArray[np.uint8] | None = None
        if len(self._areas.order):
            self._paint()

    def _paint(self) -> None:
        areas = self._areas
        boxes = (areas.geometry - np.tile(self._origin, 2)) * self._scale
        boxes = boxes.clip(0, np.tile(self._size, 2))
        shaded = np.rint(boxes).astype(np.intp)
        # farther than a pixel from all areas there is nothing but paper
        self._low = (shaded[:, :2].min(axis=0) - 1).clip(min=0)
        width, height = np.minimum(shaded[:, 2:].max(axis=0) + 1, self._size) - self._low
        self._shades = np.full((height, width), 255, np.uint8)
        self._last = np.full((height, width), -1, np.int16)
        # lines along the sides of an area that is painted later stay to be seen
        inner = np.concatenate((np.floor(boxes[:, :2]) + 1, np.ceil(boxes[:, 2:]) - 1), axis=1).astype(np.intp)
        shaded, inner = ((each - np.tile(self._low, 2)).clip(min=0).tolist() for each in (shaded, inner))
        for at, (order, grey, opacity) in enumerate(
            zip(areas.order.tolist(), areas.greys.tolist(), areas.opacities.tolist(), strict=True)
        ):
            left, bottom, right, top = shaded[at]
            if opacity >= 1:
                self._shades[bottom:top, left:right] = round(grey)
                left, bottom, right, top = inner[at]
                self._last[bottom:top, left:right] = order
            else:
                below = self._shades[bottom:top, left:right]
                self._shades[bottom:top, left:right] = np.rint(opacity * grey + (1 - opacity) * below)

    def seen(self, marks: _Marks) -> _Marks:
        """Those that are not painted over, and are of another grey than what they lie on."""
        if not marks.order.size:
            return marks
        far = (np.minimum(marks.geometry[:, :2], marks.geometry[:, 2:4]) > self._high).any(axis=1)
        far |= (np.maximum(marks.geometry[:, :2], marks.geometry[:, 2:4]) < self._origin).any(axis=1)
        if self._shades is None:
            return marks.only(~far & (marks.opacities * np.abs(marks.greys - 255.0) > _SEEN_LINE))
        middles = (marks.geometry[:, :2] + marks.geometry[:, 2:4]) / 2
        x, y = (((middles - self._origin) * self._scale).astype(np.intp) - self._low).T
        height, width = self._shades.shape
        x, y = x.clip(0, width - 1), y.clip(0, height - 1)
        below = self._shades[y, x].astype(np.float64)
        # a box that is an area lies on what was there before it: its edges tell
        own = self._last[y, x] == marks.order
        uncovered = self._last[y, x] <= marks.order
        contrast = marks.opacities * np.abs(marks.greys - np.where(own, 255.0, below)) > _SEEN_LINE
        return marks.only(~far & uncovered & contrast)

    def edges(self) -> Reals:
        """Where areas end and another shade begins: x0, y0, x1, y1."""
        if self._shades is None:
            return np.zeros((0, 4))
        level = _runs(cv2.absdiff(self._shades[1:], self._shades[:-1]) > _SEEN_AREA)
        turned = cv2.transpose(self._shades)
        upright = _runs(cv2.absdiff(turned[1:], turned[:-1]) > _SEEN_AREA)
        ends = np.concatenate((level[:, [1, 0, 2, 0]] + (0, 1, 0, 1), upright[:, [0, 1, 0, 2]] + (1, 0, 1, 0)))
        kept = np.abs(ends[:, :2] - ends[:, 2:]).max(axis=1) >= _SHORTEST_EDGE * self._scale
        found: Reals = (ends[kept] + np.tile(self._low, 2)) / self._scale + np.tile(self._origin, 2)
        return found


def _on_something(areas: _Marks, lines: _Marks) -> _Marks:
    """Areas without those that are as white as the paper, and have nothing but paper below them."""
    dark = areas.opacities * (255.0 - areas.greys) > _SEEN_AREA
    painted = np.concatenate((areas.order[dark], lines.order))
    return areas.only(areas.order >= painted.min()) if len(painted) else areas.only(dark)


def _runs(steps: Flags) -> Indices:
    """Row, start and end of each run of true places in a row."""
    width = steps.shape[1]
    places = np.flatnonzero(steps)
    firsts = np.flatnonzero((np.diff(places, prepend=-2) != 1) | (places % width == 0))
    lengths = np.diff(firsts, append=len(places))
    rows, starts = np.divmod(places[firsts], width)
    return np.stack((rows, starts, starts + lengths), axis=1)


def _as_lines(boxes: Reals) -> Reals:
    """Thin boxes as lines along their middle: x0, y0, x1, y1, width."""
    low, high = boxes[:, :2], boxes[:, 2:]
    middles, sizes = (low + high) / 2, high - low
    level = (sizes[:, 0] >= sizes[:, 1])[:, None]
    start = np.where(level, np.stack((low[:, 0], middles[:, 1]), axis=1), np.stack((middles[:, 0], low[:, 1]), axis=1))
    end = np.where(level, np.stack((high[:, 0], middles[:, 1]), axis=1), np.stack((middles[:, 0], high[:, 1]), axis=1))
    return np.concatenate((start, end, sizes.min(axis=1)[:, None]), axis=1)


def _together(*several: _Marks) -> _Marks:
    return _Marks(
        geometry=np.concatenate([each.geometry for each in several]),
        order=np.concatenate([each.order for each in several]),
        greys=np.concatenate([each.greys for each in several]),
        opacities=np.concatenate([each.opacities for each in several]),
    )


# -- on the page ------------------------------------------------------------------------------------------------------


def _on_page(frame: Frame, ends: Reals) -> Reals:
    """Pairs of points in displayed pixels, cut to the page: files may name places out of all bounds."""
    if not ends.size:
        return np.zeros((0, 4))
    moved = np.nan_to_num(frame.to_pixels(ends.reshape(-1, 2, 2)))
    size = np.array([frame.width, frame.height], np.float64)
    return np.asarray(moved.clip(0.0, size).reshape(-1, 4))


def _bold_on_page(frame: Frame, paths: Paths) -> Reals | None:
    found = bold_texts(paths.texts.items)
    return None if found is None else _boxes_on_page(frame, paths.texts.boxes(found))


def _boxes_on_page(frame: Frame, boxes: Reals) -> Reals:
    """Left, top, right, bottom in displayed pixels."""
    corners = _on_page(frame, boxes).reshape(-1, 2, 2)
    return np.concatenate((corners.min(axis=1), corners.max(axis=1)), axis=1)
