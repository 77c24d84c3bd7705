"""The paths of a PDF page as columns: where each lies, how it is painted, in which grey, and its points.

Positions are in the page's own coordinates: points (of the page's user unit), y upwards. pdfium's functions are bound
as in `native.py`, and called from loops in C: a page may have thousands of paths.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from stele.pipeline.intake.native import Address, bound

Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

_int, _pointer, _ulong = ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong

_count_objects = bound(pdfium_c.FPDFPage_CountObjects, _int, _pointer)
_get_object = bound(pdfium_c.FPDFPage_GetObject, _pointer, _pointer, _int)
_count_form_objects = bound(pdfium_c.FPDFFormObj_CountObjects, _int, _pointer)
_get_form_object = bound(pdfium_c.FPDFFormObj_GetObject, _pointer, _pointer, _ulong)
_type = bound(pdfium_c.FPDFPageObj_GetType, _int, _pointer)
_matrix = bound(pdfium_c.FPDFPageObj_GetMatrix, _int, _pointer, _pointer)
_bounds = bound(pdfium_c.FPDFPageObj_GetBounds, _int, _pointer, _pointer, _pointer, _pointer, _pointer)
_draw_mode = bound(pdfium_c.FPDFPath_GetDrawMode, _int, _pointer, _pointer, _pointer)
_fill = bound(pdfium_c.FPDFPageObj_GetFillColor, _int, _pointer, _pointer, _pointer, _pointer, _pointer)
_stroke = bound(pdfium_c.FPDFPageObj_GetStrokeColor, _int, _pointer, _pointer, _pointer, _pointer, _pointer)
_stroke_width = bound(pdfium_c.FPDFPageObj_GetStrokeWidth, _int, _pointer, _pointer)
_count_segments = bound(pdfium_c.FPDFPath_CountSegments, _int, _pointer)
_segment = bound(pdfium_c.FPDFPath_GetPathSegment, _pointer, _pointer, _int)
_segment_point = bound(pdfium_c.FPDFPathSegment_GetPoint, _int, _pointer, _pointer, _pointer)
_segment_type = bound(pdfium_c.FPDFPathSegment_GetType, _int, _pointer)
_segment_close = bound(pdfium_c.FPDFPathSegment_GetClose, _int, _pointer)
_clip_path = bound(pdfium_c.FPDFPageObj_GetClipPath, _pointer, _pointer)
_count_clips = bound(pdfium_c.FPDFClipPath_CountPaths, _int, _pointer)
_count_clip_segments = bound(pdfium_c.FPDFClipPath_CountPathSegments, _int, _pointer, _int)
_clip_segment = bound(pdfium_c.FPDFClipPath_GetPathSegment, _pointer, _pointer, _int, _int)

#: forms may nest without end, or hold themselves
_MAX_DEPTH = 8
#: the grey of a colour (ITU-R BT.601, 2.5.1)
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """All paths of a page in the order they are painted. `boxes`: left, bottom, right, top of what each may paint,
    strokes included, and of what it is clipped to; `greys` and `opacities` (0…255, 0…1) are of the fill and the stroke
    (n x 2), 0 opaque where it is not painted."""

    items: list[Address]
    boxes: Reals
    clips: Reals
    greys: Reals
    opacities: Reals
    counts: Indices  #: of their segments
    texts: Texts
    _holders: Indices
    _matrices: list[Reals]

    def segments(self, chosen: Indices) -> Segments:
        """The segments of some of the paths."""
        items = [self.items[at] for at in chosen.tolist()]
        counts = self.counts[chosen].tolist()
        found = list(
            map(
                _segment,
                chain.from_iterable(map(repeat, items, counts)),
                chain.from_iterable(map(range, counts)),
            )
        )
        owners = np.repeat(np.arange(len(items)), counts)
        own = _own_matrices(items)
        outer = np.array(self._matrices)[self._holders[chosen]]
        whole = _product(own, outer)
        kinds = np.fromiter(map(_segment_type, found), np.intp, len(found))
        points = _on_curves(_columns(_segment_point, found, 2), kinds)
        return Segments(
            owners=owners,
            points=_moved(points, whole[owners]),
            kinds=kinds,
            closing=np.fromiter(map(_segment_close, found), np.intp, len(found)) > 0,
            widths=_columns(_stroke_width, items, 1)[:, 0]
            * np.sqrt(np.abs(whole[:, 0] * whole[:, 3] - whole[:, 1] * whole[:, 2])),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """The text objects of a page."""

    items: list[Address]
    _matrices: Reals

    def boxes(self, chosen: Indices) -> Reals:
        """Left, bottom, right, top of some of them."""
        items = [self.items[at] for at in chosen.tolist()]
        return _moved_boxes(_columns(_bounds, items, 4), self._matrices[chosen])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Points that paths go through, one after the other. `owners`: which of the chosen paths each is of; `kinds`:
    `FPDF_SEGMENT_…`; `closing`: whether a line leads from it to the start of its figure. `widths` of strokes are those
    of the chosen paths."""

    owners: Indices
    points: Reals
    kinds: Indices
    closing: Flags
    widths: Reals


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The paths that were met so far, and what holds each: the page, or a form on it."""

    most: int
    items: list[Address] = field(default_factory=list)
    holders: list[int] = field(default_factory=list)
    texts: list[Address] = field(default_factory=list)
    text_holders: list[int] = field(default_factory=list)
    matrices: list[Reals] = field(default_factory=list)
    clips: list[Reals] = field(default_factory=list)

    def over(self, items: Sequence[Address], holder: int, depth: int) -> None:
        for item, kind in zip(items, map(_type, items), strict=True):
            if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
                self.texts.append(item)
                self.text_holders.append(holder)
            elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
                self.items.append(item)
                self.holders.append(holder)
                if len(self.items) > self.most:
                    return
            elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
                self.matrices.append(_product(_own_matrices([item]), self.matrices[holder][None])[0])
                clip = _moved_boxes(_clips([item]), self.matrices[holder][None])[0]
                self.clips.append(_cut(clip, self.clips[holder]))
                count = max(0, _count_form_objects(item))
                inside = list(map(_get_form_object, repeat(item), range(count)))
                self.over(inside, len(self.matrices) - 1, depth + 1)


def paths_of(page: Address, most: int) -> Paths | None:
    """The paths of a page, also those inside forms; None where there are more than `most`."""
    walk = _Walk(most=most, matrices=[_IDENTITY], clips=[_EVERYWHERE])
    walk.over(list(map(_get_object, repeat(page), range(max(0, _count_objects(page))))), 0, 0)
    items = walk.items
    if len(items) > most:
        return None
    holders = np.array(walk.holders, np.intp)
    matrices = np.array(walk.matrices)
    modes = _columns(_draw_mode, items, 2, np.int32) != 0
    outer = matrices[holders]
    fills, strokes = (_paint(function, items, modes[:, at]) for at, function in enumerate((_fill, _stroke)))
    return Paths(
        items=items,
        boxes=_moved_boxes(_columns(_bounds, items, 4), outer),
        clips=_cut(_moved_boxes(_clips(items), outer), np.array(walk.clips)[holders]),
        greys=np.stack((fills[0], strokes[0]), axis=1),
        opacities=np.stack((fills[1], strokes[1]), axis=1),
        counts=np.fromiter(map(_count_segments, items), np.intp, len(items)).clip(min=0),
        texts=Texts(items=walk.texts, _matrices=matrices[np.array(walk.text_holders, np.intp)]),
        _holders=holders,
        _matrices=walk.matrices,
    )


# -- columns ----------------------------------------------------------------------------------------------------------

#: farther than any place on a page
_FAR = 1e9
_IDENTITY: Reals = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
_EVERYWHERE: Reals = np.array([-np.inf, -np.inf, np.inf, np.inf])


def _columns(function: Callable[..., Any], items: Sequence[Address], width: int, kind: Any = np.float32) -> Reals:
    """What a function writes behind its last `width` arguments, for each item a row."""
    found = np.zeros((len(items), width), kind)
    start, end, size = found.ctypes.data, found.ctypes.data + found.nbytes, found.itemsize
    places = (range(start + size * at, end, size * width) for at in range(width))
    deque(map(function, items, *places), maxlen=0)
    return found.astype(np.float64)


def _own_matrices(items: Sequence[Address]) -> Reals:
    """From the space of objects to that of what holds them: a, b, c, d, e, f."""
    found = np.zeros((len(items), 6), np.float32)
    start = found.ctypes.data
    deque(map(_matrix, items, range(start, start + found.nbytes, 24)), maxlen=0)
    return found.astype(np.float64)


def _paint(function: Callable[..., Any], items: Sequence[Address], painted: Flags) -> tuple[Reals, Reals]:
    """The grey and the opacity of fills or strokes; black and 0 where nothing is painted."""
    greys, opacities = np.zeros(len(items)), np.zeros(len(items))
    at = np.flatnonzero(painted)
    colours = _columns(function, [items[index] for index in at.tolist()], 4, np.uint32)
    greys[at] = colours[:, :3] @ _LUMA
    opacities[at] = colours[:, 3] / 255
    return greys, opacities


def _clips(items: Sequence[Address]) -> Reals:
    """The boxes that objects are clipped to, in the space of what holds them."""
    boxes = np.tile(_EVERYWHERE, (len(items), 1))
    known: dict[Address, Reals] = {}
    handles = list(map(_clip_path, items))
    for at, (handle, count) in enumerate(zip(handles, map(_count_clips, handles), strict=True)):
        for part in range(count):
            # objects that share a clipping path share its points
            first = _clip_segment(handle, part, 0) or 0
            if first not in known:
                known[first] = _clip_box(handle, part)
            boxes[at] = _cut(boxes[at], known[first])
    return boxes


def _clip_box(handle: Address, part: int) -> Reals:
    count = max(0, _count_clip_segments(handle, part))
    if not count:
        return np.array([np.inf, np.inf, -np.inf, -np.inf])  # nothing is seen through it
    segments = list(map(_clip_segment, repeat(handle), repeat(part), range(count)))
    points = _columns(_segment_point, segments, 2)
    return np.concatenate((points.min(axis=0), points.max(axis=0)))


# -- geometry ---------------------------------------------------------------------------------------------------------


def _product(first: Reals, then: Reals) -> Reals:
    """Matrices a, b, c, d, e, f (n x 6) that do the first, then the other."""
    a, b, c, d, e, f = first.T
    ta, tb, tc, td, te, tf = then.T
    rows = (a * ta + b * tc, a * tb + b * td, c * ta + d * tc, c * tb + d * td)
    return np.stack((*rows, e * ta + f * tc + te, e * tb + f * td + tf), axis=1)


def _on_curves(points: Reals, kinds: Indices) -> Reals:
    """Points with those that curves (cubic Béziers, three points each) are only drawn to replaced by those at a third
    and at two thirds of the way."""
    curves = np.flatnonzero(kinds == pdfium_c.FPDF_SEGMENT_BEZIERTO)
    if len(curves) % 3 or not curves.size:
        return points
    first, second, end = curves.reshape(-1, 3).T
    a, b, c, d = points[first - 1], points[first], points[second], points[end]
    points[first], points[second] = (8 * a + 12 * b + 6 * c + d) / 27, (a + 6 * b + 12 * c + 8 * d) / 27
    return points


def _moved(points: Reals, matrices: Reals) -> Reals:
    """Points (n x 2), each by its matrix."""
    x, y = points.T
    a, b, c, d, e, f = matrices.T
    return np.stack((a * x + c * y + e, b * x + d * y + f), axis=1)


def _moved_boxes(boxes: Reals, matrices: Reals) -> Reals:
    """The upright boxes around moved ones; those without an end stay as they are."""
    if (matrices == _IDENTITY).all():
        return boxes
    finite = np.nan_to_num(boxes, posinf=_FAR, neginf=-_FAR)
    corners = [_moved(finite[:, [x, y]], matrices) for x in (0, 2) for y in (1, 3)]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    return np.where(np.isfinite(boxes), np.concatenate((low, high), axis=1), boxes)


def _cut(boxes: Reals, other: Reals) -> Reals:
    """What boxes have in common; left > right where that is nothing."""
    low = np.maximum(boxes[..., :2], other[..., :2])
    high = np.minimum(boxes[..., 2:], other[..., 2:])
    return np.concatenate((low, high), axis=-1)
