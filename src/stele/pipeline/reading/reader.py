"""The door of reading: a page's input becomes a canonical page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from stele.domain.document import Page, PageSource
from stele.domain.errors import (
    EngineGarbage,
    InputError,
    LanguagePackMissing,
    LimitError,
    OutOfMemory,
    UnavailableError,
)
from stele.domain.geometry import to_submitted
from stele.domain.job import EngineName, HiddenText, MissingPack
from stele.domain.languages import LANGUAGES, Language, engine_for_languages, normalise
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput, Pixels, TextLayer
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading import textpage
from stele.pipeline.reading.calibrating import calibrated
from stele.pipeline.reading.detecting import detect
from stele.pipeline.reading.layout import arrange
from stele.pipeline.reading.seam import Engine, Foreign, ReadOptions, SeenPage
from stele.pipeline.reading.seenwords import Floats, SeenWords, as_array
from stele.pipeline.reading.weakness import is_weak

#: engines may see text this far beyond the page, as a part of its longer side: they widen what they find, and the print
#: of a small picture by a good part of it
_MARGIN = 0.5


_WEAK = (
    "Little of the page could be read with certainty. If it is in a script other than Latin, Chinese or Japanese, name "
    "its language."
)


class EngineProvider(Protocol):
    """Gives the engine for a job, made once and kept."""

    def engine_for(self, options: ReadOptions) -> Engine:
        """The engine that `options.engine` names (never AUTO), ready for `options.languages`.

        Raises EngineMissing, LanguagePackMissing.
        """
        ...

    def nearest_to(self, languages: tuple[str, ...]) -> Language | None:
        """A language of their script that can be read here; None where they have several scripts, or there is none."""
        ...

    def foreign_to(self, page: PageInput, pixels: Pixels, seen: SeenPage) -> Foreign | None:
        """What to read a page in of which the default model could make `seen` only; None where that is not clear."""
        ...


class Reader:
    """Reads pages one after another, in one thread.

    A sound text layer is taken as it is; a page without one is read by an engine; of a page with a text layer and
    unread pictures, the pictures are read too. `hidden_text` says what becomes of words that nobody sees. Where neither
    a language nor an engine is asked for, a page that the default model could hardly read is read again in the language
    of its script.
    """

    def __init__(self, engines: EngineProvider, hidden_text: HiddenText = HiddenText.TRUST) -> None:
        self._engines = engines
        self._hidden_text = hidden_text

    def read(self, page: PageInput, options: ReadOptions) -> Page:
        """Read one page.

        Raises InputError, LimitError, EngineError and UnavailableError cases, and UnknownLanguage.
        """
        try:
            return self._read(page, options)
        except MemoryError as error:
            raise OutOfMemory(where=_where(page)) from error

    def _read(self, page: PageInput, asked: ReadOptions) -> Page:
        layer = None if asked.engine is EngineName.NULL else self._layer(page, asked)
        if layer is not None and layer.sound and layer.words:
            return self._from_layer(page, layer, asked)
        warnings = list(_uncovered(asked))
        if layer is not None and layer.words:
            warnings.append(f"The page's text layer was not used: {layer.reason}")
        seen = self._see(page, asked, warnings)
        return _page(page, SeenWords.of(seen), asked, PageSource.OCR, warnings)

    def _layer(self, page: PageInput, asked: ReadOptions) -> TextLayer | None:
        layer = page.text_layer()
        reread = (asked.hidden_text or self._hidden_text) is HiddenText.REREAD
        return textpage.visible(layer) if layer is not None and reread else layer

    def _from_layer(self, page: PageInput, layer: TextLayer, asked: ReadOptions) -> Page:
        words = textpage.words_of(layer, asked.features)
        warnings: list[str] = []
        found = SeenPage(lines=())
        if layer.pictures:
            try:
                found = textpage.only_inside(self._see(page, asked, warnings), layer)
            except (InputError, LimitError, UnavailableError) as error:
                warnings.append(f"The page's pictures could not be read, only its text layer was: {error.message}")
        stated = len(words.line_polygons)
        if not found.lines:
            return _page(page, words, asked, PageSource.TEXT_LAYER, warnings, stated=stated)
        both = words.and_then(SeenWords.of(found))
        warnings.extend(_uncovered(asked))
        return _page(page, both, asked, PageSource.MIXED, warnings, stated=stated)

    def _see(self, page: PageInput, asked: ReadOptions, warnings: list[str]) -> SeenPage:
        """What the engine that is asked for sees; where nothing is asked for, the one for the page's script."""
        engine, options = self._engine_for(_resolved(asked), warnings)
        pixels = _rendered(page) if engine.needs_pixels else None
        told = seen = engine.see(page, pixels, options)
        free = asked.engine is EngineName.AUTO and not asked.languages
        if free and pixels is not None and is_weak(seen, pixels):
            seen = self._see_foreign(page, pixels, seen, options, warnings)
        _check(seen, page)
        return calibrated(seen) if seen is told and engine.name is EngineName.PADDLE else seen

    def _engine_for(self, options: ReadOptions, warnings: list[str]) -> tuple[Engine, ReadOptions]:
        """The engine, and how it is to read. Raises LanguagePackMissing."""
        try:
            return self._engines.engine_for(options), options
        except LanguagePackMissing as missing:
            wanted = options.missing_pack is MissingPack.NEAREST
            nearest = self._engines.nearest_to(options.languages) if wanted else None
            if nearest is None:
                raise
            warnings.append(f"{missing.message}. The page was read as {nearest.name} instead.")
            near = changed(options, languages=(nearest.code,), engine=nearest.engine)
            return self._engines.engine_for(near), near

    def _see_foreign(
        self, page: PageInput, pixels: Pixels, weak: SeenPage, options: ReadOptions, warnings: list[str]
    ) -> SeenPage:
        """A page in a script that the default model lacks; what that saw where no pack for it is installed."""
        foreign = self._engines.foreign_to(page, pixels, weak)
        if foreign is None:
            warnings.extend([_WEAK] if weak.lines else [])
            return weak
        if foreign.missing is not None:
            missing = foreign.missing
            warnings.append(
                "The page seems to be in a script that the default model lacks. Install a pack for its language, "
                f"e.g. for {missing.name}: apt-get install {missing.package}"
            )
            return weak
        seen = self._see_in(page, pixels, options, foreign.languages)
        told = detect(" ".join(word.text for line in seen.lines for word in line.words)).languages
        language = LANGUAGES.get(told[0].code) if told else None
        if language is None or language.code in foreign.languages or language.script != foreign.script:
            return seen
        try:
            return self._see_in(page, pixels, options, (language.code, *foreign.languages[1:]))
        except LanguagePackMissing:
            used = LANGUAGES[foreign.languages[0]].name
            warnings.append(
                f"The page seems to be in {language.name} and was read as {used}. For better results install a pack: "
                f"apt-get install {language.package}"
            )
            return seen

    def _see_in(self, page: PageInput, pixels: Pixels, options: ReadOptions, languages: tuple[str, ...]) -> SeenPage:
        """Raises LanguagePackMissing."""
        named = changed(options, engine=EngineName.TESSERACT, languages=languages)
        return self._engines.engine_for(named).see(page, pixels, named)


def _resolved(options: ReadOptions) -> ReadOptions:
    """The options with an engine picked by language where any will do, and with the codes of the language table."""
    engine = engine_for_languages(options.languages) if options.engine is EngineName.AUTO else options.engine
    return changed(options, engine=engine, languages=tuple(normalise(code).code for code in options.languages))


def _uncovered(asked: ReadOptions) -> Iterator[str]:
    """Warnings about languages that the engine asked for cannot write."""
    if asked.engine is EngineName.PADDLE:
        for language in map(normalise, asked.languages):
            if language.engine is not EngineName.PADDLE:
                yield f"The engine asked for lacks characters of {language.name}; use the engine tesseract for it"


@during(Stage.RENDER)
def _rendered(page: PageInput) -> Pixels:
    return page.raster()


def _where(page: PageInput) -> str:
    return f"page {page.number}"


def _displayed_size(page: PageInput) -> tuple[int, int]:
    return (page.height, page.width) if page.orientation.swaps_axes else (page.width, page.height)


def _check(seen: SeenPage, page: PageInput) -> None:
    """Raises EngineGarbage when an engine's answer cannot be true."""
    words = [word for line in seen.lines for word in line.words]
    polygons = as_array([word.polygon for word in words] + [line.polygon for line in seen.lines])
    size = np.array(_displayed_size(page))
    margin = _MARGIN * size.max()
    on_page = bool(((polygons >= -margin) & (polygons <= size + margin)).all())
    told = all(word.text.strip() and 0 <= word.confidence <= 1 for word in words)
    if not (math.isfinite(seen.angle) and on_page and told and all(line.words for line in seen.lines)):
        raise EngineGarbage(where=_where(page))


@during(Stage.LAYOUT)
def _page(
    page: PageInput, seen: SeenWords, options: ReadOptions, source: PageSource, warnings: list[str], *, stated: int = 0
) -> Page:
    """`stated`: how many lines, the first ones, come in an order that the file states."""
    detected = detect(" ".join(seen.texts), options.languages)
    arranged = arrange(seen, stated=stated, place=_Submitted(page), languages_of=detected.of_words)
    return Page(
        number=page.number,
        width=page.width,
        height=page.height,
        angle=_submitted_angle(page, arranged.angle),
        orientation=page.orientation,
        source=source,
        points=page.points,
        scale=page.scale,
        languages=detected.languages,
        blocks=arranged.blocks,
        warnings=(*page.warnings, *warnings),
    )


class _Submitted:
    """Moves polygons of the displayed page to the page as submitted: cut off at its edges, to a tenth of a pixel."""

    def __init__(self, page: PageInput) -> None:
        self._size = np.array([page.width, page.height], float)
        origin, right, down = (
            np.array(to_submitted(point, page.orientation, page.width, page.height))
            for point in ((0, 0), (1, 0), (0, 1))
        )
        self._origin = origin
        self._matrix = np.stack([right - origin, down - origin])

    def __call__(self, polygons: Floats) -> Floats:
        moved: Floats = (polygons.reshape(-1, 2) @ self._matrix + self._origin).clip(0.0, self._size).round(1)
        return moved.reshape(polygons.shape)


def _submitted_angle(page: PageInput, angle: float) -> float:
    """How far text turned by `angle` on the displayed page is turned on the page as submitted."""
    turn = math.radians(angle)
    start, end = (
        to_submitted(point, page.orientation, page.width, page.height)
        for point in ((0.0, 0.0), (math.cos(turn), math.sin(turn)))
    )
    found = round(math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])), 2)
    return 180.0 if found == -180 else found + 0.0
