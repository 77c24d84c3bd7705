"""This project, as its own workers use it: a document is opened by content and one page of it is read."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2

from benchmarks.peers import Reading
from benchmarks.scoring import Word
from stele.app import App
from stele.pipeline.intake.opening import open_document
from stele.pipeline.reading.seam import ReadOptions


class Stele:
    def __init__(self, threads: int) -> None:
        cv2.setNumThreads(threads)
        # Compiled models are kept there; a folder of its own makes every process start from nothing.
        self._folder = tempfile.TemporaryDirectory(prefix="stele-bench-")
        app = App({"data": self._folder.name})
        self._reader = app.reader(threads)
        self._limits = app.limits()

    def read(self, path: Path, language: str) -> Reading:
        with open_document(path, name=path.name, limits=self._limits) as document:
            (page,) = (self._reader.read(page, ReadOptions()) for page in document.pages(1, 1))
        words = tuple(Word(text=word.text, polygon=word.polygon) for word in page.words())
        return Reading(text=page.text, words=words)
