"""The engine on ONNX Runtime reads what it reads on OpenVINO; the way to a GPU is this one with another device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stele.domain.document import Page
from stele.domain.errors import EngineMissing
from stele.domain.job import EngineName
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.engines.paddle.models import Core, DetectorModel, RecogniserModel
from stele.pipeline.reading.engines.paddle.onnx_models import OnnxDetectorModel, OnnxRecogniserModel
from stele.pipeline.reading.engines.paddle.runtime import Device, Precision, Runtime
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def read(name: str, device: Device) -> Page:
    reader = Reader(EngineChooser(None, threads=2, precision=Precision.F32, device=device))
    with open_document(SAMPLES / name, name=name, limits=Limits(), password=None) as document:
        (page,) = [reader.read(page, ReadOptions(engine=EngineName.PADDLE)) for page in document.pages(1, 1)]
    return page


@pytest.mark.parametrize("name", ["invoice.png", "sideways.jpg", "notice-zh-en.png"])
def test_pages_read_the_same(name: str) -> None:
    """Lines are as wide as they are in batches, and squeezed one by one: a letter in five hundred may differ."""
    ours, theirs = read(name, Device.OPENVINO), read(name, Device.ONNX)
    assert ours.angle == theirs.angle
    words = [word.text for word in ours.words()], [word.text for word in theirs.words()]
    assert len(words[0]) > 20
    common = len(set(words[0]) & set(words[1]))
    assert common >= 0.98 * len(set(words[0]))


def test_the_graphs_give_the_same_numbers() -> None:
    core = Core(Runtime(precision=Precision.F32))
    random = np.random.default_rng(4)
    tile = np.repeat(np.repeat(random.integers(0, 255, (80, 120, 1)), 8, 0), 8, 1).astype(np.uint8).repeat(3, axis=2)
    ours, theirs = DetectorModel(core)(tile), OnnxDetectorModel(Device.ONNX, 2)(tile)
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1
    lines = [random.integers(0, 255, (48, width, 3)).astype(np.uint8) for width in (160, 320, 160)]
    recogniser = OnnxRecogniserModel(Device.ONNX, 2)
    same = RecogniserModel(core)
    assert recogniser.characters == same.characters
    for one, steps in zip(lines, recogniser.many(lines), strict=True):
        alone = recogniser(one)
        assert np.array_equal(alone.classes, steps.classes)
        assert alone.probabilities == pytest.approx(steps.probabilities, abs=1e-4)
        assert same(one).by_hand == pytest.approx(steps.by_hand, abs=1e-2)


@pytest.mark.parametrize("device", [Device.CUDA, Device.TENSORRT])
def test_a_device_that_is_not_there_is_said(device: Device) -> None:
    """Nothing falls back to the CPU without a word."""
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has the libraries of a GPU")
    with pytest.raises(EngineMissing, match=r"stele\[gpu\]"):
        EngineChooser(None, threads=1, device=device).engine_for(ReadOptions(engine=EngineName.PADDLE))
