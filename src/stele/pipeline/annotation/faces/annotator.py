"""The door of face detection: from pixels to canonical faces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from stele.domain.annotation import Annotations, Face, FaceLandmark, Likelihood
from stele.domain.geometry import Polygon, to_submitted
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.faces.detecting import FaceDetector, Floats, FoundFace
from stele.pipeline.annotation.faces.expressions import Expressions
from stele.pipeline.annotation.faces.mesh import FaceMesh, Mesh
from stele.pipeline.annotation.faces.points import CHIN, DETECTED, MESH_POINTS, TOP_OF_FOREHEAD
from stele.pipeline.annotation.likelihoods import Bounds, banded
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.intake.seam import Pixels

#: below this presence the mesh does not lie on the face: it is seen from the side or from behind
_LEAST_PRESENCE = 0.5
#: probabilities of expressions; those of posed faces are mostly above 0.9
_EXPRESSED: Bounds = (0.05, 0.25, 0.6, 0.85)
#: faces darker than this, of mean grey 0…255: from well lit to hardly to be seen
_DARK: Bounds = (-80.0, -60.0, -45.0, -30.0)
#: energy of the Laplacian over that of the face itself, of a face _FACE pixels wide; falls with blur
_FACE = 96
_BLURRED: Bounds = (-0.10, -0.05, -0.03, -0.015)
#: how far a head reaches beyond the face, in heights of it from chin to forehead and in widths
_CROWN, _BELOW, _BESIDE = 0.35, 0.10, 0.15


class FaceAnnotator:
    feature = Feature.FACES

    def __init__(self, models: Path) -> None:
        self._detector = FaceDetector(models)
        self._mesh = FaceMesh(models)
        self._expressions = Expressions(models)

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        seen = self._detector(picture.pixels)[: options.most(self.feature)]
        return changed(found, faces=tuple(self._face(picture, face) for face in seen))

    def _face(self, picture: Picture, face: FoundFace) -> Face:
        mesh = self._mesh(picture.pixels, face)
        fits = mesh.presence >= _LEAST_PRESENCE
        expressed = self._expressions(picture.pixels, face.box) if fits else {}
        left, top, right, bottom = (float(value) for value in face.box)
        grey = _grey(picture.pixels, face.box)
        return Face(
            polygon=picture.box(left, top, right, bottom),
            head=_head(picture, face, mesh) if fits else _around(picture, face.box),
            landmarks=tuple(_of_mesh(picture, mesh) if fits else _of_detector(picture, face)),
            roll=_on_page(picture, mesh.pose.roll) if fits else None,
            pan=mesh.pose.pan if fits else None,
            tilt=mesh.pose.tilt if fits else None,
            detection_confidence=face.score,
            landmarking_confidence=mesh.presence if fits else None,
            joy=_expressed(expressed.get("joy")),
            sorrow=_expressed(expressed.get("sorrow")),
            anger=_expressed(expressed.get("anger")),
            surprise=_expressed(expressed.get("surprise")),
            under_exposed=_darkness(grey),
            blurred=_blur(grey),
        )


def _expressed(probability: float | None) -> Likelihood:
    """Unknown where the face cannot be seen well enough."""
    return Likelihood.UNKNOWN if probability is None else banded(probability, _EXPRESSED)


def _of_mesh(picture: Picture, mesh: Mesh) -> Iterator[FaceLandmark]:
    """All landmarks, with depths from the viewer's left eye on."""
    places = {kind: mesh.points[list(points)].mean(axis=0) for kind, points in MESH_POINTS.items()}
    level = next(iter(places.values()))[2]
    for kind, (x, y, z) in places.items():
        placed = to_submitted((float(x), float(y)), picture.orientation, picture.width, picture.height)
        yield FaceLandmark(kind=kind, x=placed[0], y=placed[1], z=float(z - level))


def _of_detector(picture: Picture, face: FoundFace) -> Iterator[FaceLandmark]:
    for kind, (x, y) in zip(DETECTED, face.points, strict=True):
        placed = to_submitted((float(x), float(y)), picture.orientation, picture.width, picture.height)
        yield FaceLandmark(kind=kind, x=placed[0], y=placed[1])


def _head(picture: Picture, face: FoundFace, mesh: Mesh) -> Polygon:
    """An upright box around the head: the face in the mesh, and what hair, ears and neck take beyond it."""
    points = mesh.points[:, :2]
    up = points[TOP_OF_FOREHEAD] - points[CHIN]
    crown, below = points[TOP_OF_FOREHEAD] + up * _CROWN, points[CHIN] - up * _BELOW
    every = np.vstack([points, crown, below, face.box.reshape(2, 2)])
    (left, top), (right, bottom) = every.min(axis=0), every.max(axis=0)
    beside = float(np.ptp(points[:, 0])) * _BESIDE
    return picture.box(float(left) - beside, float(top), float(right) + beside, float(bottom))


def _around(picture: Picture, box: Floats) -> Polygon:
    """The same where only the box of the face is known."""
    left, top, right, bottom = (float(value) for value in box)
    beside, height = (right - left) * _BESIDE, bottom - top
    return picture.box(left - beside, top - height * _CROWN, right + beside, bottom + height * _BELOW)


def _on_page(picture: Picture, roll: float) -> float:
    """A roll of the displayed picture as one of the page as submitted, both clockwise in degrees."""
    up = math.sin(math.radians(roll)), -math.cos(math.radians(roll))
    ends = [to_submitted(point, picture.orientation, picture.width, picture.height) for point in ((0.0, 0.0), up)]
    (x0, y0), (x1, y1) = ends
    return math.degrees(math.atan2(x1 - x0, y0 - y1))


def _grey(pixels: Pixels, box: Floats) -> Floats:
    """The face alone, `_FACE` pixels wide and high where it was larger."""
    left, top, right, bottom = (max(0, round(float(value))) for value in box)
    face = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    grey = face if face.ndim == 2 or face.shape[2] == 1 else cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (_FACE, _FACE), interpolation=cv2.INTER_AREA), np.float32)


def _darkness(face: Floats) -> Likelihood:
    """Of being under-exposed: how dark the face is."""
    return banded(-float(face.mean()), _DARK)


def _blur(face: Floats) -> Likelihood:
    """Of being blurred: how little of the face's contrast is in its finest details (variance of the Laplacian,
    Pech-Pacheco et al. 2000, over the variance of the face, so that contrast does not matter)."""
    spread = float(face.var())
    if spread < 1.0:
        return Likelihood.UNKNOWN
    return banded(-float(cv2.Laplacian(face, cv2.CV_32F).var()) / spread, _BLURRED)
