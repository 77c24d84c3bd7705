"""Fits the probe that tells handwriting from print.

It takes lines of handwriting and of typescript from three sets of the evaluation data that are free to use for this
(CC BY 4.0), and printed lines from the samples of this repository and pages drawn in the standard faces of PDF. Each
page is read as it is, in two tones, and blurred and noisy, so that paper and scanner tell nothing. Run it again when
the weights change:

    .venv/bin/python tools/handwriting_probe.py ../shared/data
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import activation_ranges
import cv2
import numpy as np
import numpy.typing as npt

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines.paddle import handwriting, models, orientation, scale
from stele.pipeline.reading.engines.paddle.detector import Detector
from stele.pipeline.reading.engines.paddle.lines import Lines
from stele.pipeline.reading.engines.paddle.pixels import grey
from stele.pipeline.reading.engines.paddle.recogniser import Page, Recogniser
from stele.pipeline.reading.engines.paddle.runtime import Precision, Runtime

Floats = npt.NDArray[np.float32]

BY_HAND = ("handwriting_fr",)
TYPED = ("tapuscorpus_fr", "ehri_typescript")
#: how much the weights are held near zero: the penalty of ridge regression, for 1,000 lines
PENALTY = 10.0
#: lines that go through the recogniser in one piece
LONGEST = models.WIDTHS[-1] / models.LINE_HEIGHT


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page; where `lines` (N x 4 or more x 2) are given, only what stands on them counts."""

    pixels: Pixels
    by_hand: bool
    lines: tuple[Floats, ...] = ()


class Featured(models.RecogniserModel):
    """The recogniser, which gives its features where the odds of handwriting would be."""

    def __call__(self, line: Pixels) -> models.Steps:
        steps = super().__call__(line)
        return steps._replace(by_hand=self._line.get_output_tensor(2).data[0].copy())


def sheets(data: Path) -> Iterator[Sheet]:
    for name in (*BY_HAND, *TYPED):
        for truth in sorted((data / name).glob("*.gt.json")):
            told = json.loads(truth.read_text("utf-8"))
            pixels = cv2.imdecode(np.fromfile(truth.parent / told["file"], np.uint8), cv2.IMREAD_COLOR)
            lines = tuple(np.array(line["poly"], np.float32) for line in told["lines"])
            yield Sheet(pixels=np.asarray(pixels, np.uint8), by_hand=name in BY_HAND, lines=lines)
    for page in activation_ranges.pages():
        yield Sheet(pixels=page, by_hand=False)


def scans(page: Pixels) -> Iterator[Pixels]:
    """The page as it is, and as worse scanners would give it."""
    yield page
    grey_page = grey(page)
    yield np.asarray(cv2.threshold(grey_page, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)
    yield activation_ranges.worn(grey_page, np.random.default_rng(7), blur=1.0)


class Looking:
    """Reads pages for their features."""

    def __init__(self) -> None:
        core = models.Core(Runtime(precision=Precision.AUTO))
        self._detector = Detector(models.DetectorModel(core))
        self._usual = Recogniser(Featured(core))
        self._exact = Recogniser(Featured(core, Precision.BF16))

    def __call__(self, sheet: Sheet, page: Pixels) -> list[Floats]:
        """Of each line the features of its characters (characters x features)."""
        letter = scale.measured(grey(page)).letter or activation_ranges.LETTER
        boxes, _ = orientation.laid(self._detector(page, activation_ranges.LETTER / letter, 0.9))
        read = Lines(Page(page), self._usual, lambda: self._exact)
        found = [read(box) for box in boxes if _counts(sheet, box)]
        return [reading.by_hand for reading in found if reading.texts]


def _counts(sheet: Sheet, box: Floats) -> bool:
    along, across = np.hypot(*(box[1] - box[0])), np.hypot(*(box[3] - box[0]))
    middle = tuple(box.mean(axis=0).tolist())
    on_line = not sheet.lines or any(cv2.pointPolygonTest(line, middle, measureDist=False) >= 0 for line in sheet.lines)
    return bool(along <= LONGEST * across and on_line)


def samples(data: Path) -> tuple[Floats, Floats, Floats]:
    """Lines and parts of lines: features, whether by hand, and how much each counts: pages count alike."""
    looking = Looking()
    features, labels, weights = [], [], []
    for sheet in sheets(data):
        for page in scans(sheet.pixels):
            means = [part.mean(axis=0) for line in looking(sheet, page) for part in (line, *_parts(line))]
            features += means
            labels += [float(sheet.by_hand)] * len(means)
            weights += [1 / max(1, len(means))] * len(means)
    hand, share = np.array(labels, np.float32), np.array(weights, np.float32)
    for of in (hand == 0, hand == 1):
        share[of] *= 500 / share[of].sum()
    return np.array(features, np.float32), hand, share


def _parts(line: Floats) -> list[Floats]:
    """Runs of some six characters, as long as a word."""
    return np.array_split(line, max(1, len(line) // 6))


def fitted(features: Floats, by_hand: Floats, share: Floats) -> handwriting.Probe:
    """Logistic regression with a ridge penalty, by Newton's method (Hastie et al., 2009, section 4.4.1)."""
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    rows = np.column_stack([(features - middle) / spread, np.ones(len(features))]).astype(np.float64)
    penalty = np.diag([PENALTY] * features.shape[1] + [1e-6])
    found = np.zeros(rows.shape[1])
    for _ in range(30):
        said = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (share * (said - by_hand)) + penalty @ found
        found -= np.linalg.solve((rows * (share * said * (1 - said))[:, None]).T @ rows + penalty, slope)
    weights = (found[:-1] / spread).astype(np.float32)
    return handwriting.Probe(weights=weights, bias=float(found[-1] - weights @ middle))


def main() -> None:
    probe = fitted(*samples(Path(sys.argv[1])))
    np.savez(handwriting.FILE, weights=probe.weights, bias=np.float32(probe.bias))


if __name__ == "__main__":
    main()
