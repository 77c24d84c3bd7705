"""Buckets: insert, get, list, delete."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import Response

from stele.dialects.bodies import whole
from stele.dialects.google.storage.call import Call
from stele.dialects.google.storage.views import answer, bucket_view
from stele.domain.errors import RequestError
from stele.domain.value import Value
from stele.service import buckets
from stele.service.records import Bucket

_MAX_JSON = 64 * 1024  #: bytes


class NewBucket(Value):
    """Where and how the bytes lie is not the caller's to choose here: the rest of the resource is passed over."""

    name: str


async def insert_bucket(call: Call) -> Response:
    """The bucket belongs to the project of the credentials, whatever `project` says."""
    body = await whole(call.receive, _MAX_JSON)
    try:
        wanted = msgspec.json.decode(body, type=NewBucket)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(reason=f"the body is not a bucket: {error}") from error
    return await asyncio.to_thread(_insert, call, wanted.name)


def _insert(call: Call, name: str) -> Response:
    buckets.create_bucket(call.core, call.principal, name)
    return answer(bucket_view(buckets.usable_bucket(call.core, call.principal, name), call.base))


async def get_bucket(call: Call) -> Response:
    bucket: Bucket = await asyncio.to_thread(buckets.usable_bucket, call.core, call.principal, call.place["bucket"])
    return answer(bucket_view(bucket, call.base))


async def list_buckets(call: Call) -> Response:
    found = await asyncio.to_thread(buckets.list_buckets, call.core, call.principal)
    prefix = call.query.get("prefix", "")
    items = [bucket_view(one, call.base) for one in found if one.name.startswith(prefix)]
    return answer({"kind": "storage#buckets", "items": items} if items else {"kind": "storage#buckets"})


async def delete_bucket(call: Call) -> Response:
    await asyncio.to_thread(buckets.delete_bucket, call.core, call.principal, call.place["bucket"])
    return Response(status_code=204)
