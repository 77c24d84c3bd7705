"""What is done to the tones of a picture: contrast, and black and white."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.seam import Pixels

#: parts of the pixels that may become fully black, and fully white: less than the ink of a page with one line
_DARKEST, _LIGHTEST = 0.002, 0.05
#: a picture whose tones lie closer together is blank: what would be drawn out is noise
_BLANK: Final = 12
#: the paper is looked at in pictures of about so many pixels a side
_PAPER_SIDE: Final = 512
#: characters are narrower than this part of that picture
_PAPER_WINDOW: Final = 25
#: the darkest that is taken for paper, as a part of the lightest
_DARK_PAPER: Final = 0.2


def contrasted(pixels: Pixels) -> Pixels:
    """The tones drawn apart, so that the darkest ink is black and the paper white; hues stay."""
    grey = grey_of(pixels)
    shares = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()) / grey.size
    low, high = int(np.searchsorted(shares, _DARKEST)), int(np.searchsorted(shares, 1 - _LIGHTEST))
    if high - low < _BLANK or (low <= 0 and high >= 255):
        return pixels
    table = np.clip((np.arange(256) - low) * (255.0 / (high - low)), 0, 255).round().astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), np.uint8)


def binarised(pixels: Pixels) -> Pixels:
    """Black and white, grey in form: shadows and stains of the paper are divided out before the threshold is chosen
    (N. Otsu, A threshold selection method from gray-level histograms, 1979). Light print on dark stays so."""
    grey = grey_of(pixels)
    light_paper = bool(np.median(grey) >= 128)
    flat = _flattened(grey if light_paper else 255 - grey)
    darkest, lightest = np.percentile(flat, (0.1, 99))
    if lightest - darkest < _BLANK:
        return np.full_like(grey, 255 if light_paper else 0)
    _, black_and_white = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(black_and_white if light_paper else 255 - black_and_white, np.uint8)


def grey_of(pixels: Pixels) -> Pixels:
    """The brightness of a picture."""
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def _flattened(grey: Pixels) -> Pixels:
    """A picture divided by its paper: what remains when everything narrow and dark is closed."""
    height, width = grey.shape
    scale = min(1.0, _PAPER_SIDE / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(grey, small_size, interpolation=cv2.INTER_AREA)
    window = np.ones((_PAPER_WINDOW, _PAPER_WINDOW), np.uint8)
    paper = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, window), _PAPER_WINDOW)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    lightest = float(paper.max()) or 1.0
    divisor: npt.NDArray[np.uint8] = np.maximum(paper, np.uint8(_DARK_PAPER * lightest))
    return np.asarray(cv2.divide(grey, np.maximum(divisor, 1), scale=255), np.uint8)
