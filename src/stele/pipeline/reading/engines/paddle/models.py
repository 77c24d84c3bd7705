"""The two graphs of PP-OCRv6 small, cut to what is needed and compiled for a few shapes.

Both take 8-bit BGR pixels as OpenCV holds them and normalise inside. The detector gives its probabilities as bytes, the
recogniser only the best class of each time step and its probability: the scores of all 18,710 classes never leave the
graph.

OpenVINO keeps memory for every shape it has seen. So the detector is compiled for the few shapes of `TILES` (fixed
shapes need the least memory while they run), and the recogniser, one graph for all widths, only sees those of `WIDTHS`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import Layout, Type, opset13
from openvino.preprocess import PrePostProcessor

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle.runtime import DETECTOR, RECOGNISER, Precision, Runtime, weights

#: height of a line as the recogniser takes it, in pixels
LINE_HEIGHT = 48
#: pixels of a line that one time step stands for
STEP = 8
#: widths of a line as the recogniser takes it, in pixels
WIDTHS = (96, 160, 240, 320, 400, 480, 560, 640, 800, 960, 1120, 1280, 1440, 1600, 1920)
#: height and width of a piece of the page as the detector takes it, in pixels; each shape costs about 100 MB
TILES = ((480, 480), (640, 960), (960, 640))


class Core:
    """OpenVINO with this engine's settings."""

    def __init__(self, runtime: Runtime) -> None:
        self._core = ov.Core()
        self._config: dict[str, object] = {
            "INFERENCE_NUM_THREADS": runtime.threads,
            "NUM_STREAMS": 1,
        }
        if runtime.precision is not Precision.AUTO:
            # OpenVINO's own choice is bf16 exactly where the CPU computes in it.
            self._config["INFERENCE_PRECISION_HINT"] = runtime.precision.value
        if runtime.cache is not None:
            runtime.cache.mkdir(parents=True, exist_ok=True)
            self._config["CACHE_DIR"] = str(runtime.cache)

    def read(self, name: str) -> ov.Model:
        return self._core.read_model(weights(name))

    def compile(self, model: ov.Model) -> ov.InferRequest:
        """Compile for the CPU and make the one request that is used."""
        return self._core.compile_model(model, "CPU", self._config).create_infer_request()


class DetectorModel:
    """Where on a tile is text? Probability 0…255 of every pixel."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._requests: dict[tuple[int, int], ov.InferRequest] = {}

    def __call__(self, tile: Pixels) -> Pixels:
        """`tile`: height x width x 3, its size one of `TILES`. Returns height x width."""
        size = tile.shape[0], tile.shape[1]
        request = self._requests.get(size)
        if request is None:
            request = self._requests[size] = self._compiled(size)
        request.infer([tile[np.newaxis]], share_inputs=True)
        found: Pixels = request.get_output_tensor(0).data[0, 0].copy()
        return found

    def _compiled(self, size: tuple[int, int]) -> ov.InferRequest:
        model = self._core.read(DETECTOR)
        levels = opset13.multiply(_input_of(model.outputs[0]), opset13.constant(np.float32(255)))
        found = opset13.convert(opset13.round(levels), "u8")
        model = _takes_bytes(ov.Model([found.output(0)], model.get_parameters(), "detector"))
        model.reshape([1, *size, 3])
        return self._core.compile(model)


class RecogniserModel:
    """What does a line say? The best class of each time step and its probability."""

    def __init__(self, core: Core) -> None:
        model = core.read(RECOGNISER)
        #: the text of each class; class 0 is CTC's blank, the last one the space
        self.characters: tuple[str, ...] = (
            "",
            *model.get_rt_info(["framework", "character"]).astype(str).split("\n"),
            " ",
        )
        scores = opset13.softmax(_input_of(_input_of(model.outputs[0])), 2)
        best = opset13.topk(scores, opset13.constant(np.int32(1)), 2, "max", "none", index_element_type="i32")
        model = _takes_bytes(ov.Model(best.outputs(), model.get_parameters(), "recogniser"))
        model.reshape([1, LINE_HEIGHT, ov.Dimension(WIDTHS[0], WIDTHS[-1]), 3])
        self._request = core.compile(model)

    def __call__(self, line: Pixels) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """`line`: LINE_HEIGHT x width x 3, its width one of `WIDTHS`. Returns class and probability of each step."""
        self._request.infer([line[np.newaxis]], share_inputs=True)
        probabilities, classes = (self._request.get_output_tensor(output).data.ravel().copy() for output in (0, 1))
        return classes, probabilities


def _input_of(output: ov.Output) -> ov.Output:
    """What the node behind `output` takes: one step up the graph."""
    return output.node.input(0).get_source_output()


def _takes_bytes(model: ov.Model) -> ov.Model:
    """The same graph on 8-bit pixels, one image x height x width x channels, normalised to -1…1 inside."""
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    steps.input().preprocess().convert_element_type(Type.f32).mean([127.5] * 3).scale([127.5] * 3)
    steps.input().model().set_layout(Layout("NCHW"))
    return steps.build()
