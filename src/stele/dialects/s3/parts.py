"""Uploads in parts. They live in this process: when it ends, their callers begin again; their bytes are swept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from stele.dialects.s3.buckets import etag_of
from stele.dialects.s3.call import Call
from stele.dialects.s3.documents import Content, document, parsed, texts
from stele.dialects.s3.errors import S3Error
from stele.dialects.s3.objects import type_of
from stele.domain.errors import TooManyUploads, UploadNotFound
from stele.service import buckets
from stele.service.buckets import ObjectEntry, ObjectReceiver
from stele.service.names import new_job_id
from stele.service.uploads import Upload, abandon

_IDLE_SECONDS: Final = 3600.0  #: the sweep of bytes that belong to nothing waits as long
_MOST: Final = 200  #: uploads of one project
_MOST_PARTS: Final = 10_000
_CHUNK: Final = 1024 * 1024


@dataclass(kw_only=True)
class _Parts:
    """One upload: its parts by number."""

    project: str
    bucket: str
    key: str
    content_type: str
    parts: dict[int, Upload] = field(default_factory=dict)
    touched: float = field(default_factory=time.monotonic)


class PartUploads:
    """All of a server's, by their secret ids. Used on the event loop only."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Parts] = {}

    async def begin(self, call: Call) -> Response:
        await asyncio.to_thread(buckets.place_of, call.core, call.principal, call.bucket, call.key)
        await self._drop_idle(call)
        project = call.principal.project
        if sum(one.project == project for one in self._by_id.values()) >= _MOST:
            raise TooManyUploads(limit=_MOST)
        # The name of a folder of blobs, which is swept as one of a job that does not exist.
        upload_id = new_job_id()
        self._by_id[upload_id] = _Parts(project=project, bucket=call.bucket, key=call.key, content_type=type_of(call))
        content = {"Bucket": call.bucket, "Key": call.key, "UploadId": upload_id}
        return document("InitiateMultipartUploadResult", content)

    async def put_part(self, call: Call) -> Response:
        upload_id, upload = self._of(call)
        number = call.number("partNumber", 0, _MOST_PARTS + 1)
        if not 1 <= number <= _MOST_PARTS:
            raise S3Error("InvalidArgument", f"Part number must be an integer between 1 and {_MOST_PARTS}.")
        if "x-amz-copy-source" in call.headers:
            raise S3Error("NotImplemented", "Parts cannot be copied from other objects here: send their bytes.", 501)
        blob = f"{upload_id}/part-{number}"
        limit = call.core.rules.limits.max_bytes
        receiver = await asyncio.to_thread(ObjectReceiver, call.core, blob, call.key, limit)
        part = await call.received(receiver)
        upload.parts[number] = part
        return Response(headers={"etag": f'"{part.md5}"'})

    async def list_parts(self, call: Call) -> Response:
        upload_id, upload = self._of(call)
        parts: list[dict[str, Content]] = [
            {"PartNumber": number, "ETag": f'"{one.md5}"', "Size": one.size}
            for number, one in sorted(upload.parts.items())
        ]
        named = {"Bucket": call.bucket, "Key": call.key, "UploadId": upload_id}
        return document("ListPartsResult", {**named, "IsTruncated": False, "Part": parts})

    async def complete(self, call: Call) -> Response:
        """Make the parts an object, whose entity tag is the MD5 of it all."""
        upload_id, upload = self._of(call)
        request = await asyncio.to_thread(parsed, await call.document())
        wanted = _chosen(upload, texts(request, "Part"))
        entry = await asyncio.to_thread(_joined, call, upload, wanted)
        self._by_id.pop(upload_id, None)
        await asyncio.to_thread(abandon, call.core, upload_id)
        content = {"Bucket": call.bucket, "Key": call.key, "ETag": etag_of(entry)}
        return document("CompleteMultipartUploadResult", content)

    async def abort(self, call: Call) -> Response:
        upload_id, _ = self._of(call)
        del self._by_id[upload_id]
        await asyncio.to_thread(abandon, call.core, upload_id)
        return Response(status_code=204)

    def _of(self, call: Call) -> tuple[str, _Parts]:
        """Raises UploadNotFound."""
        upload_id = call.query.get("uploadId", "")
        found = self._by_id.get(upload_id)
        if found is None or (found.project, found.bucket, found.key) != (call.principal.project, call.bucket, call.key):
            raise UploadNotFound
        found.touched = time.monotonic()
        return upload_id, found

    async def _drop_idle(self, call: Call) -> None:
        limit = time.monotonic() - _IDLE_SECONDS
        for upload_id in [upload_id for upload_id, one in self._by_id.items() if one.touched < limit]:
            del self._by_id[upload_id]
            await asyncio.to_thread(abandon, call.core, upload_id)


def _chosen(upload: _Parts, given: list[dict[str, str]]) -> list[Upload]:
    """The parts that are named, in order. Raises S3Error."""
    if not given:
        raise S3Error("MalformedXML", "You must specify at least one part")
    chosen: list[Upload] = []
    before = 0
    for one in given:
        number = int(one["PartNumber"]) if one.get("PartNumber", "").isdecimal() else 0
        if number <= before:
            raise S3Error("InvalidPartOrder", "The parts must be named in ascending order.")
        part = upload.parts.get(number)
        if part is None or one.get("ETag", "").strip('"') != part.md5:
            raise S3Error("InvalidPart", f"Part {number} was not uploaded, or has another entity tag.")
        chosen.append(part)
        before = number
    return chosen


def _joined(call: Call, upload: _Parts, parts: list[Upload]) -> ObjectEntry:
    receiver = buckets.receive_object(call.core, call.principal, call.bucket, call.key)
    try:
        for part in parts:
            with call.core.blobs.open(part.blob) as file:
                while piece := file.read(_CHUNK):
                    receiver.write(piece)
        whole = receiver.finish()
    except BaseException:
        receiver.discard()
        raise
    return buckets.put_object(
        call.core, call.principal, call.bucket, call.key, upload=whole, content_type=upload.content_type
    )
