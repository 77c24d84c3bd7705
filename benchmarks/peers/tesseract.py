"""The Tesseract command with its defaults; one process a page, as it is mostly used, so its start is measured too."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from itertools import groupby
from pathlib import Path

from benchmarks.peers import Reading
from benchmarks.scoring import Word

#: the language of a document → what to load; those not listed are read as English
_PACKS = {"zh": ("chi_sim", "eng"), "de": ("deu", "eng"), "fr": ("fra", "eng"), "es": ("spa", "eng")}
_WORD_LEVEL = "5"


class Tesseract:
    def __init__(self, threads: int) -> None:
        self._environment = {**os.environ, "OMP_THREAD_LIMIT": str(threads)}
        listed = subprocess.run(("tesseract", "--list-langs"), capture_output=True, text=True, check=True)
        self._installed = frozenset(listed.stdout.split())

    def read(self, path: Path, language: str) -> Reading:
        """Raises RuntimeError with what the command said when it fails."""
        packs = [pack for pack in _PACKS.get(language.partition("-")[0], ("eng",)) if pack in self._installed]
        command = ("tesseract", str(path), "stdout", "-l", "+".join(packs) or "eng", "tsv")
        run = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "it says nothing")
        return reading_of(run.stdout)


def reading_of(tsv: str) -> Reading:
    """What Tesseract's table says: the text is put together as its own text output does it."""
    rows = csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if row["level"] == _WORD_LEVEL and row["text"].strip()]
    paragraphs = (
        "\n".join(
            " ".join(row["text"] for row in line) for _, line in groupby(paragraph, key=lambda row: row["line_num"])
        )
        for _, paragraph in groupby(words, key=lambda row: (row["block_num"], row["par_num"]))
    )
    return Reading(
        text="\n\n".join(paragraphs), words=tuple(Word(text=row["text"], polygon=_corners(row)) for row in words)
    )


def _corners(row: dict[str, str]) -> tuple[tuple[float, float], ...]:
    left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    return (left, top), (left + width, top), (left + width, top + height), (left, top + height)
