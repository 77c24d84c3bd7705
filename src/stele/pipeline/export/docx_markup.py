"""What python-docx does not offer: lists that begin at a number, columns, text from right to left, East Asian fonts.

Element names and their order are those of ECMA-376 part 1, chapter 17.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby

from docx.document import Document
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.section import Section
from docx.shared import Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from stele.pipeline.export import fonts
from stele.pipeline.export.outline import Marker, is_right_to_left
from stele.pipeline.export.upright import legal

_BULLET = Marker()
#: twentieths of a point
_INDENT = 360


def set_fonts(style: ParagraphStyle, size: float, language: str | None) -> None:
    """The fonts of a style, for all scripts, and its language."""
    asian, asian_font = fonts.east_asian(language)
    latin = language if language and not fonts.is_east_asian(language) else "en-US"
    half_points = round(size * 2)
    properties = style.element.get_or_add_rPr()
    for tag in ("w:rFonts", "w:sz", "w:szCs", "w:lang"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    for markup in (
        f'<w:rFonts {nsdecls("w")} w:ascii="{fonts.LATIN}" w:hAnsi="{fonts.LATIN}" w:eastAsia="{asian_font}" '
        f'w:cs="{fonts.COMPLEX}"/>',
        f'<w:sz {nsdecls("w")} w:val="{half_points}"/>',
        f'<w:szCs {nsdecls("w")} w:val="{half_points}"/>',
        f'<w:lang {nsdecls("w")} w:val="{latin}" w:eastAsia="{asian}" w:bidi="{latin}"/>',
    ):
        properties.append(parse_xml(markup))


def add_text(paragraph: Paragraph, text: str, size: float | None = None) -> None:
    """Add runs of `text`, those from right to left apart, and turn the paragraph the way most of it runs."""
    if is_right_to_left(text):
        paragraph._p.get_or_add_pPr().insert_element_before(parse_xml(f"<w:bidi {nsdecls('w')}/>"), *_AFTER_BIDI)
    for leftward, part in _directions(legal(text)):
        run = paragraph.add_run(part)
        if size is not None:
            run.font.size = Pt(size)
        properties = run._r.get_or_add_rPr()
        if size is not None:
            properties.append(parse_xml(f'<w:szCs {nsdecls("w")} w:val="{round(size * 2)}"/>'))
        if leftward:
            properties.append(parse_xml(f"<w:rtl {nsdecls('w')}/>"))


#: what may follow `w:bidi`, and `w:numPr`, among the properties of a paragraph
_AFTER_BIDI = (
    *("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents"),
    *("w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl"),
    *("w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
)
_AFTER_NUMBERING = (
    *("w:suppressLineNumbers", "w:pBdr", "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap"),
    *("w:overflowPunct", "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", *_AFTER_BIDI),
)


def _directions(text: str) -> Iterator[tuple[bool, str]]:
    """Text cut where its direction changes, with whether each piece runs from right to left."""
    leftward = is_right_to_left(text)
    flags = []
    for char in text:
        kind = unicodedata.bidirectional(char)
        leftward = kind in {"R", "AL"} if kind in {"R", "AL", "L"} else leftward
        flags.append(leftward)
    for flag, pairs in groupby(zip(flags, text, strict=True), key=lambda pair: pair[0]):
        yield flag, "".join(char for _, char in pairs)


def set_columns(section: Section, count: int) -> None:
    """Text of a section runs in `count` columns of one width."""
    properties = section._sectPr
    for old in properties.findall(qn("w:cols")):
        properties.remove(old)
    columns = parse_xml(f'<w:cols {nsdecls("w")} w:num="{count}" w:space="360"/>')
    grid = properties.find(qn("w:docGrid"))
    if grid is None:
        properties.append(columns)
    else:
        grid.addprevious(columns)


class Numbering:
    """The lists of a document. An item whose number follows that of the last one of its kind goes on with its list."""

    def __init__(self, document: Document) -> None:
        self._part = document.part.numbering_part.element
        self._kinds: dict[str | None, int] = {}
        self._open: dict[str, tuple[int, int]] = {}
        self._bullets: int | None = None

    def mark(self, paragraph: Paragraph, marker: Marker) -> None:
        """Make a paragraph a list item; the marker is drawn by the list."""
        list_ = self._list_of(marker)
        markup = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="{list_}"/></w:numPr>'
        paragraph._p.get_or_add_pPr().insert_element_before(parse_xml(markup), *_AFTER_NUMBERING)

    def _list_of(self, marker: Marker) -> int:
        if marker.number is None:
            if self._bullets is None:
                self._bullets = int(self._part.add_num(self._kind(_BULLET)).numId)
            return self._bullets
        list_, following = self._open.get(marker.closing, (0, 0))
        if marker.number != following:
            made = self._part.add_num(self._kind(marker))
            made.add_lvlOverride(ilvl=0).add_startOverride(marker.number)
            list_ = int(made.numId)
        self._open[marker.closing] = (list_, marker.number + 1)
        return list_

    def _kind(self, marker: Marker) -> int:
        """The abstract list that draws markers like this one."""
        key = marker.closing if marker.number is not None else None
        if key not in self._kinds:
            taken = [int(value) for value in self._part.xpath("./w:abstractNum/@w:abstractNumId")]
            number = max(taken, default=-1) + 1
            form, drawn = ("bullet", "•") if key is None else ("decimal", f"%1{key}")
            made = parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}"><w:multiLevelType w:val="singleLevel"/>'
                f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{drawn}"/>'
                f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{_INDENT}" w:hanging="{_INDENT}"/></w:pPr></w:lvl>'
                f"</w:abstractNum>"
            )
            first = self._part.find(qn("w:num"))
            if first is None:
                self._part.append(made)
            else:
                first.addprevious(made)
            self._kinds[key] = number
        return self._kinds[key]
