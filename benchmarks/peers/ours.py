"""This project, as its own workers use it: a document is opened by content and one page of it is read."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2

from benchmarks.peers import Reading
from benchmarks.placing import Word
from stele.adapters.heap import settle
from stele.app import App
from stele.domain.job import EngineName
from stele.domain.languages import engine_for_languages
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
        settle()

    def read(self, path: Path, language: str) -> Reading:
        """A language is told only where its script is one that the default model lacks, as a user has to."""
        told = (language,) if engine_for_languages((language,)) is EngineName.TESSERACT else ()
        with open_document(path, name=path.name, limits=self._limits) as document:
            (page,) = (self._reader.read(page, ReadOptions(languages=told)) for page in document.pages(1, 1))
        words = tuple(Word(text=word.text, polygon=word.polygon, confidence=word.confidence) for word in page.words())
        lines = tuple(Word(text=line.text, polygon=line.polygon) for line in page.lines())
        return Reading(text=page.text, words=words, lines=lines)


class BornDigital(Stele):
    """All pages of a PDF, by their text layer."""

    def read(self, path: Path, language: str) -> Reading:
        """The text is that of the last page; words stay where they were made."""
        text = ""
        with open_document(path, name=path.name, limits=self._limits) as document:
            for page in document.pages(1, document.page_count):
                text = self._reader.read(page, ReadOptions()).text
        return Reading(text=text, words=())
