"""Buckets and the objects in them."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from pathlib import PurePosixPath
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.types import ASGIApp

from stele.dialects.bodies import in_pieces, whole
from stele.dialects.native.decoding import Shape, from_json
from stele.dialects.native.downloads import download_headers, matches, sent
from stele.dialects.native.endpoint import Call, json
from stele.dialects.native.schema import BucketsView, NewBucket, NoQuery, ObjectsQuery, ObjectsView
from stele.dialects.native.views import bucket_view, object_view, objects_path
from stele.service import buckets
from stele.service.uploads import Receiver

_MAX_JSON = 64 * 1024  #: bytes
_UNKNOWN_TYPE = "application/octet-stream"
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,60}"
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}( ?; ?{_WORD}={_WORD})?")

_new_bucket = Shape(NewBucket)


async def list_buckets(call: Call, _: NoQuery) -> Response:
    """List the buckets that the project may use."""
    found = await asyncio.to_thread(buckets.list_buckets, call.core, call.principal)
    return json(BucketsView(buckets=tuple(bucket_view(one) for one in found)))


async def create_bucket(call: Call, _: NoQuery) -> Response:
    """Make a bucket on this server. Its objects are inputs as `gs://NAME/KEY` or `s3://NAME/KEY`.

    Buckets in S3 or Cloud Storage are registered by the operator, with `stele buckets create`."""
    body = from_json(await whole(call.receive, _MAX_JSON), NewBucket, _new_bucket)
    return await asyncio.to_thread(_create_bucket, call, body.name)


def _create_bucket(call: Call, name: str) -> Response:
    buckets.create_bucket(call.core, call.principal, name)
    return json(
        bucket_view(buckets.usable_bucket(call.core, call.principal, name)), 201, {"location": objects_path(name)}
    )


async def list_objects(call: Call, wanted: ObjectsQuery) -> Response:
    """List the objects of a bucket, sorted by key. Follow `next` until it is null."""
    return await asyncio.to_thread(_list_objects, call, wanted)


def _list_objects(call: Call, wanted: ObjectsQuery) -> Response:
    bucket = call.place["bucket"]
    found = buckets.list_objects(
        call.core, call.principal, bucket, prefix=wanted.prefix, after=wanted.after, limit=wanted.limit + 1
    )
    shown = found[: wanted.limit]
    following = {"prefix": wanted.prefix, "after": shown[-1].key if shown else "", "limit": wanted.limit}
    return json(
        ObjectsView(
            objects=tuple(object_view(bucket, one) for one in shown),
            next=f"{objects_path(bucket)}?{urlencode(following)}" if len(found) > wanted.limit else None,
        )
    )


async def put_object(call: Call, _: NoQuery) -> Response:
    """Store the body under a key, replacing what was there."""
    receiver = await asyncio.to_thread(
        buckets.receive_object, call.core, call.principal, call.place["bucket"], call.place["key"]
    )
    try:
        rest = await in_pieces(call.receive, receiver.write, call.core.rules.limits.max_bytes)
        return await asyncio.to_thread(_put_object, call, receiver, rest)
    except BaseException:
        await asyncio.to_thread(receiver.discard)
        raise


def _put_object(call: Call, receiver: Receiver, rest: bytes) -> Response:
    receiver.write(rest)
    given = call.headers.get("content-type", _UNKNOWN_TYPE)
    entry = buckets.put_object(
        call.core,
        call.principal,
        call.place["bucket"],
        call.place["key"],
        upload=receiver.finish(),
        content_type=given if _MEDIA_TYPE.fullmatch(given) else _UNKNOWN_TYPE,
    )
    return json(object_view(call.place["bucket"], entry), headers={"etag": f'"{entry.etag}"'})


async def get_object(call: Call, _: NoQuery) -> ASGIApp:
    """Download an object."""
    return await asyncio.to_thread(_get_object, call)


def _get_object(call: Call) -> ASGIApp:
    with ExitStack() as stack:
        entry, file = stack.enter_context(
            buckets.opened_object(call.core, call.principal, call.place["bucket"], call.place["key"])
        )
        etag = None if entry.etag is None else entry.etag.strip('"')
        name = PurePosixPath(entry.key).name
        headers = download_headers(name, entry.content_type or _UNKNOWN_TYPE, etag)
        if etag is not None and matches(call.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers={"etag": headers["etag"]})
        return sent(stack.pop_all(), file, headers)


async def delete_object(call: Call, _: NoQuery) -> Response:
    """Delete an object. Jobs that were submitted with it keep what they read."""
    await asyncio.to_thread(buckets.delete_object, call.core, call.principal, call.place["bucket"], call.place["key"])
    return Response(status_code=204)
