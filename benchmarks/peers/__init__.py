"""The readers that are compared, ours among them. A peer runs in a process of its own; this file stays light, so that
what a process holds is the peer's.

A peer is named here and made in its process from `factory`, a class `MODULE:NAME` whose instance is a `PageReader` and
which is called with the number of threads that it may use.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from benchmarks.placing import Word

OURS = "stele"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a peer read on a page: the text as it would print it, its words and its lines in pixels of the file."""

    text: str
    words: tuple[Word, ...]
    lines: tuple[Word, ...] = ()


class PageReader(Protocol):
    """Reads one image file at a time. `language` (BCP-47) is the truth's, for peers that must be told."""

    def read(self, path: Path, language: str) -> Reading: ...


@dataclass(frozen=True, kw_only=True)
class Peer:
    """`missing` says why the peer cannot run here, or gives None; it is asked in the parent and loads nothing heavy.

    `one_thread` is true of a peer that is no faster with several threads on one page. `release` names all that its
    readings depend on beside the page: versions, language packs."""

    name: str
    title: str
    factory: str
    missing: Callable[[], str | None]
    release: Callable[[], str]
    one_thread: bool = False

    @property
    def identity(self) -> str:
        """A name for its readings: another one when its release or the code that calls it changes."""
        code = Path(__file__).with_name(self.factory.partition(":")[0].rpartition(".")[2] + ".py").read_bytes()
        return f"{self.name}-{hashlib.sha256(code + self.release().encode()).hexdigest()[:16]}"


def _lacks_modules(*names: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [name for name in names if importlib.util.find_spec(name) is None]
        return f"not installed: {', '.join(absent)} (pip install '.[bench]')" if absent else None

    return missing


def _versions_of(*names: str) -> Callable[[], str]:
    return lambda: " ".join(f"{name} {version(name)}" for name in names)


def _tesseract_with_packs() -> str:
    said = (
        subprocess.run(("tesseract", option), capture_output=True, text=True, check=True).stdout
        for option in ("--version", "--list-langs")
    )
    return "\n".join(said)


def _lacks_tesseract() -> str | None:
    return None if shutil.which("tesseract") else "not installed: tesseract (Debian: apt-get install tesseract-ocr)"


#: The order in which they take turns.
PEERS = (
    Peer(
        name=OURS,
        title="Stele",
        factory="benchmarks.peers.ours:Stele",
        missing=_lacks_modules("openvino"),
        release=_versions_of("stele", "openvino"),
    ),
    Peer(
        name="rapidocr-onnxruntime",
        title="RapidOCR, ONNX Runtime",
        factory="benchmarks.peers.rapid:OnnxRuntime",
        missing=_lacks_modules("rapidocr", "onnxruntime"),
        release=_versions_of("rapidocr", "onnxruntime"),
    ),
    Peer(
        name="rapidocr-openvino",
        title="RapidOCR, OpenVINO",
        factory="benchmarks.peers.rapid:OpenVino",
        missing=_lacks_modules("rapidocr", "openvino"),
        release=_versions_of("rapidocr", "openvino"),
    ),
    Peer(
        name="tesseract",
        title="Tesseract",
        factory="benchmarks.peers.tesseract:Tesseract",
        missing=_lacks_tesseract,
        release=_tesseract_with_packs,
        one_thread=True,
    ),
)

#: Those that take a PDF with a text layer as it is.
PDF_PEERS = (
    Peer(
        name=OURS,
        title="Stele, words",
        factory="benchmarks.peers.ours:BornDigital",
        missing=_lacks_modules("pypdfium2"),
        release=_versions_of("stele", "pypdfium2"),
    ),
    Peer(
        name="pdfium",
        title="PDFium, character boxes",
        factory="benchmarks.peers.pdfium:CharacterBoxes",
        missing=_lacks_modules("pypdfium2"),
        release=_versions_of("pypdfium2"),
        one_thread=True,
    ),
)
