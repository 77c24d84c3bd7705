"""Buckets and the objects in them. Names are unique over the whole server: gs://NAME and s3://NAME mean one place."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from stele.domain.errors import ChecksumMismatch, ObjectNotFound, PermissionDenied, PreconditionFailed, RequestError
from stele.domain.value import Value, changed
from stele.service.core import Core, Principal
from stele.service.names import bucket_folder, object_blob
from stele.service.records import (
    ALWAYS,
    Bucket,
    ObjectInfo,
    Precondition,
    RemoteObject,
)
from stele.service.roles import Verb, job_bucket, own_bucket
from stele.service.uploads import Receiver, Upload

# What both S3 and Cloud Storage allow.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_SCHEMES = ("s3://", "gs://", "file:///")
_CHUNK = 1024 * 1024
_MAX_KEY = 1024  #: bytes, as S3 and Cloud Storage have it


class ObjectEntry(Value):
    """An object as it is listed. `content_type`, `md5` (hexadecimal) and `crc32c` are not known of objects in buckets
    that lie elsewhere."""

    key: str
    size: int
    generation: int
    created_at: float
    etag: str | None = None
    content_type: str | None = None
    crc32c: int | None = None
    md5: str | None = None


class Digests(Value):
    """What the sender says that the bytes have, as far as it does."""

    crc32c: int | None = None
    md5: str | None = None

    def check(self, key: str, upload: Upload) -> None:
        """Raises ChecksumMismatch."""
        if self.crc32c not in {None, upload.crc32c}:
            raise ChecksumMismatch(key=key, digest="CRC32C")
        if self.md5 not in {None, upload.md5}:
            raise ChecksumMismatch(key=key, digest="MD5")


UNCHECKED = Digests()


class ObjectReceiver(Receiver):
    """Takes the bytes of an object, whose entity tag is their MD5, as S3 and Cloud Storage have it."""

    def __init__(self, core: Core, blob: str, name: str, limit: int) -> None:
        super().__init__(core, blob, name, limit)
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, data: bytes) -> None:
        super().write(data)
        self._md5.update(data)

    def finish(self) -> Upload:
        return changed(super().finish(), md5=self._md5.hexdigest())


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
    checked_name(name)
    if url is not None and not url.startswith(_SCHEMES):
        raise RequestError(reason=f"the bucket address must begin with one of {', '.join(_SCHEMES)}")
    bucket = Bucket(name=name, project=principal.project, url=url, endpoint=endpoint, profile=profile)
    core.store.create_bucket(bucket)
    return bucket


def checked_name(name: str) -> str:
    """The name, if a bucket can have it. Raises RequestError."""
    if not _NAME.fullmatch(name):
        raise RequestError(reason=f"{name} is not a bucket name: 3 to 63 of a-z, 0-9, hyphen, dot, underscore")
    return name


def usable_bucket(core: Core, principal: Principal, name: str) -> Bucket:
    """The bucket, if the project may use it; else it does not exist for the project. Raises BucketNotFound."""
    return own_bucket(core, principal, name)


def place_of(core: Core, principal: Principal, bucket: str, key: str) -> Bucket:
    """`usable_bucket`, if an object with that key can be in it. Raises BucketNotFound, RequestError."""
    return _with_key(usable_bucket(core, principal, bucket), key)


def input_place(core: Core, principal: Principal, bucket: str, key: str) -> Bucket:
    """The same for a job that is to read the object. Raises BucketNotFound, BucketForbidden, RequestError."""
    return _with_key(job_bucket(core, principal.project, bucket, Verb.READ), key)


def _with_key(place: Bucket, key: str) -> Bucket:
    if not 0 < len(key.encode()) <= _MAX_KEY:
        raise RequestError(reason=f"an object key has 1 to {_MAX_KEY} bytes")
    if place.url is not None and not _plain(key):
        raise RequestError(reason=f"the key {key} has a part between slashes that is empty, . or ..")
    return place


def list_buckets(core: Core, principal: Principal) -> Sequence[Bucket]:
    return core.store.buckets(principal.project)


def remove_bucket(core: Core, principal: Principal, name: str) -> None:
    """Unregister it; an embedded one is deleted with all its objects. Raises BucketNotFound, ObjectRetained."""
    bucket = usable_bucket(core, principal, name)
    core.store.remove_bucket(name)
    if bucket.url is None:
        core.blobs.delete_folder(bucket_folder(bucket))


def delete_bucket(core: Core, principal: Principal, name: str) -> None:
    """Delete an empty bucket, as callers may. Raises BucketNotFound, BucketNotEmpty, PermissionDenied."""
    bucket = usable_bucket(core, principal, name)
    if bucket.url is not None:
        raise PermissionDenied(action=f"delete the bucket {name}, which the operator registered")
    core.store.remove_empty_bucket(name)
    core.blobs.delete_folder(bucket_folder(bucket))


def receive_object(core: Core, principal: Principal, bucket: str, key: str) -> ObjectReceiver:
    """Receive an object's bytes; then `put_object`. Raises BucketNotFound, RequestError."""
    place = place_of(core, principal, bucket, key)
    return ObjectReceiver(core, object_blob(place), key, core.rules.limits.max_bytes)


def put_object(
    core: Core,
    principal: Principal,
    bucket: str,
    key: str,
    *,
    upload: Upload,
    content_type: str,
    precondition: Precondition = ALWAYS,
    digests: Digests = UNCHECKED,
) -> ObjectEntry:
    """Make received bytes an object, replacing the one under that key. Raises ChecksumMismatch, BucketNotFound,
    BucketUnreachable, ObjectRetained, PreconditionFailed; then the bytes are deleted.

    In a bucket elsewhere the precondition is only looked at before, so two callers at once may both find it true."""
    try:
        digests.check(key, upload)
        place = usable_bucket(core, principal, bucket)
        if place.url is not None:
            _check_elsewhere(core, place, key, precondition)
            entry, unused = _put_elsewhere(core, place, key, upload, content_type), upload.blob
        else:
            info = ObjectInfo(
                bucket=bucket,
                key=key,
                size=upload.size,
                content_type=content_type,
                crc32c=upload.crc32c,
                etag=upload.md5,
                generation=time.time_ns() // 1000,
                blob=upload.blob,
                created_at=core.store.now(),
            )
            replaced = core.store.put_object(info, precondition)
            entry, unused = _entry(info), replaced or ""
    except BaseException:
        core.blobs.delete(upload.blob)
        raise
    if unused:
        core.blobs.delete(unused)
    return entry


def _put_elsewhere(core: Core, place: Bucket, key: str, upload: Upload, content_type: str) -> ObjectEntry:
    core.remotes.upload(place, key, core.blobs.path(upload.blob), content_type)
    stored = core.remotes.head(place, key)
    if stored is None:
        raise ObjectNotFound(bucket=place.name, key=key)
    return changed(_remote_entry(key, stored), content_type=content_type, crc32c=upload.crc32c, md5=upload.md5)


def _check_elsewhere(core: Core, place: Bucket, key: str, precondition: Precondition) -> None:
    if precondition != ALWAYS:
        found = core.remotes.head(place, key)
        if not precondition.holds(0 if found is None else _remote_entry(key, found).generation):
            raise PreconditionFailed(bucket=place.name, key=key)


def look_at_object(core: Core, principal: Principal, bucket: str, key: str) -> ObjectEntry:
    """Raises BucketNotFound, RequestError, ObjectNotFound."""
    place = place_of(core, principal, bucket, key)
    if place.url is not None:
        remote = core.remotes.head(place, key)
        entry = None if remote is None else _remote_entry(key, remote)
    else:
        info = core.store.object(bucket, key)
        entry = None if info is None else _entry(info)
    if entry is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    return entry


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
            yield _remote_entry(key, remote), downloaded
        return
    info = core.store.object(bucket, key)
    if info is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    with core.blobs.open(info.blob) as file:
        yield _entry(info), file


def duplicate_object(
    core: Core,
    principal: Principal,
    source: tuple[str, str],
    target: tuple[str, str],
    *,
    content_type: str | None = None,
    source_is: Precondition = ALWAYS,
    precondition: Precondition = ALWAYS,
) -> ObjectEntry:
    """Copy an object to another bucket and key, or to its own with another type. Raises what `opened_object` and
    `put_object` raise."""
    with opened_object(core, principal, *source) as (entry, file):
        if not source_is.holds(entry.generation):
            raise PreconditionFailed(bucket=source[0], key=source[1])
        receiver = receive_object(core, principal, *target)
        try:
            while piece := file.read(_CHUNK):
                receiver.write(piece)
            upload = receiver.finish()
        except BaseException:
            receiver.discard()
            raise
    kind = content_type or entry.content_type or "application/octet-stream"
    return put_object(core, principal, *target, upload=upload, content_type=kind, precondition=precondition)


def list_objects(
    core: Core, principal: Principal, bucket: str, *, prefix: str = "", after: str = "", limit: int = 1000
) -> Sequence[ObjectEntry]:
    """Objects sorted by key, from behind `after`. Raises BucketNotFound."""
    place = usable_bucket(core, principal, bucket)
    if place.url is not None:
        if prefix and not _plain(prefix.rpartition("/")[0] or prefix):
            return []
        return [_remote_entry(key, found) for key, found in core.remotes.list(place, prefix, after, limit)]
    return [_entry(info) for info in core.store.objects(bucket, prefix, after, limit)]


def delete_object(core: Core, principal: Principal, bucket: str, key: str, precondition: Precondition = ALWAYS) -> None:
    """Raises BucketNotFound, RequestError, ObjectNotFound, ObjectRetained, PreconditionFailed."""
    place = place_of(core, principal, bucket, key)
    if place.url is not None:
        _check_elsewhere(core, place, key, precondition)
        core.remotes.delete(place, key)
        return
    info = core.store.remove_object(bucket, key, precondition)
    if info is None:
        raise ObjectNotFound(bucket=bucket, key=key)
    core.blobs.delete(info.blob)


def put_for_job(core: Core, principal: Principal, bucket: str, key: str) -> None:
    """Put an empty object where jobs of the project may write: then they can. Raises BucketNotFound, BucketForbidden,
    BucketUnreachable, RequestError, ObjectRetained."""
    owner = _owner_for_job(core, principal, bucket)
    upload = receive_object(core, owner, bucket, key).finish()
    put_object(core, owner, bucket, key, upload=upload, content_type="application/octet-stream")


def delete_for_job(core: Core, principal: Principal, bucket: str, key: str) -> None:
    """Delete what `put_for_job` put. Raises what that raises, and ObjectNotFound."""
    delete_object(core, _owner_for_job(core, principal, bucket), bucket, key)


def _owner_for_job(core: Core, principal: Principal, bucket: str) -> Principal:
    """As whom a job of the project writes: a bucket of another project may be open to it."""
    return Principal(project=job_bucket(core, principal.project, bucket, Verb.WRITE).project)


def _plain(key: str) -> bool:
    """Whether `key` can lie in a bucket elsewhere: no part between slashes may be empty or lead somewhere else."""
    return not {"", ".", ".."}.intersection(key.split("/"))


def _entry(info: ObjectInfo) -> ObjectEntry:
    return ObjectEntry(
        key=info.key,
        size=info.size,
        generation=info.generation,
        etag=info.etag,
        content_type=info.content_type,
        created_at=info.created_at,
        crc32c=info.crc32c,
        md5=info.etag,
    )


def _remote_entry(key: str, found: RemoteObject) -> ObjectEntry:
    """An object elsewhere; the time of its last change stands for its generation."""
    generation = int(found.modified_at * 1_000_000)
    return ObjectEntry(key=key, size=found.size, generation=generation, etag=found.etag, created_at=found.modified_at)
