"""The door of reading: a page's input becomes a canonical page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from stele.domain.document import Page, PageSource
from stele.domain.errors import EngineGarbage, InputError, LimitError, OutOfMemory, UnavailableError
from stele.domain.geometry import to_submitted
from stele.domain.job import EngineName
from stele.domain.languages import engine_for_languages, normalise
from stele.domain.value import changed
from stele.pipeline.intake.seam import PageInput, TextLayer
from stele.pipeline.reading import textpage
from stele.pipeline.reading.detecting import detect
from stele.pipeline.reading.layout import arrange
from stele.pipeline.reading.seam import Engine, ReadOptions, SeenPage
from stele.pipeline.reading.seenwords import Floats, SeenWords, as_array

#: engines may see text this far beyond the page, as a part of its longer side: they widen what they find, and the print
#: of a small picture by a good part of it
_MARGIN = 0.5


class EngineProvider(Protocol):
    """Gives the engine for a job, made once and kept."""

    def engine_for(self, options: ReadOptions) -> Engine:
        """The engine that `options.engine` names (never AUTO), ready for `options.languages`.

        Raises EngineMissing, LanguagePackMissing.
        """
        ...


class Reader:
    """Reads pages one after another, in one thread.

    A sound text layer is taken as it is; a page without one is read by an engine; of a page with a text layer and
    unread pictures, the pictures are read too.
    """

    def __init__(self, engines: EngineProvider) -> None:
        self._engines = engines

    def read(self, page: PageInput, options: ReadOptions) -> Page:
        """Read one page.

        Raises InputError, LimitError, EngineError and UnavailableError cases, and UnknownLanguage.
        """
        try:
            return self._read(page, _resolved(options))
        except MemoryError as error:
            raise OutOfMemory(where=_where(page)) from error

    def _read(self, page: PageInput, options: ReadOptions) -> Page:
        layer = None if options.engine is EngineName.NULL else page.text_layer()
        if layer is not None and layer.sound and layer.words:
            return self._from_layer(page, layer, options)
        warnings = list(_uncovered(options))
        if layer is not None and layer.words:
            warnings.append(f"The page's text layer was not used: {layer.reason}")
        return _page(page, SeenWords.of(self._see(page, options)), options, PageSource.OCR, warnings)

    def _from_layer(self, page: PageInput, layer: TextLayer, options: ReadOptions) -> Page:
        words = textpage.words_of(layer, options.features)
        warnings = []
        found = SeenPage(lines=())
        if layer.pictures:
            try:
                found = textpage.only_inside(self._see(page, options), layer)
            except (InputError, LimitError, UnavailableError) as error:
                warnings.append(f"The page's pictures could not be read, only its text layer was: {error.message}")
        stated = len(words.line_polygons)
        if not found.lines:
            return _page(page, words, options, PageSource.TEXT_LAYER, warnings, stated=stated)
        both = words.and_then(SeenWords.of(found))
        warnings.extend(_uncovered(options))
        return _page(page, both, options, PageSource.MIXED, warnings, stated=stated)

    def _see(self, page: PageInput, options: ReadOptions) -> SeenPage:
        engine = self._engines.engine_for(options)
        seen = engine.see(page, page.raster() if engine.needs_pixels else None, options)
        _check(seen, page)
        return seen


def _resolved(options: ReadOptions) -> ReadOptions:
    """The options with an engine picked by language where any will do, and with the codes of the language table."""
    engine = engine_for_languages(options.languages) if options.engine is EngineName.AUTO else options.engine
    return changed(options, engine=engine, languages=tuple(normalise(code).code for code in options.languages))


def _uncovered(options: ReadOptions) -> Iterator[str]:
    """Warnings about languages that the engine asked for cannot write."""
    if options.engine is EngineName.PADDLE:
        for language in map(normalise, options.languages):
            if language.engine is not EngineName.PADDLE:
                yield f"The engine asked for lacks characters of {language.name}; use the engine tesseract for it"


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
        moved: Floats = (polygons @ self._matrix + self._origin).clip(0.0, self._size).round(1)
        return moved


def _submitted_angle(page: PageInput, angle: float) -> float:
    """How far text turned by `angle` on the displayed page is turned on the page as submitted."""
    turn = math.radians(angle)
    start, end = (
        to_submitted(point, page.orientation, page.width, page.height)
        for point in ((0.0, 0.0), (math.cos(turn), math.sin(turn)))
    )
    found = round(math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])), 2)
    return 180.0 if found == -180 else found + 0.0
