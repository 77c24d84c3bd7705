"""PDFium alone: the text of every page and a box for each character, of which no words are made."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from benchmarks.peers import Reading


class CharacterBoxes:
    def __init__(self, threads: int) -> None:
        """PDFium has one thread, whatever it is given."""

    def read(self, path: Path, language: str) -> Reading:
        """All pages; the text is that of the last one."""
        text = ""
        with pypdfium2.PdfDocument(path) as document:
            for page in document:
                layer = page.get_textpage()
                text = layer.get_text_range()
                for index in range(layer.count_chars()):
                    layer.get_charbox(index)
        return Reading(text=text, words=())
