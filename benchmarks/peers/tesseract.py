"""The Tesseract command with its defaults; one process a page, as it is mostly used, so its start is measured too."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from benchmarks.peers import Reading
from benchmarks.placing import Polygon, Word
from stele.domain.languages import normalise

_WORD_LEVEL, _COLUMNS = "5", 12


class Tesseract:
    def __init__(self, threads: int) -> None:
        self._environment = {**os.environ, "OMP_THREAD_LIMIT": str(threads)}
        self._installed = installed_packs()

    def packs(self, language: str) -> tuple[str, ...]:
        """What to load for a language: its pack where that is installed, and English beside another script's."""
        known = normalise(language)
        wanted = (known.pack,) if known.script == "Latn" else (known.pack, "eng")
        return tuple(pack for pack in wanted if pack in self._installed) or ("eng",)

    def read(self, path: Path, language: str) -> Reading:
        """Raises RuntimeError with what the command said when it fails."""
        command = ("tesseract", str(path), "stdout", "-l", "+".join(self.packs(language)), "tsv", "txt")
        run = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "it says nothing")
        return reading_of(run.stdout)


def installed_packs() -> frozenset[str]:
    """The language packs; none where there is no Tesseract."""
    if shutil.which("tesseract") is None:
        return frozenset()
    listed = subprocess.run(("tesseract", "--list-langs"), capture_output=True, text=True, check=True)
    return frozenset(listed.stdout.splitlines()[1:])


def reading_of(answer: str) -> Reading:
    """What Tesseract's table says, and the text behind it: only this has the spaces of Korean and Thai."""
    table, text = list[str](), list[str]()
    for row in answer.splitlines():
        (table if row.count("\t") == _COLUMNS - 1 else text).append(row)
    rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == _WORD_LEVEL and row["text"].strip()]
    in_lines = [list(line) for _, line in groupby(words, key=itemgetter("block_num", "par_num", "line_num"))]
    written = [line for line in text if line.strip()]
    if len(written) != len(in_lines):
        written = [" ".join(row["text"] for row in line) for line in in_lines]
    return Reading(
        text="\n".join(text).strip(),
        words=tuple(Word(text=row["text"], polygon=_corners(row)) for row in words),
        lines=tuple(
            Word(text=said, polygon=_around(map(_corners, line))) for said, line in zip(written, in_lines, strict=True)
        ),
    )


def _around(polygons: Iterable[Polygon]) -> Polygon:
    """The upright rectangle around several."""
    xs, ys = zip(*(corner for polygon in polygons for corner in polygon), strict=True)
    return (min(xs), min(ys)), (max(xs), min(ys)), (max(xs), max(ys)), (min(xs), max(ys))


def _corners(row: dict[str, str]) -> Polygon:
    left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    return (left, top), (left + width, top), (left + width, top + height), (left, top + height)
