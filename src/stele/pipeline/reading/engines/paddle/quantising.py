"""The large layers of the networks that read in 8-bit whole numbers, which take two thirds of the time of bf16.

Nine tenths of the recogniser's work are convolutions of one pixel. Before each of them its input is rounded to 256
levels between the least and the most that `tools/activation_ranges.py` has seen there (`ranges.npz`), and its weights
to 255 levels for each output. Some channels range a hundred times as far as others, and rounding all alike would lose
the small ones: so each channel is first divided by a number of its own, by which its weights are multiplied, that
shares the difference between the two as in SmoothQuant (Xiao et al., 2023, equation 4, with alpha 0.5). OpenVINO
recognises such roundings and computes the layer between them in whole numbers.

The network for plain print is small, and its channels range alike: sharing would round its weights for nothing. In
whole numbers it is as sure of drawn lines as in bf16 but of one character in two thousand, and makes no more errors;
its first layers, which see the pixels, stay.

The detector stays as it is: with the same treatment its maps change, for a tenth of its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13

Floats = npt.NDArray[np.float32]

#: of each large layer, by its name, the least and the most of each of its input's channels (2 x channels)
Ranges = Mapping[str, Floats]

#: a layer of the recogniser of fewer weights than this, or that sees a single row of pixels, is not worth it
_LARGE = 96 * 96
_LEVELS = 255
#: the table that the tool writes
FILE = Path(__file__).with_name("ranges.npz")


@cache
def ranges() -> Ranges:
    """What `tools/activation_ranges.py` has measured."""
    with np.load(FILE) as table:
        return {name: np.asarray(table[name], np.float32) for name in table.files}


def large_layers(model: ov.Model) -> Iterator[ov.Node]:
    """The convolutions of one pixel that take most of a graph's time."""
    for layer in model.get_ordered_ops():
        if layer.get_type_name() != "Convolution" or layer.input_value(1).node.get_type_name() != "Constant":
            continue
        outputs, inputs, *window = layer.input_value(1).shape
        rows = layer.input_value(0).partial_shape[2].get_max_length()
        if window == [1, 1] and outputs * inputs >= _LARGE and rows > 1:
            yield layer


def quantise(model: ov.Model, ranges: Ranges) -> None:
    """Round what the large layers of `model` compute with, in place, the difference between channels shared."""
    for layer in list(large_layers(model)):
        least, most = ranges[layer.friendly_name]
        weights = np.abs(layer.input_value(1).node.data).max(axis=(0, 2, 3))
        _quantise(layer, least, most, np.sqrt(np.maximum(-least, most) / np.maximum(weights, 1e-5)))
    model.validate_nodes_and_infer_types()


def quantise_evenly(model: ov.Model, ranges: Ranges) -> None:
    """Round what the layers of `model` compute with whose ranges are known, in place, all channels alike."""
    for layer in model.get_ordered_ops():
        if layer.friendly_name in ranges:
            least, most = ranges[layer.friendly_name]
            _quantise(layer, least.min(keepdims=True), most.max(keepdims=True), np.ones(1, np.float32))
    model.validate_nodes_and_infer_types()


def _quantise(layer: ov.Node, least: Floats, most: Floats, shares: Floats) -> None:
    """`least`, `most` and `shares` are those of each input channel, or of all."""
    weights = np.array(layer.input_value(1).node.data)
    low, high = float((least / shares).min()), float((most / shares).max())

    # Levels count from zero: what lies below is added to the sum, which saves the layer from subtracting it.
    span = [_constant(_by_channel(edge * shares)) for edge in (low, high)]
    levels = opset13.fake_quantize(
        layer.input_value(0), *span, _constant(np.float32(0)), _constant(np.float32(high - low)), _LEVELS + 1
    )
    weights = weights * shares[np.newaxis, :, np.newaxis, np.newaxis]
    unit = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / (_LEVELS // 2)
    whole = np.round(weights / unit)
    below = _by_channel((whole * unit).sum(axis=(1, 2, 3)) * low)

    users = list(layer.output(0).get_target_inputs())
    layer.input(0).replace_source_output(levels.output(0))
    in_levels = opset13.multiply(opset13.convert(opset13.constant(whole.astype(np.int8)), "f32"), _constant(unit))
    layer.input(1).replace_source_output(in_levels.output(0))
    whole_sum = opset13.add(layer.output(0), _constant(below))
    for user in users:
        user.replace_source_output(whole_sum.output(0))


def _by_channel(values: Floats) -> Floats:
    return values.reshape(1, -1, 1, 1)


def _constant(values: Floats | np.float32) -> ov.Node:
    return opset13.constant(np.asarray(values, np.float32))
