"""Objects: get, download, list, delete, copy."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from functools import partial
from urllib.parse import quote

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp

from stele.dialects.bodies import whole
from stele.dialects.google.storage.call import NEVER, Call
from stele.dialects.google.storage.views import UNKNOWN_TYPE, answer, digests, object_view
from stele.dialects.listing import after_of, listed, token_of
from stele.dialects.streaming import byte_range, sent
from stele.domain.errors import ObjectNotFound, PreconditionFailed, RequestError
from stele.domain.value import Value
from stele.service import buckets
from stele.service.buckets import ObjectEntry
from stele.service.records import Precondition

_PAGE = 1000
_MAX_JSON = 64 * 1024  #: bytes
#: of the list call; leaving them out would list too much
_NOT_UNDERSTOOD = ("startOffset", "endOffset", "matchGlob", "filter")


async def get_object(call: Call) -> ASGIApp:
    """The resource, or with `alt=media` the bytes."""
    if call.query.get("alt") == "media":
        return await download_object(call)
    return await asyncio.to_thread(_get, call)


def _get(call: Call) -> Response:
    bucket, key = call.place["bucket"], call.place["object"]
    entry = buckets.look_at_object(call.core, call.principal, bucket, key)
    if not _wanted(call, entry):
        return Response(status_code=304)
    return answer(object_view(bucket, entry, call.base))


async def download_object(call: Call) -> ASGIApp:
    return await asyncio.to_thread(_download, call)


def _download(call: Call) -> ASGIApp:
    with ExitStack() as stack:
        entry, file = stack.enter_context(
            buckets.opened_object(call.core, call.principal, call.place["bucket"], call.place["object"])
        )
        if not _wanted(call, entry):
            return Response(status_code=304)
        headers = _download_headers(entry)
        span = byte_range(call.headers.get("range"), entry.size)
        if span is None:
            return sent(stack.pop_all(), file, headers, count=entry.size)
        first, last = span
        if first > last:
            return Response(status_code=416, headers={"content-range": f"bytes */{entry.size}"})
        headers["content-range"] = f"bytes {first}-{last}/{entry.size}"
        return sent(stack.pop_all(), file, headers, first=first, count=last - first + 1, status=206)


def _download_headers(entry: ObjectEntry) -> dict[str, str]:
    """With what keeps a browser from showing or running what callers put here."""
    headers = {
        "content-type": entry.content_type or UNKNOWN_TYPE,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(entry.key.rpartition('/')[2], safe='')}",
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "accept-ranges": "bytes",
        "x-goog-generation": str(entry.generation),
        "x-goog-metageneration": "1",
        "x-goog-storage-class": "STANDARD",
        "x-goog-stored-content-encoding": "identity",
        "x-goog-stored-content-length": str(entry.size),
    }
    known = digests(entry)
    names = {"crc32c": "crc32c", "md5Hash": "md5"}
    if known:
        headers["x-goog-hash"] = ",".join(f"{names[name]}={value}" for name, value in known.items())
    if entry.etag is not None:
        headers["etag"] = entry.etag.strip('"')  # without quotes, as clients compare it to the resource's
    return headers


def _wanted(call: Call, entry: ObjectEntry) -> bool:
    """Whether the caller has not got this generation yet. Raises ObjectNotFound for another one than is asked for,
    PreconditionFailed."""
    generation = call.number("generation")
    if generation not in {None, entry.generation}:
        raise ObjectNotFound(bucket=call.place["bucket"], key=entry.key)
    wanted = call.precondition()
    if wanted.generation not in {None, entry.generation}:
        raise PreconditionFailed(bucket=call.place["bucket"], key=entry.key)
    return wanted.holds(entry.generation)


async def list_objects(call: Call) -> Response:
    return await asyncio.to_thread(_list, call)


def _list(call: Call) -> Response:
    for name in _NOT_UNDERSTOOD:
        if call.query.get(name):
            raise RequestError(reason=f"{name} is not understood here; prefix and delimiter are")
    bucket, prefix = call.place["bucket"], call.query.get("prefix", "")

    def fetch(after: str, limit: int) -> list[ObjectEntry]:
        return [*buckets.list_objects(call.core, call.principal, bucket, prefix=prefix, after=after, limit=limit)]

    found = listed(
        fetch,
        prefix=prefix,
        delimiter=call.query.get("delimiter", ""),
        after=after_of(call.query.get("pageToken", "")),
        limit=max(1, min(call.number("maxResults") or _PAGE, _PAGE)),
    )
    body: dict[str, object] = {"kind": "storage#objects"}
    if found.entries:
        body["items"] = [object_view(bucket, entry, call.base) for entry in found.entries]
    if found.prefixes:
        body["prefixes"] = found.prefixes
    if found.after is not None:
        body["nextPageToken"] = token_of(found.after)
    return answer(body)


async def delete_object(call: Call) -> Response:
    precondition = call.precondition()
    generation = call.number("generation")
    if generation is not None:
        precondition = (
            NEVER
            if precondition.generation not in {None, generation}
            else Precondition(generation=generation, not_generation=precondition.not_generation)
        )
    await asyncio.to_thread(_delete, call, precondition, generation)
    return Response(status_code=204)


def _delete(call: Call, precondition: Precondition, generation: int | None) -> None:
    bucket, key = call.place["bucket"], call.place["object"]
    try:
        buckets.delete_object(call.core, call.principal, bucket, key, precondition)
    except PreconditionFailed:
        # A generation that is named and is not there is an object that is not there; so is an object without one.
        found = buckets.look_at_object(call.core, call.principal, bucket, key)
        if generation not in {None, found.generation}:
            raise ObjectNotFound(bucket=bucket, key=key) from None
        raise


class Target(Value):
    """What is wanted of a copy."""

    content_type: str | None = msgspec.field(name="contentType", default=None)


async def copy_object(call: Call) -> Response:
    return answer(await _copied(call))


async def rewrite_object(call: Call) -> Response:
    """A copy that could be made in several steps; here it takes one."""
    resource = await _copied(call)
    size = resource["size"]
    return answer(
        {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": size,
            "objectSize": size,
            "done": True,
            "resource": resource,
        }
    )


async def _copied(call: Call) -> dict[str, object]:
    body = await whole(call.receive, _MAX_JSON)
    try:
        target = msgspec.json.decode(body or b"{}", type=Target)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(reason=f"the body is not an object's resource: {error}") from error
    entry = await asyncio.to_thread(
        partial(
            buckets.duplicate_object,
            call.core,
            call.principal,
            (call.place["bucket"], call.place["object"]),
            (call.place["to_bucket"], call.place["to_object"]),
            content_type=target.content_type,
            source_is=_source_precondition(call),
            precondition=call.precondition(),
        )
    )
    return object_view(call.place["to_bucket"], entry, call.base)


def _source_precondition(call: Call) -> Precondition:
    generation = call.number("sourceGeneration")
    return call.precondition(names="ifSource{}") if generation is None else Precondition(generation=generation)
