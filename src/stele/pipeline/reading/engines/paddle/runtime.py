"""How the paddle engine runs and where its weights lie; nothing here loads OpenVINO."""

from __future__ import annotations

import importlib.util
from enum import StrEnum
from pathlib import Path

from stele.domain.errors import EngineMissing
from stele.domain.value import Value

#: files of the two models
DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"


class Precision(StrEnum):
    """In what numbers a graph computes."""

    AUTO = "auto"  #: int8 where the CPU computes in bf16, else f32
    F32 = "f32"
    BF16 = "bf16"  #: about 1.7 times as fast where the CPU has AVX-512 BF16 or AMX, slower elsewhere
    INT8 = "int8"  #: the large layers of the recogniser in whole numbers, the rest in what the CPU does best


class Device(StrEnum):
    """On what the graphs run."""

    OPENVINO = "openvino"  #: the CPU, by OpenVINO
    ONNX = "onnx"  #: the CPU, by ONNX Runtime: slower, for machines that OpenVINO has no build for
    CUDA = "cuda"  #: an NVIDIA GPU, by ONNX Runtime
    TENSORRT = "tensorrt"  #: an NVIDIA GPU, by TensorRT: takes minutes to start, and is faster then


class Runtime(Value):
    """How the graphs run: `threads` of the CPU, and the folder for compiled graphs (None: compile in each process)."""

    device: Device = Device.OPENVINO
    threads: int = 1
    precision: Precision = Precision.F32
    cache: Path | None = None


def weights(name: str) -> Path:
    """The file of a model that the `rapidocr` wheel carries. Raises EngineMissing."""
    spec = importlib.util.find_spec("rapidocr")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise EngineMissing(engine="paddle", remedy=f"Install the package rapidocr, which carries {name}.")
