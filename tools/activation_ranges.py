"""Writes the table of ranges that the 8-bit layers of the networks that read are rounded to.

It reads the samples of this repository and pages drawn in the standard faces of PDF, clean and worn, in full and at
the sizes at which lines are really shown, and takes down what goes into each large layer. Run it again when the weights
of a network change, with its name; the ranges of the other stay:

    .venv/bin/python tools/activation_ranges.py line|plain
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov
import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import models, orientation, plain, quantising, scale
from stele.pipeline.reading.engines.paddle.detector import Detector
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.pixels import grey
from stele.pipeline.reading.engines.paddle.recogniser import Page, Recogniser
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ("invoice.png", "form.jpg", "article.jpg", "notice-zh-en.png")
TEXTS = ("article", "letter", "invoice", "report")
FACES = (
    "Times-Roman",
    "Times-Italic",
    "Helvetica",
    "Helvetica-Bold",
    "Courier",
    "Courier-Bold",
)
SIZES = (6, 9, 14)  # points
DPI = 150
LINES = 24
LETTER = 10.0  # pixels that the detector sees best


def pages() -> Iterator[Pixels]:
    for name in SAMPLES:
        yield np.asarray(cv2.imread(str(ROOT / "samples" / name)), np.uint8)
    lines = [
        line
        for name in TEXTS
        for line in (ROOT / "samples" / "expected" / f"{name}.txt").read_text("utf-8").splitlines()
        if line
    ]
    random = np.random.default_rng(5)
    for index, face in enumerate(FACES):
        for size in SIZES:
            chosen = [lines[place] for place in random.integers(0, len(lines), LINES)]
            shown = [line.upper() if index % 3 == 2 else line for line in chosen]
            yield worn(drawn(shown, face, size), random, blur=float(random.choice([0.3, 0.8, 1.5])))


def drawn(lines: list[str], face: str, size: int) -> Pixels:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 60 + 1.5 * size * len(lines)), invariant=1)
    canvas.setFont(face, size)
    for row, line in enumerate(lines):
        canvas.drawString(30, 30 + 1.5 * size * row, line)
    canvas.save()
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        return np.asarray(document[0].render(scale=DPI / 72, grayscale=True).to_numpy(), np.uint8)


def worn(page: Pixels, random: np.random.Generator, blur: float) -> Pixels:
    soft = np.asarray(cv2.GaussianBlur(page.astype(np.float32), (0, 0), blur))
    return np.clip(soft + random.normal(0, random.choice([2, 8, 20]), soft.shape), 0, 255).astype(np.uint8)


class Watching(models.Core):
    """Makes a request of one network which also takes down what its layers are given."""

    def __init__(self, graph: str) -> None:
        super().__init__(Runtime(precision=Precision.F32))
        self._graph = graph
        self.watched: Watched

    def compile(self, model: ov.Model) -> ov.InferRequest:
        request = super().compile(model)
        if model.friendly_name != self._graph:
            return request
        if model.friendly_name == plain.GRAPH:
            layers = [layer for layer in model.get_ordered_ops() if layer.friendly_name in plain.ROUNDED]
        else:
            layers = list(quantising.large_layers(model))
        given = [layer.input_value(0) for layer in layers]
        inside = super().compile(ov.Model(given, model.get_parameters(), "inside"))
        self.watched = Watched(request, inside, [layer.friendly_name for layer in layers])
        return cast("ov.InferRequest", self.watched)


class Watched:
    """A request, and one for what is inside, which is given the same; takes down the least and the most that each
    channel of each layer is given."""

    def __init__(self, request: ov.InferRequest, inside: ov.InferRequest, names: list[str]) -> None:
        self.seen: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in names}
        self._request, self._inside = request, inside
        self.get_output_tensor = request.get_output_tensor

    def infer(self, given: list[Pixels], **how: bool) -> None:
        self._inside.infer(given)
        for index, edges in enumerate(self.seen.values()):
            inside = self._inside.get_output_tensor(index).data[0]
            edges.append(np.stack([inside.min(axis=(1, 2)), inside.max(axis=(1, 2))]))
        self._request.infer(given, **how)

    def ranges(self) -> quantising.Ranges:
        """Zero is in every range; one that nothing has excited is not empty."""
        found = {}
        for name, edges in self.seen.items():
            least, most = np.min(edges, axis=0)[0], np.max(edges, axis=0)[1]
            found[name] = np.stack([np.minimum(least, 0), np.maximum(most, 1e-3)])
        return found


def main(graph: str) -> None:
    core = Watching(graph)
    detector, recogniser = Detector(models.DetectorModel(core)), Recogniser(models.RecogniserModel(core))
    print_ = plain.PlainPrint(core)
    for pixels in pages():
        letter = scale.measured(grey(pixels)).letter or LETTER
        boxes, _ = orientation.laid(detector(pixels, LETTER / letter, 0.9))
        page = Page(pixels)
        read = Lines(page, recogniser)
        for box in boxes:
            strip = page.strip(box)
            for look in (print_, recogniser):
                look(strip)
            # As narrow and as low as lines are shown, too.
            read(box)
    found = {**quantising.ranges(), **core.watched.ranges()}
    np.savez_compressed(quantising.FILE, **{name: edges.astype(np.float16) for name, edges in found.items()})


if __name__ == "__main__":
    main({"line": models.LINE_GRAPH, "plain": plain.GRAPH}[sys.argv[1]])
