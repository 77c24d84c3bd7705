"""What was read: pages in the canonical form, and exports."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.types import ASGIApp

from stele import __version__
from stele.dialects.native.downloads import download_headers, matches, sent
from stele.dialects.native.endpoint import Call, json
from stele.dialects.native.schema import ExportQuery, PagesQuery, PagesView
from stele.dialects.native.views import job_path
from stele.domain.document import Page, to_json
from stele.domain.errors import RequestError
from stele.domain.job import Item
from stele.service import query

_MAX_ANSWER = 8 * 1024 * 1024  #: bytes of pages in one answer; the last page may go beyond


async def get_pages(call: Call, wanted: PagesQuery) -> Response:
    """Read the pages of an ended job in the canonical form (`stele.document/1`).

    Follow `next` until it is null. A page that could not be read is there too, with an `error` and no blocks."""
    return await asyncio.to_thread(_get_pages, call, wanted)


def _get_pages(call: Call, wanted: PagesQuery) -> Response:
    job = call.place["job"]
    found = query.pages(call.core, call.principal, job, wanted.item, first=wanted.first, count=wanted.limit)
    item = _item(call, wanted.item)
    pages: list[Page] = []
    size = 0
    for page in found:
        pages.append(page)
        size += len(to_json(page))
        if size >= _MAX_ANSWER:
            break
    last = pages[-1].number if pages else wanted.first + wanted.limit - 1
    more = item.pages is not None and last < item.pages
    following = {"item": wanted.item, "first": last + 1, "limit": wanted.limit}
    return json(
        PagesView(
            job=job,
            item=wanted.item,
            name=item.name,
            total=item.pages,
            pages=tuple(pages),
            error=item.error,
            next=f"{job_path(job)}/pages?{urlencode(following)}" if more else None,
        )
    )


async def get_export(call: Call, wanted: ExportQuery) -> ASGIApp:
    """Download one input of an ended job in one format.

    `pdf`, `docx`, `xlsx` and `pptx` are made by a worker: when nobody asked for one before, the call waits for it up to
    `wait` seconds, and then answers 409 `conflict.not_ready` with a `Retry-After`. All other formats are rendered at
    once. The `ETag` stays the same as long as the job is there."""
    job = call.place["job"]
    await query.wait_export(
        call.core,
        call.context.watch,
        call.principal,
        job,
        wanted.item,
        form=wanted.format,
        seconds=wanted.wait,
    )
    return await asyncio.to_thread(_get_export, call, wanted)


def _get_export(call: Call, wanted: ExportQuery) -> ASGIApp:
    job = call.place["job"]
    etag = f"{job}.{wanted.item}.{wanted.format}.{__version__}"
    item = _item(call, wanted.item)
    headers = download_headers(f"{item.name}.{wanted.format}", wanted.format.media_type, etag)
    if matches(call.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={name: headers[name] for name in ("etag", "cache-control")})
    with ExitStack() as stack:
        file = stack.enter_context(query.opened_export(call.core, call.principal, job, wanted.item, wanted.format))
        return sent(stack.pop_all(), file, headers)


def _item(call: Call, index: int) -> Item:
    """Raises JobNotFound, RequestError."""
    job = query.get_job(call.core, call.principal, call.place["job"])
    if index >= len(job.items):
        raise RequestError(reason=f"item {index} does not exist; the job has items 0 to {len(job.items) - 1}")
    return job.items[index]
