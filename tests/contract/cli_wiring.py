"""A wiring whose reader reads the width of a page, and fails as some widths ask it to."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from PIL import Image

from stele.domain.document import Block, BlockKind, Break, Line, Page, Paragraph, Word
from stele.domain.errors import CorruptPage, LanguagePackMissing, UnknownLanguage
from stele.domain.geometry import rectangle
from stele.pipeline.annotation.annotating import MODEL_FREE
from stele.pipeline.annotation.seam import Annotators
from stele.pipeline.intake.seam import Limits, PageInput
from stele.pipeline.reading.seam import PageReader, ReadOptions

CRASH, CORRUPT, BAD_REQUEST, HANG, NO_PACK, WARN = 13, 17, 19, 23, 29, 31


class WidthReader:
    def __init__(self, threads: int) -> None:
        self.threads = threads

    def read(self, page: PageInput, options: ReadOptions) -> Page:
        match page.width:
            case 13:
                os.kill(os.getpid(), signal.SIGSEGV)
            case 17:
                raise CorruptPage(page=page.number, reason="it is 17 pixels wide")
            case 19:
                raise UnknownLanguage(language="tlh")
            case 23:
                time.sleep(60)
            case 29:
                raise LanguagePackMissing(language="Thai", pack="tha", package="tesseract-ocr-tha")
        text = f"wide-{page.width}-threads-{self.threads}"
        box = rectangle(0, 0, page.width, page.height)
        word = Word(index=0, text=text, confidence=1.0, polygon=box, break_=Break.PARAGRAPH)
        line = Line(text=text, confidence=1.0, polygon=box, words=(word,))
        block = Block(kind=BlockKind.TEXT, polygon=box, paragraphs=(Paragraph(polygon=box, lines=(line,)),))
        warnings = ("The page is faint.",) if page.width == WARN else ()
        return Page(number=page.number, width=page.width, height=page.height, blocks=(block,), warnings=warnings)


class FakeWiring:
    def reader(self, threads: int) -> PageReader:
        return WidthReader(threads)

    def annotators(self, project: str) -> Annotators:
        return MODEL_FREE

    def limits(self) -> Limits:
        return Limits(max_bytes=100_000)


def picture(path: Path, *widths: int) -> Path:
    """An image file with one page of each width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.new("L", (width, 40), 200) for width in widths]
    if rest:
        first.save(path, "TIFF", save_all=True, append_images=rest)
    else:
        first.save(path, "PNG")
    return path


def run() -> None:
    from stele.cli.main import run

    run(FakeWiring())


if __name__ == "__main__":
    # Spawned children unpickle the wiring by the name of its module, which must not be `__main__`.
    from cli_wiring import run as run_here

    run_here()
