"""The faces that lines are drawn in: those of a folder that show plain Latin print, and those of other scripts."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from fontTools.ttLib import TTFont
from PIL import ImageFont

#: file names of faces whose letters are not plain, and of those that are made for other scripts than the Latin one
_LEFT_OUT = re.compile(
    r"bebas|caps|outline|math|symbol|goth|script|webding|wingding|marlett|music|cursor|icon|d050000l|ubuntu-title"
    r"|lmsans.*demi.*cond|noto(sans|serif)(?!mono-|display-)[a-z]+-|noto(naskh|kufi|nastaliq|rashi|trad)",
    re.IGNORECASE,
)
#: where a file's name goes on from the family to the style
_STYLE = re.compile(r"[-_]|Regular|Bold|Italic|Oblique|Light|Medium|Thin|Black|Cond")
#: what a face must have
_NEEDED = frozenset(map(ord, "ABCXYZabcxyz0123456789.,:;-()&%$#@!?/+="))
#: what draws the signs that a face lacks: letters of other scripts, and those of Asia
_OTHERS = ("NotoSans-Regular.ttf", "NotoSerif-Regular.ttf", "DejaVuSans.ttf", "FreeSerif.otf", "FreeSerif.ttf")
_ASIAN = "Noto*CJK-*.ttc"
_SIZES_HELD = 4000


@dataclass(frozen=True)
class Face:
    """A font file and the code points that it has glyphs for."""

    file: Path
    codes: frozenset[int] = field(repr=False)

    def has(self, sign: str) -> bool:
        return ord(sign) in self.codes

    def at(self, em: int) -> ImageFont.FreeTypeFont:
        """The face at a size in pixels."""
        return _sized(self.file, em)


class Fonts:
    """The faces under a folder; `weights` says of families, by their names, how often each is drawn.

    Raises FileNotFoundError if it has none of plain print that can be drawn, or none of other scripts.
    """

    def __init__(self, folder: Path, weights: Callable[[Sequence[str]], list[float]]) -> None:
        families: dict[str, list[Face]] = defaultdict(list)
        for file in sorted(folder.rglob("*.[ot]tf")):
            face = _plain(file)
            if face is not None:
                families[_STYLE.split(file.name)[0]].append(face)
        self._families = list(families.values())
        self._weights = weights(list(families))
        self.others = [_face(file) for name in _OTHERS for file in sorted(folder.rglob(name))]
        self.asian = [_face(file) for file in sorted(folder.rglob(_ASIAN))]
        drawable = [name for name, weight in zip(families, self._weights, strict=True) if weight]
        for faces, wanted in ((drawable, "*.otf, *.ttf"), (self.others, ", ".join(_OTHERS)), (self.asian, _ASIAN)):
            if not faces:
                raise FileNotFoundError(f"{folder} has no fonts that fit ({wanted}); README.md names the packages")

    def draw(self, draws: random.Random) -> Face:
        """One of the faces: families by their weights, the faces of one alike often."""
        return draws.choice(draws.choices(self._families, self._weights)[0])


@lru_cache(_SIZES_HELD)
def _sized(file: Path, em: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, em, layout_engine=ImageFont.Layout.BASIC)


def _face(file: Path) -> Face:
    with TTFont(file, lazy=True, fontNumber=0) as font:
        return Face(file, frozenset(font.getBestCmap() or ()))


def _plain(file: Path) -> Face | None:
    """The face, if it has the needed characters and small letters of their own."""
    if _LEFT_OUT.search(file.name):
        return None
    face = _face(file)
    if not face.codes >= _NEEDED:
        return None
    try:
        small, capital = _glyph(file, "a"), _glyph(file, "A")
    except OSError:  # FreeType: a face of bitmaps has no such size
        return None
    if _height(small) > 0.93 * _height(capital):
        return None
    likeness = np.corrcoef(_squared(small), _squared(capital))[0, 1]
    return face if likeness <= 0.9 else None


def _glyph(file: Path, sign: str) -> npt.NDArray[np.float64]:
    """The ink of a sign (height x width)."""
    mask = _sized(file, 40).getmask(sign)
    width, height = mask.size
    return np.array(mask, np.float64).reshape(height, width)


def _height(glyph: npt.NDArray[np.float64]) -> int:
    """Pixels from the first row with ink to the last."""
    rows = np.flatnonzero(glyph.any(axis=1))
    return int(rows[-1] - rows[0]) + 1


def _squared(glyph: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(cv2.resize(glyph, (20, 20)), np.float64).ravel()
