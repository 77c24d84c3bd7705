"""A `multipart/form-data` submission, parsed as it comes: files go straight to where they are kept.

Blocking: every call belongs in a thread. What a caller can make this hold in memory is bounded by the constants below.
"""

from __future__ import annotations

from stele.dialects.filenames import clean_name
from stele.dialects.multipart import MultipartForm, Part
from stele.dialects.native.decoding import Shape, fields_of, from_fields, from_json
from stele.dialects.native.schema import Options
from stele.domain.errors import RequestError, TooManyItems
from stele.service.core import Core
from stele.service.uploads import Receiver, Upload, abandon, receive

FILE_PART = "file"
OPTIONS_PART = "options"

_MAX_FIELD_PARTS = 64
_MAX_FIELD_BYTES = 64 * 1024  #: of all parts that are not files together

_options = Shape(Options)


class Form:
    """Files and options of one submission. `feed` it; then either `finish` or `abandon` it."""

    def __init__(self, core: Core, job: str, boundary: bytes) -> None:
        """Raises RequestError when the boundary is not usable."""
        self._core = core
        self._job = job
        self._files: list[_File] = []
        self._fields: list[_Field] = []
        self._form = MultipartForm(boundary, self._open)

    def feed(self, data: bytes) -> None:
        """Raises RequestError, TooManyItems, FileTooLarge, StorageFull."""
        self._form.feed(data)

    def finish(self) -> tuple[tuple[Upload, ...], Options]:
        """Everything is durable then. Raises RequestError, UnknownOption."""
        self._form.finish()
        return tuple(file.upload for file in self._files if file.upload is not None), self._read_options()

    def abandon(self) -> None:
        """Leave nothing behind."""
        for file in self._files:
            file.discard()
        abandon(self._core, self._job)

    def _read_options(self) -> Options:
        pairs = [(field.name, field.text()) for field in self._fields]
        given = dict(pairs)
        if OPTIONS_PART in given:
            if len(pairs) > 1:
                raise RequestError(reason="give the options as one part or as fields, not both")
            return from_json(given[OPTIONS_PART].encode(), Options, _options)
        fields = fields_of(pairs, _options)
        if "webhook" in fields:
            fields["webhook"] = {"url": fields["webhook"]}
        return from_fields(fields, Options, _options)

    def _open(self, name: str, filename: str | None) -> Part:
        if name == FILE_PART:
            return self._open_file(filename or "")
        if filename is not None and name != OPTIONS_PART:
            raise RequestError(reason=f"the form has a file in part {name}; files go in parts named {FILE_PART}")
        if len(self._fields) >= _MAX_FIELD_PARTS:
            raise RequestError(reason=f"the form has more than {_MAX_FIELD_PARTS} fields")
        field = _Field(name, sum(field.size for field in self._fields))
        self._fields.append(field)
        return field

    def _open_file(self, name: str) -> Part:
        index = len(self._files)
        limit = self._core.rules.max_items
        if index >= limit:
            raise TooManyItems(items=f"more than {limit}", limit=limit)
        file = _File(receive(self._core, self._job, index, clean_name(name, f"file-{index + 1}")))
        self._files.append(file)
        return file


class _File:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.write = receiver.write
        self.upload: Upload | None = None

    def end(self) -> None:
        self.upload = self._receiver.finish()

    def discard(self) -> None:
        if self.upload is None:
            self._receiver.discard()


class _Field:
    """`before` bytes are in the fields before it."""

    def __init__(self, name: str, before: int) -> None:
        self.name = name
        self._before = before
        self._data = bytearray()

    @property
    def size(self) -> int:
        return len(self._data)

    def write(self, data: bytes) -> None:
        """Raises RequestError."""
        if self._before + self.size + len(data) > _MAX_FIELD_BYTES:
            raise RequestError(reason=f"the fields of the form have more than {_MAX_FIELD_BYTES} bytes")
        self._data += data

    def end(self) -> None:
        self.text()

    def text(self) -> str:
        """Raises RequestError."""
        try:
            return self._data.decode()
        except UnicodeDecodeError as error:
            raise RequestError(reason=f"the field {self.name} is not UTF-8") from error
