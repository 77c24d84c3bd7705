"""The door of intake: a path in, an open document out."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from stele.domain.errors import EmptyInput, FileTooLarge, UnknownFormat
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake.seam import OpenDocument
from stele.pipeline.profiling import Stage, during


def kind_of(path: Path, *, name: str, limits: Limits) -> MediaType:
    """What a file is, as far as its first bytes tell. Raises EmptyInput, FileTooLarge, UnknownFormat and OSError."""
    size = path.stat().st_size
    if size == 0:
        raise EmptyInput(name=name)
    if size > limits.max_bytes:
        raise FileTooLarge(name=name, size=size, limit=limits.max_bytes)
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
    if media_type is None:
        raise UnknownFormat(name=name)
    return media_type


@during(Stage.OPEN)
def lay_out(path: Path, out: BinaryIO, *, name: str, limits: Limits, password: str | None = None) -> MediaType:
    """Write the pages of a file whose kind `needs_layout` to `out`, a PDF, and say what kind of file it is.

    Raises what `office.lay_out` raises, EngineMissing, and the cases of `kind_of`."""
    kind = kind_of(path, name=name, limits=limits)
    if kind is MediaType.DJVU:
        from stele.pipeline.intake.djvu import to_pdf

        to_pdf(path, out, name=name)
        return kind
    from stele.pipeline.intake.office import lay_out as lay_out_office

    return lay_out_office(path, out, name=name, limits=limits, password=password)


@during(Stage.OPEN)
def open_document(path: Path, *, name: str, limits: Limits, password: str | None = None) -> OpenDocument:
    """Open a file by its content, as far as its headers. `name` is what messages call it.

    `password` opens an encrypted PDF or office file; where none is needed, it is not looked at. A file whose kind
    `needs_layout` is laid out, which takes seconds: a caller that opens it often does that once (`lay_out`).

    Raises EmptyInput, FileTooLarge, UnknownFormat, CorruptInput, PasswordRequired, PasswordWrong, PageLimitExceeded,
    for animations also SideTooLong and TooManyPixels (one canvas serves all frames), for files to be laid out also what
    `lay_out` raises, and OSError where the file system does not give the file.
    """
    media_type = kind_of(path, name=name, limits=limits)
    # Each opener brings its own decoder; a process that only sees PDFs need not load the others.
    match media_type:
        case MediaType.PDF:
            from stele.pipeline.intake.pdf import PdfDocument

            return PdfDocument(path, name=name, limits=limits, password=password)
        case MediaType.HEIC:
            from stele.pipeline.intake.heif import HeifDocument

            return HeifDocument(path, name=name, limits=limits)
        case flowing if flowing.needs_layout:
            from stele.pipeline.intake.laid_out import LaidOutDocument

            return LaidOutDocument(path, lay_out, name=name, limits=limits, password=password)
        case _:
            from stele.pipeline.intake.images import ImageDocument

            return ImageDocument(path, name=name, media_type=media_type, limits=limits)
