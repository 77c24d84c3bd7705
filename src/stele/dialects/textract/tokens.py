"""NextToken: where the next page of results begins, opaque and signed by a key that only the job knows.

A position is a page of the document and a block on it: nothing need be counted to go on from there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final, NamedTuple

from stele.dialects.textract.errors import invalid

_POSITION: Final = struct.Struct(">II")
_MAC_BYTES: Final = 16


class Position(NamedTuple):
    """`page` counts from 1, `block` from 0."""

    page: int
    block: int


START: Final = Position(1, 0)


def token_of(position: Position, key: str) -> str:
    packed = _POSITION.pack(*position)
    return base64.urlsafe_b64encode(packed + _mac(packed, key)).decode()


def position_of(token: str, key: str) -> Position:
    """The inverse of `token_of`. Raises TextractError for a token of another job, or none."""
    try:
        data = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise invalid() from error
    packed, mac = data[: _POSITION.size], data[_POSITION.size :]
    if len(packed) < _POSITION.size or not hmac.compare_digest(_mac(packed, key), mac):
        raise invalid()
    return Position(*_POSITION.unpack(packed))


def _mac(packed: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), packed, hashlib.sha256)[:_MAC_BYTES]
