"""What the models say of real photographs; what was counted over whole sets is in the benchmark."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from stele.domain.annotation import Annotations, Face, FaceLandmarkKind, Likelihood
from stele.domain.geometry import Orientation, Polygon, bounds
from stele.domain.job import Feature
from stele.pipeline.annotation.annotating import annotate
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.intake.seam import Pixels


@pytest.fixture(scope="module")
def models(shared_data: Path) -> Path:
    return shared_data.parent / "models"


@pytest.fixture(scope="module")
def annotators(models: Path) -> AnnotatorChooser:
    return AnnotatorChooser(models, models)


def pixels(path: Path) -> Pixels:
    read = cv2.imread(str(path))
    assert read is not None
    return np.asarray(read, np.uint8)


def looked(annotators: AnnotatorChooser, image: Pixels, *features: Feature) -> Annotations:
    height, width = image.shape[:2]
    picture = Picture(pixels=image, orientation=Orientation.UPRIGHT, width=width, height=height)
    return annotate(picture, AnnotationOptions(features=features), annotators)


def overlap(polygon: Polygon, box: tuple[float, float, float, float]) -> float:
    """Intersection over union with a box of left, top, right, bottom."""
    left, top, right, bottom = bounds(polygon)
    across = max(0.0, min(right, box[2]) - max(left, box[0]))
    down = max(0.0, min(bottom, box[3]) - max(top, box[1]))
    both = (right - left) * (bottom - top) + (box[2] - box[0]) * (box[3] - box[1])
    return across * down / (both - across * down)


@pytest.mark.parametrize(
    ("file", "label", "kind"),
    [
        ("coral_cat.bmp", "Cat", "Animal"),
        ("coral_parrot.jpg", "Macaw", "Bird"),
        ("sk_coffee.png", "Espresso", "Drink"),
        ("coral_hot_dog.jpg", "Hotdog", "Food"),
    ],
)
def test_a_picture_is_labelled_by_class_and_kind(
    annotators: AnnotatorChooser, models: Path, file: str, label: str, kind: str
) -> None:
    found = looked(annotators, pixels(models / "images" / file), Feature.LABELS).labels
    names = [each.description for each in found]
    assert label in names
    assert kind in names
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert (
        next(each for each in found if each.description == kind).score
        >= next(each for each in found if each.description == label).score
    ), "a kind is at least as likely as its class"
    assert all(each.mid == "/m/0jbk" for each in found if each.description == "Animal")


def test_things_are_found_where_they_are(annotators: AnnotatorChooser, models: Path) -> None:
    """The boxes were drawn by eye."""
    found = looked(annotators, pixels(models / "images" / "yolox_dog.jpg"), Feature.OBJECTS).objects
    for name, box in {"Dog": (131, 221, 310, 540), "Bicycle": (120, 127, 567, 421), "Car": (467, 75, 688, 170)}.items():
        best = next(each for each in found if each.name == name)
        assert overlap(best.polygon, box) >= 0.5, name
    kinds = {each.name for each in found}
    assert {"Animal", "Vehicle"} <= kinds
    assert next(each.mid for each in found if each.name == "Dog") == "/m/0bt9lr"


def test_faces_are_found_and_nothing_else_is_one(annotators: AnnotatorChooser, shared_data: Path, models: Path) -> None:
    for truth in sorted((shared_data / "annot_faces").glob("*.gt.json")):
        known = json.loads(truth.read_text())
        faces = looked(annotators, pixels(truth.with_name(known["file"])), Feature.FACES).faces
        for box in known["annotation"]["faces"].get("boxes", ()):
            assert max(overlap(face.polygon, tuple(box)) for face in faces) >= 0.4, known["file"]
        if count := known["annotation"]["faces"].get("count"):
            assert count <= len(faces) <= count + 1, known["file"]
    for empty in ("coral_cat.bmp", "sk_coffee.png", "sk_rocket.jpg"):
        assert not looked(annotators, pixels(models / "images" / empty), Feature.FACES).faces, empty


def face_of(annotators: AnnotatorChooser, image: Pixels) -> Face:
    return looked(annotators, image, Feature.FACES).faces[0]


def test_the_points_of_a_face_lie_where_they_were_marked(annotators: AnnotatorChooser, models: Path) -> None:
    """Marked by eye on the portrait; within 5 % of the face's width."""
    image = pixels(models / "images" / "fr_obama.jpg")
    face = face_of(annotators, image)
    left, _, right, _ = bounds(face.polygon)
    at = {point.kind: (point.x, point.y) for point in face.landmarks}
    assert len(at) == 34
    for kind, marked in MARKED.items():
        assert math.dist(at[kind], marked) <= 0.05 * (right - left), kind
    head, skin = bounds(face.head), bounds(face.polygon)
    assert head[0] <= skin[0] and head[1] <= skin[1] and head[2] >= skin[2] and head[3] >= skin[3]


#: in pixels of the portrait
MARKED = {
    FaceLandmarkKind.LEFT_EYE: (444, 213),
    FaceLandmarkKind.RIGHT_EYE: (549, 212),
    FaceLandmarkKind.MOUTH_LEFT: (441, 323),
    FaceLandmarkKind.MOUTH_RIGHT: (550, 320),
    FaceLandmarkKind.CHIN_GNATHION: (497, 431),
    FaceLandmarkKind.LEFT_OF_LEFT_EYEBROW: (400, 207),
    FaceLandmarkKind.NOSE_BOTTOM_CENTER: (489, 290),
}


@pytest.mark.parametrize("degrees", [0, 15, -20])
def test_the_roll_of_a_face_follows_the_picture(annotators: AnnotatorChooser, models: Path, degrees: int) -> None:
    image = pixels(models / "images" / "fr_obama.jpg")
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    face = face_of(annotators, np.asarray(cv2.warpAffine(image, matrix, (width, height)), np.uint8))
    assert face.roll == pytest.approx(degrees, abs=3)
    assert face.pan == pytest.approx(0, abs=8)


def test_the_pan_of_a_face_turns_with_its_mirror_image(annotators: AnnotatorChooser, models: Path) -> None:
    image = pixels(models / "images" / "dlib_2007_007763.jpg")
    pans = [face.pan for face in looked(annotators, image, Feature.FACES).faces if face.pan is not None]
    mirrored = [
        face.pan
        for face in looked(annotators, np.ascontiguousarray(image[:, ::-1]), Feature.FACES).faces
        if face.pan is not None
    ]
    assert min(pans) < -15
    assert max(mirrored) > 15


@pytest.mark.parametrize(("file", "name"), [("happy", "joy"), ("angry", "anger"), ("surprised", "surprise")])
def test_posed_expressions_are_told(annotators: AnnotatorChooser, models: Path, file: str, name: str) -> None:
    face = face_of(annotators, pixels(models / "images" / f"expr_{file}.jpg"))
    assert getattr(face, name) is Likelihood.VERY_LIKELY
    others = {"joy", "sorrow", "anger", "surprise"} - {name}
    assert all(getattr(face, other) is Likelihood.VERY_UNLIKELY for other in others)


def test_blur_and_darkness_are_measured(annotators: AnnotatorChooser, models: Path) -> None:
    image = pixels(models / "images" / "fr_obama.jpg")
    sharp = face_of(annotators, image)
    assert sharp.blurred is Likelihood.VERY_UNLIKELY
    assert sharp.under_exposed is Likelihood.VERY_UNLIKELY
    assert sharp.headwear is Likelihood.UNKNOWN
    blurred = face_of(annotators, np.asarray(cv2.GaussianBlur(image, (0, 0), 12), np.uint8))
    assert blurred.blurred in {Likelihood.LIKELY, Likelihood.VERY_LIKELY}
    dark = face_of(annotators, (image * 0.25).astype(np.uint8))
    assert dark.under_exposed in {Likelihood.LIKELY, Likelihood.VERY_LIKELY}


def test_harmless_pictures_are_told_to_be_so(annotators: AnnotatorChooser, models: Path) -> None:
    for file in ("coral_cat.bmp", "sk_coffee.png", "sk_astronaut.png", "coral_parrot.jpg"):
        found = looked(annotators, pixels(models / "images" / file), Feature.SAFE_SEARCH).safe_search
        assert found is not None
        assert found.adult is found.racy is Likelihood.VERY_UNLIKELY
        assert found.violence is found.medical is found.spoof is Likelihood.UNKNOWN


def test_without_models_they_are_missing(tmp_path: Path) -> None:
    found = looked(AnnotatorChooser(tmp_path, tmp_path), np.zeros((64, 64, 3), np.uint8), Feature.FACES, Feature.LABELS)
    assert [(each.feature, each.model) for each in found.missing] == [
        (Feature.FACES, "faces"),
        (Feature.LABELS, "labels"),
    ]
