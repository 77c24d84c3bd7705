"""What paper and scanner do to a page: turn, blur, noise, uneven light, compression. Seeded, so always the same."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2
from PIL import Image

Grey = npt.NDArray[np.uint8]


def rendered(pdf: bytes, *, dpi: int) -> list[Grey]:
    """Every page as grey pixels."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.render(scale=dpi / 72, grayscale=True).to_numpy() for page in document]
    return [np.ascontiguousarray(page[:, :, 0] if page.ndim == 3 else page) for page in pages]


def worn(
    page: Grey, *, seed: int, skew: float = 0.0, blur: float = 0.0, noise: float = 0.0, shade: float = 0.0
) -> Grey:
    """A scan of `page`: turned by `skew` degrees clockwise, blurred (sigma, pixels), `noise` (sigma, grey levels), and
    darker by `shade` (grey levels) towards one side."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
    scan = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255,)).astype(np.float32)
    if blur:
        scan = cv2.GaussianBlur(scan, (0, 0), blur)
    scan *= (250 - shade * np.linspace(0, 1, width, dtype=np.float32)) / 255
    scan += np.random.default_rng(seed).normal(0, noise, scan.shape).astype(np.float32)
    return np.clip(scan, 0, 255).astype(np.uint8)


def jpeg(page: Grey, *, dpi: int, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(page).save(out, "JPEG", quality=quality, dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def png(page: Grey, *, dpi: int, levels: int = 16) -> bytes:
    """PNG with few grey levels, as scanners make for text."""
    step = 255 / (levels - 1)
    out = io.BytesIO()
    grey = Image.fromarray((np.round(page / step) * step).astype(np.uint8))
    grey.save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def fax(pages: list[Grey], *, dpi: int) -> bytes:
    """A black-and-white TIFF with every page in it (CCITT group 4)."""
    first, *rest = [Image.fromarray(page).point(lambda level: 255 if level > 150 else 0).convert("1") for page in pages]
    out = io.BytesIO()
    first.save(out, "TIFF", compression="group4", save_all=True, append_images=rest, dpi=(dpi, dpi))
    return out.getvalue()


def scan_pdf(page: Grey, *, dpi: int, quality: int) -> bytes:
    """A PDF page that is nothing but its scan."""
    height, width = page.shape
    pdf = pikepdf.new()
    sheet = pdf.add_blank_page(page_size=(width * 72 / dpi, height * 72 / dpi))
    image = pikepdf.Stream(pdf, jpeg(page, dpi=dpi, quality=quality))
    image.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    sheet.add_resource(image, pikepdf.Name.XObject, pikepdf.Name.Scan)
    draw = f"q {width * 72 / dpi:.4f} 0 0 {height * 72 / dpi:.4f} 0 0 cm /Scan Do Q"
    sheet.Contents = pdf.make_stream(draw.encode())
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()
