"""Where are faces? YuNet: a box and five points each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.models import path_of
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.annotation.objects import fitted
from stele.pipeline.intake.seam import Pixels

Floats = npt.NDArray[np.float32]

#: the longer side of the picture as the network sees it: large faces in the first, small ones in the second
_SIDE, _LARGE_SIDE = 640, 1280
#: pictures with a longer side than this are looked at twice
_LOOK_AGAIN = 960
_STRIDES = (8, 16, 32)
#: the least width of a face as the network sees it: below it, whatever is round has one
_NARROWEST = 14
#: scores below this are more often wrong than right; boxes that overlap more than so are one face
_LEAST, _OVERLAP = 0.6, 0.45


@dataclass(frozen=True, kw_only=True)
class FoundFace:
    """A face in pixels of the picture: `box` left, top, right, bottom; `points` 5 x 2, of the viewer's left eye, right
    eye, the nose tip, the left and the right corner of the mouth."""

    box: Floats
    points: Floats
    score: float


class FaceDetector:
    def __init__(self, models: Path) -> None:
        self._path = models / path_of("faces", ".onnx")
        self._networks: dict[int, Network] = {}

    def __call__(self, pixels: Pixels) -> tuple[FoundFace, ...]:
        """The faces of a picture, the surest first."""
        sides = (_SIDE, _LARGE_SIDE) if max(pixels.shape[:2]) > _LOOK_AGAIN else (_SIDE,)
        rows = np.concatenate([self._seen(pixels, side) for side in sides])
        boxes = np.hstack([rows[:, :2], rows[:, 2:4] - rows[:, :2]])
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), rows[:, 14].tolist(), _LEAST, _OVERLAP)
        return tuple(
            FoundFace(box=rows[index, :4], points=rows[index, 4:14].reshape(5, 2), score=float(rows[index, 14]))
            for index in kept
        )

    def _seen(self, pixels: Pixels, side: int) -> Floats:
        """Candidates: left, top, right, bottom, five points, score."""
        network = self._networks.get(side)
        if network is None:
            network = self._networks[side] = Network(self._path, (1, 3, side, side))
        seen, scale = fitted(pixels, side, padding=0)
        outputs = network(seen)
        found = [self._of_stride(network, outputs, stride, side) for stride in _STRIDES]
        rows = np.concatenate(found)
        rows = rows[rows[:, 2] - rows[:, 0] >= _NARROWEST]
        rows[:, :14] /= scale
        return rows

    @staticmethod
    def _of_stride(network: Network, outputs: tuple[Floats, ...], stride: int, side: int) -> Floats:
        certain, there, box, points = (
            outputs[network.outputs[f"{name}_{stride}"]][0] for name in ("cls", "obj", "bbox", "kps")
        )
        score = np.sqrt(certain.clip(0, 1) * there.clip(0, 1))
        likely = score[:, 0] >= _LEAST
        rows, columns = np.mgrid[: side // stride, : side // stride]
        cells = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float32)[likely]
        centre = (cells + box[likely, :2]) * stride
        size = np.exp(box[likely, 2:]) * stride
        places = (points[likely].reshape(-1, 5, 2) + cells[:, np.newaxis]) * stride
        return np.hstack([centre - size / 2, centre + size / 2, places.reshape(-1, 10), score[likely]])
