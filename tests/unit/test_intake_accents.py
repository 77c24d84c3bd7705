"""Accents that a PDF shows as glyphs of their own come on their letters, and part no words."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document

FACE, SIZE = "Helvetica", 12


class Sheet:
    """A page on which words are set as TeX sets them: letters, and accents over them."""

    def __init__(self) -> None:
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(400, 200))
        self._canvas.setFont(FACE, SIZE)

    def put(self, x: float, y: float, text: str) -> float:
        """Where it ends."""
        self._canvas.drawString(x, y, text)
        return x + stringWidth(text, FACE, SIZE)

    def accented(self, x: float, y: float, letter: str, accent: str) -> float:
        end = self.put(x, y, letter)
        self.put((x + end) / 2 - stringWidth(accent, FACE, SIZE) / 2, y, accent)
        return end

    def words(self, folder: Path) -> list[str]:
        self._canvas.save()
        path = folder / "page.pdf"
        path.write_bytes(self._file.getvalue())
        with open_document(path, name=path.name, limits=Limits()) as document:
            layer = next(document.pages(1, 1)).text_layer()
        assert layer is not None
        return list(layer.words.texts)


def test_letters_get_the_accents_that_stand_over_them(tmp_path: Path) -> None:
    sheet = Sheet()
    x = sheet.put(20, 150, "J")
    x = sheet.accented(x, 150, "a", "´")
    x = sheet.put(x, 150, "n Min")
    x = sheet.accented(x, 150, "a", "´")
    sheet.put(x, 150, "c")
    x = sheet.accented(sheet.put(20, 130, "M"), 130, "u", "¨")
    x = sheet.put(x, 130, "ller, gar")
    sheet.put(sheet.accented(x, 130, "c", "¸"), 130, "on")
    assert sheet.words(tmp_path) == ["Ján", "Minác", "Müller,", "garçon"]


def test_an_accent_may_come_anywhere_in_the_text(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.put(20 + stringWidth("Pe", FACE, SIZE) + stringWidth("n", FACE, SIZE) / 2 - 2, 150, "˜")
    sheet.put(20, 150, "Pena and others")
    sheet.put(20, 130, "follow")
    assert sheet.words(tmp_path) == ["Peña", "and", "others", "follow"]


def test_a_letter_without_its_dot_gets_one_with_the_accent(tmp_path: Path) -> None:
    sheet = Sheet()
    x = sheet.put(20, 150, "Garc")
    x = sheet.accented(x, 150, "i", "´")
    sheet.put(x, 150, "a")
    assert sheet.words(tmp_path) == ["García"]


@pytest.mark.parametrize("text", ["a ´ b", "5 ´ 3", "the `name` and", "x ¨", "´"])
def test_accents_that_stand_over_no_letter_stay(text: str, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.put(20, 150, f"Some words before {text}")
    assert sheet.words(tmp_path) == ["Some", "words", "before", *text.split()]


def test_words_stay_apart_beside_an_accent(tmp_path: Path) -> None:
    sheet = Sheet()
    x = sheet.accented(sheet.put(20, 150, "caf"), 150, "e", "´")
    sheet.put(x + 4, 150, "open")
    assert sheet.words(tmp_path) == ["café", "open"]
