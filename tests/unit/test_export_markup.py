"""hOCR and ALTO: what their specifications ask for, and that it says what the tree says."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import pytest
from lxml import etree

from builders import block, line, page, paragraph
from stele.domain.document import BlockKind, Language, Page, PageError, Symbol
from stele.domain.geometry import Orientation, rectangle
from stele.domain.job import Format
from stele.domain.value import changed
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
XHTML = "http://www.w3.org/1999/xhtml"
BROKEN = Page(number=3, width=0, height=0, error=PageError(code="engine", message="A -- <bad> page\x01."))


def parsed(format: Format, *pages: Page, name: str = "scan.png") -> etree._Element:
    out = io.BytesIO()
    write(format, ExportInput(name=name, pages=iter(pages)), out)
    return etree.fromstring(out.getvalue())


def with_symbols(this: Page) -> Page:
    """The first word of the page with its characters."""
    first, *rest = this.blocks[0].paragraphs[0].lines[0].words
    left, top, right, bottom = (*first.polygon[0], *first.polygon[2])
    pitch = (right - left) / len(first.text)
    symbols = tuple(
        Symbol(text=char, confidence=0.5, polygon=rectangle(left + n * pitch, top, left + (n + 1) * pitch, bottom))
        for n, char in enumerate(first.text)
    )
    changed_line = changed(this.blocks[0].paragraphs[0].lines[0], words=(changed(first, symbols=symbols), *rest))
    lines = (changed_line, *this.blocks[0].paragraphs[0].lines[1:])
    paragraphs = (changed(this.blocks[0].paragraphs[0], lines=lines), *this.blocks[0].paragraphs[1:])
    return changed(this, blocks=(changed(this.blocks[0], paragraphs=paragraphs), *this.blocks[1:]))


def everything() -> list[Page]:
    """Pages with all that the formats have a place for."""
    rich = with_symbols(page(1, ["Hello wor-", "ld & <all>", "", "second one"], scale=200 / 72, points=(216.0, 288.0)))
    box = rectangle(10, 500, 300, 600)
    extra = tuple(changed(block([paragraph([line("x")])], kind), paragraphs=(), polygon=box) for kind in BlockKind)
    rich = changed(rich, blocks=(*rich.blocks, *extra), languages=(Language(code="en-GB", confidence=0.8),))
    return [rich, page(2, ["turned text"], turn=90, orientation=Orientation.QUARTER_RIGHT), BROKEN]


# -- hOCR -------------------------------------------------------------------------------------------------------------


def properties(element: etree._Element) -> dict[str, str]:
    """The title attribute of an hOCR element."""
    return dict(part.strip().split(" ", 1) for part in element.get("title").split(";"))


def of_class(root: etree._Element, name: str) -> list[etree._Element]:
    return root.xpath(f"//*[@class='{name}']")


def test_hocr_says_what_made_it_and_what_it_can_say() -> None:
    root = parsed(Format.HOCR, *everything())
    assert root.tag == f"{{{XHTML}}}html"
    meta = {element.get("name", "type"): element.get("content") for element in root.iter(f"{{{XHTML}}}meta")}
    assert meta["type"] == "text/html; charset=utf-8"
    assert meta["ocr-system"].startswith("Stele ")
    assert root.findtext(f".//{{{XHTML}}}title") == "scan.png"
    used = {element.get("class") for element in root.xpath("//*[@class]")}
    assert used <= set(meta["ocr-capabilities"].split())
    assert len({element.get("id") for element in root.xpath("//*[@id]")}) == len(root.xpath("//*[@id]"))


def test_hocr_pages_are_the_displayed_ones() -> None:
    pages = of_class(parsed(Format.HOCR, *everything()), "ocr_page")
    assert properties(pages[0]) == {
        "image": '"scan.png"',
        "bbox": "0 0 600 800",
        "ppageno": "0",
        "scan_res": "200 200",
    }
    assert pages[0].get("lang") == "en-GB"
    assert properties(pages[1])["bbox"] == "0 0 600 800"
    assert "could not be read: A - - <bad> page�." in pages[2][0].text


def test_hocr_words_have_their_boxes_confidence_and_spaces() -> None:
    root = parsed(Format.HOCR, page(1, ["Hello world", "again"]))
    words = of_class(root, "ocrx_word")
    assert properties(words[0]) == {"bbox": "50 50 100 70", "x_wconf": "90"}
    assert "".join(of_class(root, "ocr_par")[0].itertext()) == "Hello world\nagain\n"
    line_box = properties(of_class(root, "ocr_line")[0])
    assert line_box == {"bbox": "50 50 160 70"}


def test_hocr_has_characters_where_the_tree_has() -> None:
    characters = of_class(parsed(Format.HOCR, *everything()), "ocrx_cinfo")
    assert "".join(this.text for this in characters) == "Hello"
    assert properties(characters[0]) == {"x_bboxes": "50 50 60 70", "x_confs": "50"}


@pytest.mark.parametrize(("turn", "angle"), [(90, "270"), (-3, "3"), (0.1, None), (180, "180")])
def test_hocr_states_the_direction_of_turned_text(turn: float, angle: str | None) -> None:
    said = properties(of_class(parsed(Format.HOCR, page(1, ["turned"], turn=turn)), "ocr_line")[0])
    assert said.get("textangle") == angle
    assert ("poly" in said) == (angle is not None)


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("format", [Format.HOCR, Format.ALTO])
def test_boxes_do_not_depend_on_how_the_page_was_stored(format: Format, orientation: Orientation) -> None:
    upright, other = (
        etree.tostring(parsed(format, page(1, ["Hello world"], orientation=how)), method="c14n")
        for how in (Orientation.UPRIGHT, orientation)
    )
    assert other == upright


def test_hocr_quotes_names() -> None:
    root = parsed(Format.HOCR, page(1), name='C:\\a "b"; bbox 1.png\x02')
    assert of_class(root, "ocr_page")[0].get("title").startswith("image \"C:/a 'b'; bbox 1.png�\"; bbox 0 0")


# -- ALTO -------------------------------------------------------------------------------------------------------------


@dataclass
class Element:
    """What ALTO 4.4 allows of an element: its children in order (a regular expression over their names, each followed
    by a comma), and its attributes."""

    children: str = ""
    required: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)


BOX = {"HPOS", "VPOS", "WIDTH", "HEIGHT"}
BLOCK = "(TextBlock,|Illustration,|GraphicalElement,|ComposedBlock,)*"
BLOCK_ATTRIBUTES = BOX | {"ROTATION", "IDNEXT", "CS", "STYLEREFS", "TAGREFS", "PROCESSINGREFS"}
SCHEMA = {
    "alto": Element(
        "(Description,)?(Styles,)?(Tags,)?(ReadingOrder,)?Layout,",
        set(),
        {"SCHEMAVERSION", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"},
    ),
    "Description": Element("MeasurementUnit,(sourceImageInformation,)?(OCRProcessing,)*(Processing,)*"),
    "MeasurementUnit": Element(),
    "sourceImageInformation": Element("(fileName,)?(fileIdentifier,)*(documentIdentifier,)*"),
    "fileName": Element(),
    "Processing": Element("(processingCategory,)?(processingDateTime,)?(processingSoftware,)?", {"ID"}),
    "processingCategory": Element(),
    "processingSoftware": Element("(softwareCreator,)?(softwareName,)?(softwareVersion,)?"),
    "softwareName": Element(),
    "softwareVersion": Element(),
    "Layout": Element("(Page,)+"),
    "Page": Element(
        "(PrintSpace,)?",
        {"ID", "PHYSICAL_IMG_NR"},
        {"WIDTH", "HEIGHT", "QUALITY", "QUALITY_DETAIL", "PC", "LANG", "ROTATION", "PROCESSINGREFS"},
    ),
    "PrintSpace": Element(f"(Shape,)?{BLOCK}", set(), BOX | {"ID"}),
    "ComposedBlock": Element(f"(Shape,)?{BLOCK}", {"ID"}, BLOCK_ATTRIBUTES | {"TYPE"}),
    "TextBlock": Element("(Shape,)?(TextLine,)*", {"ID"}, BLOCK_ATTRIBUTES | {"LANG"}),
    "Illustration": Element("(Shape,)?", {"ID"}, BLOCK_ATTRIBUTES | {"TYPE"}),
    "GraphicalElement": Element("(Shape,)?", {"ID"}, BLOCK_ATTRIBUTES),
    "TextLine": Element("(Shape,)?(String,(SP,)?)+(HYP,)?", set(), BOX | {"ID", "LANG", "BASELINE"}),
    "String": Element("(Shape,)?(Glyph,)*", {"CONTENT"}, BOX | {"ID", "WC", "CC", "SUBS_TYPE", "SUBS_CONTENT", "LANG"}),
    "Glyph": Element("(Shape,)?", {"CONTENT"}, BOX | {"ID", "GC"}),
    "SP": Element("", set(), BOX),
    "HYP": Element("", {"CONTENT"}, BOX),
    "Shape": Element("Polygon,"),
    "Polygon": Element("", {"POINTS"}),
}
UNIT = "(0(\\.\\d+)?|1(\\.0*)?)"
FLOAT = "-?\\d+(\\.\\d+)?"
VALUES = {
    **dict.fromkeys(BOX | {"ROTATION", "PHYSICAL_IMG_NR"}, FLOAT),
    **dict.fromkeys(("WC", "GC", "PC"), UNIT),
    "ID": "[A-Za-z_][A-Za-z0-9_.-]*",
    "LANG": "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "SUBS_TYPE": "HypPart1|HypPart2|Abbreviation",
    "QUALITY": "OK|Missing|Missing in original|Damaged|Retained|Target|As in original",
    "POINTS": f"{FLOAT},{FLOAT}( {FLOAT},{FLOAT})+",
}


def assert_valid(root: etree._Element) -> None:
    """The structure that alto-4-4.xsd demands, as far as we use it."""
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(set(names)) == len(names)
    for element in root.iter():
        name = etree.QName(element)
        assert name.namespace == ALTO
        allowed = SCHEMA[name.localname]
        children = "".join(f"{etree.QName(child).localname}," for child in element)
        assert re.fullmatch(allowed.children, children), (name.localname, children)
        assert allowed.required <= set(element.keys()) <= allowed.required | allowed.optional, name.localname
        for key, value in element.items():
            assert re.fullmatch(VALUES.get(key, ".*"), value, re.DOTALL), (key, value)
            assert key != "PROCESSINGREFS" or set(value.split()) <= set(names)
        if name.localname == "Glyph":
            assert len(element.get("CONTENT")) == 1


def alto(root: etree._Element, name: str) -> list[etree._Element]:
    return list(root.iter(f"{{{ALTO}}}{name}"))


def test_alto_is_valid() -> None:
    root = parsed(Format.ALTO, *everything())
    assert root.tag == f"{{{ALTO}}}alto"
    assert root.get("SCHEMAVERSION") == "4.4"
    assert_valid(root)


def test_alto_says_what_was_read() -> None:
    root = parsed(Format.ALTO, *everything())
    assert root.findtext(f".//{{{ALTO}}}MeasurementUnit") == "pixel"
    assert root.findtext(f".//{{{ALTO}}}fileName") == "scan.png"
    first, second, third = alto(root, "Page")
    assert (first.get("WIDTH"), first.get("HEIGHT"), first.get("LANG"), first.get("PC")) == (
        "600",
        "800",
        "en-GB",
        "0.9",
    )
    assert (second.get("WIDTH"), second.get("HEIGHT")) == ("600", "800")
    assert (third.get("QUALITY"), third.get("QUALITY_DETAIL")) == ("Damaged", "A -- <bad> page�.")
    string = alto(root, "String")[0]
    assert {key: string.get(key) for key in BOX | {"CONTENT", "WC"}} == {
        "HPOS": "50",
        "VPOS": "50",
        "WIDTH": "50",
        "HEIGHT": "20",
        "CONTENT": "Hello",
        "WC": "0.9",
    }
    assert "".join(glyph.get("CONTENT") for glyph in string) == "Hello"
    kinds = {element.get("TYPE") for element in alto(root, "ComposedBlock")}
    assert kinds == {"text", "table", "barcode"}
    assert len(alto(root, "Illustration")) == len(alto(root, "GraphicalElement")) == 1


def test_alto_tells_hyphenated_words() -> None:
    root = parsed(Format.ALTO, page(1, ["un-", "hyphen-", "ated words"]))
    strings = alto(root, "String")
    assert [(this.get("CONTENT"), this.get("SUBS_TYPE"), this.get("SUBS_CONTENT")) for this in strings] == [
        ("un", "HypPart1", "unhyphen"),
        ("hyphen", "HypPart2", "unhyphen"),
        ("ated", "HypPart2", "hyphenated"),
        ("words", None, None),
    ]
    assert [this.get("CONTENT") for this in alto(root, "HYP")] == ["-", "-"]
    assert len(alto(root, "SP")) == 1
    assert_valid(root)


def test_alto_outlines_turned_text() -> None:
    root = parsed(Format.ALTO, page(1, ["turned"], turn=90))
    assert alto(root, "TextBlock")[0].get("ROTATION") == "270"
    assert len(alto(root, "TextLine")[0].findall(f"{{{ALTO}}}Shape")) == 1
    assert_valid(root)


def test_alto_has_no_glyphs_for_characters_of_several_code_points() -> None:
    this = with_symbols(page(1, ["ab"]))
    two = this.blocks[0].paragraphs[0].lines[0].words[0]
    symbols = (two.symbols[0], changed(two.symbols[1], text="n̈"))
    line_ = changed(this.blocks[0].paragraphs[0].lines[0], words=(changed(two, symbols=symbols),))
    blocks = (changed(this.blocks[0], paragraphs=(changed(this.blocks[0].paragraphs[0], lines=(line_,)),)),)
    assert not alto(parsed(Format.ALTO, changed(this, blocks=blocks)), "Glyph")
