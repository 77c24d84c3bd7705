"""One call of S3, and what is known of it when it is believed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.types import Receive

from stele.dialects.aws.signature import Claim
from stele.dialects.bodies import in_pieces, whole
from stele.dialects.s3.errors import S3Error
from stele.dialects.s3.payload import Payload
from stele.service.core import Core, Principal
from stele.service.uploads import Receiver, Upload

_MAX_XML: Final = 2 * 1024 * 1024  #: bytes; a thousand keys, or ten thousand parts
_WRAPPING: Final = 64  #: chunks may add one part in so many
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Call:
    """An authenticated call. `bucket` and `key` are empty where the path names none."""

    core: Core
    principal: Principal
    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    claim: Claim
    signing_key: bytes
    receive: Receive

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, at most `most`. Raises S3Error."""
        given = self.query.get(name, str(default))
        if not given.isascii() or not given.isdigit():
            raise S3Error("InvalidArgument", f"{name} must be a whole number.")
        return min(int(given), most)

    async def document(self) -> bytes:
        """The body, where it is a small document. Raises S3Error, BodyTooLarge."""
        held: list[bytes] = []
        payload = Payload(self.claim, self.signing_key, self.headers, held.append)
        payload.feed(await whole(self.receive, _MAX_XML))
        payload.finish()
        return b"".join(held)

    async def received(self, receiver: Receiver) -> Upload:
        """The body, where it is an object or a part of one. Raises S3Error, BodyTooLarge, FileTooLarge, StorageFull;
        then nothing is left of it."""
        payload = Payload(self.claim, self.signing_key, self.headers, receiver.write)
        limit = self.core.rules.limits.max_bytes
        try:
            rest = await in_pieces(self.receive, payload.feed, limit + limit // _WRAPPING + _MEGABYTE)
            return await asyncio.to_thread(partial(_finished, payload, receiver, rest))
        except BaseException:
            await asyncio.to_thread(receiver.discard)
            raise


def _finished(payload: Payload, receiver: Receiver, rest: bytes) -> Upload:
    payload.feed(rest)
    payload.finish()
    return receiver.finish()
