"""A `multipart/form-data` submission, parsed as it comes: files go straight to where they are kept.

Blocking: every call belongs in a thread. What a caller can make this hold in memory is bounded by the constants below.
"""

from __future__ import annotations

import logging

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from stele.dialects.native.decoding import Shape, fields_of, from_fields, from_json
from stele.dialects.native.filenames import clean_name
from stele.dialects.native.schema import Options
from stele.domain.errors import RequestError, TooManyItems
from stele.service.core import Core
from stele.service.uploads import Receiver, Upload, abandon, receive

FILE_PART = "file"
OPTIONS_PART = "options"

_MAX_FIELD_PARTS = 64
_MAX_FIELD_BYTES = 64 * 1024  #: of all parts that are not files together

# It warns of every malformed form; the caller is told, the log need not be.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

_options = Shape(Options)


class Form:
    """Files and options of one submission. `feed` it; then either `finish` or `abandon` it."""

    def __init__(self, core: Core, job: str, boundary: bytes) -> None:
        """Raises RequestError when the boundary is not usable."""
        self._core = core
        self._job = job
        self._uploads: list[Upload] = []
        self._receiver: Receiver | None = None
        self._field = ""
        self._text = bytearray()
        self._pairs: list[tuple[str, str]] = []
        self._text_bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._take_header_name,
                    "on_header_value": self._take_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open,
                    "on_part_data": self._take,
                    "on_part_end": self._end,
                    "on_end": self._end_form,
                },
            )
        except FormParserError as error:
            raise RequestError(reason="the boundary of the form is not usable") from error

    def feed(self, data: bytes) -> None:
        """Raises RequestError, TooManyItems, FileTooLarge, StorageFull."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise RequestError(reason=f"the form is not well-formed: {error}") from error

    def finish(self) -> tuple[tuple[Upload, ...], Options]:
        """Everything is durable then. Raises RequestError, UnknownOption."""
        if not self._complete:
            raise RequestError(reason="the form is cut off: its closing boundary is missing")
        return tuple(self._uploads), self._read_options()

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._receiver is not None:
            self._receiver.discard()
            self._receiver = None
        abandon(self._core, self._job)

    def _read_options(self) -> Options:
        given = dict(self._pairs)
        if OPTIONS_PART in given:
            if len(self._pairs) > 1:
                raise RequestError(reason="give the options as one part or as fields, not both")
            return from_json(given[OPTIONS_PART].encode(), Options, _options)
        fields = fields_of(self._pairs, _options)
        if "webhook" in fields:
            fields["webhook"] = {"url": fields["webhook"]}
        return from_fields(fields, Options, _options)

    def _begin(self) -> None:
        self._headers = {}

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _open(self) -> None:
        _, parameters = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in parameters:
            raise RequestError(reason="a part of the form has no name")
        self._field = parameters[b"name"].decode("utf-8", "replace")
        self._text = bytearray()
        if self._field == FILE_PART:
            self._open_file(parameters.get(b"filename", b"").decode("utf-8", "replace"))
        elif b"filename" in parameters and self._field != OPTIONS_PART:
            raise RequestError(reason=f"the form has a file in part {self._field}; files go in parts named {FILE_PART}")
        elif len(self._pairs) >= _MAX_FIELD_PARTS:
            raise RequestError(reason=f"the form has more than {_MAX_FIELD_PARTS} fields")

    def _open_file(self, name: str) -> None:
        index = len(self._uploads)
        limit = self._core.rules.max_items
        if index >= limit:
            raise TooManyItems(items=f"more than {limit}", limit=limit)
        self._receiver = receive(self._core, self._job, index, clean_name(name, f"file-{index + 1}"))

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._receiver is not None:
            self._receiver.write(data[start:end])
            return
        self._text_bytes += end - start
        if self._text_bytes > _MAX_FIELD_BYTES:
            raise RequestError(reason=f"the fields of the form have more than {_MAX_FIELD_BYTES} bytes")
        self._text += data[start:end]

    def _end(self) -> None:
        if self._receiver is None:
            try:
                self._pairs.append((self._field, self._text.decode()))
            except UnicodeDecodeError as error:
                raise RequestError(reason=f"the field {self._field} is not UTF-8") from error
            return
        self._uploads.append(self._receiver.finish())
        self._receiver = None

    def _end_form(self) -> None:
        self._complete = True
