"""A line on its page, and what can be done to it there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: where a line stands on its page, in ems from the top
BASELINE = 2.5
#: from this on a pixel belongs to a letter
INK = 0.3


@dataclass(frozen=True)
class Line:
    """Ink (height x width, 0 to 1), what it says, the size of its type (`em`) and, once it is framed, the edges of its
    print, all in pixels."""

    ink: Floats
    label: str
    em: int
    top: float = 0.0
    bottom: float = 0.0
    left: int = 0
    right: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Of its page."""
        return int(self.ink.shape[1])

    @property
    def baseline(self) -> int:
        return int(BASELINE * self.em)

    def turned(self, degrees: float, slant: float = 0.0) -> Line:
        """Turned and slanted (columns to the right for each row up), about its middle; its edges stay."""
        slope = np.tan(np.deg2rad(degrees))
        moved = np.array([[1, -slant, slant * self.baseline], [slope, 1, -slope * self.width / 2]], np.float32)
        return replace(self, ink=np.asarray(cv2.warpAffine(self.ink, moved, self.ink.shape[::-1]), np.float32))

    def beside(self, other: Line, down: int, margin: float = 0.0) -> Line:
        """With another line so many pixels further down (less than none: up), which stays so far from it."""
        width = min(other.width, self.width)
        shifted = np.zeros_like(self.ink)
        if down > 0:
            shifted[down:, :width] = other.ink[:-down, :width]
        else:
            shifted[:down, :width] = other.ink[-down:, :width]
        shifted[int(max(0, self.top - margin)) : int(self.bottom + margin)] = 0
        return replace(self, ink=np.maximum(self.ink, shifted))

    def ruled(self, y: int, thickness: int, stretch: tuple[int, int], strength: float = 1.0) -> Line:
        """With a rule that has its upper edge at `y`, from one column to another."""
        ink = self.ink.copy()
        rule = ink[max(0, y) : max(0, y + thickness), slice(*stretch)]
        np.maximum(rule, strength, out=rule)
        return replace(self, ink=ink)

    def edged(self, x: int, thickness: int) -> Line:
        """With a rule from the top of the page to the bottom that has its left edge at `x`."""
        ink = self.ink.copy()
        ink[:, max(0, x) : max(0, x + thickness)] = 1
        return replace(self, ink=ink)
