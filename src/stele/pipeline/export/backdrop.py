"""What remains of the picture of a page when its text, tables and pictures are taken away; and the colours of text."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.export.sheet import Box, Sheet
from stele.pipeline.intake.seam import Pixels

Colour = tuple[int, int, int]  #: red, green, blue

#: points around a box whose pixels are its ground
_RING = 2.0
#: letters reach a little beyond the box of their word
_GROWN = 1.0
#: levels of 256: what differs less from the ground is not print, or is part of a plain ground
_CONTRAST = 40
#: of the pixels: fewer than this beside the ground are dust
_DUST = 0.002

#: points: strokes no further apart belong to one picture; a picture is at least so high and wide
_GAP, _PICTURE_SIDE = 6.0, 30.0
#: of the box around a picture: how much of it is not ground; of the page: what covers more is its ground
_FILLED, _WHOLE = 0.3, 0.8

_BLACK: Colour = (0, 0, 0)


class Backdrop:
    """The picture of a page, from which parts are taken away."""

    def __init__(self, pixels: Pixels, sheet: Sheet) -> None:
        """`pixels`: the upright page, grey or BGR."""
        grey = pixels.ndim == 2
        self._seen: Pixels = np.repeat(pixels[..., None], 3, axis=2) if grey else np.ascontiguousarray(pixels)
        self._left = self._seen.copy()
        self._all_over = _median(self._seen[::4, ::4].reshape(-1, 3))
        self._scale = (self._seen.shape[1] / max(sheet.width, 1), self._seen.shape[0] / max(sheet.height, 1))

    def take(self, box: Box) -> None:
        """Paint over a part with its ground."""
        rows, columns = self._slices(box, _GROWN)
        self._left[rows, columns] = self._ground(box)

    def colour(self, box: Box) -> Colour:
        """The colour of print: that of the pixels of a box that differ most from its ground; black where none do."""
        rows, columns = self._slices(box, 0)
        inside = self._seen[rows, columns].reshape(-1, 3).astype(np.int16)
        if not inside.size:
            return _BLACK
        away = np.abs(inside - self._ground(box).astype(np.int16)).max(axis=1)
        if away.max() < _CONTRAST:
            return _BLACK
        blue, green, red = np.median(inside[away > 0.75 * away.max()], axis=0).astype(int).tolist()
        return red, green, blue

    @property
    def ground(self) -> Colour:
        """The colour of most of the page."""
        blue, green, red = self._all_over.tolist()
        return red, green, blue

    @property
    def remains(self) -> Pixels | None:
        """The page without what was taken away; None where nothing but its ground is left."""
        away = cv2.absdiff(self._left, np.full_like(self._left, self._all_over)).max(axis=2)
        return self._left if np.count_nonzero(away > _CONTRAST) > _DUST * away.size else None

    @property
    def pictures(self) -> list[Box]:
        """Where something is left that is no rule, no stroke and not all of the page: photographs, drawings, stamps."""
        away = cv2.absdiff(self._left, np.full_like(self._left, self._all_over)).max(axis=2) > _CONTRAST
        across, down = self._scale
        kernel = np.ones((max(1, round(_GAP * down)), max(1, round(_GAP * across))), np.uint8)
        grown = cv2.morphologyEx(away.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
        _, _, found, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
        boxes = []
        for left, top, width, height, filled in found[1:].tolist():
            small = width < _PICTURE_SIDE * across or height < _PICTURE_SIDE * down
            if small or filled < _FILLED * width * height or width * height > _WHOLE * away.size:
                continue
            boxes.append(Box(left / across, top / down, (left + width) / across, (top + height) / down))
        return boxes

    def _ground(self, box: Box) -> npt.NDArray[np.uint8]:
        rows, columns = self._slices(box, _RING)
        area = self._seen[rows, columns]
        if not area.size:
            return np.full(3, 255, np.uint8)
        return _median(np.concatenate([area[0], area[-1], area[:, 0], area[:, -1]]))

    def _slices(self, box: Box, grown: float) -> tuple[slice, slice]:
        across, down = self._scale
        top, bottom = (box.top - grown) * down, (box.bottom + grown) * down
        left, right = (box.left - grown) * across, (box.right + grown) * across
        return (
            slice(max(0, math.floor(top)), max(0, math.ceil(bottom))),
            slice(max(0, math.floor(left)), max(0, math.ceil(right))),
        )


def _median(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    middle: npt.NDArray[np.uint8] = np.median(colours, axis=0).astype(np.uint8)
    return middle
