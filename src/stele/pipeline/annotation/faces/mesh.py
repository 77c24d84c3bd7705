"""The 478 points of a face in space, by MediaPipe's face mesh, and how the face is turned."""

from __future__ import annotations

import math
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.models import path_of
from stele.pipeline.annotation.faces.detecting import FoundFace
from stele.pipeline.annotation.labelling import rgb
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.intake.seam import Pixels

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

#: side of the crop the network sees, and how much larger than the face's box it is
_SIDE, _MARGIN = 256, 1.5
_POINTS = 478


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a face is turned, in degrees: `roll` clockwise, `pan` to the viewer's right, `tilt` up."""

    roll: float
    pan: float
    tilt: float


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """`points`: 478 x 3, in pixels of the picture; z grows away from the viewer. `presence` is 0…1."""

    points: Floats
    presence: float
    pose: Pose


class FaceMesh:
    def __init__(self, models: Path) -> None:
        # OpenVINO reads TFLite from files only; it has read all of it when the network is compiled.
        with zipfile.ZipFile(models / path_of("faces", ".task")) as archive, tempfile.TemporaryDirectory() as folder:
            name = "face_landmarks_detector.tflite"
            self._network = Network(Path(archive.extract(name, folder)), (1, _SIDE, _SIDE, 3))
            self._canonical, self._weights = _canonical(archive.read("geometry_pipeline_metadata_landmarks.binarypb"))

    def __call__(self, pixels: Pixels, face: FoundFace) -> Mesh:
        """The mesh of a face that was found."""
        to_picture = _crop(face)
        crop = cv2.warpAffine(pixels, to_picture, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        seen = rgb(np.asarray(crop, np.uint8))[np.newaxis].astype(np.float32) / 255
        points, presence, *_ = self._network(seen)
        in_crop = points.reshape(_POINTS, 3)
        scale = math.hypot(*to_picture[:, 0])
        flat = in_crop[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        placed = np.hstack([flat, in_crop[:, 2:] * scale]).astype(np.float32)
        return Mesh(
            points=placed,
            presence=float(1 / (1 + np.exp(-presence.ravel()[0]))),
            pose=_pose(_rotation(self._canonical, placed[: len(self._canonical)], self._weights)),
        )


def _crop(face: FoundFace) -> Doubles:
    """The map (2 x 3) from the crop to the picture: a square around the box, turned so that the eyes are level."""
    left, top, right, bottom = (float(value) for value in face.box)
    side = max(right - left, bottom - top) * _MARGIN
    across, down = face.points[1] - face.points[0]
    turn = math.atan2(down, across)
    cos, sin = math.cos(turn) * side / _SIDE, math.sin(turn) * side / _SIDE
    linear = np.array([[cos, -sin], [sin, cos]])
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return np.hstack([linear, (centre - linear @ np.array([_SIDE / 2, _SIDE / 2]))[:, np.newaxis]])


def _rotation(model: Doubles, points: Floats, weights: Doubles) -> Doubles:
    """The rotation that turns the canonical face into this one (3 x 3, x to the right, y up, z to the viewer).

    Weighted orthogonal Procrustes (Kabsch 1976).
    """
    seen = points.astype(np.float64) * [1, -1, -1]
    shares = (weights / weights.sum())[:, np.newaxis]
    covariance = ((model - (model * shares).sum(axis=0)) * shares).T @ (seen - (seen * shares).sum(axis=0))
    u, _, vt = np.linalg.svd(covariance)
    proper = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(vt.T @ u.T)))])
    return np.asarray(vt.T @ proper @ u.T)


def _pose(rotation: Doubles) -> Pose:
    nose = rotation[:, 2]
    return Pose(
        roll=-math.degrees(math.atan2(rotation[1, 0], rotation[0, 0])),
        pan=math.degrees(math.atan2(nose[0], nose[2])),
        tilt=math.degrees(math.asin(max(-1.0, min(1.0, float(nose[1]))))),
    )


def _canonical(metadata: bytes) -> tuple[Doubles, Doubles]:
    """The canonical face (468 x 3, in centimetres) and the weight of each of its points in a fit."""
    message: Any = _metadata_type()()
    message.ParseFromString(metadata)
    vertices = np.array(message.canonical_mesh.vertex_buffer, np.float64).reshape(-1, 5)[:, :3]
    weights = np.zeros(len(vertices))
    for point in message.procrustes_landmark_basis:
        weights[point.landmark_id] = point.weight
    return vertices, weights


@cache
def _metadata_type() -> Any:
    """The type of MediaPipe's `GeometryPipelineMetadata`, as far as it is needed (face_geometry/protos)."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="stele/face_geometry.proto", package="stele.face", syntax="proto2")
    mesh = file.message_type.add(name="Mesh")
    mesh.field.add(name="vertex_buffer", number=3, type=field.TYPE_FLOAT, label=field.LABEL_REPEATED)
    weight = file.message_type.add(name="Weight")
    weight.field.add(name="landmark_id", number=1, type=field.TYPE_UINT32, label=field.LABEL_OPTIONAL)
    weight.field.add(name="weight", number=2, type=field.TYPE_FLOAT, label=field.LABEL_OPTIONAL)
    whole = file.message_type.add(name="Metadata")
    for name, number, type_name, label in (
        ("canonical_mesh", 1, ".stele.face.Mesh", field.LABEL_OPTIONAL),
        ("procrustes_landmark_basis", 2, ".stele.face.Weight", field.LABEL_REPEATED),
    ):
        whole.field.add(name=name, number=number, type=field.TYPE_MESSAGE, type_name=type_name, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("stele.face.Metadata"))
