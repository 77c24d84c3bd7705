"""Buckets and the objects in them. Names are unique over the whole server: gs://NAME and s3://NAME mean one place."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from stele.domain.errors import BucketNotFound, ObjectNotFound, RequestError
from stele.domain.value import Value
from stele.service.core import Core, Principal
from stele.service.names import BUCKET_FOLDER, object_blob
from stele.service.ports import Bucket, ObjectInfo
from stele.service.uploads import Receiver, Upload

# What both S3 and Cloud Storage allow.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_SCHEMES = ("s3://", "gs://", "file:///")
_CHUNK = 1024 * 1024
_MAX_KEY = 1024  #: bytes, as S3 and Cloud Storage have it


class ObjectEntry(Value):
    """An object as it is listed. The last three are only known of some objects in buckets that lie elsewhere."""

    key: str
    size: int
    etag: str | None = None
    content_type: str | None = None
    created_at: float | None = None


def create_bucket(
    core: Core,
    principal: Principal,
    name: str,
    *,
    url: str | None = None,
    endpoint: str | None = None,
    profile: str | None = None,
) -> Bucket:
    """Register a bucket for the project, embedded without `url`. Raises RequestError, BucketExists."""
    if not _NAME.fullmatch(name):
        raise RequestError(reason=f"{name} is not a bucket name: 3 to 63 of a-z, 0-9, hyphen, dot, underscore")
    if url is not None and not url.startswith(_SCHEMES):
        raise RequestError(reason=f"the bucket address must begin with one of {', '.join(_SCHEMES)}")
    bucket = Bucket(name=name, project=principal.project, url=url, endpoint=endpoint, profile=profile)
    core.store.create_bucket(bucket)
    return bucket


def usable_bucket(core: Core, principal: Principal, name: str) -> Bucket:
    """The bucket, if the project may use it; else it does not exist for the project. Raises BucketNotFound."""
    bucket = core.store.bucket(name)
    if bucket is None or bucket.project != principal.project:
        raise BucketNotFound(bucket=name)
    return bucket


def place_of(core: Core, principal: Principal, bucket: str, key: str) -> Bucket:
    """`usable_bucket`, if an object with that key can be in it. Raises BucketNotFound, RequestError."""
    place = usable_bucket(core, principal, bucket)
    if not 0 < len(key.encode()) <= _MAX_KEY:
        raise RequestError(reason=f"an object key has 1 to {_MAX_KEY} bytes")
    if place.url is not None and not _plain(key):
        raise RequestError(reason=f"the key {key} has a part between slashes that is empty, . or ..")
    return place


def list_buckets(core: Core, principal: Principal) -> Sequence[Bucket]:
    return core.store.buckets(principal.project)


def remove_bucket(core: Core, principal: Principal, name: str) -> None:
    """Unregister it; an embedded one is deleted with all its objects. Raises BucketNotFound."""
    bucket = usable_bucket(core, principal, name)
    core.store.remove_bucket(name)
    if bucket.url is None:
        core.blobs.delete_folder(BUCKET_FOLDER + name)


def receive_object(core: Core, principal: Principal, bucket: str, key: str) -> Receiver:
    """Receive an object's bytes; then `put_object`. Raises BucketNotFound, RequestError."""
    place_of(core, principal, bucket, key)
    return Receiver(core, object_blob(bucket), key, core.rules.limits.max_bytes)


def put_object(
    core: Core, principal: Principal, bucket: str, key: str, *, upload: Upload, content_type: str
) -> ObjectInfo:
    """Make received bytes an object, replacing the one under that key. Raises BucketNotFound, BucketUnreachable; then
    the bytes are deleted."""
    try:
        place = usable_bucket(core, principal, bucket)
        etag = upload.digest[:32]
        if place.url is not None:
            etag = core.remotes.upload(place, key, core.blobs.path(upload.blob), content_type)
        info = ObjectInfo(
            bucket=bucket,
            key=key,
            size=upload.size,
            content_type=content_type,
            crc32c=upload.crc32c,
            etag=etag,
            generation=time.time_ns() // 1000,
            blob=upload.blob,
        )
        unused = upload.blob if place.url is not None else core.store.put_object(info)
    except BaseException:
        core.blobs.delete(upload.blob)
        raise
    if unused is not None:
        core.blobs.delete(unused)
    return info


def copy_object(core: Core, principal: Principal, bucket: str, key: str, out: BinaryIO) -> None:
    """Write an object's bytes to `out`. Raises BucketNotFound, RequestError, ObjectNotFound."""
    place = place_of(core, principal, bucket, key)
    if place.url is not None:
        core.remotes.download(place, key, out, sys.maxsize)
        return
    info = core.store.object(bucket, key)
    if info is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    with core.blobs.open(info.blob) as file:
        shutil.copyfileobj(file, out, _CHUNK)


@contextmanager
def opened_object(core: Core, principal: Principal, bucket: str, key: str) -> Iterator[tuple[ObjectEntry, BinaryIO]]:
    """An object and its bytes, as a file at its beginning. Raises BucketNotFound, RequestError, ObjectNotFound."""
    place = place_of(core, principal, bucket, key)
    if place.url is not None:
        with SpooledTemporaryFile(_CHUNK) as spooled:
            downloaded = cast(BinaryIO, spooled)
            remote = core.remotes.download(place, key, downloaded, sys.maxsize)
            downloaded.seek(0)
            yield ObjectEntry(key=key, size=remote.size, etag=remote.etag), downloaded
        return
    info = core.store.object(bucket, key)
    if info is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    with core.blobs.open(info.blob) as file:
        yield _entry(info), file


def list_objects(
    core: Core, principal: Principal, bucket: str, *, prefix: str = "", after: str = "", limit: int = 1000
) -> Sequence[ObjectEntry]:
    """Objects sorted by key, from behind `after`. Raises BucketNotFound."""
    place = usable_bucket(core, principal, bucket)
    if place.url is not None:
        if prefix and not _plain(prefix.rpartition("/")[0] or prefix):
            return []
        return [ObjectEntry(key=key, size=size) for key, size in core.remotes.list(place, prefix, after, limit)]
    return [_entry(info) for info in core.store.objects(bucket, prefix, after, limit)]


def delete_object(core: Core, principal: Principal, bucket: str, key: str) -> None:
    """Raises BucketNotFound, RequestError, ObjectNotFound."""
    place = place_of(core, principal, bucket, key)
    if place.url is not None:
        core.remotes.delete(place, key)
        return
    info = core.store.remove_object(bucket, key)
    if info is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    core.blobs.delete(info.blob)


def _plain(key: str) -> bool:
    """Whether `key` can lie in a bucket elsewhere: no part between slashes may be empty or lead somewhere else."""
    return not {"", ".", ".."}.intersection(key.split("/"))


def _entry(info: ObjectInfo) -> ObjectEntry:
    return ObjectEntry(
        key=info.key,
        size=info.size,
        etag=info.etag,
        content_type=info.content_type,
        created_at=info.created_at,
    )
