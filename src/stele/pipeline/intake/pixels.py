"""From what a decoder gives to what the pipeline reads: 8 bits a channel, BGR or grey, no alpha, the right way up.

Grey stays grey only where the image has a grey mode; a colour image that happens to show greys stays BGR.
Everything goes strip by strip, so that beside the decoded image and the result no third copy of a page exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from stele.domain.geometry import Orientation
from stele.pipeline.intake.seam import Pixels

_STRIP_PIXELS = 1 << 20


def to_pixels(image: Image.Image) -> Pixels:
    """The pixels of a decoded image, as stored: height x width x 3 BGR, or height x width for grey modes.

    Alpha is laid on paper, see `paper_for`. More than 8 bits are scaled by their actual depth, see `to_eight_bits`.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return to_eight_bits(np.asarray(image))
    paper = paper_for(image) if image.has_transparency_data else None
    grey = image.mode in _GREY_MODES
    width, height = image.size
    pixels = np.empty((height, width) if grey else (height, width, 3), np.uint8)
    for top, strip in _strips(image):
        flat = _flattened(strip, paper)
        target = pixels[top : top + flat.height]
        if grey:
            target[:] = np.asarray(flat if flat.mode == "L" else flat.convert("L"))
        else:
            rgb = np.asarray(flat if flat.mode == "RGB" else flat.convert("RGB"))
            cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR, dst=target)
    return pixels


_GREY_MODES = frozenset({"1", "L", "LA", "La"})


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


# -- alpha ------------------------------------------------------------------------------------------------------------


def _with_alpha(image: Image.Image) -> Image.Image:
    """As LA or RGBA: also premultiplied alpha, palettes with alpha, and one colour that is declared transparent."""
    if image.mode == "La":
        return image.convert("LA")
    return image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")


def _flattened(strip: Image.Image, paper: int | None) -> Image.Image:
    """`strip` on paper of that grey value; as it is where there is no paper to lay it on."""
    if paper is None:
        return strip
    strip = _with_alpha(strip)
    sheet = Image.new("L" if strip.mode == "LA" else "RGB", strip.size, paper if strip.mode == "LA" else (paper,) * 3)
    sheet.paste(strip.convert(sheet.mode), mask=strip.getchannel("A"))
    return sheet


def paper_for(image: Image.Image) -> int:
    """The grey value to lay a transparent image on, so that what is drawn can be seen.

    White, as on screen. But where at least a tenth of the picture is transparent and most of what is drawn is light
    (white lettering, made to lie on something dark): black, or mid grey when dark things are drawn as well.
    """
    transparent = total = light = dark = 0
    for _, stored in _strips(image):
        strip = _with_alpha(stored)
        drawn = strip.getchannel("A").point([0] * 128 + [255] * 128)
        counts = strip.convert("L").histogram(mask=drawn)
        transparent += drawn.histogram()[0]
        total += strip.width * strip.height
        light += sum(counts[192:])
        dark += sum(counts[:64])
    drawn_total = total - transparent
    if transparent < total / 10 or light <= drawn_total / 2:
        return 255
    return 0 if dark < drawn_total / 100 else 128


# -- depth ------------------------------------------------------------------------------------------------------------


def to_eight_bits(samples: npt.NDArray[Any]) -> Pixels:
    """Grey samples of more than 8 bits, scaled so that nothing is clipped.

    Integers: by their depth, which is that of the largest sample, since scanners store 10, 12 and 14 bits in 16 and say
    so nowhere; below 10 bits a dark page is taken for what it is. Floats: 0…1, 0…255 or 0…65535 as the largest sample
    implies; anything else is stretched between its extremes. What is not a number is black.
    """
    scaled = _float_scaling(samples) if samples.dtype.kind == "f" else _integer_scaling(samples)
    pixels = np.empty(samples.shape, np.uint8)
    rows = max(1, _STRIP_PIXELS // samples.shape[1])
    for top in range(0, samples.shape[0], rows):
        pixels[top : top + rows] = scaled(samples[top : top + rows])
    return pixels


_Scaling = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


def _integer_scaling(samples: npt.NDArray[Any]) -> _Scaling:
    lowest = min(int(samples.min()), 0)
    depth = max((int(samples.max()) - lowest).bit_length(), 10)
    return lambda part: part.astype(np.int64) - lowest >> depth - 8


def _float_scaling(samples: npt.NDArray[Any]) -> _Scaling:
    known = samples[np.isfinite(samples)]
    lowest, highest = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    floor = min(lowest, 0.0)
    ceiling = next((top for top in (1.0, 255.0, 65535.0) if floor == 0.0 and highest <= top), highest)
    factor = 255.0 / (ceiling - floor)
    return lambda part: np.rint((np.nan_to_num(part, nan=floor, posinf=ceiling, neginf=floor) - floor) * factor)


# -- orientation ------------------------------------------------------------------------------------------------------


def displayed(stored: Pixels, orientation: Orientation) -> Pixels:
    """Turn stored pixels as `orientation` demands."""
    turned = cv2.transpose(stored) if orientation.swaps_axes else stored
    flip = _FLIPS.get(orientation)
    return np.asarray(turned if flip is None else cv2.flip(turned, flip), np.uint8)


#: OpenCV's names for the mirrors that follow the transposition: 1 left-right, 0 top-bottom, -1 both
_FLIPS = {
    Orientation.MIRRORED: 1,
    Orientation.HALF_TURN: -1,
    Orientation.MIRRORED_HALF_TURN: 0,
    Orientation.QUARTER_RIGHT: 1,
    Orientation.MIRRORED_QUARTER_RIGHT: -1,
    Orientation.QUARTER_LEFT: 0,
}
