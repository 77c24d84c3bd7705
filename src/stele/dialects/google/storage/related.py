"""`multipart/related` uploads (RFC 2387): a part of JSON that describes an object, then a part with its bytes.

Blocking: every call belongs in a thread. Only the description is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from stele.domain.errors import RequestError
from stele.service.uploads import Receiver

_MAX_DESCRIPTION = 1024 * 1024  #: bytes
_BYTES = 2  #: the number of the part that holds them

#: makes a receiver, from the description and the type that the second part says
Open = Callable[[bytes, str], Receiver]


class Related:
    """`feed` it the body; then `receiver` has the bytes, or `abandon` it."""

    def __init__(self, content_type: str, open_: Open) -> None:
        """Raises RequestError when the body cannot be of that type."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/related" or not options.get(b"boundary"):
            raise RequestError(reason="the body of a multipart upload is multipart/related with a boundary")
        self._open = open_
        self._part = 0
        self._description = bytearray()
        self._header = b""
        self._type = b""
        self._value = b""
        self._receiver: Receiver | None = None
        self._complete = False
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._take_field,
                    "on_header_value": self._take_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._take,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise RequestError(reason="the boundary of the body is not usable") from error

    def feed(self, data: bytes) -> None:
        """Raises RequestError, and what opening and writing raise."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise RequestError(reason=f"the body is not well-formed multipart/related: {error}") from error

    @property
    def receiver(self) -> Receiver:
        """Raises RequestError when the body was not complete."""
        if not self._complete or self._receiver is None:
            raise RequestError(reason="the body has no description and bytes, or its closing boundary is missing")
        return self._receiver

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._receiver is not None:
            self._receiver.discard()

    def _begin(self) -> None:
        self._part += 1
        self._type = b""
        if self._part > _BYTES:
            raise RequestError(reason="the body has more than two parts")

    def _take_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-type":
            self._type = self._value
        self._header = self._value = b""

    def _end_headers(self) -> None:
        if self._part == _BYTES:
            self._receiver = self._open(bytes(self._description), self._type.decode("latin-1").strip())

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._receiver is not None:
            self._receiver.write(data[start:end])
            return
        self._description += data[start:end]
        if len(self._description) > _MAX_DESCRIPTION:
            raise RequestError(reason=f"the description has more than {_MAX_DESCRIPTION} bytes")

    def _end(self) -> None:
        self._complete = True
