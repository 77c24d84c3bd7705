"""The door of intake: a path in, an open document out."""

from __future__ import annotations

from pathlib import Path

from stele.domain.errors import EmptyInput, FileTooLarge, UnknownFormat
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake.seam import OpenDocument


def open_document(path: Path, *, name: str, limits: Limits, password: str | None = None) -> OpenDocument:
    """Open a file by its content, as far as its headers. `name` is what messages call it.

    `password` opens an encrypted PDF; where none is needed, it is not looked at.

    Raises EmptyInput, FileTooLarge, UnknownFormat, CorruptInput, PasswordRequired, PasswordWrong, PageLimitExceeded,
    for animations also SideTooLong and TooManyPixels (one canvas serves all frames), and OSError where the file system
    does not give the file.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyInput(name=name)
    if size > limits.max_bytes:
        raise FileTooLarge(name=name, size=size, limit=limits.max_bytes)
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
    # Each opener brings its own decoder; a process that only sees PDFs need not load the others.
    match media_type:
        case None:
            raise UnknownFormat(name=name)
        case MediaType.PDF:
            from stele.pipeline.intake.pdf import PdfDocument

            return PdfDocument(path, name=name, limits=limits, password=password)
        case MediaType.HEIC:
            from stele.pipeline.intake.heif import HeifDocument

            return HeifDocument(path, name=name, limits=limits)
        case _:
            from stele.pipeline.intake.images import ImageDocument

            return ImageDocument(path, name=name, media_type=media_type, limits=limits)
