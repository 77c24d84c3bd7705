"""The two graphs of PP-OCRv6 small, cut to what is needed and compiled for a few shapes.

Both take 8-bit BGR pixels as OpenCV holds them and normalise inside. The detector gives its probabilities as bytes, the
recogniser the scores of the classes at each time step, the probability of the best, and whether it sees handwriting.

Of the recogniser's 18,710 classes 16,000 are ideographs. Scoring them takes as long as a fifth of all that comes
before, so they are left out at first, and looked at in the steps that show none of the others clearly; in all steps of
a line where one of them is found.

OpenVINO keeps memory for every shape it has seen. So the detector is compiled for the few shapes of `TILES` (fixed
shapes need the least memory while they run), and the recogniser, one graph for all widths, only sees those of `WIDTHS`.
"""

from __future__ import annotations

import fcntl
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import Layout, Type, opset13
from openvino.preprocess import PrePostProcessor

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during, looked_at
from stele.pipeline.reading.engines.paddle import handwriting
from stele.pipeline.reading.engines.paddle.quantising import quantise, ranges
from stele.pipeline.reading.engines.paddle.runtime import DETECTOR, RECOGNISER, Precision, Runtime, weights

#: height of a line as the recogniser was trained to take it, in pixels, and the lower one that it takes too
LINE_HEIGHT, LOW = 48, 32
#: pixels of a line that one time step stands for
STEP = 8
#: widths of a line as the recogniser takes it, in pixels: the wider, the fewer lines are as wide. Those among them that
#: suffice where lines are low, and cost little, or are hard to read, and few
WIDTHS = (96, 160, 240, 320, 400, 480, 560, 640, 800, 960, 1120, 1440, 1920)
FEWER_WIDTHS = (96, 240, 400, 560, 800, 1120, 1440, 1920)
#: height and width of a piece of the page as the detector takes it, in pixels; each shape costs about 100 MB
TILES = ((480, 480), (640, 960), (960, 640))
#: the score from which a step's best class holds without a look at the ideographs. The scores of the classes are not
#: bound to add up to anything: where an ideograph stands, those of all others are low. Of 7,153 steps that showed an
#: ideograph, in 626 lines, 40 had a higher score for another class, and one line had no other step
_CLEAR = 15.0
#: a step is in doubt whose best class is less probable than this; so many are told of it, if not less probable
SURE, RIVALS, POSSIBLE = 0.98, 40, 1e-8
#: steps are looked at for ideographs so many at a time, or all of a line
_COUNTS = (8, 16, 32, 64)
#: the names of the graphs that read a line and look at a tile
LINE_GRAPH, TILE_GRAPH = "line", "tile"
#: where the ideographs, kana and hangul begin
_EAST = 0x2E80


class Rivals(NamedTuple):
    """What time steps may show whose best class is in doubt: the step, the class, and the probability of that, step by
    step from the left, the best one among them."""

    steps: npt.NDArray[np.intp]
    classes: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float32]


class Steps(NamedTuple):
    """Of each time step of a line: its best class, the probability of that, and the log odds of handwriting; and what
    else may stand in those where that is in doubt."""

    classes: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float32]
    by_hand: npt.NDArray[np.float32]
    rivals: Rivals


class Core:
    """OpenVINO with this engine's settings."""

    def __init__(self, runtime: Runtime) -> None:
        self._core = ov.Core()
        # OpenVINO's own choice is bf16 exactly where the CPU computes in it, and then it has whole numbers too.
        rest = self._core.get_property("CPU", "INFERENCE_PRECISION_HINT").to_string()
        self.precision = runtime.precision
        if runtime.precision is Precision.AUTO:
            self.precision = Precision.INT8 if rest == Precision.BF16 else Precision.F32
        if self.precision is not Precision.INT8:
            rest = self.precision.value
        self._cache = runtime.cache
        self._config: dict[str, object] = {
            "INFERENCE_NUM_THREADS": runtime.threads,
            "INFERENCE_PRECISION_HINT": rest,
            "NUM_STREAMS": 1,
            # Pinned, the engines of all processes would sit on the first core.
            "ENABLE_CPU_PINNING": False,
        }
        if runtime.cache is not None:
            runtime.cache.mkdir(parents=True, exist_ok=True)
            self._config["CACHE_DIR"] = str(runtime.cache)

    def read(self, name: str) -> ov.Model:
        return self._core.read_model(weights(name))

    def compile(self, model: ov.Model) -> ov.InferRequest:
        """Compile for the CPU and make the one request that is used."""
        with self._alone():
            return self._core.compile_model(model, "CPU", self._config).create_infer_request()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time writes what it has compiled: OpenVINO fails where two write the same file."""
        if self._cache is None:
            yield
            return
        with (self._cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class DetectorModel:
    """Where on a tile is text? Probability 0…255 of every pixel."""

    #: tiles that are best looked at together: a CPU gains nothing by more
    batch = 1

    def __init__(self, core: Core) -> None:
        self._core = core
        self._requests: dict[tuple[int, int], ov.InferRequest] = {}

    def __call__(self, tile: Pixels) -> Pixels:
        """`tile`: height x width x 3, its size one of `TILES`. Returns height x width."""
        looked_at(Stage.DETECT, tile.shape[0] * tile.shape[1])
        size = tile.shape[0], tile.shape[1]
        request = self._requests.get(size)
        if request is None:
            request = self._requests[size] = self._compiled(size)
        request.infer([tile[np.newaxis]], share_inputs=True)
        found: Pixels = request.get_output_tensor(0).data[0, 0].copy()
        return found

    def many(self, tiles: Sequence[Pixels]) -> list[Pixels]:
        """Of tiles of one size."""
        return [self(tile) for tile in tiles]

    @during(Stage.LOAD)
    def _compiled(self, size: tuple[int, int]) -> ov.InferRequest:
        model = self._core.read(DETECTOR)
        levels = opset13.multiply(_input_of(model.outputs[0]), opset13.constant(np.float32(255)))
        found = opset13.convert(opset13.round(levels), "u8")
        model = _takes_bytes(ov.Model([found.output(0)], model.get_parameters(), TILE_GRAPH))
        model.reshape([1, *size, 3])
        return self._core.compile(model)


class RecogniserModel:
    """What does a line say, and is it print?"""

    def __init__(
        self, core: Core, precision: Precision | None = None, *, beside: RecogniserModel | None = None
    ) -> None:
        """`precision`: of the large layers, that of `core` unless given. `beside`: another one in the same process,
        whose graph of all classes is used too: a second one would take 100 MB."""
        model = core.read(RECOGNISER)
        #: the text of each class; class 0 is CTC's blank, the last one the space
        self.characters: tuple[str, ...] = (
            "",
            *model.get_rt_info(["framework", "character"]).astype(str).split("\n"),
            " ",
        )
        # Up from the result: softmax, identity, the sum with the bias, the product with the matrix.
        sum_ = _input_of(_input_of(_input_of(model.outputs[0])))
        product, bias = (sum_.node.input_value(index) for index in (0, 1))
        features, matrix = (product.node.input_value(index) for index in (0, 1))
        head = _Head(matrix=matrix.node.data.copy(), bias=bias.node.data.copy())
        self._common = np.flatnonzero([not _ideograph(character) for character in self.characters]).astype(np.int32)
        common = head.of(features, self._common)
        line = _takes_bytes(ov.Model([*common, features], model.get_parameters(), LINE_GRAPH))
        _pool_any_height(line)
        line.reshape([1, ov.Dimension(LOW, LINE_HEIGHT), ov.Dimension(WIDTHS[0], WIDTHS[-1]), 3])
        if (precision or core.precision) is Precision.INT8:
            quantise(line, ranges())
        self._line = core.compile(line)
        self._probe = handwriting.probe()
        self._all: ov.InferRequest = beside._all if beside else core.compile(_all_classes(head))

    @during(Stage.RECOGNISE)
    def __call__(self, line: Pixels) -> Steps:
        """`line`: height x width x 3, its height LINE_HEIGHT or LOW, its width one of `WIDTHS`."""
        looked_at(Stage.RECOGNISE, line.shape[1] * line.shape[0] // LINE_HEIGHT)
        self._line.infer([line[np.newaxis]], share_inputs=True)
        scores, probabilities, features = (self._line.get_output_tensor(output).data[0] for output in range(3))
        best = scores.argmax(axis=1)
        classes, probabilities, by_hand = self._common[best], probabilities.copy(), self._probe(features)
        unclear = np.flatnonzero(scores[np.arange(len(best)), best] < _CLEAR)
        if unclear.size:
            classes[unclear], probabilities[unclear] = self._among_all(features[unclear])
            if not np.isin(classes[unclear], self._common).all():
                classes, probabilities = self._among_all(features)
                return Steps(classes, probabilities, by_hand, _NO_RIVALS)
        return Steps(classes, probabilities, by_hand, self._rivals(scores, probabilities))

    def _rivals(self, scores: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]) -> Rivals:
        """Among the common classes, by their scores."""
        doubtful = np.flatnonzero(probabilities < SURE)
        if not doubtful.size:
            return _NO_RIVALS
        classes = np.argpartition(scores[doubtful], -RIVALS, axis=1)[:, -RIVALS:]
        found = scores[doubtful[:, np.newaxis], classes]
        order = np.argsort(-found, axis=1)
        classes, found = np.take_along_axis(classes, order, 1), np.take_along_axis(found, order, 1)
        shares = np.exp(found - found[:, :1]) * probabilities[doubtful, np.newaxis]
        rows, ranks = np.nonzero(shares >= POSSIBLE)
        return Rivals(doubtful[rows], self._common[classes[rows, ranks]], shares[rows, ranks])

    def _among_all(self, features: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """The best of all classes at each of some steps, and its probability."""
        count = len(features)
        room = next((known for known in _COUNTS if known >= count), count)
        self._all.infer([np.pad(features, ((0, room - count), (0, 0)))[np.newaxis]])
        scores, probabilities = (self._all.get_output_tensor(output).data[0, :count] for output in range(2))
        return scores.argmax(axis=1).astype(np.int32), probabilities.copy()

    def many(self, lines: Sequence[Pixels]) -> list[Steps]:
        """Of lines of any widths."""
        return [self(line) for line in lines]


_NO_RIVALS = Rivals(np.empty(0, np.intp), np.empty(0, np.int32), np.empty(0, np.float32))


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The last layer of the recogniser: features x classes."""

    matrix: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]

    def of(self, features: ov.Output, classes: npt.NDArray[np.int32] | None = None) -> list[ov.Output]:
        """Of each time step the scores of `classes` (all where not given), and the probability of the best."""
        matrix, bias = (self.matrix, self.bias) if classes is None else (self.matrix[:, classes], self.bias[classes])
        scores = opset13.add(opset13.matmul(features, opset13.constant(matrix), False, False), opset13.constant(bias))
        # The place of the best is sought by who asks: NumPy is ten times as fast at it as OpenVINO.
        best = opset13.reduce_max(opset13.softmax(scores, 2), opset13.constant(np.int32(2)))
        return [scores.output(0), best.output(0)]


def _all_classes(head: _Head) -> ov.Model:
    """The scores of all classes at some steps of a line (1 x steps x features)."""
    steps = opset13.parameter([1, ov.Dimension(_COUNTS[0], WIDTHS[-1] // STEP), len(head.matrix)], np.float32)
    return ov.Model(head.of(steps.output(0)), [steps], "all classes")


def _ideograph(character: str) -> bool:
    """Whether a character is an ideograph, or of a script that is written among them; their punctuation is not."""
    return character[:1] >= chr(_EAST) and unicodedata.category(character[0]) in ("Lo", "Lm")


def _pool_any_height(model: ov.Model) -> None:
    """Let the layer that ends the rows take the mean of however many there are, not of the three of LINE_HEIGHT."""
    (pool,) = (layer for layer in model.get_ordered_ops() if layer.get_type_name() == "AvgPool")
    row = opset13.reduce_mean(pool.input_value(0), opset13.constant(np.int32(2)), keep_dims=True)
    halved = opset13.avg_pool(row, [1, 2], [0, 0], [0, 0], [1, 2], exclude_pad=True)
    for user in list(pool.output(0).get_target_inputs()):
        user.replace_source_output(halved.output(0))


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
