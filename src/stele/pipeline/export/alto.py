"""ALTO 4.4: the layout as XML, as libraries and archives keep it.

Measured in pixels of the page as displayed (see `upright`). Blocks are ComposedBlocks (pictures Illustrations, rulers
GraphicalElements), their paragraphs TextBlocks. Text that is turned on the page has its outline as a Shape, and its
block a ROTATION (counter-clockwise, as ALTO counts). A word hyphenated over two lines is two Strings with the whole
word as SUBS_CONTENT. Characters become Glyphs where each of a word's is one code point, which is all ALTO can say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from lxml import etree

import stele
from stele.domain.document import Block, BlockKind, Break, Line, Page, Paragraph, Symbol, Word
from stele.domain.geometry import Polygon
from stele.pipeline.export.flowing import without_hyphen
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.upright import displayed, displayed_size, legal

_ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA_LOCATION = f"{_ALTO} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_NAMESPACES: dict[str, str] = {None: _ALTO}  # type: ignore[dict-item]  # lxml's name for the default one

_BLOCK_TAGS = {BlockKind.PICTURE: "Illustration", BlockKind.RULER: "GraphicalElement"}


def write_alto(document: ExportInput, out: BinaryIO) -> None:
    attributes = {f"{{{_XSI}}}schemaLocation": _SCHEMA_LOCATION, "SCHEMAVERSION": "4.4"}
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(_tag("alto"), attributes, nsmap={**_NAMESPACES, "xsi": _XSI}):
            xml.write(_description(document.name))
            with xml.element(_tag("Layout")):
                for page in document.pages:
                    xml.write(_page(page))
    out.write(b"\n")


def _description(name: str) -> etree._Element:
    description = etree.Element(_tag("Description"), nsmap=_NAMESPACES)
    _child(description, "MeasurementUnit").text = "pixel"
    _child(_child(description, "sourceImageInformation"), "fileName").text = legal(name)
    processing = _child(description, "Processing", ID="stele")
    _child(processing, "processingCategory").text = "contentGeneration"
    software = _child(processing, "processingSoftware")
    _child(software, "softwareName").text = "Stele"
    _child(software, "softwareVersion").text = stele.__version__
    return description


def _page(page: Page) -> etree._Element:
    width, height = displayed_size(page)
    root = etree.Element(_tag("Page"), nsmap=_NAMESPACES, ID=f"page_{page.number}", PROCESSINGREFS="stele")
    root.set("PHYSICAL_IMG_NR", str(page.number))
    root.set("WIDTH", str(width))
    root.set("HEIGHT", str(height))
    if page.languages:
        root.set("LANG", page.languages[0].code)
    if page.error is not None:
        root.set("QUALITY", "Damaged")
        root.set("QUALITY_DETAIL", legal(page.error.message))
    confidences = [word.confidence for word in page.words()]
    if confidences:
        root.set("PC", _number(sum(confidences) / len(confidences)))
    space = _child(root, "PrintSpace", HPOS="0", VPOS="0", WIDTH=str(width), HEIGHT=str(height))
    parts = _hyphenated(page)
    for number, block in enumerate(page.blocks, start=1):
        space.append(_block(page, block, f"{page.number}_{number}", parts))
    root.tail = "\n"
    return root


def _hyphenated(page: Page) -> dict[int, tuple[str, str]]:
    """By word index: which part of a hyphenated word it is, and that word as a whole."""
    parts: dict[int, tuple[str, str]] = {}
    words = list(page.words())
    for word, following in pairwise(words):
        if word.break_ is Break.HYPHEN:
            whole = without_hyphen(word) + without_hyphen(following)
            parts.setdefault(word.index, ("HypPart1", whole))
            parts[following.index] = ("HypPart2", whole)
    return parts


def _block(page: Page, block: Block, number: str, parts: dict[int, tuple[str, str]]) -> etree._Element:
    element = _placed(page, _BLOCK_TAGS.get(block.kind, "ComposedBlock"), block.polygon, ID=f"block_{number}")
    if element.tag == _tag("ComposedBlock"):
        element.set("TYPE", block.kind)
        for position, paragraph in enumerate(block.paragraphs, start=1):
            element.append(_text_block(page, paragraph, f"{number}_{position}", parts))
    return element


def _text_block(page: Page, paragraph: Paragraph, number: str, parts: dict[int, tuple[str, str]]) -> etree._Element:
    element = _placed(page, "TextBlock", paragraph.polygon, ID=f"paragraph_{number}")
    turn = displayed(page, paragraph.lines[0].polygon).turn if paragraph.lines else 0.0
    if turn:
        element.set("ROTATION", _number(360 - turn))
    for position, line in enumerate(paragraph.lines, start=1):
        if line.words:
            element.append(_text_line(page, line, f"{number}_{position}", parts))
    return element


def _text_line(page: Page, line: Line, number: str, parts: dict[int, tuple[str, str]]) -> etree._Element:
    element = _placed(page, "TextLine", line.polygon, ID=f"line_{number}")
    for word in line.words:
        element.append(_string(page, word, parts.get(word.index)))
        if word.break_ is Break.SPACE and word is not line.words[-1]:
            _child(element, "SP")
    last = line.words[-1]
    if (hyphen := last.text[len(without_hyphen(last)) :]) or last.break_ is Break.HYPHEN:
        _child(element, "HYP", CONTENT=legal(hyphen or "-"))
    return element


def _string(page: Page, word: Word, part: tuple[str, str] | None) -> etree._Element:
    text = legal(without_hyphen(word))
    name = f"word_{page.number}_{word.index + 1}"
    element = _placed(page, "String", word.polygon, ID=name, CONTENT=text, WC=_number(word.confidence))
    if part is not None:
        element.set("SUBS_TYPE", part[0])
        element.set("SUBS_CONTENT", legal(part[1]))
    if word.language is not None:
        element.set("LANG", word.language)
    for symbol, text in _glyphs(word):
        element.append(_placed(page, "Glyph", symbol.polygon, CONTENT=text, GC=_number(symbol.confidence)))
    return element


def _glyphs(word: Word) -> Iterator[tuple[Symbol, str]]:
    """The symbols of a word as single code points; none of them where one takes more."""
    texts = [legal(unicodedata.normalize("NFC", symbol.text)) for symbol in word.symbols]
    if all(len(text) == 1 for text in texts):
        yield from zip(word.symbols, texts, strict=True)


def _placed(page: Page, name: str, polygon: Polygon, **attributes: str) -> etree._Element:
    place = displayed(page, polygon)
    left, top, right, bottom = place.box
    element = etree.Element(_tag(name), attributes)
    for key, value in (("HPOS", left), ("VPOS", top), ("WIDTH", right - left), ("HEIGHT", bottom - top)):
        element.set(key, _number(value))
    if place.turn:
        points = " ".join(f"{_number(x)},{_number(y)}" for x, y in place.polygon)
        _child(_child(element, "Shape"), "Polygon", POINTS=points)
    return element


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _tag(name), attributes)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _tag(name: str) -> str:
    return f"{{{_ALTO}}}{name}"
