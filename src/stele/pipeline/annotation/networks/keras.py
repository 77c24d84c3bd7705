"""Keras models as TensorFlow.js keeps them (`model.json` and a file of weights), rebuilt as OpenVINO graphs.

Only the layers that image classifiers of the MobileNet family have. Tensors are NHWC there and NCHW here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import openvino as ov
from openvino import opset13 as ops

from stele.pipeline.annotation.networks.weights import Floats, Group, unpacked


class _Layer(msgspec.Struct, frozen=True):
    class_name: str
    name: str
    config: dict[str, Any]
    inbound_nodes: tuple[Any, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the layers that feed this one."""
        return tuple(node[0] for node in self.inbound_nodes[0]) if self.inbound_nodes else ()


class _Config(msgspec.Struct, frozen=True):
    layers: tuple[_Layer, ...]


class _ModelConfig(msgspec.Struct, frozen=True):
    config: _Config


class _Topology(msgspec.Struct, frozen=True):
    model_config: _ModelConfig


class _File(msgspec.Struct, frozen=True, rename="camel"):
    model_topology: _Topology
    weights_manifest: tuple[Group, ...]


def graph_of(description: Path, weights: Path) -> ov.Model:
    """The graph of a `model.json` and its file of weights: one input N x 3 x H x W, one output N x classes."""
    file = msgspec.json.decode(description.read_bytes(), type=_File)
    tensors = unpacked(file.weights_manifest, weights.read_bytes())
    nodes: dict[str, Any] = {}
    start: Any = None
    last: Any = None
    for layer in file.model_topology.model_config.config.layers:
        if layer.class_name == "InputLayer":
            _, height, width, channels = layer.config["batch_input_shape"]
            last = start = ops.parameter([1, channels, height, width], np.float32)
        else:
            last = _BUILT[layer.class_name](layer, tensors, *(nodes[name] for name in layer.inputs))
        nodes[layer.name] = last
    return ov.Model([last], [start], "keras")


def _pads(layer: _Layer) -> str:
    return "same_upper" if layer.config["padding"] == "same" else "valid"


def _activated(node: Any, layer: _Layer) -> Any:
    activation = layer.config.get("activation", "linear")
    return {"linear": lambda x: x, "relu": ops.relu, "softmax": lambda x: ops.softmax(x, 1)}[activation](node)


def _biased(node: Any, layer: _Layer, tensors: Mapping[str, Floats], shape: tuple[int, ...]) -> Any:
    if layer.config["use_bias"]:
        node = ops.add(node, ops.constant(tensors[f"{layer.name}/bias"].reshape(shape)))
    return _activated(node, layer)


def _convolution(layer: _Layer, tensors: Mapping[str, Floats], node: Any) -> Any:
    kernel = tensors[f"{layer.name}/kernel"].transpose(3, 2, 0, 1)
    made = ops.convolution(
        node,
        ops.constant(np.ascontiguousarray(kernel)),
        layer.config["strides"],
        [0, 0],
        [0, 0],
        layer.config["dilation_rate"],
        _pads(layer),
    )
    return _biased(made, layer, tensors, (1, -1, 1, 1))


def _depthwise(layer: _Layer, tensors: Mapping[str, Floats], node: Any) -> Any:
    made = depthwise(node, tensors[f"{layer.name}/depthwise_kernel"], layer.config["strides"], _pads(layer))
    return _biased(made, layer, tensors, (1, -1, 1, 1))


def depthwise(node: Any, kernel: Floats, strides: list[int], pads: str) -> Any:
    """A convolution of each channel by itself; `kernel` is H x W x channels x 1."""
    grouped = np.ascontiguousarray(kernel.transpose(2, 3, 0, 1)[:, :, np.newaxis])
    return ops.group_convolution(node, ops.constant(grouped), strides, [0, 0], [0, 0], [1, 1], pads)


def _normalised(layer: _Layer, tensors: Mapping[str, Floats], node: Any) -> Any:
    gamma, beta, mean, variance = (
        tensors[f"{layer.name}/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + layer.config["epsilon"])
    scaled = ops.multiply(node, ops.constant(scale.reshape(1, -1, 1, 1).astype(np.float32)))
    return ops.add(scaled, ops.constant((beta - mean * scale).reshape(1, -1, 1, 1).astype(np.float32)))


def _padded(layer: _Layer, _: Mapping[str, Floats], node: Any) -> Any:
    (top, bottom), (left, right) = layer.config["padding"]
    zero = ops.constant(np.float32(0))
    before, after = np.array([0, 0, top, left]), np.array([0, 0, bottom, right])
    return ops.pad(node, ops.constant(before), ops.constant(after), "constant", zero)


def _rectified(layer: _Layer, _: Mapping[str, Floats], node: Any) -> Any:
    most = layer.config["max_value"]
    return ops.relu(node) if most is None else ops.clamp(node, 0.0, most)


def _pooled(layer: _Layer, _: Mapping[str, Floats], node: Any) -> Any:
    size, strides = layer.config["pool_size"], layer.config["strides"]
    return ops.avg_pool(node, strides, [0, 0], [0, 0], size, True, auto_pad=_pads(layer))


def _flattened(_layer: _Layer, _: Mapping[str, Floats], node: Any) -> Any:
    channels_last = ops.transpose(node, ops.constant(np.array([0, 2, 3, 1])))
    return ops.reshape(channels_last, ops.constant(np.array([1, -1])), special_zero=False)


def _dense(layer: _Layer, tensors: Mapping[str, Floats], node: Any) -> Any:
    made = ops.matmul(node, ops.constant(tensors[f"{layer.name}/kernel"]), False, False)
    return _biased(made, layer, tensors, (1, -1))


_BUILT: Mapping[str, Callable[..., Any]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise,
    "BatchNormalization": _normalised,
    "ZeroPadding2D": _padded,
    "ReLU": _rectified,
    "AveragePooling2D": _pooled,
    "Flatten": _flattened,
    "Dense": _dense,
    "Add": lambda _layer, _, left, right: ops.add(left, right),
    "Dropout": lambda _layer, _, node: node,  # only there while it was trained
}
