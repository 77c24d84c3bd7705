"""Ring 3: the web page at `/console`: submit documents, watch jobs, look at what was read.

Static files of our own (`static/`, no build step), served with a policy that lets the page load nothing from anywhere
else. It is a client of `/api/v1` like any other: it knows no more than a bearer token allows.
"""

from __future__ import annotations

import hashlib
from importlib import resources

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

PATH = "/console"

_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def routes() -> list[BaseRoute]:
    """The page and its files, read once."""
    files = sorted(resources.files(__package__).joinpath("static").iterdir(), key=lambda file: file.name)
    answers = {file.name: _File(file.name, file.read_bytes()) for file in files}
    page = answers.pop("index.html")
    return [
        Route(PATH, page, methods=["GET"]),
        *(Route(f"{PATH}/{name}", answer, methods=["GET"]) for name, answer in answers.items()),
    ]


class _File:
    """One file as an ASGI application."""

    def __init__(self, name: str, content: bytes) -> None:
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**_HEADERS, "etag": etag}
        self._etag = etag
        self._whole = Response(content, headers=headers, media_type=_MEDIA_TYPES[name[name.rindex(".") :]])
        self._unchanged = Response(status_code=304, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = Headers(scope=scope).get("if-none-match") == self._etag
        await (self._unchanged if known else self._whole)(scope, receive, send)
