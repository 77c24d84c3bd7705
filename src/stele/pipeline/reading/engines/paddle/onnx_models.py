"""The two networks on ONNX Runtime: on a GPU, or where OpenVINO has no build.

The graphs are cut as those of `models`: 8-bit pixels go in, and of the 18,710 scores of a time step only the best few
classes, their probabilities, and the odds of handwriting come out, so that nothing large is copied from the GPU. Lines
and tiles go in batches of one shape: a GPU is idle with one line at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stele.domain.errors import EngineMissing
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import handwriting
from stele.pipeline.reading.engines.paddle.models import POSSIBLE, RIVALS, SURE, Rivals, Steps
from stele.pipeline.reading.engines.paddle.runtime import DETECTOR, RECOGNISER, Device, weights

#: lines that go in one batch at most
_LINES = 64
#: what ONNX Runtime calls the ways to compute, the best first
_PROVIDERS = {
    Device.ONNX: ("CPUExecutionProvider",),
    Device.CUDA: ("CUDAExecutionProvider", "CPUExecutionProvider"),
    Device.TENSORRT: ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}
_REMEDY = "Install what the device needs: pip install 'stele[gpu]', and NVIDIA's driver; or set the device to openvino."


class OnnxDetectorModel:
    """Where on a tile is text? Probability 0…255 of every pixel."""

    #: tiles that are best looked at together
    batch = 8

    def __init__(self, device: Device, threads: int) -> None:
        """Raises EngineMissing."""
        self._session = _session(_detector(), device, threads)

    def __call__(self, tile: Pixels) -> Pixels:
        """`tile`: height x width x 3. Returns height x width."""
        return self.many([tile])[0]

    def many(self, tiles: Sequence[Pixels]) -> list[Pixels]:
        """Of tiles of one size."""
        (maps,) = self._session.run(None, {"pixels": np.stack(tiles)})
        return list(maps[:, 0])


class OnnxRecogniserModel:
    """What does a line say, and is it print?"""

    def __init__(self, device: Device, threads: int) -> None:
        """Raises EngineMissing."""
        graph, self.characters = _recogniser()
        self._session = _session(graph, device, threads)

    def __call__(self, line: Pixels) -> Steps:
        """`line`: height x width x 3."""
        return self.many([line])[0]

    def many(self, lines: Sequence[Pixels]) -> list[Steps]:
        """Of lines of any widths; those of one width go together."""
        by_width: dict[int, list[int]] = defaultdict(list)
        for index, line in enumerate(lines):
            by_width[line.shape[1]].append(index)
        found: dict[int, Steps] = {}
        for indices in by_width.values():
            for first in range(0, len(indices), _LINES):
                some = indices[first : first + _LINES]
                answers = self._session.run(None, {"pixels": np.stack([lines[each] for each in some])})
                for index, classes, probabilities, by_hand in zip(some, *answers, strict=True):
                    found[index] = _steps(classes.astype(np.int32), probabilities, by_hand[:, 0])
        return [found[index] for index in range(len(lines))]


def _steps(
    classes: npt.NDArray[np.int32], probabilities: npt.NDArray[np.float32], by_hand: npt.NDArray[np.float32]
) -> Steps:
    """From the best classes of each step (steps x RIVALS), the best first."""
    steps, ranks = np.nonzero((probabilities[:, :1] < SURE) & (probabilities >= POSSIBLE))
    rivals = Rivals(steps, classes[steps, ranks], probabilities[steps, ranks])
    return Steps(classes[:, 0], probabilities[:, 0], by_hand, rivals)


def _session(graph: bytes, device: Device, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineMissing(engine=f"paddle on {device}", remedy=_REMEDY) from error
    wanted = _PROVIDERS[device]
    # ONNX Runtime would take the next best one without a word.
    if wanted[0] not in onnxruntime.get_available_providers():
        raise EngineMissing(engine=f"paddle on {device}", remedy=_REMEDY)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=list(wanted))
    if session.get_providers()[0] != wanted[0]:
        raise EngineMissing(engine=f"paddle on {device}", remedy=_REMEDY)
    return session


def _detector() -> bytes:
    """Bytes in, bytes out."""
    from onnx import TensorProto, helper, numpy_helper

    model = _loaded(DETECTOR)
    output = model.graph.output[0].name
    model.graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "full"))
    model.graph.node.extend(
        [
            helper.make_node("Mul", [output, "full"], ["levels"]),
            helper.make_node("Round", ["levels"], ["rounded"]),
            helper.make_node("Cast", ["rounded"], ["found"], to=TensorProto.UINT8),
        ]
    )
    return _cut(model, [helper.make_tensor_value_info("found", TensorProto.UINT8, None)])


def _recogniser() -> tuple[bytes, tuple[str, ...]]:
    """Bytes in, the RIVALS best classes, their probabilities and the odds of handwriting out; and the text of each
    class."""
    from onnx import TensorProto, helper, numpy_helper

    model = _loaded(RECOGNISER)
    (listed,) = (entry.value for entry in model.metadata_props if entry.key == "character")
    output = model.graph.output[0].name
    probe = handwriting.probe()
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([RIVALS], np.int64), "rivals"),
            # A matrix: ONNX Runtime merges the product with the transposition before it, and is wrong for a vector.
            numpy_helper.from_array(probe.weights[:, np.newaxis], "probe"),
            numpy_helper.from_array(np.array(probe.bias, np.float32), "probe bias"),
        ]
    )
    model.graph.node.extend(
        [
            helper.make_node("TopK", [output, "rivals"], ["probabilities", "classes"], axis=2),
            helper.make_node("MatMul", [_features(model.graph), "probe"], ["probed"]),
            helper.make_node("Add", ["probed", "probe bias"], ["by hand"]),
        ]
    )
    outputs = [
        helper.make_tensor_value_info("classes", TensorProto.INT64, None),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("by hand", TensorProto.FLOAT, None),
    ]
    return _cut(model, outputs), ("", *listed.split("\n"), " ")


def _features(graph: Any) -> str:
    """What the recogniser's last layer takes: up from the result, the input of the first product."""
    makers = {output: node for node in graph.node for output in node.output}
    node = makers[graph.output[0].name]
    while node.op_type != "MatMul":
        node = makers[node.input[0]]
    return str(node.input[0])


def _loaded(name: str) -> Any:
    try:
        import onnx
    except ImportError as error:
        raise EngineMissing(engine="paddle on ONNX Runtime", remedy=_REMEDY) from error
    return onnx.load(str(weights(name)))


def _cut(model: Any, outputs: list[Any]) -> bytes:
    """The graph on 8-bit pixels, images x height x width x 3 in blue, green, red, normalised to -1…1 inside."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    start = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.array(127.5, np.float32), "half"))
    before = [
        helper.make_node("Cast", ["pixels"], ["as floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["as floats"], ["by channel"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["by channel", "half"], ["centred"]),
        helper.make_node("Div", ["centred", "half"], [start]),
    ]
    nodes = [*before, *graph.node]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["images", "height", "width", 3])
    graph.input.append(pixels)
    graph.output.extend(outputs)
    return bytes(model.SerializeToString())
