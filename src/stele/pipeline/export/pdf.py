"""Searchable PDF: the original pages, with their words written invisibly over the places where they stand.

A PDF keeps its pages as they are; each page that was read from its picture gets one more content stream, in front of
its own so that nothing of the page's state reaches it. Pages whose words came from the file are left alone, and of
`mixed` pages only words are added where the file has none. Pages that were not read stay in the PDF all the same.

An image becomes a page of the size that its stated resolution implies, turned as its EXIF orientation demands. Of a
file with many images the pages that were read become pages; one that cannot be decoded becomes an empty page.

An encrypted PDF is written decrypted. That takes its owner's password, or permissions that allow both changing and
copying. Signatures of a signed PDF do not survive, as with any change.

Memory does not grow with the images: what a PDF holds stays on disk until it is written, and the pages of an image file
wait in temporary files, as large together as the result.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream, StreamDecodeLevel, String

import stele
from stele.domain.document import Page, PageSource, Word
from stele.domain.errors import FormatUnavailable, InputError, LimitError, PasswordRequired, PasswordWrong
from stele.domain.geometry import Orientation, Point, bounds, to_displayed
from stele.domain.job import Format
from stele.domain.media import HEAD_BYTES, MediaType, sniff
from stele.pipeline.export.glyphless import GlyphlessFont
from stele.pipeline.export.pictures import NO_LIMITS, Picture, Pictures, page_size
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.textlayer import Place, Wanted, text_layer
from stele.pipeline.export.upright import displayed, displayed_size
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument

_FONT = "/SteleText"


def write_pdf(document: ExportInput, out: BinaryIO) -> None:
    """Write `document` as a searchable PDF.

    Raises FormatUnavailable when there is no original, or it does not allow or survive this; PasswordRequired and
    PasswordWrong.
    """
    if document.original is None or not document.original.is_file():
        raise _unavailable("the original file is no longer kept")
    with document.original.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
    if media_type is MediaType.PDF:
        _over_pages(document, document.original, out)
    else:
        _over_images(document, document.original, out)


def _unavailable(reason: str) -> FormatUnavailable:
    return FormatUnavailable(format=Format.PDF, reason=reason)


def _open(path: Path, password: str = "") -> Pdf:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of passwords that are not needed
        return pikepdf.open(path, password=password, access_mode=pikepdf.AccessMode.stream)


def _save(pdf: Pdf, out: BinaryIO | Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what was odd in the original, and still is
        pdf.save(
            out,
            stream_decode_level=StreamDecodeLevel.none,  # existing data is copied, not packed anew
            fix_metadata_version=False,
            object_stream_mode=ObjectStreamMode.preserve,
            deterministic_id=True,
        )


# -- over the pages of a PDF ------------------------------------------------------------------------------------------


def _over_pages(document: ExportInput, original: Path, out: BinaryIO) -> None:
    try:
        with _opened(document, original) as pdf, ExitStack() as stack:
            _write_over(pdf, document.pages, _OwnWords(document, original, stack))
            _save(pdf, out)
    except pikepdf.PdfError as error:
        raise _unavailable("the file is too damaged to be copied") from error


def _opened(document: ExportInput, original: Path) -> Pdf:
    try:
        pdf = _open_with_any(original, document.password)
    except pikepdf.PasswordError as error:
        refusal = PasswordWrong if document.password else PasswordRequired
        raise refusal(name=document.name) from error
    if pdf.is_encrypted and not pdf.owner_password_matched and not (pdf.allow.modify_other and pdf.allow.extract):
        pdf.close()
        raise _unavailable("its permissions forbid to change or copy it; give the owner's password")
    return pdf


def _open_with_any(original: Path, password: str | None) -> Pdf:
    """Open with the password given, which may not be needed."""
    if password:
        with suppress(pikepdf.PasswordError):
            return _open(original, password)
    return _open(original)


def _write_over(pdf: Pdf, pages: Iterable[Page], own: _OwnWords) -> None:
    font = GlyphlessFont()
    targets = list(pdf.pages)
    written: list[tuple[pikepdf.Page, str]] = []
    for page in pages:
        if page.error is not None or page.source is PageSource.TEXT_LAYER:
            continue
        if page.number > len(targets):
            raise _unavailable(f"the file is too damaged to be copied: page {page.number} cannot be found")
        target = targets[page.number - 1]
        name = _free_font_name(target)
        if layer := text_layer(page, _placing(page, target), font, name, own.wanted(page)):
            target.contents_add(Stream(pdf, zlib.compress(layer), Filter=Name.FlateDecode), prepend=True)
            written.append((target, name))
    if written:
        made = font.embed(pdf)
        for target, name in written:
            target.obj.Resources.Font[name] = made


def _placing(page: Page, target: pikepdf.Page) -> Place:
    """Where the pixels of `page` lie on the page `target` of the PDF."""
    left, bottom, right, top = _visible_box(target)
    across, down = (right - left) / max(page.width, 1), (top - bottom) / max(page.height, 1)
    return lambda point: (left + point[0] * across, top - point[1] * down)


def _visible_box(target: pikepdf.Page) -> tuple[float, float, float, float]:
    """What viewers show of a page, before /Rotate: left, bottom, right, top in its own units."""
    media = _rectangle(target.get("/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
    crop = _rectangle(target.get("/CropBox")) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return (left, bottom, right, top) if left < right and bottom < top else media


def _rectangle(value: object) -> tuple[float, float, float, float] | None:
    """A PDF rectangle, whichever corners it names; None when it is none, or has no area."""
    if not isinstance(value, Array) or len(value) != 4:
        return None
    try:
        xs, ys = sorted((float(value[0]), float(value[2]))), sorted((float(value[1]), float(value[3])))
    except (TypeError, ValueError):
        return None
    return (xs[0], ys[0], xs[1], ys[1]) if xs[0] < xs[1] and ys[0] < ys[1] else None


def _free_font_name(target: pikepdf.Page) -> str:
    """A name that no font of the page has; the page has a dictionary of fonts afterwards."""
    page = target.obj
    if not isinstance(page.get("/Resources"), Dictionary):
        page.Resources = Dictionary()
    if not isinstance(page.Resources.get("/Font"), Dictionary):
        page.Resources.Font = Dictionary()
    name = _FONT
    while name in page.Resources.Font:
        name += "x"
    return name


class _OwnWords:
    """The words that the file itself has, asked for on `mixed` pages; the file is opened for the first of these."""

    def __init__(self, document: ExportInput, original: Path, stack: ExitStack) -> None:
        self._document = document
        self._original = original
        self._stack = stack
        self._file: OpenDocument | None = None

    def wanted(self, page: Page) -> Wanted:
        """Which words of `page` are to be written: on a mixed page those in whose middle the file has no word."""
        if page.source is not PageSource.MIXED:
            return lambda word: True
        own = self._boxes(page)

        def is_new(word: Word) -> bool:
            left, top, right, bottom = displayed(page, word.polygon).box
            x, y = (left + right) / 2, (top + bottom) / 2
            return not any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in own)

        return is_new

    def _boxes(self, page: Page) -> list[tuple[float, float, float, float]]:
        """Boxes of the file's own words in displayed pixels of `page`."""
        if self._file is None:
            opened = open_document(
                self._original, name=self._document.name, limits=NO_LIMITS, password=self._document.password
            )
            self._file = self._stack.enter_context(opened)
        boxes = []
        for stated in self._file.pages(page.number, 1):
            across, down = page.width / max(stated.width, 1), page.height / max(stated.height, 1)
            if page.orientation.swaps_axes:
                across, down = down, across
            layer = stated.text_layer()
            boxes += [bounds((x * across, y * down) for x, y in run.polygon) for run in (layer.words if layer else ())]
        return boxes


# -- over images ------------------------------------------------------------------------------------------------------


def _over_images(document: ExportInput, original: Path, out: BinaryIO) -> None:
    with TemporaryDirectory(prefix="stele-pdf-") as folder, Pictures(original, document.name) as pictures:
        font = GlyphlessFont()
        files: list[Path] = []
        for page in document.pages:
            files.append(Path(folder, f"{len(files)}.pdf"))
            _put_page(page, pictures, font, files[-1])
        if not files:
            raise _unavailable("it has no pages")
        # pikepdf would load the images of pages that are copied between its PDFs; a job of qpdf leaves them on disk.
        ranges = [{"file": str(file), "range": "1"} for file in files]
        job = pikepdf.Job({"inputFile": str(files[0]), "pages": ranges, "keepFilesOpen": "n", "outputFile": "-"})
        with job.create_pdf() as pdf:  # type: ignore[no-untyped-call]  # its stub has no return type
            made = font.embed(pdf)
            for target in pdf.pages:
                target.obj.Resources.Font = Dictionary({_FONT: made})
            pdf.docinfo.Producer = String(f"Stele {stele.__version__}")
            _save(pdf, out)


def _put_page(page: Page, pictures: Pictures, font: GlyphlessFont, file: Path) -> None:
    """Write a page, but for the font it names, to a PDF of its own."""
    piece = file.with_suffix(".picture")
    picture = _picture(page, pictures, piece)
    size = page_size(displayed_size(page), None) if picture is None else picture.size
    pixels = displayed_size(page)

    def place(point: Point) -> Point:
        x, y = to_displayed(point, page.orientation, page.width, page.height)
        return x / max(pixels[0], 1) * size[0], size[1] - y / max(pixels[1], 1) * size[1]

    content = text_layer(page, place, font, _FONT, lambda word: True)
    with Pdf.new() if picture is None else _open(piece) as pdf:
        if picture is None:
            pdf.add_blank_page(page_size=size)
        else:
            content += _paint(picture.orientation, size)
        target = pdf.pages[0].obj
        target.MediaBox = Array([0, 0, *size])
        target.Contents = Stream(pdf, content)
        _save(pdf, file)
    piece.unlink(missing_ok=True)


def _picture(page: Page, pictures: Pictures, piece: Path) -> Picture | None:
    """Put the picture of a page into `piece`; None where there is none, which reading has said in the page's error."""
    try:
        return pictures.picture(page.number, piece)
    except (InputError, LimitError) as error:
        if page.error is not None:
            return None
        raise _unavailable(error.message) from error


def _paint(orientation: Orientation, size: tuple[float, float]) -> bytes:
    """Paint an image over the whole page, turned as `orientation` demands. PDF paints it into the unit square."""

    def corner(x: float, y: float) -> Point:
        shown = to_displayed((x, y), orientation, 1, 1)
        return shown[0] * size[0], (1 - shown[1]) * size[1]

    origin, right, up = corner(0, 1), corner(1, 1), corner(0, 0)
    matrix = (right[0] - origin[0], right[1] - origin[1], up[0] - origin[0], up[1] - origin[1], *origin)
    return f"q {' '.join(f'{value:.4f}' for value in matrix)} cm /Im0 Do Q\n".encode("ascii")
