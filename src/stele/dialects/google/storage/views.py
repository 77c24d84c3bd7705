"""How buckets and objects look: the resources of the JSON API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from stele.service.buckets import ObjectEntry
from stele.service.records import Bucket

#: JSON is written here as what it is: nested maps.
Json = dict[str, Any]

UNKNOWN_TYPE = "application/octet-stream"
_CLASS = "STANDARD"
_DAY = 86_400


def answer(body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    fixed = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(body), status, {**fixed, **(headers or {})}, "application/json; charset=UTF-8")


def bucket_view(bucket: Bucket, base: str) -> Json:
    """`base` is the address of this server as the caller has it."""
    created = moment(bucket.created_at)
    view: Json = {
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{base}/storage/v1/b/{bucket.name}",
        "name": bucket.name,
        "projectNumber": "0",
        "metageneration": "1",
        "location": "US",
        "locationType": "multi-region",
        "storageClass": _CLASS,
        "etag": "CAE=",
        "timeCreated": created,
        "updated": created,
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
    }
    if bucket.retention_days:
        period = str(bucket.retention_days * _DAY)
        view["retentionPolicy"] = {"retentionPeriod": period, "effectiveTime": created, "isLocked": True}
    return view


def object_view(bucket: str, entry: ObjectEntry, base: str) -> Json:
    created = moment(entry.created_at)
    path = f"b/{bucket}/o/{quote(entry.key, safe='')}"
    view: Json = {
        "kind": "storage#object",
        "id": f"{bucket}/{entry.key}/{entry.generation}",
        "selfLink": f"{base}/storage/v1/{path}",
        "mediaLink": f"{base}/download/storage/v1/{path}?generation={entry.generation}&alt=media",
        "name": entry.key,
        "bucket": bucket,
        "generation": str(entry.generation),
        "metageneration": "1",
        "contentType": entry.content_type or UNKNOWN_TYPE,
        "storageClass": _CLASS,
        "size": str(entry.size),
        "timeCreated": created,
        "updated": created,
        "timeStorageClassUpdated": created,
    }
    if entry.etag is not None:
        view["etag"] = entry.etag.strip('"')
    return view | digests(entry)


def digests(entry: ObjectEntry) -> dict[str, str]:
    """`md5Hash` and `crc32c`, as far as they are known."""
    found = {}
    if entry.md5 is not None:
        found["md5Hash"] = base64.b64encode(bytes.fromhex(entry.md5)).decode()
    if entry.crc32c is not None:
        found["crc32c"] = base64.b64encode(entry.crc32c.to_bytes(4, "big")).decode()
    return found


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
