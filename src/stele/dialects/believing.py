"""Tokens that were proven a moment ago: looking each up for each request would be most of the work of many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from stele.dialects.context import DialectContext, Prove
from stele.service.core import Principal

_BELIEVED_SECONDS: Final = 2.0  #: how long revoked credentials may go on working
_REMEMBERED: Final = 10_000  #: credentials


async def believed(context: DialectContext, token: str, prove: Prove) -> Principal:
    """Whose token it is, by `prove` in a thread where that is not known yet. Raises what `prove` raises."""
    known = context.known
    now = time.monotonic()
    # What one dialect takes for proof is none in another.
    until, principal = known.get((prove, token), (0.0, None))
    if principal is None or until < now:
        principal = await asyncio.to_thread(prove, context.core, token)
        if len(known) >= _REMEMBERED:
            known.clear()
        known[prove, token] = now + _BELIEVED_SECONDS, principal
    return principal


def bearer_of(headers: Mapping[str, str]) -> str:
    """The token of the Authorization header; empty where there is none. Names of `headers` are in lower case."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
