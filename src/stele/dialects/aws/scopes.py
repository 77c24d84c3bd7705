"""Requests as the server hands them over."""

from __future__ import annotations

from starlette.types import Scope

from stele.dialects.aws.signature import SignedRequest


def request_of(scope: Scope) -> SignedRequest:
    """The request, as far as it can be signed: nothing is decoded that was not sent decoded."""
    return SignedRequest(
        method=scope["method"],
        path=scope["raw_path"].partition(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1").lower(), _text(value)) for name, value in scope["headers"]),
    )


def _text(value: bytes) -> str:
    """Clients sign UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
