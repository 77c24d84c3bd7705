"""A compiled network: arrays in, arrays out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov

Floats = npt.NDArray[np.float32]

#: pinned, the networks of all processes would sit on the first core
_CONFIG = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
    "ENABLE_CPU_PINNING": False,
}


class Network:
    """One graph and the one request that runs it. Not for several threads at once."""

    def __init__(self, model: Path | ov.Model, shape: tuple[int, ...] | None = None) -> None:
        """`shape` fixes that of the first input where the file leaves it open."""
        core = ov.Core()
        graph = core.read_model(model) if isinstance(model, Path) else model
        if shape is not None:
            graph.reshape({graph.inputs[0]: shape})
        self._request = core.compile_model(graph, "CPU", _CONFIG).create_infer_request()
        #: the position of each output by its name; of the nameless ones by none
        self.outputs = {name: index for index, output in enumerate(graph.outputs) for name in output.names}

    def __call__(self, *inputs: npt.NDArray[np.generic]) -> tuple[Floats, ...]:
        """All outputs as floats, in their order."""
        self._request.infer(list(inputs), share_inputs=True)
        return tuple(
            self._request.get_output_tensor(index).data.astype(np.float32)
            for index in range(len(self._request.model_outputs))
        )
