"""How a dialect's publisher runs in a worker child: pages from blobs in, objects for a bucket out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import google_crc32c

from stele.adapters.dispatch.messages import PublishTask
from stele.domain.document import Page
from stele.service.names import object_blob
from stele.service.pages import unpacked
from stele.service.ports import (
    Blobs,
    Remotes,
)
from stele.service.publishing import Outbox
from stele.service.records import (
    Bucket,
    ObjectInfo,
    Published,
    UnitBlob,
)

if TYPE_CHECKING:
    from stele.adapters.dispatch.work import Tools


def publish(tools: Tools, task: PublishTask, page_done: Callable[[], None]) -> Published:
    """Run the publisher of the job's dialect. What it put before it failed is deleted."""
    out = _BucketOutbox(tools.blobs, tools.remotes, task.bucket)

    def pages(item: int) -> Iterator[Page]:
        return pages_of(tools.blobs, [part for part in task.parts if part.item == item], page_done)

    try:
        tools.publisher_of(task.job.dialect)(task.job, task.step, pages, out)
    except BaseException:
        for info in out.objects:
            tools.blobs.delete(info.blob)
        raise
    return Published(objects=tuple(out.objects))


def pages_of(blobs: Blobs, parts: Sequence[UnitBlob], page_done: Callable[[], None]) -> Iterator[Page]:
    """The pages of these parts, one part in memory at a time."""
    for part in parts:
        for page in unpacked(blobs.read(part.blob)):
            yield page
            page_done()


class _BucketOutbox(Outbox):
    """Objects for an embedded bucket are kept as blobs and listed in `objects`; others are uploaded at once."""

    def __init__(self, blobs: Blobs, remotes: Remotes, bucket: Bucket) -> None:
        self._blobs = blobs
        self._remotes = remotes
        self._bucket = bucket
        self.objects: list[ObjectInfo] = []

    def put(self, key: str, content_type: str, data: bytes) -> None:
        writer = self._blobs.writer()
        blob = object_blob(self._bucket)
        try:
            writer.write(data)
            writer.keep(blob)
        except BaseException:
            writer.discard()
            raise
        if self._bucket.url is not None:
            try:
                self._remotes.upload(self._bucket, key, self._blobs.path(blob), content_type)
            finally:
                self._blobs.delete(blob)
            return
        self.objects.append(
            ObjectInfo(
                bucket=self._bucket.name,
                key=key,
                size=len(data),
                content_type=content_type,
                crc32c=google_crc32c.value(data),
                etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
                generation=time.time_ns() // 1000,
                blob=blob,
            )
        )
