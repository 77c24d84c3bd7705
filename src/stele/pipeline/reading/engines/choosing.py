"""The door of engines: which one reads a page, made when it is first needed.

Heavy libraries are only loaded with the engine that needs them: a worker that reads with the null engine never holds
OpenVINO.
"""

from __future__ import annotations

import importlib.metadata
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stele.domain.errors import EngineMissing
from stele.domain.job import EngineName
from stele.domain.languages import LANGUAGES, Language, engine_for_languages, normalise
from stele.domain.value import Value
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines import tesseract
from stele.pipeline.reading.engines.foreign import foreign_to
from stele.pipeline.reading.engines.null import NullEngine
from stele.pipeline.reading.engines.paddle.runtime import RECOGNISER, Device, Precision, Runtime, weights
from stele.pipeline.reading.engines.tesseract import See, TesseractEngine
from stele.pipeline.reading.seam import Engine, Foreign, ReadOptions, SeenPage

if TYPE_CHECKING:
    from stele.pipeline.reading.engines.by_lines import LinesOnSheets
    from stele.pipeline.reading.engines.paddle.finding import LineFinder

#: of each script the language that others are read as
_USUAL = frozenset({"en", "ru", "ar", "hi", "zh-Hans"})


class EngineProbe(Value):
    """Whether an engine can be used here: its version, what it can do (`detail`), and what to do when it is missing."""

    name: EngineName
    available: bool
    version: str | None
    detail: str
    remedy: str


class EngineChooser:
    """Makes engines, each at most once. One a process, for one thread."""

    def __init__(
        self,
        model_cache: Path | None,
        threads: int,
        precision: Precision = Precision.F32,
        device: Device = Device.OPENVINO,
    ) -> None:
        """`model_cache`: folder for compiled models, made when needed (None: compile in each process)."""
        self._runtime = Runtime(device=device, threads=threads, precision=precision, cache=model_cache)

    def engine_for(self, options: ReadOptions) -> Engine:
        """The engine that `options` names, or the one for its languages.

        Raises EngineMissing, LanguagePackMissing, UnknownLanguage.
        """
        name = engine_for_languages(options.languages) if options.engine is EngineName.AUTO else options.engine
        if name is EngineName.NULL:
            return self._null
        if name is EngineName.TESSERACT:
            self._tesseract.require(options.languages or tesseract.DEFAULT)
            return self._tesseract
        return self._paddle

    def nearest_to(self, languages: tuple[str, ...]) -> Language | None:
        """A language of their script that can be read here; None where they have several scripts, or there is none."""
        scripts = {normalise(code).script for code in languages}
        if len(scripts) != 1:
            return None
        installed = self._tesseract.packs()
        known = [one for one in LANGUAGES.values() if one.script in scripts]
        readable = [one for one in known if one.engine is EngineName.PADDLE or one.pack in installed]
        # The one that most are read as comes first.
        return min(readable, key=lambda one: one.code not in _USUAL, default=None)

    def foreign_to(self, page: PageInput, pixels: Pixels, seen: SeenPage) -> Foreign | None:
        """What to read a page in that the default model can hardly read; None where that is not clear."""
        try:
            return foreign_to(self._tesseract, page, pixels, seen)
        except EngineMissing:
            return None

    @cached_property
    def _null(self) -> Engine:
        return NullEngine()

    @cached_property
    def _tesseract(self) -> TesseractEngine:
        return TesseractEngine(self._runtime.threads, by_lines=self._by_lines)

    def _by_lines(self, pixels: Pixels, see: See) -> SeenPage | None:
        """A page read by its lines; None, as where there are none, where the model that finds them is not installed."""
        try:
            return self._sheets(pixels, see)
        except EngineMissing:
            return None

    @cached_property
    def _sheets(self) -> LinesOnSheets:
        from stele.pipeline.reading.engines.by_lines import LinesOnSheets

        return LinesOnSheets(self._finder)

    @cached_property
    @during(Stage.LOAD)
    def _finder(self) -> LineFinder:
        from stele.pipeline.reading.engines.paddle.finding import LineFinder

        return LineFinder(self._runtime)

    @cached_property
    @during(Stage.LOAD)
    def _paddle(self) -> Engine:
        from stele.pipeline.reading.engines.paddle.engine import PaddleEngine

        return PaddleEngine(self._runtime, self._finder)


def probe() -> tuple[EngineProbe, ...]:
    """What of the engines is installed, without loading any model."""
    return _probed_paddle(), _probed_tesseract()


def _probed_paddle() -> EngineProbe:
    try:
        found = weights(RECOGNISER)
        version = importlib.metadata.version("openvino")
    except importlib.metadata.PackageNotFoundError:
        return _missing(EngineName.PADDLE, "Install the package openvino.")
    except EngineMissing as error:
        return _missing(EngineName.PADDLE, str(error.details["remedy"]))
    return EngineProbe(
        name=EngineName.PADDLE,
        available=True,
        version=version,
        detail=f"PP-OCRv6 small on OpenVINO; weights in {found.parent}",
        remedy="",
    )


def _probed_tesseract() -> EngineProbe:
    try:
        version = tesseract.version()
        packs = sorted(tesseract.installed_packs())
    except EngineMissing as error:
        return _missing(EngineName.TESSERACT, str(error.details["remedy"]))
    return EngineProbe(
        name=EngineName.TESSERACT,
        available=True,
        version=version,
        detail=f"packs: {', '.join(packs) or 'none'}",
        remedy=""
        if "osd" in packs
        else "Install the pack osd, so that turned pages are seen: apt-get install tesseract-ocr-osd",
    )


def _missing(name: EngineName, remedy: str) -> EngineProbe:
    return EngineProbe(name=name, available=False, version=None, detail="not installed", remedy=remedy)
