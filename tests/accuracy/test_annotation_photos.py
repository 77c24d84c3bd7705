"""Real photographs: crops keep the marked subject, and dominant colours are those of the picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from pictures import picture
from stele.domain.annotation import Annotations, LocalizedObject
from stele.domain.geometry import Polygon, bounds, rectangle
from stele.domain.job import Feature
from stele.pipeline.annotation.annotating import annotate
from stele.pipeline.annotation.cropping import CropAnnotator
from stele.pipeline.annotation.oklab import oklab
from stele.pipeline.annotation.seam import AnnotationOptions, Picture

RATIOS = (1.0, 4 / 3, 3 / 4, 16 / 9, 9 / 16)
WANTED = AnnotationOptions(features=(Feature.IMAGE_PROPERTIES, Feature.CROP_HINTS), crop_aspect_ratios=RATIOS)
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> list[tuple[Picture, list[Box]]]:
    """Photographs of COCO with the boxes of what is on them, the largest first."""
    return list(_photographs(shared_data / "annot_coco"))


def _photographs(folder: Path) -> Iterator[tuple[Picture, list[Box]]]:
    for path in sorted(folder.glob("*.gt.json")):
        truth = json.loads(path.read_text())
        boxes = [tuple(thing["box"]) for thing in truth["annotation"]["objects"]]
        boxes.sort(key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))
        yield picture(cv2.imread(str(folder / truth["file"]))), boxes


def kept(crop: Polygon, subject: Box) -> float:
    """How much of `subject` is in the crop, as a part of what any crop of that shape could hold of it."""
    left, top, right, bottom = bounds(crop)
    across = min(right, subject[2]) - max(left, subject[0])
    down = min(bottom, subject[3]) - max(top, subject[1])
    possible = min(right - left, subject[2] - subject[0]) * min(bottom - top, subject[3] - subject[1])
    return max(0.0, across) * max(0.0, down) / possible


def test_crops_keep_the_subject(photographs: list[tuple[Picture, list[Box]]]) -> None:
    """Without any model: the largest of the marked things is taken for the subject."""
    found = [
        kept(hint.polygon, boxes[0]) for photo, boxes in photographs for hint in annotate(photo, WANTED).crop_hints
    ]
    assert np.mean(found) >= 0.8
    assert np.mean(np.array(found) >= 0.8) >= 0.7


def test_crops_keep_the_subject_better_when_it_is_known(photographs: list[tuple[Picture, list[Box]]]) -> None:
    found = []
    for photo, boxes in photographs:
        things = [LocalizedObject(mid=None, name="", score=1, polygon=rectangle(*box)) for box in boxes]
        hints = CropAnnotator().annotate(photo, WANTED, Annotations(objects=tuple(things))).crop_hints
        found += [kept(hint.polygon, boxes[0]) for hint in hints]
    assert np.mean(found) >= 0.93
    assert np.mean(np.array(found) >= 0.8) >= 0.9


def test_dominant_colours_stand_for_the_picture(photographs: list[tuple[Picture, list[Box]]]) -> None:
    """A pixel is seldom far from the nearest of the colours: by OKLab, where black and white are 1 apart."""
    for photo, _ in photographs:
        colours = annotate(photo, WANTED).colours
        palette = oklab(np.array([[colour.red, colour.green, colour.blue] for colour in colours], np.uint8))
        pixels = oklab(photo.pixels[::4, ::4, ::-1].reshape(-1, 3))
        distances = np.linalg.norm(pixels[:, None] - palette, axis=2).min(axis=1)
        assert distances.mean() < 0.05
        assert np.quantile(distances, 0.95) < 0.12
        assert sum(colour.pixel_fraction for colour in colours) == pytest.approx(1)
