"""The recogniser's layers in whole numbers: which ones, with which ranges, and that they say what they said."""

from __future__ import annotations

import numpy as np
import openvino as ov
from openvino import opset13

from stele.pipeline.reading.engines.paddle import models, quantising
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime


class Uncompiled(models.Core):
    """Keeps the graphs that it is to compile."""

    def __init__(self, precision: Precision) -> None:
        super().__init__(Runtime(precision=precision))
        self.graphs: dict[str, ov.Model] = {}

    def compile(self, model: ov.Model) -> ov.InferRequest:
        self.graphs[model.friendly_name] = model
        return ov.InferRequest.__new__(ov.InferRequest)


def line_graph(precision: Precision) -> ov.Model:
    core = Uncompiled(precision)
    models.RecogniserModel(core)
    return core.graphs[models.LINE_GRAPH]


def test_each_large_layer_has_its_ranges() -> None:
    layers = {layer.friendly_name: layer for layer in quantising.large_layers(line_graph(Precision.F32))}
    assert layers.keys() == quantising.ranges().keys()
    for name, (least, most) in quantising.ranges().items():
        assert least.shape == most.shape == (layers[name].input_value(1).shape[1],)
        assert (least <= 0).all() and (most > 0).all()


def test_only_int8_rounds() -> None:
    def rounded(precision: Precision) -> int:
        return sum(node.get_type_name() == "FakeQuantize" for node in line_graph(precision).get_ops())

    assert rounded(Precision.F32) == rounded(Precision.BF16) == 0
    assert rounded(Precision.INT8) == len(quantising.ranges())


def test_rounding_changes_little_even_where_channels_differ_a_thousandfold() -> None:
    random = np.random.default_rng(3)
    scale = np.geomspace(0.01, 10, 128, dtype=np.float32)
    least, most = -0.3 * scale, scale
    weights = (random.normal(size=(96, 128, 1, 1)) / scale[:, None, None]).astype(np.float32)
    given = random.uniform(least, most, (1, 4, 6, 128)).astype(np.float32).transpose(0, 3, 1, 2).copy()

    def answer(*, whole: bool) -> np.ndarray:
        seen = opset13.parameter([1, 128, 4, 6], np.float32)
        layer = opset13.convolution(seen, opset13.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
        layer.friendly_name = "layer"
        model = ov.Model([opset13.relu(layer)], [seen], "one layer")
        if whole:
            quantising.quantise(model, {"layer": np.stack([least, most])})
        config = {"INFERENCE_PRECISION_HINT": "f32"}
        return np.array(ov.Core().compile_model(model, "CPU", config)([given])[0])

    exact = answer(whole=False)
    assert np.abs(answer(whole=True) - exact).mean() < 0.02 * exact.std()
