"""Texts in type: each on a page of its own."""

from __future__ import annotations

import random
import re

import numpy as np
from PIL import Image, ImageDraw
from tools.plain_print.fonts import Face, Fonts
from tools.plain_print.line import BASELINE, Line
from tools.plain_print.texts import CHARACTERS, OTHER

#: where a line begins on its page, and what the page has of height, and of width beyond the line, in ems
_START, _PAGE = 2, 4
_KNOWN = frozenset(CHARACTERS)
_LIGATURES = {"fi": "ﬁ", "fl": "ﬂ"}


class Writing:
    """Writes texts, by the numbers of `draws`."""

    def __init__(self, draws: random.Random, fonts: Fonts) -> None:
        self._draws = draws
        self._fonts = fonts

    def line(self, text: str, em: int) -> Line | None:
        """The text in one face, with other faces' glyphs for what that one lacks; none if nothing can be drawn."""
        draws = self._draws
        face = self._fonts.draw(draws)
        faces = (face, draws.choice(self._fonts.others), draws.choice(self._fonts.asian))
        tracking = draws.gauss(0, 0.02) * em if draws.random() < 0.5 else 0.0
        if draws.random() < 0.06:
            tracking += draws.uniform(0.05, 0.25) * em
        gapped = draws.random() < 0.08
        glyphs = _glyphs(text, face if draws.random() < 0.3 else None)
        label, placed, x = "", [], 0.0
        for glyph, letters in glyphs:
            if glyph == " ":
                gap = draws.uniform(0.22, 0.36) * em
                if gapped and draws.random() < 0.3:
                    gap += draws.uniform(0.3, 5) * em
                x += gap + tracking
                label += " "
                continue
            chosen = _having(faces[:1] if letters[0] in _KNOWN else faces, glyph)
            if chosen is None:
                continue
            placed.append((x, glyph, chosen))
            x += chosen.at(em).getlength(glyph) + tracking
            label += letters if letters[0] in _KNOWN else OTHER
        if not placed:
            return None
        page = Image.new("L", (int(x + _PAGE * em), int(_PAGE * em)), 0)
        pen = ImageDraw.Draw(page)
        for x, glyph, chosen in placed:
            place = (round(x + _START * em), BASELINE * em)
            pen.text(place, glyph, fill=255, font=chosen.at(em), anchor="ls")
        return Line(np.asarray(page, np.float32) / np.float32(255), re.sub(" +", " ", label).strip(), em)


def _glyphs(text: str, ligatures: Face | None) -> list[tuple[str, str]]:
    """What is drawn for the text, each with its letters: these, or a ligature of two where the face given has it."""
    found, place = [], 0
    while place < len(text):
        pair = text[place : place + 2]
        if ligatures and pair in _LIGATURES and ligatures.has(_LIGATURES[pair]):
            found.append((_LIGATURES[pair], pair))
        else:
            found.append((text[place], text[place]))
        place += len(found[-1][1])
    return found


def _having(faces: tuple[Face, ...], glyph: str) -> Face | None:
    return next((face for face in faces if face.has(glyph)), None)
