"""Pictures of a PDF page that are lost: viewers draw nothing in their place, and nothing says so."""

from __future__ import annotations

import numpy as np

from stele.domain.geometry import bounds
from stele.pipeline.intake import native
from stele.pipeline.intake.frame import Frame
from stele.pipeline.intake.native import Address
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.intake.survey import Picture, Survey, area

#: of the page: smaller pictures are not looked after
_SMALLEST = 0.05
#: a picture so much of which is of one colour may be lost; whether it is costs decoding it once more
_PLAIN = 0.98
#: a picture is whole, and a page is lost with its picture, from these shares on
_WHOLE, _FILLING = 0.98, 0.8


def lost_share(page: Address, seen: Survey, frame: Frame, pixels: Pixels) -> float:
    """The share of a rendered page, 0…1, that its largest damaged picture leaves empty; 0 where none is."""
    whole = max(area(seen.page), 1e-6)
    large = (picture for picture in seen.pictures if picture.area > _SMALLEST * whole)
    lost = (_lost(page, picture) * picture.area / whole for picture in large if _is_plain(picture, frame, pixels))
    return min(1.0, max(lost, default=0.0))


def fills(share: float) -> bool:
    """Whether what is lost is the page itself."""
    return share >= _FILLING


def _lost(page: Address, picture: Picture) -> float:
    share = native.image_share(page, picture.image)
    return 0.0 if share >= _WHOLE else 1.0 - share


def _is_plain(picture: Picture, frame: Frame, pixels: Pixels) -> bool:
    """Whether nearly all of a picture's place is of one colour, or a part at one of its ends is."""
    left, top, right, bottom = (round(edge) for edge in bounds(frame.box_to_polygon(picture.box)))
    shown = pixels[top:bottom:4, left:right:4]
    if not shown.size:
        return False
    ends = (shown[: max(1, len(shown) // 16)], shown[-max(1, len(shown) // 16) :])
    return any(float(np.all(part == part[0, 0], axis=-1).mean()) > _PLAIN for part in ends)
