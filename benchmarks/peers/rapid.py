"""RapidOCR with its own defaults and the weights in its wheel, on either of its CPU runtimes.

The weights are named one by one, because it downloads whatever it does not find by its own rules. Word boxes are asked
for, since every peer here gives words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import cv2
import rapidocr
from rapidocr import EngineType, RapidOCR

from benchmarks.peers import Reading
from benchmarks.placing import Word

_WEIGHTS = Path(rapidocr.__file__).parent / "models"
_FILES = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


class _Rapid:
    runtime: ClassVar[str]

    def __init__(self, threads: int) -> None:
        """Raises FileNotFoundError when the wheel does not hold the weights."""
        cv2.setNumThreads(threads)
        parameters: dict[str, object] = {
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.openvino.inference_num_threads": threads,
        }
        for part, name in _FILES.items():
            weights = _WEIGHTS / name
            if not weights.is_file():
                raise FileNotFoundError(f"the rapidocr wheel holds no {name}, and nothing is downloaded here")
            parameters |= {f"{part}.model_path": str(weights), f"{part}.engine_type": EngineType(self.runtime)}
        self._read = RapidOCR(params=parameters)

    def read(self, path: Path, language: str) -> Reading:
        result: Any = self._read(str(path), return_word_box=True)  # one of four types, by what it was asked for
        if result.boxes is None:  # nothing was found
            return Reading(text="", words=())
        words = tuple(
            Word(text=text, polygon=tuple((float(x), float(y)) for x, y in corners))
            for line in result.word_results or ()
            for text, _, corners in line
            if corners is not None
        )
        lines = tuple(
            Word(text=text, polygon=tuple((float(x), float(y)) for x, y in corners))
            for text, corners in zip(result.txts or (), result.boxes, strict=True)
        )
        return Reading(text="\n".join(result.txts or ()), words=words, lines=lines)


class OnnxRuntime(_Rapid):
    runtime = "onnxruntime"


class OpenVino(_Rapid):
    runtime = "openvino"
