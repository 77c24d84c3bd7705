"""What does a face express? The network of face-api.js: seven expressions, of which four have a name in the answer.

Its graph is not in a file: it is four blocks of convolutions that add up, as face-api.js builds them in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import openvino as ov
from openvino import opset13 as ops

from stele.domain.models import path_of
from stele.pipeline.annotation.labelling import rgb
from stele.pipeline.annotation.networks.keras import depthwise
from stele.pipeline.annotation.networks.network import Floats, Network
from stele.pipeline.annotation.networks.weights import Group, unpacked
from stele.pipeline.intake.seam import Pixels

#: the classes in the network's order
EXPRESSIONS = ("neutral", "joy", "sorrow", "anger", "fear", "disgust", "surprise")

_SIDE = 112
#: the mean red, green and blue that it was trained with
_MEAN = np.array([122.782, 117.001, 104.298], np.float32)


class Expressions:
    def __init__(self, models: Path) -> None:
        groups = msgspec.json.decode((models / path_of("faces", "manifest.json")).read_bytes(), type=tuple[Group, ...])
        weights = (models / path_of("faces", "shard1")).read_bytes()
        self._network = Network(_graph(unpacked(groups, weights)))

    def __call__(self, pixels: Pixels, box: Floats) -> dict[str, float]:
        """The probability of each expression of the face in `box` (left, top, right, bottom)."""
        left, top, right, bottom = (max(0, round(float(value))) for value in box)
        face = rgb(pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
        height, width = face.shape[:2]
        side = max(height, width)
        square = np.zeros((side, side, 3), np.uint8)
        square[(side - height) // 2 :, (side - width) // 2 :][:height, :width] = face
        small = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        seen = ((small - _MEAN) / 255).transpose(2, 0, 1)[np.newaxis]
        (scores,) = self._network(np.ascontiguousarray(seen, np.float32))
        return dict(zip(EXPRESSIONS, scores.ravel().tolist(), strict=True))


def _graph(weights: Mapping[str, Floats]) -> ov.Model:
    def biased(node: Any, name: str) -> Any:
        return ops.add(node, ops.constant(weights[f"{name}/bias"].reshape(1, -1, 1, 1)))

    def convolved(node: Any, kernel: Floats, stride: int) -> Any:
        turned = ops.constant(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        return ops.convolution(node, turned, [stride, stride], [0, 0], [0, 0], [1, 1], "same_upper")

    def separated(node: Any, name: str, stride: int = 1) -> Any:
        deep = depthwise(node, weights[f"{name}/depthwise_filter"], [stride, stride], "same_upper")
        return biased(convolved(deep, weights[f"{name}/pointwise_filter"], 1), name)

    def block(node: Any, index: int) -> Any:
        name = f"dense{index}"
        if index == 0:
            first = ops.relu(biased(convolved(node, weights[f"{name}/conv0/filters"], 2), f"{name}/conv0"))
        else:
            first = ops.relu(separated(node, f"{name}/conv0", 2))
        second = ops.add(first, separated(first, f"{name}/conv1"))
        third = ops.add(second, separated(ops.relu(second), f"{name}/conv2"))
        return ops.relu(ops.add(third, separated(ops.relu(third), f"{name}/conv3")))

    start = ops.parameter([1, 3, _SIDE, _SIDE], np.float32)
    node: Any = start
    for index in range(4):
        node = block(node, index)
    pooled = ops.reduce_mean(node, ops.constant(np.array([2, 3])), keep_dims=False)
    scored = ops.matmul(pooled, ops.constant(weights["fc/weights"]), False, False)
    scored = ops.add(scored, ops.constant(weights["fc/bias"].reshape(1, -1)))
    return ov.Model([ops.softmax(scored, 1)], [start], "expressions")
