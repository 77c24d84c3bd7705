"""Objects: put, copy, get, look at, delete one or many."""

from __future__ import annotations

import asyncio
import base64
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp

from stele.dialects.s3.buckets import etag_of
from stele.dialects.s3.call import Call
from stele.dialects.s3.documents import Content, document, moment, parsed, texts
from stele.dialects.s3.errors import S3Error, told
from stele.dialects.streaming import byte_range, sent
from stele.domain.errors import ObjectNotFound, SteleError
from stele.service import buckets
from stele.service.buckets import ObjectEntry
from stele.service.records import ALWAYS, Precondition

_TYPE: Final = "binary/octet-stream"
_MOST: Final = 1000


async def put_object(call: Call) -> Response:
    precondition = ALWAYS
    if call.headers.get("if-none-match") == "*":
        precondition = Precondition(generation=0)
    receiver = await asyncio.to_thread(buckets.receive_object, call.core, call.principal, call.bucket, call.key)
    upload = await call.received(receiver)

    def put() -> ObjectEntry:
        return buckets.put_object(
            call.core,
            call.principal,
            call.bucket,
            call.key,
            upload=upload,
            content_type=type_of(call),
            precondition=precondition,
        )

    return Response(headers={"etag": etag_of(await asyncio.to_thread(put))})


def type_of(call: Call) -> str:
    """What the caller says that the bytes are."""
    return call.headers.get("content-type") or _TYPE


async def copy_object(call: Call) -> Response:
    source = unquote(call.headers["x-amz-copy-source"].partition("?")[0]).lstrip("/")
    bucket, _, key = source.partition("/")
    kind = call.headers.get("content-type") if call.headers.get("x-amz-metadata-directive") == "REPLACE" else None

    def copy() -> ObjectEntry:
        return buckets.duplicate_object(
            call.core, call.principal, (bucket, key), (call.bucket, call.key), content_type=kind
        )

    entry = await asyncio.to_thread(copy)
    return document("CopyObjectResult", {"LastModified": moment(entry.created_at), "ETag": etag_of(entry)})


async def head_object(call: Call) -> Response:
    entry = await asyncio.to_thread(buckets.look_at_object, call.core, call.principal, call.bucket, call.key)
    if _is_old_news(call, entry):
        return Response(status_code=304, headers=_headers(entry))
    return Response(headers={**_headers(entry), "content-length": str(entry.size)})


async def get_object(call: Call) -> ASGIApp:
    return await asyncio.to_thread(_get, call)


def _get(call: Call) -> ASGIApp:
    with ExitStack() as stack:
        entry, file = stack.enter_context(buckets.opened_object(call.core, call.principal, call.bucket, call.key))
        headers = _headers(entry)
        if _is_old_news(call, entry):
            return Response(status_code=304, headers=headers)
        span = byte_range(call.headers.get("range"), entry.size)
        if span is None:
            return sent(stack.pop_all(), file, headers, count=entry.size)
        first, last = span
        if first > last:
            raise S3Error("InvalidRange", "The requested range is not satisfiable", 416)
        headers["content-range"] = f"bytes {first}-{last}/{entry.size}"
        return sent(stack.pop_all(), file, headers, first=first, count=last - first + 1, status=206)


def _is_old_news(call: Call, entry: ObjectEntry) -> bool:
    """Whether the caller has the object already. Raises S3Error when it is not the one that the caller wants."""
    tag = etag_of(entry)
    wanted = call.headers.get("if-match")
    if wanted not in {None, "*", tag, tag.strip('"')}:
        raise S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
    return call.headers.get("if-none-match") in {"*", tag, tag.strip('"')}


def _headers(entry: ObjectEntry) -> dict[str, str]:
    """With what keeps a browser from showing or running what callers put here."""
    modified = datetime.fromtimestamp(int(entry.created_at), UTC)
    headers = {
        "content-type": entry.content_type or _TYPE,
        "etag": etag_of(entry),
        "last-modified": format_datetime(modified, usegmt=True),
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    if entry.crc32c is not None:
        headers["x-amz-checksum-crc32c"] = base64.b64encode(entry.crc32c.to_bytes(4, "big")).decode()
        headers["x-amz-checksum-type"] = "FULL_OBJECT"
    return headers


async def delete_object(call: Call) -> Response:
    """Deleting what is not there is fine."""
    await asyncio.to_thread(_delete, call, call.key)
    return Response(status_code=204)


async def delete_objects(call: Call) -> Response:
    """Up to a thousand at once; what is wrong with one does not concern the others."""
    request = await asyncio.to_thread(parsed, await call.document())
    keys = [one.get("Key", "") for one in texts(request, "Object")]
    if not 0 < len(keys) <= _MOST:
        raise S3Error("MalformedXML", f"Between 1 and {_MOST} objects can be deleted at once.")
    quiet = any(child.text == "true" for child in request if str(child.tag).endswith("Quiet"))
    await asyncio.to_thread(buckets.usable_bucket, call.core, call.principal, call.bucket)
    deleted: list[dict[str, Content]] = []
    errors: list[dict[str, Content]] = []
    for key in keys:
        try:
            await asyncio.to_thread(_delete, call, key)
            deleted.append({"Key": key})
        except SteleError as error:
            refusal = told(error)
            errors.append({"Key": key, "Code": refusal.code, "Message": refusal.message})
    return document("DeleteResult", {"Deleted": [] if quiet else deleted, "Error": errors})


def _delete(call: Call, key: str) -> None:
    try:
        buckets.delete_object(call.core, call.principal, call.bucket, key)
    except ObjectNotFound:
        return
