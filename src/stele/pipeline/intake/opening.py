"""The door of intake: a path in, an open document out."""

from __future__ import annotations

from pathlib import Path

from stele.domain.errors import EmptyInput, FileTooLarge, UnknownFormat
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake.seam import OpenDocument


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


def open_document(path: Path, *, name: str, limits: Limits, password: str | None = None) -> OpenDocument:
    """Open a file by its content, as far as its headers. `name` is what messages call it.

    `password` opens an encrypted PDF or office file; where none is needed, it is not looked at. An office file is laid
    out, which takes seconds: see `stele.pipeline.intake.office`.

    Raises EmptyInput, FileTooLarge, UnknownFormat, CorruptInput, PasswordRequired, PasswordWrong, PageLimitExceeded,
    for animations also SideTooLong and TooManyPixels (one canvas serves all frames), for office files also what
    `office.lay_out` raises, and OSError where the file system does not give the file.
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
        case office if office.is_office:
            from stele.pipeline.intake.office import OfficeDocument

            return OfficeDocument(path, name=name, limits=limits, password=password)
        case _:
            from stele.pipeline.intake.images import ImageDocument

            return ImageDocument(path, name=name, media_type=media_type, limits=limits)
