"""Pictures of pages, as bytes and as pixels."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from stele.pipeline.intake.seam import OpenDocument, PageInput, Pixels


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)  # type: ignore[arg-type]
    return out.getvalue()


def only_page(document: OpenDocument) -> PageInput:
    assert document.page_count == 1
    (page,) = document.pages(1, 1)
    return page


def rasters(document: OpenDocument) -> list[Pixels]:
    return [page.raster() for page in document.pages(1, document.page_count)]


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """A smooth colour picture without any symmetry, in blocks so that lossy coders keep it."""
    y, x = np.mgrid[0:height, 0:width] // 10
    return Image.fromarray(np.stack((x * 30 + 20, y * 50 + 10, (x + 2 * y) * 15 + 5), axis=2).astype(np.uint8))


def bgr(image: Image.Image) -> npt.NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"))[..., ::-1]
