"""The bodies of requests for a task: forms of both kinds, and JSON. A file goes straight to where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from stele.dialects.filenames import clean_name
from stele.dialects.multipart import MultipartForm, Part
from stele.dialects.picwish.requests import FIELDS
from stele.domain.errors import RequestError
from stele.service.core import Core
from stele.service.names import input_blob
from stele.service.uploads import Receiver, Upload, abandon

FILE_PARTS: Final = frozenset({"image_file", "file"})
#: the largest file that is taken, where the server's limit is not lower
MAX_FILE: Final = 200 * 1024 * 1024
#: of all fields together
MAX_FIELDS: Final = 64 * 1024

_MAX_PARTS: Final = 100
_OTHERWISE: Final = "file"


def max_file(core: Core) -> int:
    """Bytes that a file may have."""
    return min(MAX_FILE, core.rules.limits.max_bytes)


class Form:
    """`multipart/form-data`. `feed` it; then either `finish` or `abandon` it. Blocking."""

    def __init__(self, core: Core, job: str, boundary: bytes) -> None:
        """Raises RequestError when the boundary is not usable."""
        self._core = core
        self._job = job
        self._file: _File | None = None
        self._fields: dict[str, str] = {}
        self._parts = 0
        self._form = MultipartForm(boundary, self._open)
        self.feed = self._form.feed

    def finish(self) -> tuple[Upload | None, Mapping[str, str]]:
        """The file, durable, if one with something in it came; and the fields. Raises RequestError."""
        self._form.finish()
        return self._file.upload if self._file is not None else None, self._fields

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.discard()
        abandon(self._core, self._job)

    def _open(self, name: str, filename: str | None) -> Part:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise RequestError(reason=f"the form has more than {_MAX_PARTS} parts")
        if name in FILE_PARTS:
            if self._file is not None and self._file.upload is not None:
                raise RequestError(reason="the form has more than one file; a task has one")
            self._file = _File(self._core, self._job, clean_name(filename or "", _OTHERWISE))
            return self._file
        # Some clients send the address as a file.
        return _Text(name, FIELDS[name], self._fields) if name in FIELDS else _Nothing()


class _File:
    """A file to be kept. Nothing is, where nothing comes."""

    def __init__(self, core: Core, job: str, name: str) -> None:
        self._core = core
        self._job = job
        self._name = name
        self._receiver: Receiver | None = None
        self.upload: Upload | None = None

    def write(self, data: bytes) -> None:
        """Raises FileTooLarge, StorageFull."""
        if self._receiver is None:
            self._receiver = Receiver(self._core, input_blob(self._job, 0), self._name, max_file(self._core))
        self._receiver.write(data)

    def end(self) -> None:
        if self._receiver is not None:
            self.upload = self._receiver.finish()
            self._receiver = None

    def discard(self) -> None:
        if self._receiver is not None:
            self._receiver.discard()
            self._receiver = None


class _Text:
    """A field; the last one of a name counts."""

    def __init__(self, name: str, known_as: str, fields: dict[str, str]) -> None:
        self._name = name
        self._known_as = known_as
        self._fields = fields
        self._text = bytearray()

    def write(self, data: bytes) -> None:
        self._text += data
        if len(self._text) > MAX_FIELDS:
            raise RequestError(reason=f"{self._name} has more than {MAX_FIELDS} bytes")

    def end(self) -> None:
        try:
            self._fields[self._known_as] = self._text.decode()
        except UnicodeDecodeError as error:
            raise RequestError(reason=f"{self._name} is not UTF-8") from error


class _Nothing:
    """A part that means nothing here."""

    def write(self, data: bytes) -> None:
        pass

    def end(self) -> None:
        pass


def fields_of_form(body: bytes) -> Mapping[str, str]:
    """`application/x-www-form-urlencoded`. Raises RequestError."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARTS)
    except ValueError as error:
        raise RequestError(reason="the form is not well-formed") from error
    return {FIELDS[name]: value for name, value in pairs if name in FIELDS}


def fields_of_json(body: bytes) -> Mapping[str, str]:
    """`application/json`: an object whose members are strings; null is nothing. Raises RequestError."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(reason=f"the body is not a JSON object: {error}") from error
    fields: dict[str, str] = {}
    for name, value in members.items():
        if name in FIELDS:
            try:
                fields[FIELDS[name]] = msgspec.json.decode(value, type=str | None) or ""
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise RequestError(reason=f"{name} is not a string") from error
    return fields
