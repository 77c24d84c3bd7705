"""hOCR 1.2: XHTML with the place of every page, block, paragraph, line and word in title attributes.

Boxes are whole pixels of the page as displayed (see `upright`), so they can be laid over the image as a viewer shows
it. Text that is turned on that page has a `textangle` (counter-clockwise, as hOCR counts) and its outline as `poly`.
No `baseline` is given: the tree has the outline of a line, not the line its letters stand on.
"""

from __future__ import annotations

from typing import BinaryIO

from lxml import etree

import stele
from stele.domain.document import Block, BlockKind, Break, Line, Page, Paragraph, Word
from stele.domain.geometry import Polygon
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.txt import unreadable
from stele.pipeline.export.upright import displayed, displayed_size, legal

_XHTML = "http://www.w3.org/1999/xhtml"
_NAMESPACES: dict[str, str] = {None: _XHTML}  # type: ignore[dict-item]  # lxml's name for the default one
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DOCTYPE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
_CAPABILITIES = "ocr_page ocr_carea ocr_photo ocr_separator ocr_par ocr_line ocrx_word ocrx_cinfo ocrp_lang ocrp_poly"

_BLOCK_CLASSES = {
    BlockKind.TEXT: "ocr_carea",
    BlockKind.TABLE: "ocr_carea",
    BlockKind.BARCODE: "ocr_carea",
    BlockKind.PICTURE: "ocr_photo",
    BlockKind.RULER: "ocr_separator",
}


def write_hocr(document: ExportInput, out: BinaryIO) -> None:
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        xml.write_doctype(_DOCTYPE)
        with xml.element(_tag("html"), nsmap=_NAMESPACES):
            xml.write(_head(document.name))
            with xml.element(_tag("body")):
                for page in document.pages:
                    xml.write(_page(page, document.name))
    out.write(b"\n")


def _head(name: str) -> etree._Element:
    head = etree.Element(_tag("head"), nsmap=_NAMESPACES)
    etree.SubElement(head, _tag("title")).text = legal(name)
    # Browsers take XHTML in a file for HTML, and then look for its encoding here.
    etree.SubElement(head, _tag("meta"), {"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"})
    for key, content in (
        ("ocr-system", f"Stele {stele.__version__}"),
        ("ocr-capabilities", _CAPABILITIES),
    ):
        etree.SubElement(head, _tag("meta"), name=key, content=content)
    head.tail = "\n"
    return head


def _page(page: Page, name: str) -> etree._Element:
    width, height = displayed_size(page)
    properties = [f'image "{_quotable(name)}"', f"bbox 0 0 {width} {height}", f"ppageno {page.number - 1}"]
    if page.scale is not None:
        properties.append(f"scan_res {round(page.scale * 72)} {round(page.scale * 72)}")
    root = etree.Element(_tag("div"), {"class": "ocr_page", "id": f"page_{page.number}"}, nsmap=_NAMESPACES)
    root.set("title", "; ".join(properties))
    if page.languages:
        _set_language(root, page.languages[0].code)
    if failure := unreadable(page):
        root.append(etree.Comment(legal(failure).replace("--", "- -")))
    for number, block in enumerate(page.blocks, start=1):
        root.append(_block(page, block, f"{page.number}_{number}"))
    root.tail = "\n"
    return root


def _block(page: Page, block: Block, number: str) -> etree._Element:
    area = _element(page, "div", _BLOCK_CLASSES[block.kind], f"block_{number}", block.polygon)
    for position, paragraph in enumerate(block.paragraphs, start=1):
        area.append(_paragraph(page, paragraph, f"{number}_{position}"))
    return area


def _paragraph(page: Page, paragraph: Paragraph, number: str) -> etree._Element:
    element = _element(page, "p", "ocr_par", f"par_{number}", paragraph.polygon)
    for position, line in enumerate(paragraph.lines, start=1):
        element.append(_line(page, line, f"{number}_{position}"))
    return element


def _line(page: Page, line: Line, number: str) -> etree._Element:
    element = _element(page, "span", "ocr_line", f"line_{number}", line.polygon)
    for word in line.words:
        element.append(_word(page, word))
    element.tail = "\n"
    return element


def _word(page: Page, word: Word) -> etree._Element:
    confidence = f"x_wconf {round(word.confidence * 100)}"
    element = _element(page, "span", "ocrx_word", f"word_{page.number}_{word.index + 1}", word.polygon, confidence)
    if word.language is not None:
        _set_language(element, word.language)
    if word.symbols:
        for symbol in word.symbols:
            box = " ".join(str(round(value)) for value in displayed(page, symbol.polygon).box)
            title = f"x_bboxes {box}; x_confs {round(symbol.confidence * 100)}"
            etree.SubElement(element, _tag("span"), {"class": "ocrx_cinfo", "title": title}).text = legal(symbol.text)
    else:
        element.text = legal(word.text)
    element.tail = " " if word.break_ is Break.SPACE else None
    return element


def _element(page: Page, tag: str, kind: str, name: str, polygon: Polygon, *properties: str) -> etree._Element:
    place = displayed(page, polygon)
    titles = ["bbox " + " ".join(str(round(value)) for value in place.box)]
    if place.turn:
        titles.append(f"textangle {360 - place.turn:.4g}")
        titles.append("poly " + " ".join(str(round(value)) for point in place.polygon for value in point))
    return etree.Element(_tag(tag), {"class": kind, "id": name, "title": "; ".join((*titles, *properties))})


def _set_language(element: etree._Element, code: str) -> None:
    """Both spellings: `lang` for browsers, `xml:lang` for XML tools."""
    element.set("lang", code)
    element.set(_XML_LANG, code)


def _quotable(name: str) -> str:
    """A file name inside the quotes of a property."""
    return legal(name).replace("\\", "/").replace('"', "'")


def _tag(name: str) -> str:
    return f"{{{_XHTML}}}{name}"
