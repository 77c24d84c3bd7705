"""How fast could the default engine be on this CPU? The work of its graphs against what the CPU does at its best.

The work is counted in multiplications with an addition (MAC), from the shapes of the graphs' convolutions and matrix
products. The CPU's best is measured with matrix products of 1024 x 1024 through the same library, in bf16 where the CPU
computes in it, else in f32; whole numbers (int8) can be faster than that.
"""

from __future__ import annotations

import math
import time

import numpy as np
import openvino as ov
from openvino import opset13

from stele.domain.value import Value
from stele.pipeline.reading.engines.paddle.models import (
    LINE_GRAPH,
    LINE_HEIGHT,
    TILE_GRAPH,
    TILES,
    Core,
    DetectorModel,
    RecogniserModel,
)
from stele.pipeline.reading.engines.paddle.plain import GRAPH, HEIGHT, PlainPrint
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

#: an ordinary line, in pixels: what attention costs grows with the width of the line, but is one part in a hundred
_WIDTH = 1120
_SIZE, _TIMES = 1024, 8
_PRODUCTS = {"Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul"}


class Floor(Value):
    """MACs that one core does in a second at its best, and that each network takes: the one for plain print and the
    recogniser for a column of a line, the detector for a pixel of a tile."""

    macs_a_second: float
    macs_a_plain_column: float
    macs_a_column: float
    macs_a_pixel: float


class _Recording(Core):
    """Keeps the graphs that it compiles."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.graphs: dict[str, ov.Model] = {}

    def compile(self, model: ov.Model) -> ov.InferRequest:
        self.graphs[model.friendly_name] = model.clone()
        return super().compile(model)


def measured(precision: Precision) -> Floor:
    """Load the graphs, count, and measure the CPU for a second. Raises EngineMissing."""
    core = _Recording(Runtime(precision=precision))
    PlainPrint(core)
    RecogniserModel(core)
    DetectorModel(core)(np.zeros((*TILES[0], 3), np.uint8))
    plain, line, tile = (core.graphs[name] for name in (GRAPH, LINE_GRAPH, TILE_GRAPH))
    plain.reshape([1, 1, HEIGHT, _WIDTH])
    line.reshape([1, LINE_HEIGHT, _WIDTH, 3])
    columns, pixels = _macs(line) / _WIDTH, _macs(tile) / math.prod(TILES[0])
    rate = _rate(core)
    return Floor(
        macs_a_second=rate,
        macs_a_plain_column=_macs(plain) / _WIDTH,
        macs_a_column=columns,
        macs_a_pixel=pixels,
    )


def _macs(model: ov.Model) -> int:
    """The work of a graph whose shapes are known."""
    nodes = (node for node in model.get_ops() if node.get_type_name() in _PRODUCTS)
    return sum(_of(node) for node in nodes if node.output(0).partial_shape.is_static)


def _of(node: ov.Node) -> int:
    given, weights = (list(node.input_value(index).shape) for index in (0, 1))
    found = math.prod(node.output(0).shape)
    match node.get_type_name():
        case "Convolution":
            return int(found * math.prod(weights[1:]))
        case "GroupConvolution":
            return int(found * math.prod(weights[2:]))
        case "ConvolutionBackpropData":
            return int(math.prod(given) * math.prod(weights[1:]))
        case _:
            return int(found * given[-1])


def _rate(core: Core) -> float:
    """MACs a second of one core at its best."""
    random = np.random.default_rng(0)
    given = opset13.parameter([_SIZE, _SIZE], np.float32)
    weights = opset13.constant(random.random((_SIZE, _SIZE), np.float32))
    product = opset13.matmul(given, weights, False, False)
    # Summed up at once: a large answer would be timed too.
    total = opset13.reduce_sum(product, opset13.constant(np.array([0, 1], np.int32)))
    request = core.compile(ov.Model([total.output(0)], [given], "product"))
    factor = random.random((_SIZE, _SIZE), np.float32)
    best = math.inf
    for _ in range(_TIMES):
        began = time.process_time()
        request.infer([factor])
        best = min(best, time.process_time() - began)
    return float(_SIZE**3 / best)
