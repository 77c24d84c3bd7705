"""Where the lines of a page are: its print is measured, and the page looked at in the size that suits that."""

from __future__ import annotations

import math
from typing import NamedTuple

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import orientation, scale
from stele.pipeline.reading.engines.paddle.detector import Detector, Floats, TileModel, with_others
from stele.pipeline.reading.engines.paddle.models import Core, DetectorModel
from stele.pipeline.reading.engines.paddle.pixels import grey
from stele.pipeline.reading.engines.paddle.runtime import Device, Runtime

#: the height of letters that the detector sees best, in pixels
_LETTER = 10.0
#: a page is not shrunk below this long side before detection: its smallest print may not be its commonest;
#: unless its letters are still higher than these pixels then, as on a poster or in a picture of one word
_LEAST_SIDE, _HIGHEST_LETTER = 1280, 35.0
#: and may be looked at so much smaller where that saves looks; what is in a photo is lost sooner
_LEAST_OF_PAGE, _LEAST_OF_PHOTO = 0.85, 0.91
#: the long side of a photo, which is enlarged to it so many times at most: from near, what is rough looks like letters;
#: it is looked at a second time from so much farther, since a sign may be many times as high as the next
_PHOTO_SIDE, _MOST_OF_PHOTO, _FARTHER = 1024, 2.0, 0.4
#: nor enlarged more than so many times, nor to more pixels than these
_MOST_SCALE = 3.0
_MOST_PIXELS = 40_000_000


class Found(NamedTuple):
    """The lines of a page: boxes (N x 4 x 2) whose first side is their line's direction, whether most of them stand
    (read downwards), and the print."""

    boxes: Floats
    stands: bool
    print_: scale.Print


class LineFinder:
    """Finds lines of text. One a process, for one thread."""

    def __init__(self, runtime: Runtime) -> None:
        """Load and compile. Raises EngineMissing."""
        self._detector = Detector(_tile_model(runtime))

    def __call__(self, pixels: Pixels) -> Found | None:
        """The lines of a displayed page; None where there are none."""
        print_ = scale.measured(grey(pixels))
        if print_.blank:
            return None
        at = working_scale(print_, pixels)
        least = _LEAST_OF_PHOTO if print_.photo else _LEAST_OF_PAGE
        boxes = self._detector(pixels, at, least)
        if print_.photo:
            boxes = with_others(boxes, self._detector(pixels, _FARTHER * at, least))
        return Found(*orientation.laid(boxes), print_) if len(boxes) else None


def _tile_model(runtime: Runtime) -> TileModel:
    if runtime.device is Device.OPENVINO:
        return DetectorModel(Core(runtime))
    from stele.pipeline.reading.engines.paddle.onnx_models import OnnxDetectorModel

    return OnnxDetectorModel(runtime.device, runtime.threads)


def working_scale(print_: scale.Print, pixels: Pixels) -> float:
    """How much to scale the page for the detector."""
    height, width = pixels.shape[:2]
    wanted = _LETTER / print_.letter if print_.letter else 1.0
    side, enlarged = (_PHOTO_SIDE, _MOST_OF_PHOTO) if print_.photo else (_LEAST_SIDE, 1.0)
    least = min(enlarged, side / max(height, width))
    if print_.letter:
        least = min(least, _HIGHEST_LETTER / print_.letter)
    most = min(_MOST_SCALE, math.sqrt(_MOST_PIXELS / (height * width)))
    return float(min(max(wanted, least), most))
