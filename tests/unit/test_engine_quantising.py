"""The recogniser's layers in whole numbers: which ones, with which ranges, and that they say what they said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import openvino as ov
from openvino import opset13

from stele.pipeline.reading.engines.paddle import models, plain, quantising
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

Quantise = Callable[[ov.Model, quantising.Ranges], None]


class Uncompiled(models.Core):
    """Keeps the graphs that it is to compile."""

    def __init__(self, precision: Precision) -> None:
        super().__init__(Runtime(precision=precision))
        self.graphs: dict[str, ov.Model] = {}

    def compile(self, model: ov.Model) -> ov.InferRequest:
        self.graphs[model.friendly_name] = model
        return ov.InferRequest.__new__(ov.InferRequest)


def graphs(precision: Precision) -> tuple[ov.Model, ov.Model]:
    """Of the recogniser, and of the network for plain print."""
    core = Uncompiled(precision)
    models.RecogniserModel(core)
    plain.PlainPrint(core)
    return core.graphs[models.LINE_GRAPH], core.graphs[plain.GRAPH]


def test_each_layer_that_is_rounded_has_its_ranges() -> None:
    line, print_ = graphs(Precision.F32)
    layers = {layer.friendly_name: layer for layer in quantising.large_layers(line)}
    layers |= {layer.friendly_name: layer for layer in print_.get_ops() if layer.friendly_name in plain.ROUNDED}
    assert layers.keys() == quantising.ranges().keys() > plain.ROUNDED
    for name, (least, most) in quantising.ranges().items():
        assert least.shape == most.shape == (layers[name].input_value(1).shape[1],)
        assert (least <= 0).all() and (most > 0).all()


def test_only_int8_rounds() -> None:
    def rounded(precision: Precision) -> list[int]:
        kinds = ([node.get_type_name() for node in graph.get_ops()] for graph in graphs(precision))
        return [kind.count("FakeQuantize") for kind in kinds]

    assert rounded(Precision.F32) == rounded(Precision.BF16) == [0, 0]
    assert rounded(Precision.INT8) == [len(quantising.ranges()) - len(plain.ROUNDED), len(plain.ROUNDED)]


def test_rounding_changes_little_even_where_channels_differ_a_thousandfold() -> None:
    random = np.random.default_rng(3)
    scale = np.geomspace(0.01, 10, 128, dtype=np.float32)
    least, most = -0.3 * scale, scale
    weights = (random.normal(size=(96, 128, 1, 1)) / scale[:, None, None]).astype(np.float32)
    given = random.uniform(least, most, (1, 4, 6, 128)).astype(np.float32).transpose(0, 3, 1, 2).copy()

    def answer(quantise: Quantise | None) -> np.ndarray:
        seen = opset13.parameter([1, 128, 4, 6], np.float32)
        layer = opset13.convolution(seen, opset13.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
        layer.friendly_name = "layer"
        model = ov.Model([opset13.relu(layer)], [seen], "one layer")
        if quantise:
            quantise(model, {"layer": np.stack([least, most])})
        config = {"INFERENCE_PRECISION_HINT": "f32"}
        return np.array(ov.Core().compile_model(model, "CPU", config)([given])[0])

    exact = answer(None)
    assert np.abs(answer(quantising.quantise) - exact).mean() < 0.02 * exact.std()
    # Sharing is what does it.
    assert np.abs(answer(quantising.quantise_evenly) - exact).mean() > 0.1 * exact.std()
