"""OKLab: a colour space in which equal distances look about equally different (Björn Ottosson, 2020).

Its lightness is that of the author's later note (2021), which tells dark colours apart no better than people do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LINEAR = np.arange(256) / 255.0
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4)

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

#: of the lightness
_K1, _K2 = 0.206, 0.03
_K3 = (1 + _K1) / (1 + _K2)


def oklab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """OKLab (L 0…1, a, b) of sRGB colours: both n x 3."""
    lab: Floats = np.cbrt(_LINEAR[rgb] @ _TO_CONES.T) @ _TO_LAB.T
    lifted = _K3 * lab[:, 0] - _K1
    lab[:, 0] = (lifted + np.sqrt(lifted**2 + 4 * _K2 * _K3 * lab[:, 0])) / 2
    return lab


def chroma(lab: Floats) -> Floats:
    """How colourful: 0 for grey, up to about 0.32 in sRGB."""
    return np.hypot(lab[:, 1], lab[:, 2])
