"""A user's own model: fed and read as its TOML says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from pictures import picture
from stele.domain.annotation import Annotations, Likelihood
from stele.domain.errors import ModelDamaged
from stele.domain.geometry import bounds
from stele.domain.job import Feature
from stele.pipeline.annotation.annotating import annotate
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.annotation.seam import AnnotationOptions
from stele.pipeline.intake.seam import Pixels

INPUT = "[input]\nwidth = 8\nheight = 8\nmean = [0, 0, 0]\nstd = [255, 255, 255]\n"


def reddish(folder: Path) -> None:
    """A model whose three scores are how red, green and blue a picture is on average, 0…1."""
    start = ops.parameter([1, 3, 8, 8], np.float32)
    mean = ops.reduce_mean(start, ops.constant(np.array([2, 3])), keep_dims=False)
    folder.mkdir(parents=True)
    ov.save_model(ov.Model([mean], [start], "reddish"), folder / "toy.xml", compress_to_fp16=False)
    (folder / "names.txt").write_text("Red thing\nGreen thing\nAnimal\n")


def boxed(folder: Path) -> None:
    """A model that always sees one box twice, and another one with too low a score."""
    rows = np.array([[2, 2, 6, 4, 0.9, 0.1], [2, 2, 6, 4.2, 0.8, 0.1], [0, 0, 2, 2, 0.2, 0.25]], np.float32)
    start = ops.parameter([1, 3, 8, 8], np.float32)
    nothing = ops.multiply(
        ops.reduce_sum(start, ops.constant(np.arange(4)), keep_dims=False), ops.constant(np.float32(0))
    )
    folder.mkdir(parents=True)
    ov.save_model(
        ov.Model([ops.add(ops.constant(rows[np.newaxis]), nothing)], [start], "boxed"), folder / "toy.xml",
        compress_to_fp16=False,
    )  # fmt: skip
    (folder / "names.txt").write_text("Bolt\nNut\n")


def looked(models: Path, image: Pixels, feature: Feature) -> Annotations:
    chooser = AnnotatorChooser(models, models / "none")
    return annotate(picture(image), AnnotationOptions(features=(feature,)), chooser)


def filled(red: int, green: int, blue: int) -> Pixels:
    return np.full((40, 60, 3), (blue, green, red), np.uint8)


@pytest.mark.parametrize(("order", "best"), [("rgb", "Red thing"), ("bgr", "Animal")])
def test_labels_come_from_the_users_model(tmp_path: Path, order: str, best: str) -> None:
    reddish(tmp_path / "custom")
    (tmp_path / "custom/labels.toml").write_text(
        f'file = "toy.xml"\n{INPUT}order = "{order}"\n[output]\nlabels = "names.txt"\nleast = 0.2\n'
    )
    labels = looked(tmp_path, filled(255, 64, 0), Feature.LABELS).labels
    assert [(label.description, round(label.score, 2)) for label in labels] == [(best, 1.0), ("Green thing", 0.25)]
    assert labels[0].mid == ("/m/0jbk" if best == "Animal" else None)


def test_logits_become_probabilities(tmp_path: Path) -> None:
    reddish(tmp_path / "custom")
    toml = f'file = "toy.xml"\n{INPUT}[output]\nlabels = "names.txt"\nleast = 0.0\nscores = "softmax"\n'
    (tmp_path / "custom/labels.toml").write_text(toml)
    labels = looked(tmp_path, filled(255, 0, 0), Feature.LABELS).labels
    assert sum(label.score for label in labels) == pytest.approx(1)
    assert labels[0].score == pytest.approx(np.e / (np.e + 2))


def test_boxes_come_from_the_users_model(tmp_path: Path) -> None:
    boxed(tmp_path / "custom")
    (tmp_path / "custom/objects.toml").write_text(
        f'file = "toy.xml"\n{INPUT}fit = "pad"\n[output]\nlabels = "names.txt"\n'
    )
    (thing,) = looked(tmp_path, filled(9, 9, 9), Feature.OBJECTS).objects
    assert (thing.name, round(thing.score, 2)) == ("Bolt", 0.9)
    assert bounds(thing.polygon) == pytest.approx((15, 15, 45, 30))


def test_safe_search_adds_up_classes(tmp_path: Path) -> None:
    reddish(tmp_path / "custom")
    (tmp_path / "custom/safe_search.toml").write_text(
        f'file = "toy.xml"\n{INPUT}[output]\nlabels = "names.txt"\n'
        '[output.safe_search]\nviolence = ["Red thing"]\nmedical = ["Green thing", "Animal"]\n'
    )
    found = looked(tmp_path, filled(255, 0, 12), Feature.SAFE_SEARCH).safe_search
    assert found is not None
    assert found.violence is Likelihood.VERY_LIKELY
    assert found.medical is Likelihood.VERY_UNLIKELY
    assert found.adult is Likelihood.UNKNOWN


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("file = ", "Invalid value"),
        (f'file = "toy.xml"\nspeed = 3\n{INPUT}[output]\nlabels = "names.txt"\n', "speed"),
        (f'file = "nothing.onnx"\n{INPUT}[output]\nlabels = "names.txt"\n', "nothing.onnx"),
        (f'file = "toy.xml"\n{INPUT}[output]\nlabels = "nothing.txt"\n', "nothing.txt"),
        (f'file = "toy.xml"\n{INPUT}[output]\nlabels = "names.txt"\nscores = "guess"\n', "guess"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, toml: str, said: str) -> None:
    reddish(tmp_path / "custom")
    (tmp_path / "custom/labels.toml").write_text(toml)
    with pytest.raises(ModelDamaged, match=said):
        looked(tmp_path, filled(1, 2, 3), Feature.LABELS)


def test_as_many_names_as_scores(tmp_path: Path) -> None:
    reddish(tmp_path / "custom")
    (tmp_path / "custom/names.txt").write_text("One\n")
    (tmp_path / "custom/labels.toml").write_text(f'file = "toy.xml"\n{INPUT}[output]\nlabels = "names.txt"\n')
    with pytest.raises(ModelDamaged, match="3 scores"):
        looked(tmp_path, filled(1, 2, 3), Feature.LABELS)
