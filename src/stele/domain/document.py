"""The canonical document tree: the one result that every dialect and every format is rendered from.

`Document > Page > Block > Paragraph > Line > Word > Symbol`, with `Table`, `Field`, `Mark`, `Region`, `Answer` beside
the blocks: these point at words by index, and never repeat them.

The tree is public as JSON (`docs/reference/document.md`, schema `stele.document/1`) and is stored as msgpack. Exporters
and dialects are pure functions of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from stele.domain.annotation import Annotations
from stele.domain.geometry import Orientation, Polygon
from stele.domain.value import Value

SCHEMA = "stele.document/1"


class Break(StrEnum):
    """What follows a word."""

    NONE = "none"  #: nothing: the next word touches it (Chinese, Japanese)
    SPACE = "space"  #: after the last word of a line: the row goes on in the next column, with the next line
    LINE = "line"  #: the line ends, the sentence may go on
    HYPHEN = "hyphen"  #: the line ends inside a word, after a hyphen that belongs to the break
    PARAGRAPH = "paragraph"


class PageSource(StrEnum):
    """Where the words of a page come from."""

    TEXT_LAYER = "text-layer"
    OCR = "ocr"
    MIXED = "mixed"


class BlockKind(StrEnum):
    TEXT = "text"
    TABLE = "table"
    PICTURE = "picture"
    RULER = "ruler"
    BARCODE = "barcode"


class MarkKind(StrEnum):
    CHECKBOX = "checkbox"
    SIGNATURE = "signature"


class CellKind(StrEnum):
    """What a cell is for in its table."""

    BODY = "body"
    COLUMN_HEADER = "column_header"
    ROW_HEADER = "row_header"
    SECTION_TITLE = "section_title"  #: spans its row and names the rows below it
    SUMMARY = "summary"  #: of a row of totals
    TITLE = "title"  #: of the table, within the grid
    FOOTER = "footer"  #: a note on the table, within the grid


class FieldKind(StrEnum):
    """Where a field has its key from."""

    ENTRY = "entry"  #: from a label of its own
    COLUMN = "column"  #: from the header of a column: each value below it is a field with that key


class RegionKind(StrEnum):
    """What a part of the layout is."""

    TITLE = "title"
    HEADER = "header"
    FOOTER = "footer"
    SECTION_HEADER = "section_header"
    PAGE_NUMBER = "page_number"
    LIST = "list"
    FIGURE = "figure"
    TABLE = "table"
    KEY_VALUE = "key_value"
    TEXT = "text"


class Language(Value):
    """A language seen on the page: BCP-47 code, and the share of the text in it (0…1)."""

    code: str
    confidence: float


class Symbol(Value):
    """One character as a reader sees it (a grapheme)."""

    text: str
    confidence: float
    polygon: Polygon


class Word(Value, omit_defaults=True):
    """Text between two breaks.

    `index` counts the words of the page from 0 in reading order. `confidence` is 0…1 (1.0 from a text layer).
    `symbols` is empty unless they were asked for.
    """

    index: int
    text: str
    confidence: float
    polygon: Polygon
    break_: Break = msgspec.field(name="break")
    language: str | None = None
    handwritten: bool = False
    symbols: tuple[Symbol, ...] = ()


class Line(Value):
    """Words on one base line, of one column. `text` has the words with one space at each space break."""

    text: str
    confidence: float
    polygon: Polygon
    words: tuple[Word, ...]


class Paragraph(Value):
    polygon: Polygon
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """Its rows, parted by line feeds; lines of one row (cells, a label and its value) are parted by a space."""
        parts = [line.text + (" " if line.words[-1].break_ is Break.SPACE else "\n") for line in self.lines]
        return "".join(parts)[:-1]


class Block(Value):
    """A run of paragraphs that belong together: a column's part, a caption, an address."""

    kind: BlockKind
    polygon: Polygon
    paragraphs: tuple[Paragraph, ...]


class Cell(Value):
    """A table cell: `row` and `column` count from 0; `words` are indices into the page's words, `marks` into its marks.

    `header` says that it heads its row or column, as `kind` says more exactly.
    """

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    text: str
    words: tuple[int, ...]
    polygon: Polygon
    confidence: float = 1.0
    header: bool = False
    kind: CellKind = CellKind.BODY
    marks: tuple[int, ...] = ()


class Span(Value):
    """Some words of the page taken together, e.g. the key or the value of a form field. `marks` are indices into the
    page's marks: a value may be a checkbox or a signature."""

    text: str
    words: tuple[int, ...]
    polygon: Polygon
    marks: tuple[int, ...] = ()


class Table(Value):
    """Cells in row order, without holes: each place of the grid is covered by exactly one cell.

    `title` and `footers` are words outside the grid that belong to it: a caption above or below, notes below.
    """

    polygon: Polygon
    cells: tuple[Cell, ...]
    confidence: float = 1.0
    title: Span | None = None
    footers: tuple[Span, ...] = ()


class Field(Value, omit_defaults=True):
    """A key and its value on a form. An empty field has no value."""

    key: Span
    value: Span | None
    confidence: float
    kind: FieldKind = FieldKind.ENTRY


class Mark(Value):
    """A checkbox or a signature; `selected` only means something for a checkbox. `words` are those of its label."""

    kind: MarkKind
    polygon: Polygon
    confidence: float
    selected: bool = False
    words: tuple[int, ...] = ()


class Region(Value):
    """A part of the layout and the words in it.

    Regions come in reading order. The items of a list follow it as regions of their own, `within` is then the index of
    the list among the page's regions; a word is in one region that is within no other.
    """

    kind: RegionKind
    polygon: Polygon
    words: tuple[int, ...]
    confidence: float
    within: int | None = None


class Answer(Value):
    """The answer to a query about the page; without words when none was found."""

    query: str
    alias: str | None
    span: Span | None
    confidence: float


class PageError(Value):
    """Why a page could not be read: a code of the error table, and its message."""

    code: str
    message: str


class Page(Value):
    """One page, in pixels of the page **as submitted**.

    `width` and `height` are those of the stored image before EXIF orientation, or of the PDF page before /Rotate at
    `scale` pixels per point. `orientation` says how the submitter wants it turned for display; `angle` is how far the
    content itself is turned, in degrees clockwise, -180 < angle ≤ 180: turn the submitted page by -angle to read it.
    `points` is the size of a PDF page in points (1/72 inch), before /Rotate.
    `annotations` is what its picture shows, where that was asked for.
    A page that could not be read has an `error` and no blocks.
    """

    number: int
    width: int
    height: int
    angle: float = 0.0
    orientation: Orientation = Orientation.UPRIGHT
    source: PageSource = PageSource.OCR
    points: tuple[float, float] | None = None
    scale: float | None = None
    languages: tuple[Language, ...] = ()
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    fields: tuple[Field, ...] = ()
    marks: tuple[Mark, ...] = ()
    regions: tuple[Region, ...] = ()
    answers: tuple[Answer, ...] = ()
    annotations: Annotations | None = None
    warnings: tuple[str, ...] = ()
    error: PageError | None = None

    def lines(self) -> Iterator[Line]:
        """All lines, in reading order."""
        for block in self.blocks:
            for paragraph in block.paragraphs:
                yield from paragraph.lines

    def words(self) -> Iterator[Word]:
        """All words, in reading order: the n-th has index n."""
        for line in self.lines():
            yield from line.words

    @property
    def text(self) -> str:
        """The page as plain text: a line feed after each row, an empty line between paragraphs."""
        return "\n\n".join(paragraph.text for block in self.blocks for paragraph in block.paragraphs)


class Document(Value):
    """All pages of one input file, in page order."""

    schema: str = SCHEMA
    pages: tuple[Page, ...]


_json = msgspec.json.Encoder()
_msgpack = msgspec.msgpack.Encoder()
_pages = msgspec.msgpack.Decoder(tuple[Page, ...])


def to_json(value: Document | Page) -> bytes:
    """The public JSON form (UTF-8, one line)."""
    return _json.encode(value)


def document_from_json(data: bytes) -> Document:
    """The inverse of `to_json`. Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=Document)


def pack_pages(pages: tuple[Page, ...]) -> bytes:
    """Pages as msgpack, the stored form before compression."""
    return _msgpack.encode(pages)


def unpack_pages(data: bytes) -> tuple[Page, ...]:
    """The inverse of `pack_pages`. Raises msgspec.ValidationError."""
    return _pages.decode(data)
