"""Processes that start at the same moment share the folder of compiled models."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13

from stele.pipeline.reading.engines.paddle.models import Core
from stele.pipeline.reading.engines.paddle.runtime import Runtime


def doubling() -> ov.Model:
    given = opset13.parameter([3], np.float32)
    return ov.Model([opset13.multiply(given, opset13.constant(np.float32(2))).output(0)], [given], "doubling")


def test_one_process_at_a_time_writes_what_it_compiles(tmp_path: Path) -> None:
    core = Core(Runtime(cache=tmp_path / "models"))
    with ThreadPoolExecutor(1) as other:
        with (tmp_path / "models" / ".lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            compiled = other.submit(core.compile, doubling())
            with pytest.raises(TimeoutError):
                compiled.result(timeout=1)
        request = compiled.result(timeout=60)
    request.infer([np.ones(3, np.float32)])
    assert request.get_output_tensor(0).data.tolist() == [2, 2, 2]


def test_without_a_folder_nothing_is_waited_for() -> None:
    assert Core(Runtime()).compile(doubling())
