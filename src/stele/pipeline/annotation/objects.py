"""OBJECT_LOCALIZATION: things and where they are, by YOLOX nano on the 80 classes of COCO.

A thing is named twice, as what it is and as the coarser kind (Dog, Animal), as Google's answers have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.annotation import Annotations, LocalizedObject
from stele.domain.job import Feature
from stele.domain.models import path_of
from stele.domain.value import changed
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.annotation.tables import Kind, entity_id, object_kinds
from stele.pipeline.intake.seam import Pixels

Floats = npt.NDArray[np.float32]

_SIDE = 416
_STRIDES = (8, 16, 32)
#: what the network was trained to see beside a picture that is not square
_PADDING = 114
#: scores below this are more often wrong than right; boxes of one class that overlap more than so are one thing
_LEAST, _OVERLAP = 0.3, 0.45


class ObjectAnnotator:
    feature = Feature.OBJECTS

    def __init__(self, models: Path) -> None:
        self._network = Network(models / path_of("objects", ".onnx"), (1, 3, _SIDE, _SIDE))
        self._grid, self._stride = _cells()

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        seen, scale = fitted(picture.pixels, _SIDE, _PADDING)
        (output,) = self._network(seen)
        things = tuple(self._things(picture, output[0], scale))
        return changed(found, objects=things[: options.most(self.feature)])

    def _things(self, picture: Picture, output: Floats, scale: float) -> Iterator[LocalizedObject]:
        """`output`: cells x (centre, size, certainty, 80 classes)."""
        scores = output[:, 5:] * output[:, 4:5]
        classes, best = scores.argmax(axis=1), scores.max(axis=1)
        centres = (output[:, :2] + self._grid) * self._stride / scale
        sizes = np.exp(output[:, 2:4]) * self._stride / scale
        corners = np.hstack([centres - sizes / 2, sizes])
        for index in cv2.dnn.NMSBoxesBatched(corners.tolist(), best.tolist(), classes.tolist(), _LEAST, _OVERLAP):
            left, top, width, height = (float(value) for value in corners[index])
            polygon = picture.box(left, top, left + width, top + height)
            for name in _names(object_kinds()[classes[index]]):
                yield LocalizedObject(mid=entity_id(name), name=name, score=float(best[index]), polygon=polygon)


def _names(kind: Kind) -> tuple[str, ...]:
    return kind.name, *kind.kinds


def _cells() -> tuple[Floats, Floats]:
    """Column and row of each cell, and its size: N x 2 and N x 1."""
    grids, strides = [], []
    for stride in _STRIDES:
        count = _SIDE // stride
        rows, columns = np.mgrid[:count, :count]
        grids.append(np.stack([columns, rows], axis=-1).reshape(-1, 2))
        strides.append(np.full((count * count, 1), stride))
    return np.concatenate(grids).astype(np.float32), np.concatenate(strides).astype(np.float32)


def fitted(pixels: Pixels, side: int, padding: int) -> tuple[Floats, float]:
    """The picture shrunk or enlarged into a square, at its top left: 1 x 3 x side x side in blue, green, red, 0…255.

    And how much it was scaled."""
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.full((side, side, 3), padding, np.uint8)
    square[:down, :across] = cv2.resize(
        pixels, (across, down), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return np.ascontiguousarray(square.transpose(2, 0, 1)[np.newaxis], np.float32), scale
