"""`fullTextAnnotation` and `textAnnotations` of a canonical page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from stele.dialects.google.geometry import Json, Poly, part, size
from stele.domain.document import Block, BlockKind, Break, Page, Paragraph, Symbol, Word
from stele.domain.geometry import bounding

_UNKNOWN_LANGUAGE = "und"
#: languages that Google calls otherwise
_LANGUAGES: Final = {"he": "iw", "nb": "no", "zh-Hans": "zh"}
_HYPHENS: Final = "-\u2010\u2011\u00ad\u00ac\u2e17"

#: what follows a word, and how it reads
_BREAKS: Final[dict[Break, tuple[str | None, str]]] = {
    Break.NONE: (None, ""),
    Break.SPACE: ("SPACE", " "),
    Break.LINE: ("EOL_SURE_SPACE", "\n"),
    Break.HYPHEN: ("HYPHEN", "-\n"),
    Break.PARAGRAPH: ("LINE_BREAK", "\n"),
}

_BLOCK_TYPES: Final = {
    BlockKind.TEXT: "TEXT",
    BlockKind.TABLE: "TABLE",
    BlockKind.PICTURE: "PICTURE",
    BlockKind.RULER: "RULER",
    BlockKind.BARCODE: "BARCODE",
}


class TextStyle:
    """How the text of a page is written: `poly` places polygons; files have sizes in points and no boxes of symbols;
    `confidences` are optional."""

    def __init__(self, poly: Poly, *, of_file: bool, confidences: bool) -> None:
        self.poly = poly
        self.of_file = of_file
        self.confidences = confidences


def full_text(page: Page, style: TextStyle) -> Json | None:
    """None for a page without words."""
    writer = _Writer(style)
    blocks = [writer.block(block) for block in page.blocks if block.paragraphs]
    if not blocks:
        return None
    whole: Json = {}
    if page.languages:
        whole["property"] = {
            "detectedLanguages": [
                _language(language.code, language.confidence) for language in page.languages if language.confidence
            ]
        }
    whole |= size(page, of_file=style.of_file)
    whole["blocks"] = blocks
    writer.confident(whole, page.words())
    return {"pages": [whole], "text": "".join(writer.text)}


def entities(page: Page, text: str, poly: Poly) -> list[Json]:
    """`textAnnotations`: the whole text, then each word."""
    words = list(page.words())
    locale = language_code(page.languages[0].code) if page.languages else _UNKNOWN_LANGUAGE
    whole = bounding(word.polygon for word in words)
    made: list[Json] = [{"locale": locale, "description": text, "boundingPoly": poly(whole)}]
    made += ({"description": _spelt(word)[0], "boundingPoly": poly(word.polygon)} for word in words)
    return made


def language_code(code: str) -> str:
    """As Google calls it."""
    return _LANGUAGES.get(code, code)


class _Writer:
    """Writes blocks in order, and gathers their text."""

    def __init__(self, style: TextStyle) -> None:
        self._style = style
        self._poly = style.poly
        self.text: list[str] = []

    def block(self, block: Block) -> Json:
        made: Json = {
            "boundingBox": self._poly(block.polygon),
            "paragraphs": [self._paragraph(paragraph) for paragraph in block.paragraphs],
            "blockType": _BLOCK_TYPES[block.kind],
        }
        return self._described(made, [word for paragraph in block.paragraphs for word in _words(paragraph)])

    def _paragraph(self, paragraph: Paragraph) -> Json:
        words = list(_words(paragraph))
        made: Json = {
            "boundingBox": self._poly(paragraph.polygon),
            "words": [self._word(word) for word in words],
        }
        return self._described(made, words)

    def _word(self, word: Word) -> Json:
        text, follows = _spelt(word)
        name, reads = _BREAKS[follows]
        self.text += (text, reads)
        symbols = self._symbols(word, text)
        if name is not None:
            symbols[-1]["property"] = {"detectedBreak": {"type": name}}
        made: Json = {"boundingBox": self._poly(word.polygon), "symbols": symbols}
        if word.language is not None:
            made["property"] = {"detectedLanguages": [_language(word.language, 1.0)]}
        if self._style.confidences and word.confidence:
            made["confidence"] = part(word.confidence)
        return made

    def _symbols(self, word: Word, text: str) -> list[Json]:
        if not word.symbols:
            return [{"text": character} for character in text]
        symbols = word.symbols if text == word.text or len(word.symbols) == 1 else word.symbols[:-1]
        made = [self._symbol(symbol) for symbol in symbols]
        if self._style.confidences:
            for one, symbol in zip(made, symbols, strict=True):
                if symbol.confidence:
                    one["confidence"] = part(symbol.confidence)
        return made

    def _symbol(self, symbol: Symbol) -> Json:
        if self._style.of_file:
            return {"text": symbol.text}
        return {"boundingBox": self._poly(symbol.polygon), "text": symbol.text}

    def _described(self, made: Json, words: list[Word]) -> Json:
        """With the languages and the confidence of its words."""
        languages = Counter(word.language for word in words)
        del languages[None]
        if languages:
            total = languages.total()
            made["property"] = {
                "detectedLanguages": [_language(code, count / total) for code, count in languages.most_common() if code]
            }
        self.confident(made, words)
        return made

    def confident(self, made: Json, words: Iterable[Word]) -> None:
        """Add the mean confidence of words, where confidences are wanted."""
        if self._style.confidences:
            confidences = [word.confidence for word in words]
            mean = sum(confidences) / len(confidences)
            if mean:
                made["confidence"] = part(mean)


def _words(paragraph: Paragraph) -> Iterator[Word]:
    for line in paragraph.lines:
        yield from line.words


def _spelt(word: Word) -> tuple[str, Break]:
    """A word's symbols and what follows them: a hyphen at the end of a line is a break, not a symbol."""
    if word.break_ is not Break.HYPHEN:
        return word.text, word.break_
    if len(word.text) > 1 and word.text[-1] in _HYPHENS:
        return word.text[:-1], Break.HYPHEN
    return word.text, Break.LINE


def _language(code: str, confidence: float) -> Json:
    return {"languageCode": language_code(code), "confidence": part(confidence)}
