"""The words that a PDF page states, with their places, and whether they can be trusted.

A word is what stands between spaces; a run of Chinese or Japanese without spaces is one word. Words side by side in two
columns or two cells are on two lines.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import compress, pairwise

import numpy as np
import pypdfium2 as pdfium

from stele.domain.geometry import Polygon, bounds
from stele.pipeline.intake import native
from stele.pipeline.intake.accents import with_accents
from stele.pipeline.intake.frame import Frame
from stele.pipeline.intake.glyphs import HYPHEN, Counts, Flags, Reals
from stele.pipeline.intake.native import Codes, TextPage
from stele.pipeline.intake.seam import TextLayer, TextRuns
from stele.pipeline.intake.soundness import is_gibberish, loose_letters, plausibility, run_together
from stele.pipeline.intake.survey import Survey, area
from stele.pipeline.intake.words import find_words

#: of the page and of a side: smaller pictures hold no text worth looking for
_PICTURE_SHARE, _PICTURE_SIDE = 0.01, 12.0
#: of a picture: where visible words cover this much, it is their background
_BACKGROUND = 0.04
#: words that a recogniser left on a scan: from this many on it was read as a whole
_READ_ONCE = 3
#: text of which so much looks like words is what it seems, whether or not its language is known
_FLAWLESS = 0.93
#: of the letters: in words longer than words are
_RUN_TOGETHER = 0.4
#: fewer single letters than this are never most of the words that tell anything
_LOOSE = 24


def read_text_layer(page: pdfium.PdfPage, frame: Frame, seen: Survey) -> TextLayer | None:
    """The text layer of a page; None where it states no words inside its visible box. Raises pypdfium2.PdfiumError."""
    with native.text_page(page) as stated:
        text, codes = with_accents(stated, _meaningful(stated.codes()))
        words = find_words(text, codes)
        if words is None:
            return None
        characters = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        raw = _texts(characters, words.spans)
        starts = words.spans[:, 0].tolist()
        damaged = _unmapped(text, words.leads, starts) | _lost(characters, words.spans)
        hidden = _hidden(text, starts, seen)
    corners = frame.to_pixels(words.corners())
    texts = raw if _plain(characters) else [_cleaned(word) for word in raw]
    lines, em = words.lines(codes), words.em
    kept = _inside(corners, frame)
    if not all(texts):
        kept &= np.fromiter(map(bool, texts), np.bool_, len(texts))
    if not kept.all():
        texts = list(compress(texts, kept.tolist()))
        corners, em, lines, hidden = corners[kept], em[kept], lines[kept], hidden[kept]
    if not texts:
        return None
    count = len(texts)
    runs = TextRuns(
        texts=texts,
        polygons=corners,
        font_sizes=em * frame.scale,
        lines=lines,
        hidden=hidden,
        symbols=lambda: [()] * count,
    )
    reason = _misplaced(runs.font_sizes, words.placeless) or _undecipherable(raw, damaged) or _no_language(runs)
    return TextLayer(words=runs, sound=not reason, reason=reason, pictures=_unread_pictures(runs, frame, seen))


def _inside(corners: Reals, frame: Frame) -> Flags:
    """Which words have their middle on the page."""
    x, y = _centres(corners).T
    return np.asarray((x >= 0) & (x <= frame.width) & (y >= 0) & (y <= frame.height))


def _centres(corners: Reals) -> Reals:
    return np.asarray((corners[:, 0] + corners[:, 1] + corners[:, 2] + corners[:, 3]) / 4)


def _hidden(text: TextPage, starts: list[int], seen: Survey) -> Flags:
    """Which words nobody sees, because they are drawn in no colour or lie under a scan: a recogniser's work."""
    if not seen.hidden:
        return np.zeros(len(starts), np.bool_)
    return np.array([item in seen.hidden for item in text.objects(starts)], np.bool_)


def _meaningful(codes: Codes) -> Codes:
    """Codes of characters: for glyphs without a meaning pdfium gives 0, or their bare number."""
    meaningless = _MEANINGLESS[np.minimum(codes, 0xA0)] | (codes > 0x10FFFF)
    return np.where(meaningless, np.uint32(0xFFFD), codes)


def _unmapped(text: TextPage, leads: Counts, starts: list[int]) -> Flags:
    """Which words begin with a character that the font does not know the meaning of; `leads` are some of each font."""
    if not any(text.unmapped(leads.tolist())):
        return np.zeros(len(starts), np.bool_)
    return np.array(text.unmapped(starts))


def _lost(characters: str, spans: Counts) -> Flags:
    """Which words hold a sign without a meaning."""
    if characters.isascii():
        return np.zeros(len(spans), np.bool_)
    signs = [match.start() for match in _LOST.finditer(characters)]
    before = np.searchsorted(signs, spans)
    return np.asarray(before[:, 1] > before[:, 0])


#: of codes up to 0xA0: control characters but for a hyphen at the end of a line, tabulator and line ends
_MEANINGLESS = np.array([code < 0x20 or 0x7F <= code < 0xA0 for code in range(0xA1)])
_MEANINGLESS[[ord(HYPHEN), 0x09, 0x0A, 0x0D]] = False


# -- text -------------------------------------------------------------------------------------------------------------


def _texts(characters: str, spans: Counts) -> list[str]:
    if _plain(characters):
        parts = characters.split()
        if len(parts) == len(spans):
            return parts
    return [characters[start:end] for start, end in spans.tolist()]


def _plain(characters: str) -> bool:
    """Whether all words are clean as they are."""
    return characters.isascii() and HYPHEN not in characters


def _cleaned(word: str) -> str:
    """A word as it reads: whole characters, ligatures as letters, a hyphen where the line breaks the word."""
    if _plain(word):
        return word
    word = word.replace(HYPHEN, "-")
    if word.endswith("\u00ad"):
        word = word[:-1] + "-"
    word = word.translate(_REPLACED).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), word)


#: soft hyphens inside a line are not shown; symbol fonts have bullets in the private area
_REPLACED = str.maketrans({"\u00ad": None, "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf076": "❖"})
#: Latin, Armenian, Hebrew and Arabic letters in the shapes that fonts give them
_LIGATURES = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufdff\ufe70-\ufefc]+")


# -- soundness --------------------------------------------------------------------------------------------------------


#: signs without a meaning: unnamed, private, or halves of characters
_LOST = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


def _undecipherable(words: list[str], damaged: Flags) -> str:
    """Signs that stand alone are bullets and mathematics; inside words they are letters that were lost."""
    if not damaged.any():
        return ""
    lettered = np.array([any(map(str.isalpha, word)) for word in words])
    share = (damaged & lettered).sum() / max(1, lettered.sum())
    if share > 0.03:
        return f"{share:.0%} of its words have characters without a known meaning"
    if damaged.mean() > 0.5:
        return f"{damaged.mean():.0%} of its signs have no known meaning"
    return ""


def _misplaced(sizes: Reals, placeless: Flags) -> str:
    if placeless.mean() > 0.2:
        return f"{placeless.mean():.0%} of its words take no room on the page"
    if np.median(sizes) < 3:
        return "its words are too small to be print"
    return ""


def _no_language(runs: TextRuns) -> str:
    """A writer that lost the meaning of its glyphs gives less than half of words; a recogniser that failed, four
    fifths. So hidden words have to be better than those that can be seen."""
    share = plausibility(compress(runs.texts, runs.hidden.tolist()))
    if share is not None and share < 0.88:
        return f"only {share:.0%} of the recognised text under the scan looks like words"
    share = plausibility(runs.texts)
    if share is not None and share < 0.6:
        return f"only {share:.0%} of it looks like words"
    if share is not None and share < _FLAWLESS and is_gibberish(runs.texts):
        return "its letters spell words of no language"
    return _ill_spaced(runs)


def _ill_spaced(runs: TextRuns) -> str:
    """Writers that place each glyph by itself leave it to readers to find the spaces: too few, or too many."""
    together = run_together(runs.texts)
    if together > _RUN_TOGETHER:
        return f"{together:.0%} of its letters are in words without spaces between them"
    single = list(map(len, runs.texts)).count(1)
    if 2 * single <= _LOOSE or 2 * single <= sum(map(str.isalpha, filter(str.isascii, runs.texts))):
        return ""
    lines = np.flatnonzero(np.diff(runs.lines)) + 1
    share = loose_letters(runs.texts[start:end] for start, end in pairwise([0, *lines.tolist(), len(runs)]))
    if share is not None and share > 0.5:
        return f"{share:.0%} of its words are single letters"
    return ""


# -- pictures ---------------------------------------------------------------------------------------------------------


def _unread_pictures(runs: TextRuns, frame: Frame, seen: Survey) -> tuple[Polygon, ...]:
    """Pictures that may hold text which no word of the layer accounts for."""
    corners = runs.polygons
    if not seen.regions:
        return ()
    left, bottom, right, top = seen.page
    smallest = _PICTURE_SHARE * (right - left) * (top - bottom)
    centres = _centres(corners)
    sides = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1), np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    unread = []
    for region in seen.regions:
        if area(region) < smallest or min(region[2] - region[0], region[3] - region[1]) < _PICTURE_SIDE:
            continue
        polygon = frame.box_to_polygon(region)
        x0, y0, x1, y1 = bounds(polygon)
        within = ((centres >= (x0, y0)) & (centres <= (x1, y1))).all(axis=1)
        covered = float((sides[0] * sides[1])[within].sum()) / ((x1 - x0) * (y1 - y0))
        if covered < _BACKGROUND and (within & runs.hidden).sum() < _READ_ONCE:
            unread.append(polygon)
    return tuple(unread)
