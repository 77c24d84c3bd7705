"""Which pages are tried in other scripts."""

from __future__ import annotations

from typing import NoReturn, cast

import numpy as np
import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.reading.engines.foreign import foreign_to
from stele.pipeline.reading.engines.tesseract import TesseractEngine
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord

PIXELS = np.full((40, 400), 255, np.uint8)


class Asked(Exception):
    """Raised where packs are asked for."""


class Packs:
    def packs(self) -> NoReturn:
        raise Asked


def page(written: str, printed: str) -> SeenPage:
    box = rectangle(0, 0, 100, 20)
    words = [
        SeenWord(text=text, confidence=0.6, polygon=box, handwritten=handwritten)
        for text, handwritten in ((written, True), (printed, False))
        if text
    ]
    return SeenPage(lines=(SeenLine(polygon=box, words=tuple(words)),) if words else ())


@pytest.mark.parametrize(("written", "printed"), [("Ceylon", ""), ("retirement", "Kew")])
def test_no_pack_is_asked_for_what_is_written_by_hand(written: str, printed: str) -> None:
    engine = cast("TesseractEngine", Packs())
    assert foreign_to(engine, cast("PageInput", None), PIXELS, page(written, printed)) is None


@pytest.mark.parametrize(("written", "printed"), [("", "Aocymou"), ("A", "Aocymou"), ("", "")])
def test_packs_are_asked_for_print_and_for_pages_of_no_letters(written: str, printed: str) -> None:
    engine = cast("TesseractEngine", Packs())
    with pytest.raises(Asked):
        foreign_to(engine, cast("PageInput", None), PIXELS, page(written, printed))
