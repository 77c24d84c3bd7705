"""Buckets: list, create, look at, delete, and list what is in them."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from stele.dialects.listing import Listed, after_of, listed, token_of
from stele.dialects.s3.call import Call
from stele.dialects.s3.documents import Content, document, moment, text_document
from stele.dialects.s3.errors import S3Error
from stele.domain.errors import BucketExists, BucketNotFound, RequestError
from stele.service import buckets
from stele.service.buckets import ObjectEntry

_PAGE: Final = 1000


async def list_buckets(call: Call) -> Response:
    found = await asyncio.to_thread(buckets.list_buckets, call.core, call.principal)
    entries = [{"Name": one.name, "CreationDate": moment(one.created_at)} for one in found]
    owner = {"ID": call.principal.project, "DisplayName": call.principal.project}
    return document("ListAllMyBucketsResult", {"Owner": owner, "Buckets": {"Bucket": entries}})


async def create_bucket(call: Call) -> Response:
    """An embedded one; where it lies is the server's business, so a location that is asked for counts for nothing."""
    await call.document()
    try:
        await asyncio.to_thread(buckets.create_bucket, call.core, call.principal, call.bucket)
    except BucketExists:
        await _own(call)
        raise S3Error("BucketAlreadyOwnedByYou", f"The bucket {call.bucket} is yours already.", 409) from None
    except RequestError as error:
        raise S3Error("InvalidBucketName", error.message) from error
    return Response(headers={"location": f"/{call.bucket}"})


async def _own(call: Call) -> None:
    """Raises BucketExists for a bucket of another project."""
    try:
        await asyncio.to_thread(buckets.usable_bucket, call.core, call.principal, call.bucket)
    except BucketNotFound as error:
        raise BucketExists(bucket=call.bucket) from error


async def head_bucket(call: Call) -> Response:
    await asyncio.to_thread(buckets.usable_bucket, call.core, call.principal, call.bucket)
    return Response(headers={"x-amz-bucket-region": call.claim.region})


async def get_location(call: Call) -> Response:
    """The region that the caller signs for: there is no other here."""
    await asyncio.to_thread(buckets.usable_bucket, call.core, call.principal, call.bucket)
    return text_document("LocationConstraint", call.claim.region)


async def delete_bucket(call: Call) -> Response:
    await asyncio.to_thread(buckets.delete_bucket, call.core, call.principal, call.bucket)
    return Response(status_code=204)


async def list_objects_v2(call: Call) -> Response:
    token = call.query.get("continuation-token", "")
    try:
        after = after_of(token) or call.query.get("start-after", "")
    except RequestError as error:
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect") from error
    found, content = await asyncio.to_thread(_listed, call, after)
    behind = None if found.after is None else token_of(found.after)
    more: dict[str, Content] = {
        "KeyCount": len(found.entries) + len(found.prefixes),
        "ContinuationToken": token or None,
        "NextContinuationToken": behind,
        "StartAfter": call.query.get("start-after"),
    }
    return document("ListBucketResult", {**content, **more})


async def list_objects(call: Call) -> Response:
    """The first version of the call, which goes on behind a key."""
    found, content = await asyncio.to_thread(_listed, call, call.query.get("marker", ""))
    marker: dict[str, Content] = {"Marker": call.query.get("marker", ""), "NextMarker": found.after}
    return document("ListBucketResult", {**content, **marker})


def _listed(call: Call, after: str) -> tuple[Listed, dict[str, Content]]:
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    most = call.number("max-keys", _PAGE, _PAGE)

    def fetch(behind: str, limit: int) -> list[ObjectEntry]:
        return [*buckets.list_objects(call.core, call.principal, call.bucket, prefix=prefix, after=behind, limit=limit)]

    found = listed(fetch, prefix=prefix, delimiter=delimiter, after=after, limit=most)
    encoded = call.query.get("encoding-type") == "url"

    def key(text: str) -> str:
        return quote(text, safe="/-_.~*'()!") if encoded else text

    content: dict[str, Content] = {
        "Name": call.bucket,
        "Prefix": key(prefix),
        "Delimiter": key(delimiter) or None,
        "MaxKeys": most,
        "EncodingType": "url" if encoded else None,
        "IsTruncated": found.after is not None,
        "Contents": [_entry(one, key(one.key)) for one in found.entries],
        "CommonPrefixes": [{"Prefix": key(one)} for one in found.prefixes],
    }
    return found, content


def _entry(entry: ObjectEntry, key: str) -> dict[str, Content]:
    return {
        "Key": key,
        "LastModified": moment(entry.created_at),
        "ETag": etag_of(entry),
        "Size": entry.size,
        "StorageClass": "STANDARD",
    }


def etag_of(entry: ObjectEntry) -> str:
    """An entity tag in its quotes."""
    tag = entry.etag or str(entry.generation)
    return f'"{tag.strip(chr(34))}"'
