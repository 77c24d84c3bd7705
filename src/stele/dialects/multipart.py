"""Forms in `multipart/form-data` (RFC 7578), parsed as they come: what their parts are is for the dialect to say.

Blocking, as what takes the parts may be: call it in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from stele.domain.errors import RequestError

# It warns of every malformed form; the caller is told, the log need not be.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


class Part(Protocol):
    """Takes the content of one part, in pieces, and then its end."""

    def write(self, data: bytes, /) -> object: ...

    def end(self) -> None: ...


class MultipartForm:
    """`feed` it; when nothing more comes, `finish` it."""

    def __init__(self, boundary: bytes, opened: Callable[[str, str | None], Part]) -> None:
        """`opened` is told the name of a part and, where it is a file, the name of the file. Raises RequestError when
        the boundary is not usable."""
        self._opened = opened
        self._part: Part | None = None
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
        """Raises RequestError, and what the parts raise."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise RequestError(reason=f"the form is not well-formed: {error}") from error

    def finish(self) -> None:
        """Raises RequestError for a form that is cut off."""
        if not self._complete:
            raise RequestError(reason="the form is cut off: its closing boundary is missing")

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
        file = parameters.get(b"filename")
        name = parameters[b"name"].decode("utf-8", "replace")
        self._part = self._opened(name, None if file is None else file.decode("utf-8", "replace"))

    def _take(self, data: bytes, start: int, end: int) -> None:
        assert self._part is not None
        self._part.write(data[start:end])

    def _end(self) -> None:
        assert self._part is not None
        self._part.end()

    def _end_form(self) -> None:
        self._complete = True
