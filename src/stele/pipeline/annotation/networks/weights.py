"""The weights files of TensorFlow.js: tensors one after the other, each in bytes with a scale or in 32-bit floats.

Format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter, "weights manifest".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Quantization(msgspec.Struct, frozen=True):
    """weight = byte * scale + min"""

    dtype: str
    scale: float
    min: float


class Entry(msgspec.Struct, frozen=True):
    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None


class Group(msgspec.Struct, frozen=True):
    """What one run of files holds."""

    weights: tuple[Entry, ...]
    paths: tuple[str, ...]


def unpacked(groups: Sequence[Group], data: bytes) -> Mapping[str, Floats]:
    """The tensors by name. Raises ValueError when `data` has another length than they need."""
    tensors: dict[str, Floats] = {}
    offset = 0
    for entry in (entry for group in groups for entry in group.weights):
        count = prod(entry.shape)
        kind = np.dtype(entry.quantization.dtype if entry.quantization else entry.dtype)
        values = np.frombuffer(data, kind, count, offset).astype(np.float32)
        if entry.quantization:
            values = values * np.float32(entry.quantization.scale) + np.float32(entry.quantization.min)
        tensors[entry.name] = values.reshape(entry.shape)
        offset += count * kind.itemsize
    if offset != len(data):
        raise ValueError(f"{len(data)} bytes of weights where {offset} belong")
    return tensors
