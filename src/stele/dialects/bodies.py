"""Request bodies, taken from the connection without ever holding more than a piece of a large one.

Pieces are handed on in threads, so the event loop waits for the network only; while a piece is being written nothing
more is read, and the sender is held back by TCP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from stele.domain.errors import BodyStalled, BodyTooLarge

_PIECE = 256 * 1024  #: bytes; what is smaller costs no extra thread hop
_STALL_SECONDS = 60


async def whole(receive: Receive, limit: int) -> bytes:
    """A body that may be held in memory. Raises BodyTooLarge, BodyStalled, ClientDisconnect."""
    return b"".join([chunk async for chunk in _chunks(receive, limit)])


async def in_pieces(receive: Receive, take: Callable[[bytes], None], limit: int) -> bytes:
    """Call `take` in threads with one piece after the other; gives the last piece, which was not taken yet.

    Raises BodyTooLarge, BodyStalled, ClientDisconnect, and what `take` raises."""
    held: list[bytes] = []
    size = 0
    async for chunk in _chunks(receive, limit):
        held.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            await asyncio.to_thread(take, b"".join(held))
            held.clear()
            size = 0
    return b"".join(held)


async def _chunks(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    size = 0
    more = True
    while more:
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                message = await receive()
        except TimeoutError as error:
            raise BodyStalled(seconds=_STALL_SECONDS) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit=limit)
        more = message.get("more_body", False)
        yield chunk
