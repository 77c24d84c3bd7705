"""Office files: they flow, so LibreOffice lays them out as PDF, and the pages of that are read.

What is text in an office file is text in the PDF, so nothing of it is recognised; pictures on its pages are read as on
any page. A caller that opens a file often lays it out once (`lay_out`) and opens the PDF.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from stele.domain.errors import CorruptInput, PasswordRequired, PasswordWrong
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake.office_kinds import decrypted, is_encrypted_open_document
from stele.pipeline.intake.office_program import LayoutRules, LayoutTask, NotLoaded
from stele.pipeline.intake.office_program import lay_out as run

#: what the program looks at beside the content
_SUFFIXES = {
    MediaType.DOC: "doc",
    MediaType.XLS: "xls",
    MediaType.PPT: "ppt",
    MediaType.DOCX: "docx",
    MediaType.XLSX: "xlsx",
    MediaType.PPTX: "pptx",
    MediaType.ODT: "odt",
    MediaType.ODS: "ods",
    MediaType.ODP: "odp",
    MediaType.RTF: "rtf",
    MediaType.HTML: "html",
}
#: else it makes one endless page of HTML
_READ_AS = {MediaType.HTML: "HTML (StarWriter)"}


def lay_out(
    path: Path,
    out: BinaryIO,
    *,
    name: str,
    limits: Limits,
    password: str | None = None,
    rules: LayoutRules | None = None,
) -> MediaType:
    """Write the pages of an office file to `out`, a PDF, and say what kind of file it is.

    Raises UnknownFormat, CorruptInput, PasswordRequired, PasswordWrong, DecompressedTooLarge, TimedOut, OutOfMemory,
    and LayoutMissing where LibreOffice is not installed.
    """
    with TemporaryDirectory(prefix="stele-office-") as made:
        folder = Path(made).resolve()
        plain = folder / "plain"
        kind = decrypted(path, name=name, limits=limits, password=password, plain=plain)
        locked = is_encrypted_open_document(plain)
        if locked and not password:
            raise PasswordRequired(name=name)
        task = LayoutTask(
            folder=folder,
            input_name=f"input.{_SUFFIXES[kind]}",
            name=name,
            read_as=_READ_AS.get(kind, ""),
            password=password or "",
        )
        plain.rename(folder / task.input_name)
        try:
            run(task, rules or LayoutRules())
        except NotLoaded as error:
            if locked:
                raise PasswordWrong(name=name) from error
            raise CorruptInput(name=name, reason="LibreOffice does not open it") from error
        with task.output.open("rb") as pages:
            shutil.copyfileobj(pages, out)
    return kind
