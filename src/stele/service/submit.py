"""Submitting a job: admit, then make it durable, then say so.

Admission never decodes: it looks at the first bytes, at sizes and at permissions, so that what can be refused at once
is refused at once, before there is a job.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from stele.domain.errors import EmptyInput, FileTooLarge, ObjectNotFound, RequestError, TooManyItems, UnknownFormat
from stele.domain.job import JobOptions, Source, SourceKind
from stele.domain.languages import normalise
from stele.domain.media import MediaType, sniff
from stele.domain.value import Value
from stele.service.buckets import input_place
from stele.service.core import Core, Principal
from stele.service.names import input_blob
from stele.service.ports import NewItem, NewJob, PublishStep, Retention, Submitted
from stele.service.uploads import Upload

_HEAD = 4096
_OBJECT_SCHEMES = frozenset({"gs", "s3"})


class Address(Value):
    """An input to be fetched by http or https, through the egress guard."""

    url: str


class ObjectRef(Value):
    """An input in a registered bucket."""

    bucket: str
    key: str


Input = Upload | Address | ObjectRef


def object_ref(uri: str) -> ObjectRef:
    """What `gs://BUCKET/KEY` and `s3://BUCKET/KEY` mean: one and the same object. Raises RequestError."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in _OBJECT_SCHEMES or not bucket or not key:
        raise RequestError(reason=f"{uri} is not the address of an object: gs://BUCKET/KEY or s3://BUCKET/KEY")
    return ObjectRef(bucket=bucket, key=key)


class Submission(Value):
    """A request for a job, as a dialect understood it. `job` is the id that its uploads were received under."""

    job: str
    dialect: str
    inputs: tuple[Input, ...]
    options: JobOptions
    retention: Retention | None = None
    idempotency_key: str | None = None


def submit(core: Core, principal: Principal, request: Submission) -> Submitted:
    """Accept a job. Raises InputError, LimitError, RequestError, AccessError, MissingError, ConflictError, QuotaError
    cases; then nothing of the request is left."""
    try:
        submitted = core.store.submit(_admit(core, principal, request))
    except BaseException:
        core.blobs.delete_folder(request.job)
        raise
    if submitted.repeated:
        core.blobs.delete_folder(request.job)
    else:
        core.wake.units_wait()
    return submitted


def _admit(core: Core, principal: Principal, request: Submission) -> NewJob:
    if not request.inputs:
        raise RequestError(reason="there is no input; give a file, an address or an object")
    if len(request.inputs) > core.rules.max_items:
        raise TooManyItems(items=len(request.inputs), limit=core.rules.max_items)
    for language in request.options.languages:
        normalise(language)
    if request.options.webhook is not None:
        core.egress.check(request.options.webhook.url)
    items = tuple(_item(core, principal, request.job, index, one) for index, one in enumerate(request.inputs))
    steps = (
        PublishStep(item=index, format=form)
        for index in range(len(items))
        for form in request.options.formats
        if form.needs_original
    )
    return NewJob(
        id=request.job,
        project=principal.project,
        dialect=request.dialect,
        options=request.options,
        items=items,
        publish=tuple(steps),
        retention=request.retention or _retention(core, request.options),
        idempotency_key=request.idempotency_key,
        fingerprint=_fingerprint(request),
        quota=core.rules.jobs_at_once,
    )


def _item(core: Core, principal: Principal, job: str, index: int, given: Input) -> NewItem:
    match given:
        case Upload():
            media_type = _known(given.head, given.size, given.name)
            source = Source(kind=SourceKind.UPLOAD, name=given.name, size=given.size, blob=given.blob)
            return _new_item(given.name, source, media_type)
        case Address():
            core.egress.check(given.url)
            name = PurePosixPath(urlsplit(given.url).path).name or "download"
            return NewItem(name=name, source=Source(kind=SourceKind.URL, name=name, address=given.url))
        case ObjectRef():
            return _object_item(core, principal, job, index, given)


def _object_item(core: Core, principal: Principal, job: str, index: int, given: ObjectRef) -> NewItem:
    """An embedded object is linked, so that overwriting or deleting it later changes nothing; a remote one is fetched
    while preparing, and must still have the etag that it has now."""
    bucket = input_place(core, principal, given.bucket, given.key)
    name = PurePosixPath(given.key).name
    limit = core.rules.limits.max_bytes
    if bucket.url is None:
        info = core.store.object(bucket.name, given.key)
        if info is None:
            raise ObjectNotFound(bucket=bucket.name, key=given.key)
        with core.blobs.open(info.blob) as file:
            media_type = _known(file.read(_HEAD), info.size, name, limit)
        blob = input_blob(job, index)
        core.blobs.link(info.blob, blob)
        source = Source(kind=SourceKind.UPLOAD, name=name, size=info.size, blob=blob, etag=info.etag)
        return _new_item(name, source, media_type)
    remote = core.remotes.head(bucket, given.key)
    if remote is None:
        raise ObjectNotFound(bucket=bucket.name, key=given.key)
    _known(core.remotes.head_bytes(bucket, given.key, _HEAD), remote.size, name, limit)
    source = Source(
        kind=SourceKind.OBJECT, name=name, size=remote.size, bucket=bucket.name, key=given.key, etag=remote.etag
    )
    return NewItem(name=name, source=source)


def _known(head: bytes, size: int, name: str, limit: int | None = None) -> MediaType:
    if size == 0:
        raise EmptyInput(name=name)
    if limit is not None and size > limit:
        raise FileTooLarge(name=name, size=size, limit=limit)
    media_type = sniff(head)
    if media_type is None:
        raise UnknownFormat(name=name)
    return media_type


def _new_item(name: str, source: Source, media_type: MediaType) -> NewItem:
    """Formats that always have one page need no preparing."""
    return NewItem(name=name, source=source, media_type=media_type, pages=1 if media_type.single_page else None)


def _retention(core: Core, options: JobOptions) -> Retention:
    seconds = options.retention_seconds or core.rules.retention_seconds
    if not 0 < seconds <= core.rules.max_retention_seconds:
        raise RequestError(reason=f"retention is at most {core.rules.max_retention_seconds} seconds")
    return Retention(seconds=seconds)


def _fingerprint(request: Submission) -> str:
    """What must be equal for two requests to be the same: options and inputs, these by content."""
    inputs = [(one.name, one.digest) if isinstance(one, Upload) else msgspec.to_builtins(one) for one in request.inputs]
    return hashlib.sha256(msgspec.json.encode((request.dialect, request.options, inputs))).hexdigest()
