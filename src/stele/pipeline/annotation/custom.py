"""A user's own model for a feature: an ONNX file, and a TOML file that says how it is fed and read.

`<models>/custom/<feature>.toml` takes the place of the model that comes with the project, for `labels`, `objects` and
`safe_search`. What stands in it is in docs/how-to/annotate-pictures.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from stele.domain.annotation import Annotations, Label, Likelihood, LocalizedObject, SafeSearch
from stele.domain.errors import ModelDamaged
from stele.domain.job import Feature
from stele.domain.value import changed, field_names
from stele.pipeline.annotation.labelling import rgb
from stele.pipeline.annotation.likelihoods import Bounds, banded
from stele.pipeline.annotation.networks.network import Floats, Network
from stele.pipeline.annotation.seam import AnnotationOptions, Annotator, Picture
from stele.pipeline.annotation.tables import entity_id
from stele.pipeline.intake.seam import Pixels

_LIKELY: Bounds = (0.1, 0.4, 0.8, 0.95)
#: boxes of one class that overlap more than so are one thing
_OVERLAP = 0.45


class Fit(StrEnum):
    """How a picture becomes one of the network's size."""

    SQUASH = "squash"  #: its sides are scaled each for itself
    CROP = "crop"  #: its middle, as large as it will go
    PAD = "pad"  #: all of it, at the top left, padded


class Order(StrEnum):
    RGB = "rgb"
    BGR = "bgr"


class Layout(StrEnum):
    NCHW = "nchw"
    NHWC = "nhwc"


class Scores(StrEnum):
    """What the numbers of the output are."""

    PROBABILITIES = "probabilities"
    SOFTMAX = "softmax"  #: logits of which one class is true
    SIGMOID = "sigmoid"  #: logits of which any may be true


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mean` and `std` are in 0…255, for each channel in its order."""

    width: int
    height: int
    fit: Fit = Fit.SQUASH
    order: Order = Order.RGB
    layout: Layout = Layout.NCHW
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    padding: int = 114


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`labels` is a file with a name a line. Results below `least` are left out.

    A detector gives rows of left, top, right, bottom in pixels of its input and a score for each class (`boxes`
    N x (4 + classes)). For safe search, each field of the answer names the classes whose scores it adds up.
    """

    labels: str
    scores: Scores = Scores.PROBABILITIES
    least: float = 0.3
    safe_search: dict[str, tuple[str, ...]] = {}


class Custom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One TOML file; paths in it are beside it."""

    file: str
    input: Input
    output: Output


def custom_annotator(feature: Feature, models: Path) -> Annotator | None:
    """The annotator of the user's own model for a feature, if there is one. Raises ModelDamaged."""
    path = models / "custom" / f"{feature}.toml"
    if feature not in _KINDS or not path.exists():
        return None
    try:
        custom = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Custom)
        return _KINDS[feature](_Model(custom, path.parent))
    except (OSError, ValueError, RuntimeError, msgspec.ValidationError) as error:
        reason = str(error).strip().splitlines()[-1].rstrip(".")
        raise ModelDamaged(file=path.name, model=f"custom {feature}", reason=f"{reason}. Put it right.") from error


class _Model:
    """A network, and how it is fed and read."""

    def __init__(self, custom: Custom, folder: Path) -> None:
        self.output = custom.output
        self._input = custom.input
        self._network = Network(folder / custom.file)
        self.names = tuple((folder / custom.output.labels).read_text("utf-8").splitlines())

    def __call__(self, pixels: Pixels) -> tuple[Floats, float, float]:
        """The first output, and by how much x and y were scaled."""
        wanted = self._input
        height, width = pixels.shape[:2]
        across, down = wanted.width / width, wanted.height / height
        if wanted.fit is Fit.CROP:
            scale = max(across, down)
            left, top = round((width - wanted.width / scale) / 2), round((height - wanted.height / scale) / 2)
            pixels = pixels[top : height - top, left : width - left]
        elif wanted.fit is Fit.PAD:
            across = down = min(across, down)
        coloured = rgb(pixels)
        size = (
            (max(1, round(width * across)), max(1, round(height * down)))
            if wanted.fit is Fit.PAD
            else (wanted.width, wanted.height)
        )
        seen = np.full((wanted.height, wanted.width, 3), wanted.padding, np.uint8)
        seen[: size[1], : size[0]] = cv2.resize(coloured, size, interpolation=cv2.INTER_AREA)
        ordered = seen if wanted.order is Order.RGB else seen[..., ::-1]
        values = (ordered.astype(np.float32) - np.array(wanted.mean, np.float32)) / np.array(wanted.std, np.float32)
        arranged = values.transpose(2, 0, 1) if wanted.layout is Layout.NCHW else values
        first, *_ = self._network(np.ascontiguousarray(arranged[np.newaxis]))
        return first, across, down

    def probabilities(self, scores: Floats) -> npt.NDArray[np.float64]:
        """Of each class, over the last axis. Raises ModelDamaged when there are not as many as names."""
        if scores.shape[-1] != len(self.names):
            raise ModelDamaged(
                file=self.output.labels,
                model="custom",
                reason=f"the model gives {scores.shape[-1]} scores, and there are {len(self.names)} names.",
            )
        values = scores.astype(np.float64)
        if self.output.scores is Scores.SIGMOID:
            return np.asarray(1 / (1 + np.exp(-values)))
        if self.output.scores is Scores.SOFTMAX:
            raised = np.exp(values - values.max(axis=-1, keepdims=True))
            return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
        return values


class _Labels:
    feature = Feature.LABELS

    def __init__(self, model: _Model) -> None:
        self._model = model

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        output, _, _ = self._model(picture.pixels)
        scores = self._model.probabilities(output.reshape(-1))
        best = [index for index in np.argsort(-scores, kind="stable") if scores[index] >= self._model.output.least]
        labels = tuple(
            Label(
                mid=entity_id(self._model.names[index]),
                description=self._model.names[index],
                score=float(scores[index]),
                topicality=float(scores[index]),
            )
            for index in best[: options.most(self.feature)]
        )
        return changed(found, labels=labels)


class _SafeSearch:
    feature = Feature.SAFE_SEARCH

    def __init__(self, model: _Model) -> None:
        """Raises ValueError where the TOML names a field or a class that there is not."""
        self._model = model
        self._classes: dict[str, list[int]] = {}
        for field, names in model.output.safe_search.items():
            if field not in field_names(SafeSearch):
                raise ValueError(f"safe_search has no field {field}")
            self._classes[field] = [model.names.index(name) for name in names]

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        output, _, _ = self._model(picture.pixels)
        scores = self._model.probabilities(output.reshape(-1))

        def likelihood(field: str) -> Likelihood:
            classes = self._classes.get(field)
            return banded(float(scores[classes].sum()), _LIKELY) if classes else Likelihood.UNKNOWN

        return changed(
            found,
            safe_search=SafeSearch(
                adult=likelihood("adult"),
                spoof=likelihood("spoof"),
                medical=likelihood("medical"),
                violence=likelihood("violence"),
                racy=likelihood("racy"),
            ),
        )


class _Objects:
    feature = Feature.OBJECTS

    def __init__(self, model: _Model) -> None:
        self._model = model

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        output, across, down = self._model(picture.pixels)
        rows = output.reshape(-1, output.shape[-1])
        scores = self._model.probabilities(rows[:, 4:])
        classes, best = scores.argmax(axis=1), scores.max(axis=1)
        corners = rows[:, :4] / np.array([across, down, across, down])
        boxes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
        kept = cv2.dnn.NMSBoxesBatched(
            boxes.tolist(), best.tolist(), classes.tolist(), self._model.output.least, _OVERLAP
        )
        things = []
        for index in kept:
            name = self._model.names[classes[index]]
            left, top, right, bottom = (float(value) for value in corners[index])
            polygon = picture.box(left, top, right, bottom)
            things.append(LocalizedObject(mid=entity_id(name), name=name, score=float(best[index]), polygon=polygon))
        return changed(found, objects=tuple(things[: options.most(self.feature)]))


_KINDS: Mapping[Feature, Callable[[_Model], Annotator]] = {
    Feature.LABELS: _Labels,
    Feature.OBJECTS: _Objects,
    Feature.SAFE_SEARCH: _SafeSearch,
}
