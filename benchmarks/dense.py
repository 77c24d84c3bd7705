"""Pages made for the purpose. The dense page: A4, fifty-three full lines of ordinary print, a little blurred and noisy
as a scan is.

It is drawn anew for every run, from the samples' text, and always the same. Without the wear RapidOCR's classifier of
upside-down lines turns three lines over and loses them; that is not what this page is to measure.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

DENSE = "dense"

_LINES = 53
_FACE, _SIZE, _LEADING, _MARGIN = "Times-Roman", 11.0, 14.2, 50.0  # points
_BLUR, _NOISE = 0.8, 6.0  # standard deviations, in pixels and in grey levels of 255
_TEXTS = ("article", "letter", "report")


def dense_page(dpi: int) -> tuple[Image.Image, list[str]]:
    """The page in grey, and its lines."""
    lines = list(islice(_wrapped(_words(), A4[0] - 2 * _MARGIN), _LINES))
    assert len(lines) == _LINES
    with pypdfium2.PdfDocument(_typeset([lines], A4)) as document:
        page = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
        return _worn(page), lines


def few_words(dpi: int) -> tuple[Image.Image, list[str]]:
    """A picture of ten words on two lines, as of a label, and its lines."""
    words = list(islice(_words(), 10))
    lines = [" ".join(words[:5]), " ".join(words[5:])]
    width = max(stringWidth(line, _FACE, _SIZE) for line in lines) + 2 * _MARGIN
    with pypdfium2.PdfDocument(_typeset([lines], (width, 2 * _MARGIN + _LEADING))) as document:
        return _worn(document[0].render(scale=dpi / 72, grayscale=True).to_pil()), lines


def dense_pdf(pages: int) -> bytes:
    """A PDF of dense pages with a text layer: the same lines, on each page from another one on."""
    _, lines = dense_page(36)
    return _typeset([lines[index % _LINES :] + lines[: index % _LINES] for index in range(pages)], A4)


def _typeset(pages: Sequence[Sequence[str]], size: tuple[float, float]) -> bytes:
    """A PDF of these lines of these pages, of a `size` in points."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1)
    for lines in pages:
        canvas.setFont(_FACE, _SIZE)
        for index, line in enumerate(lines):
            canvas.drawString(_MARGIN, size[1] - _MARGIN - index * _LEADING, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _worn(page: Image.Image) -> Image.Image:
    grey = np.asarray(cv2.GaussianBlur(np.asarray(page, np.float32), (0, 0), _BLUR))
    noisy = grey + np.random.default_rng(0).normal(0, _NOISE, grey.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _words() -> Iterator[str]:
    expected = Path(__file__).resolve().parent.parent / "samples" / "expected"
    for name in _TEXTS:
        yield from (expected / f"{name}.txt").read_text("utf-8").split()


def _wrapped(words: Iterator[str], width: float) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".lstrip()
        if stringWidth(longer, _FACE, _SIZE) > width:
            yield line
            line = word
        else:
            line = longer
