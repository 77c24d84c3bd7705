"""Whether a page was hardly read at all, which is how pages look to a model that does not know their script."""

from __future__ import annotations

import numpy as np

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.scripts import script_of
from stele.pipeline.reading.seam import SeenPage
from stele.pipeline.reading.sureness import confidence_of, letters_of, words_of

#: a page with fewer characters, or whose characters are less sure on average, was hardly read; print that is read right
#: has 0.95 and more, foreign scripts and the worst handwriting 0.6 to 0.8
_ENOUGH, _SURE = 4, 0.85
#: and a page of whose lines it knows no letters in so much
_UNREAD = 0.5
#: a page has something on it where this share of its pixels is so much (of 255) darker or lighter than most
_INK_SHARE, _INK_CONTRAST = 0.001, 60
#: and its ground is plain where this share of its pixels is so near to most
_GROUND_SHARE, _GROUND_NOISE = 0.5, 24
#: of Greek it knows the letters without accents only: a page with this share of them is better read by others
_GREEK = 0.3


def is_weak(seen: SeenPage, pixels: Pixels) -> bool:
    """Whether the default model could hardly read a page that has something on it."""
    if is_unread(seen):
        return _has_ink(pixels)
    words = words_of(seen.lines)
    return _greek_share("".join(word.text for word in words)) > _GREEK or confidence_of(words) < _SURE


def is_unread(seen: SeenPage) -> bool:
    """Whether the default model saw hardly any letters, or none in most of the lines that it found."""
    return letters_of(words_of(seen.lines)) < _ENOUGH or seen.unread > _UNREAD


def _greek_share(text: str) -> float:
    scripts = [script for script in map(script_of, text) if script]
    return scripts.count("Grek") / max(1, len(scripts))


def _has_ink(pixels: Pixels) -> bool:
    """Whether something is drawn on a plain ground; photos without text are none of it."""
    grey = (pixels[::4, ::4] if pixels.ndim == 2 else pixels[::4, ::4, 1]).astype(np.int16)
    off = np.abs(grey - np.int16(np.median(grey)))
    return bool((off > _INK_CONTRAST).mean() > _INK_SHARE and (off < _GROUND_NOISE).mean() > _GROUND_SHARE)
