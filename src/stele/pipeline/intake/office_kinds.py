"""What an office file is, by all of its content, and how it is decrypted.

Two containers hold many kinds of files: zip archives (Office Open XML, OpenDocument), and OLE compound files (Word,
Excel and PowerPoint up to 2003, and whatever Microsoft's programs encrypt).
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, FileFormatError

from stele.domain.errors import (
    CorruptInput,
    DecompressedTooLarge,
    PasswordRequired,
    PasswordWrong,
    SteleError,
    UnknownFormat,
)
from stele.domain.media import HEAD_BYTES, Limits, MediaType, sniff
from stele.pipeline.intake.guards import reason_of

#: the password of files that are only protected against changes (MS-OFFCRYPTO 2.4.2.3)
_KNOWN_TO_ALL = "VelvetSweatshop"
#: the part that lists the parts of a file has a few kilobytes
_MAX_LIST_BYTES = 4 * 1024**2

_OLE_STREAMS = (
    ("EncryptedPackage", MediaType.OOXML),
    ("WordDocument", MediaType.DOC),
    ("Workbook", MediaType.XLS),
    ("Book", MediaType.XLS),
    ("PowerPoint Document", MediaType.PPT),
)
#: main parts of documents, templates and shows, with macros or without (ECMA-376 part 1; MS-OFFMACRO2 2.2)
_MAIN_PART = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument\.(wordprocessing|spreadsheet|presentation)ml"
    rb"|ms-(word|excel|powerpoint))\.[\w.]*\bmain\b"
)
_MAIN_KINDS = {
    b"wordprocessing": MediaType.DOCX,
    b"word": MediaType.DOCX,
    b"spreadsheet": MediaType.XLSX,
    b"excel": MediaType.XLSX,
    b"presentation": MediaType.PPTX,
    b"powerpoint": MediaType.PPTX,
}


def decrypted(path: Path, *, name: str, limits: Limits, password: str | None, plain: Path) -> MediaType:
    """Copy an office file to `plain`, without the encryption of Microsoft's programs, and say what it is.

    Raises UnknownFormat, CorruptInput, DecompressedTooLarge, PasswordRequired and PasswordWrong.
    """
    with path.open("rb") as file, plain.open("wb") as out:
        kind = sniff(file.read(HEAD_BYTES))
        if kind is MediaType.OLE:
            with _damage_told(name):
                kind = _kind_of_ole(file)
            protected = None if kind is None else _protected(file)
        else:
            protected = None
        if protected is None:
            file.seek(0)
            shutil.copyfileobj(file, out)
        else:
            _decrypt(protected, out, name=name, password=password)
    with _damage_told(name):
        exact = _inside(kind, plain, name, limits)
    if exact is None or not exact.is_office:
        raise UnknownFormat(name=name)
    return exact


def is_encrypted_open_document(path: Path) -> bool:
    """Whether the parts of a file are encrypted as OpenDocument does it (OpenDocument 1.2, part 3, 3.4)."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive, suppress(KeyError), archive.open("META-INF/manifest.xml") as manifest:
        return b"encryption-data" in manifest.read(_MAX_LIST_BYTES)
    return False


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """What the libraries for containers raise of damaged ones, which is nearly anything, as CorruptInput."""
    try:
        yield
    except (SteleError, MemoryError):
        raise
    except Exception as error:
        raise CorruptInput(name=name, reason=reason_of(error)) from error


# -- OLE --------------------------------------------------------------------------------------------------------------


def _kind_of_ole(file: BinaryIO) -> MediaType | None:
    file.seek(0)
    container = olefile.OleFileIO(file)
    return next((kind for stream, kind in _OLE_STREAMS if container.exists(stream)), None)


def _protected(file: BinaryIO) -> msoffcrypto.format.base.BaseOfficeFile | None:
    """The file as something to decrypt; None where it is not encrypted, or too old or odd to say so."""
    try:
        found = msoffcrypto.OfficeFile(file)
        return found if found.is_encrypted() else None
    except MemoryError:
        raise
    except Exception:  # LibreOffice, which understands more of these files, has the last word
        return None


def _decrypt(
    protected: msoffcrypto.format.base.BaseOfficeFile, out: BinaryIO, *, name: str, password: str | None
) -> None:
    for tried in dict.fromkeys((password or _KNOWN_TO_ALL, _KNOWN_TO_ALL)):
        try:
            if protected.format == "ooxml":
                protected.load_key(password=tried, verify_password=True)
            else:
                protected.load_key(password=tried)
            protected.decrypt(out)
        except DecryptionError:
            out.seek(0)
            out.truncate()
            continue
        except FileFormatError as error:
            raise CorruptInput(name=name, reason="it is encrypted in a way that is not supported") from error
        except MemoryError:
            raise
        except Exception as error:
            raise CorruptInput(name=name, reason=reason_of(error)) from error
        return
    raise PasswordWrong(name=name) if password else PasswordRequired(name=name)


# -- zip --------------------------------------------------------------------------------------------------------------


def _inside(kind: MediaType | None, path: Path, name: str, limits: Limits) -> MediaType | None:
    """The kind of a file, where `kind` may be that of its container."""
    if kind not in {MediaType.OOXML, MediaType.ODT, MediaType.ODS, MediaType.ODP}:
        return kind
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > limits.max_decompressed:
            raise DecompressedTooLarge(name=name, limit=limits.max_decompressed)
        if kind is not MediaType.OOXML:
            return kind
        with archive.open("[Content_Types].xml") as listed:
            main = _MAIN_PART.search(listed.read(_MAX_LIST_BYTES))
    return _MAIN_KINDS[main[1] or main[2]] if main else None
