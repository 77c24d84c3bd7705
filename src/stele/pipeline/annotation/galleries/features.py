"""What is kept of a picture: points with descriptors and a perceptual hash; an embedding only where it is used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.errors import ModelDamaged
from stele.domain.models import path_of
from stele.pipeline.annotation.labelling import rgb
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.intake.seam import Pixels

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

#: bytes of a descriptor, of a hash; numbers of an embedding
DESCRIPTOR, HASH, EMBEDDING = 128, 8, 1024
#: the longer side that points are looked for at, and the shorter side below which a picture is enlarged first
_LONGEST, _SHORTEST = 1280, 200
#: flat graphics have faint corners too: half of Lowe's threshold
_CONTRAST = 0.02
_EMBEDDING_SIDE = 224


class Detail(Enum):
    """How many points of a picture are kept, the strongest first."""

    KEPT = 120
    LOOKED_AT = 1500


@dataclass(frozen=True, kw_only=True)
class Features:
    """`points` N x 4: x, y, size in pixels of the picture, angle in degrees. `descriptors` N x 128, RootSIFT
    (Arandjelović and Zisserman 2012) as bytes. `hash` 8 bytes."""

    points: Floats
    descriptors: Bytes
    hash: Bytes


def features_of(pixels: Pixels, detail: Detail) -> Features:
    grey = _grey(pixels)
    points, descriptors = _local(grey, detail.value)
    return Features(points=points, descriptors=descriptors, hash=np.asarray(cv2.img_hash.pHash(grey), np.uint8).ravel())


class Embedder:
    """Says in numbers what a picture shows: those of pictures that show something alike point the same way. Its model
    is loaded with the first picture. For one thread."""

    def __init__(self, models: Path) -> None:
        """`models`: the folder of models."""
        self._path = models / path_of("embedding", ".tflite")
        self._network: Network | None = None

    def __call__(self, pixels: Pixels) -> Floats | None:
        """1,024 numbers of length 1; None where the model is not installed. Raises ModelDamaged."""
        if self._network is None:
            if not self._path.exists():
                return None
            try:
                self._network = Network(self._path)
            except RuntimeError as error:
                reason = "it cannot be loaded. Run: stele models pull embedding"
                raise ModelDamaged(file=self._path.name, model="embedding", reason=reason) from error
        small = cv2.resize(pixels, (_EMBEDDING_SIDE, _EMBEDDING_SIDE), interpolation=cv2.INTER_AREA)
        (values,) = self._network(np.ascontiguousarray(rgb(np.asarray(small, np.uint8)))[np.newaxis])
        flat = values.ravel()
        return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), np.float32)


def _grey(pixels: Pixels) -> Bytes:
    flat = pixels if pixels.ndim == 2 or pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(flat, np.uint8).reshape(pixels.shape[:2])


def _local(grey: Bytes, most: int) -> tuple[Floats, Bytes]:
    """The `most` strongest points and their descriptors."""
    height, width = grey.shape
    scale = min(_LONGEST / max(height, width), max(1.0, _SHORTEST / min(height, width)))
    if scale != 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    sift = cv2.SIFT.create(nfeatures=most, contrastThreshold=_CONTRAST)
    found, raw = sift.detectAndCompute(grey, None)
    if raw is None or not len(found):
        return np.zeros((0, 4), np.float32), np.zeros((0, DESCRIPTOR), np.uint8)
    order = np.argsort([-point.response for point in found], kind="stable")[:most]
    points = np.array([(*point.pt, point.size, point.angle) for point in found], np.float32)[order]
    points[:, :3] /= scale
    values = np.asarray(raw, np.float32)[order]
    # Of length 1 after the root; twice 255 keeps the few large ones below a byte's end.
    rooted = np.sqrt(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-6))
    return points, (rooted * 510).clip(0, 255).astype(np.uint8)
