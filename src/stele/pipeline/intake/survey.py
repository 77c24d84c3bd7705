"""What is painted on a PDF page: where its pictures lie, and which of its words cannot be seen.

Positions are in the page's own coordinates: points (of the page's user unit), y upwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from stele.pipeline.intake import native
from stele.pipeline.intake.native import Address, Matrix

Box = tuple[float, float, float, float]  #: left, bottom, right, top

#: forms may nest without end, or hold themselves
_MAX_DEPTH = 8
#: pictures that are this near are parts of one: scanners cut pages into strips
_TOUCHING = 1.0
#: above so many pictures on a page the box around all of them has to do
_MAX_PICTURES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image on a page: where it is, how fine and how large it is, its place in the order of painting, and pdfium's
    object, which lives as long as the page."""

    box: Box
    resolution: tuple[float, float]  #: pixels a point, along x and along y of the page
    decoded_bytes: int
    order: int
    image: Address

    @property
    def area(self) -> float:
        return area(self.box)


@dataclass(slots=True)
class Survey:
    """`regions` are the pictures with touching ones joined; `share` is the part of the page that the largest covers.

    `hidden` holds the text objects that nobody sees: drawn in an invisible mode, or under the picture that fills the
    page. `visible` counts the others. Both are only looked for on pages that a picture fills (`filled`).
    """

    page: Box
    pictures: list[Picture] = field(default_factory=list)
    regions: list[Box] = field(default_factory=list)
    share: float = 0.0
    hidden: set[Address] = field(default_factory=set)
    visible: int = 0

    @property
    def filled(self) -> bool:
        """Whether a picture fills the page, as on a scan: its margins may have been cut off."""
        return self.share >= 0.8


def survey(page: pdfium.PdfPage) -> Survey:
    """Look at all objects of a page. Nothing is decoded."""
    seen = Survey(page=page.get_bbox())
    texts: list[tuple[int, Address]] = []
    for order, (kind, item, outer) in enumerate(_painted(native.page_objects(page), _IDENTITY, 0)):
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            texts.append((order, item))
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            seen.pictures.append(_picture(item, order, _product(native.object_matrix(item), outer)))
    seen.regions = _joined([box for picture in seen.pictures if (box := _clipped(picture.box, seen.page))])
    seen.share = max((area(region) for region in seen.regions), default=0.0) / max(area(seen.page), 1e-6)
    if seen.filled:
        largest = max(seen.pictures, key=lambda picture: picture.area)
        seen.hidden = {text for order, text in texts if order < largest.order or not native.paints_text(text)}
        seen.visible = len(texts) - len(seen.hidden)
    return seen


def _painted(items: Iterator[Address], outer: Matrix, depth: int) -> Iterator[tuple[int, Address, Matrix]]:
    """Kind, object, and matrix of what holds it, of all objects, also inside forms, in the order they are painted."""
    for item in items:
        kind = native.object_type(item)
        if kind != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield kind, item, outer
        elif depth < _MAX_DEPTH:
            matrix = _product(native.object_matrix(item), outer)
            yield from _painted(native.form_objects(item), matrix, depth + 1)


def _picture(image: Address, order: int, matrix: Matrix) -> Picture:
    a, b, c, d, e, f = matrix
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    width, height = native.image_size(image)
    pixels = width * height
    across, down = width / max((a * a + b * b) ** 0.5, 1e-6), height / max((c * c + d * d) ** 0.5, 1e-6)
    return Picture(
        box=(min(xs), min(ys), max(xs), max(ys)),
        resolution=(across, down) if abs(a) >= abs(b) else (down, across),
        decoded_bytes=pixels // 8 if native.image_is_bilevel(image) else pixels * 4,
        order=order,
        image=image,
    )


# -- boxes ------------------------------------------------------------------------------------------------------------

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    ta, tb, tc, td, te, tf = then
    return (
        a * ta + b * tc,
        a * tb + b * td,
        c * ta + d * tc,
        c * tb + d * td,
        e * ta + f * tc + te,
        e * tb + f * td + tf,
    )


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _clipped(box: Box, page: Box) -> Box | None:
    inside = (max(box[0], page[0]), max(box[1], page[1]), min(box[2], page[2]), min(box[3], page[3]))
    return inside if inside[0] < inside[2] and inside[1] < inside[3] else None


def _around(first: Box, second: Box) -> Box:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])


def _touch(first: Box, second: Box) -> bool:
    return (
        first[0] <= second[2] + _TOUCHING
        and second[0] <= first[2] + _TOUCHING
        and first[1] <= second[3] + _TOUCHING
        and second[1] <= first[3] + _TOUCHING
    )


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes with those that touch or overlap replaced by the box around them, until none do."""
    joined: list[Box] = []
    for box in boxes:
        grown = box
        while touching := [other for other in joined if len(joined) > _MAX_PICTURES or _touch(grown, other)]:
            for other in touching:
                joined.remove(other)
                grown = _around(grown, other)
        joined.append(grown)
    return joined
