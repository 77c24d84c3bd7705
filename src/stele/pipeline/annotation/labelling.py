"""LABEL_DETECTION: words for the whole picture, by MobileNet v2 on the 1,000 classes of ImageNet.

A class speaks for what it is a kind of, too: a picture that may be a beagle (0.4) or a basset (0.3) is one of a dog
(0.7) and of an animal. So the score of a kind is the sum over its classes.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.annotation import Annotations, Label
from stele.domain.job import Feature
from stele.domain.models import path_of
from stele.domain.value import changed
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.annotation.tables import entity_id, label_kinds
from stele.pipeline.intake.seam import Pixels

#: what the network was trained to see: the middle of the picture, its short side first shrunk to _SHORT
_SIDE, _SHORT = 224, 256
#: labels below this are more often wrong than right
_LEAST = 0.25
#: of the network's output: what a full score is, and the classes before the first (it also knows "background")
_FULL, _BEFORE = 256.0, 1


class LabelAnnotator:
    feature = Feature.LABELS

    def __init__(self, models: Path) -> None:
        self._network = Network(models / path_of("labels", ".tflite"))

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        (output,) = self._network(_seen(picture.pixels)[np.newaxis])
        labels = _labels(output.ravel()[_BEFORE:] / _FULL)
        return changed(found, labels=labels[: options.most(self.feature)])


def _seen(pixels: Pixels) -> Pixels:
    """The middle of the picture as the network takes it: height x width x 3, RGB."""
    height, width = pixels.shape[:2]
    scale = _SHORT / min(height, width)
    size = max(_SIDE, round(width * scale)), max(_SIDE, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (small.shape[0] - _SIDE) // 2, (small.shape[1] - _SIDE) // 2
    middle = small[top : top + _SIDE, left : left + _SIDE]
    return np.ascontiguousarray(np.asarray(rgb(np.asarray(middle, np.uint8)), np.uint8))


def rgb(pixels: Pixels) -> Pixels:
    """Red first, from blue first or grey."""
    code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 or pixels.shape[2] == 1 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _labels(scores: npt.NDArray[np.float32]) -> tuple[Label, ...]:
    """The classes and kinds that stand out, the best first; of equal ones the more special."""
    kinds: dict[str, float] = defaultdict(float)
    for index in np.argsort(-scores, kind="stable"):
        kind = label_kinds()[index]
        for name in dict.fromkeys((kind.name, *kind.kinds)):
            kinds[name] += float(scores[index])
    best = sorted(kinds.items(), key=lambda item: -item[1])
    return tuple(
        Label(mid=entity_id(name), description=name, score=min(score, 1.0), topicality=min(score, 1.0))
        for name, score in best
        if score >= _LEAST
    )
