"""Files of drawn lines: some 10,000 lines each, so that training can begin while more are drawn."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tools.plain_print.drawing import HEIGHT, Drawing, Strip
from tools.plain_print.fonts import Fonts
from tools.plain_print.kinds import LOOKS, Kind
from tools.plain_print.texts import CLASSES, Texts

_LINES = 10_000
_CLASS = {character: index for index, character in enumerate(CLASSES)}


@dataclass(frozen=True)
class Shard:
    """Lines, one after the other.

    `pixels`: column by column, from the first line to the last (bytes); `widths`: columns of each line (int64);
    `labels`: the classes of all lines' characters (int16); `lengths`: characters of each line (int64).
    """

    pixels: npt.NDArray[np.uint8]
    widths: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int16]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def of(cls, strips: Sequence[Strip]) -> Shard:
        labels = [[_CLASS[character] for character in strip.label] for strip in strips]
        return cls(
            pixels=np.concatenate([strip.pixels.T.ravel() for strip in strips]),
            widths=np.array([strip.pixels.shape[1] for strip in strips], np.int64),
            labels=np.array([index for label in labels for index in label], np.int16),
            lengths=np.array([len(label) for label in labels], np.int64),
        )

    @classmethod
    def read(cls, file: Path) -> Shard:
        with np.load(file) as arrays:
            return cls(**arrays)

    def write(self, file: Path) -> None:
        """Under another name at first, so that no one reads half a file."""
        part = file.with_suffix(".part")
        with part.open("wb") as stream:
            np.savez(stream, **asdict(self))
        part.rename(file)

    def strips(self) -> list[npt.NDArray[np.uint8]]:
        """The lines' pixels (32 x width each)."""
        parts = np.split(self.pixels, HEIGHT * np.cumsum(self.widths)[:-1])
        return [part.reshape(-1, HEIGHT).T for part in parts]

    def classes(self) -> list[npt.NDArray[np.int16]]:
        """The lines' characters."""
        return np.split(self.labels, np.cumsum(self.lengths)[:-1])


def draw(folder: Path, *, kind: Kind, count: int, seed: int, fonts: Path) -> None:
    """Draw so many lines of a kind, in the faces under `fonts`; their files are named by kind, seed and number.

    Raises FileNotFoundError if the faces that are needed are not there.
    """
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    draws = random.Random(seed)
    look = LOOKS[kind](draws)
    drawing = Drawing(draws, Texts(draws), Fonts(fonts, look.weights), look)
    for number, start in enumerate(range(0, count, _LINES)):
        strips: list[Strip] = []
        while len(strips) < min(_LINES, count - start):
            strip = drawing.strip()
            if strip is not None:
                strips.append(strip)
        file = folder / f"{kind.value}_{seed:03}_{number:03}.npz"
        Shard.of(strips).write(file)
        print(f"{file}: {len(strips):,} lines", flush=True)
