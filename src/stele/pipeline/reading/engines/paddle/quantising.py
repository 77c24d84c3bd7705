"""The large layers of the recogniser in 8-bit whole numbers, which take two thirds of the time of bf16.

Nine tenths of its work are convolutions of one pixel. Before each of them its input is rounded to 256 levels between
the least and the most that `tools/activation_ranges.py` has seen there (`ranges.npz`), and its weights to 255 levels
for each output. Some channels range a hundred times as far as others, and rounding all alike would lose the small ones:
so each channel is first divided by a number of its own, by which its weights are multiplied, that shares the difference
between the two as in SmoothQuant (Xiao et al., 2023, equation 4, with alpha 0.5). OpenVINO recognises such roundings
and computes the layer between them in whole numbers.

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

#: a layer of fewer weights than this, or that sees a single row of pixels, is not worth it
_LARGE = 96 * 96
_LEVELS = 255
#: the table that the tool writes
FILE = Path(__file__).with_name("ranges.npz")


@cache
def ranges() -> Ranges:
    """What `tools/activation_ranges.py` has measured in the recogniser."""
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
    """Round what the large layers of `model` compute with, in place."""
    for layer in list(large_layers(model)):
        _quantise(layer, *ranges[layer.friendly_name])
    model.validate_nodes_and_infer_types()


def _quantise(layer: ov.Node, least: Floats, most: Floats) -> None:
    weights = np.array(layer.input_value(1).node.data)
    shares = np.sqrt(np.maximum(-least, most) / np.maximum(np.abs(weights).max(axis=(0, 2, 3)), 1e-5))
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
