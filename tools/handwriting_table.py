"""Prints the table of how well handwriting is told from print, for docs/reference/accuracy.md.

It reads sets of the evaluation data on which the probe was not fitted, each all print or all handwriting where a line
of the truth stands, and the pages to whose words Amazon Textract gave a `TextType`:

    .venv/bin/python tools/handwriting_table.py ../shared/data
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.document import Page
from stele.domain.geometry import bounds
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.engines.paddle.runtime import Precision
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

#: of each set, which documents are read; a set of one text a page has no lines, and all of its words count
PRINT = {
    "ocrd_historic_print": "*",
    "htr_print_modern": "*",
    "isri_unlv": "*.3B*",
    "scribe_pages": "*",
    "sroie": "*",
    "handwriting_en": "Page6*",
    "easydict_screens": "*",
    "mtwi2018_zh": "*",
    "icdar2015_scene": "*",
}
BY_HAND = {"handwriting_en": "JDH*"}
#: words that overlap by so much are the same
OVERLAP = 0.5


def main() -> None:
    data, reader = Path(sys.argv[1]), Reader(EngineChooser(None, threads=1, precision=Precision.AUTO))
    print("| documents | words | taken for handwriting, % |\n| --- | ---: | ---: |")
    for kind, sets in (("print", PRINT), ("by hand", BY_HAND)):
        for name, chosen in sets.items():
            truths = sorted((data / name).glob(f"{chosen}.gt.json"))
            row(f"{name}, {kind}", [mark for truth in truths for mark in marked(reader, truth)])
    pairs = list(as_textract(reader, data / "textract"))
    row("textract, print", [ours for ours, theirs in pairs if not theirs])
    row("textract, by hand", [ours for ours, theirs in pairs if theirs])


def row(name: str, marks: list[bool]) -> None:
    print(f"| {name} | {len(marks)} | {100 * sum(marks) / len(marks):.1f} |", flush=True)


def read(reader: Reader, path: Path) -> Page:
    with open_document(path, name=path.name, limits=Limits(), password=None) as document:
        return reader.read(next(iter(document.pages(1, 1))), ReadOptions())


def marked(reader: Reader, truth: Path) -> Iterator[bool]:
    """Whether each word that stands on a line of the truth was taken for handwriting."""
    told = json.loads(truth.read_text("utf-8"))
    lines = [np.array(line["poly"], np.float32) for line in told.get("lines", ())]
    for word in read(reader, truth.parent / told["file"]).words():
        middle = tuple(np.mean(word.polygon, axis=0).tolist())
        if not lines or any(cv2.pointPolygonTest(line, middle, measureDist=False) >= 0 for line in lines):
            yield word.handwritten


def as_textract(reader: Reader, data: Path) -> Iterator[tuple[bool, bool]]:
    """Of words that both found, whether we and they say that they are by hand."""
    with (data / "MANIFEST.tsv").open() as table:
        answers = {row["document"]: row["response"] for row in csv.DictReader(table, delimiter="\t")}
    for document, answer in sorted(answers.items()):
        blocks = json.loads((data / answer).read_text("utf-8")).get("Blocks", ())
        theirs = [block for block in blocks if "TextType" in block]
        if document.endswith(".pdf") or not theirs:
            continue
        page = read(reader, data / document)
        boxes = np.array([corners(block["Geometry"]["BoundingBox"]) for block in theirs]) * page_size(page)
        for word in page.words():
            overlaps = shared(np.array(bounds(word.polygon)), boxes)
            best = int(overlaps.argmax())
            if overlaps[best] >= OVERLAP:
                yield word.handwritten, theirs[best]["TextType"] == "HANDWRITING"


def page_size(page: Page) -> npt.NDArray[np.float64]:
    return np.array([page.width, page.height] * 2, np.float64)


def corners(box: dict[str, float]) -> tuple[float, float, float, float]:
    return box["Left"], box["Top"], box["Left"] + box["Width"], box["Top"] + box["Height"]


def shared(one: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intersection over union of one box and others (left, top, right, bottom)."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    common = sides.clip(0).prod(axis=1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(axis=-1) for boxes in (one, others)]
    found: npt.NDArray[np.float64] = common / (areas[0] + areas[1] - common)
    return found


if __name__ == "__main__":
    main()
