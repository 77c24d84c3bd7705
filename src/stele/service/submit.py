"""Submitting a job: admit, then make it durable, then say so.

Admission never decodes: it looks at the first bytes, at sizes and at permissions, so that what can be refused at once
is refused at once, before there is a job.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from stele.domain.errors import (
    EmptyInput,
    Failure,
    FileTooLarge,
    ObjectNotFound,
    RequestError,
    SteleError,
    TooManyItems,
    UnknownFormat,
)
from stele.domain.job import Asked, Cleaning, JobOptions, Layout, Output, Source, SourceKind, Speech
from stele.domain.languages import normalise
from stele.domain.media import MediaType, sniff
from stele.domain.value import Value, changed
from stele.service.buckets import input_place
from stele.service.core import Core, Principal
from stele.service.names import input_blob
from stele.service.records import (
    NewItem,
    NewJob,
    PublishStep,
    Retention,
    Submitted,
)
from stele.service.uploads import Upload

_HEAD = 4096
_AT_ONCE = 16  #: inputs of one request that are looked at together
_OBJECT_SCHEMES = frozenset({"gs", "s3"})


class Address(Value):
    """An input to be fetched by http or https, through the egress guard."""

    url: str


class ObjectRef(Value):
    """An input in a registered bucket. With a `version` it must be the one that is there now: a generation, a version
    id of S3, or an entity tag."""

    bucket: str
    key: str
    version: str | None = None


class FailedInput(Value):
    """An input that cannot even be understood. It fails alone: its item has the error, and the others go on."""

    failure: Failure


class Tailored(Value):
    """An input, and what holds for it alone.

    `name` is what the caller calls it, where that is not the name of a file. `asked`, `selection`, `max_pages`,
    `max_bytes` and `made` are those of `Source`. What is read of it, the dialect publishes at `output`. `accepted` says
    which kinds of files are taken, and with how many bytes at most; None that all are that the server can read.
    """

    input: Upload | Address | ObjectRef | FailedInput
    name: str | None = None
    asked: Asked | None = None
    selection: tuple[int, ...] = ()
    max_pages: int | None = None
    max_bytes: int | None = None
    output: Output | None = None
    accepted: dict[MediaType, int] | None = None
    made: Cleaning | Layout | Speech | None = None


Input = Upload | Address | ObjectRef | FailedInput | Tailored


def object_ref(uri: str) -> ObjectRef:
    """What `gs://BUCKET/KEY` and `s3://BUCKET/KEY` mean: one and the same object. Raises RequestError."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in _OBJECT_SCHEMES or not bucket or not key:
        raise RequestError(reason=f"{uri} is not the address of an object: gs://BUCKET/KEY or s3://BUCKET/KEY")
    return ObjectRef(bucket=bucket, key=key)


class Submission(Value):
    """A request for a job, as a dialect understood it. `job` is the id that its uploads were received under.

    An error of admission refuses the request, unless it is of a `tolerated` family: then the input that it is about
    fails alone.

    Two requests with one `idempotency_key` must be the same: their `fingerprint`, or, where the dialect gives none,
    their options and inputs. The key is good for `idempotency_seconds`.
    """

    job: str
    dialect: str
    inputs: tuple[Input, ...]
    options: JobOptions
    retention: Retention | None = None
    idempotency_key: str | None = None
    idempotency_seconds: int = 86_400
    fingerprint: str | None = None
    tolerated: tuple[type[SteleError], ...] = ()


def submit(core: Core, principal: Principal, request: Submission) -> Submitted:
    """Accept a job. Raises InputError, LimitError, RequestError, AccessError, MissingError, ConflictError, QuotaError
    cases, with `input` where one input is the reason; then nothing of the request is left."""
    try:
        submitted = repeated(core, principal, request) or core.store.submit(_admit(core, principal, request))
    except BaseException:
        core.blobs.delete_folder(request.job)
        raise
    if submitted.repeated:
        core.blobs.delete_folder(request.job)
    else:
        core.wake.units_wait()
    return submitted


def repeated(core: Core, principal: Principal, request: Submission) -> Submitted | None:
    """The job that this very request made before, whatever has become of its inputs since. Raises
    IdempotencyMismatch."""
    if request.idempotency_key is None:
        return None
    found = core.store.repeated(principal.project, request.idempotency_key, _fingerprint(request))
    return None if found is None else Submitted(job=found, repeated=True)


def _admit(core: Core, principal: Principal, request: Submission) -> NewJob:
    if not request.inputs:
        raise RequestError(reason="there is no input; give a file, an address or an object")
    if len(request.inputs) > core.rules.max_items:
        raise TooManyItems(items=len(request.inputs), limit=core.rules.max_items)
    inputs = [one if isinstance(one, Tailored) else Tailored(input=one) for one in request.inputs]
    for language in (
        *request.options.languages,
        *chain.from_iterable(one.asked.languages for one in inputs if one.asked),
    ):
        normalise(language)
    if request.options.webhook is not None:
        core.egress.check(request.options.webhook.url)
    # Each may be a question or two to a bucket far away.
    with ThreadPoolExecutor(min(len(inputs), _AT_ONCE)) as pool:
        items = tuple(pool.map(lambda at: _item(core, principal, request, *at), enumerate(inputs)))
    return NewJob(
        id=request.job,
        project=principal.project,
        dialect=request.dialect,
        options=_completed(request.options),
        items=items,
        publish=tuple(_steps(request.options, inputs)),
        retention=request.retention or _retention(core, request.options),
        idempotency_key=request.idempotency_key,
        idempotency_seconds=request.idempotency_seconds,
        fingerprint=_fingerprint(request),
        quota=core.rules.jobs_at_once,
    )


def _completed(options: JobOptions) -> JobOptions:
    """With the features that the formats asked for make use of."""
    wanted = chain(options.features, chain.from_iterable(form.features for form in options.formats))
    return changed(options, features=tuple(dict.fromkeys(wanted)))


def _steps(options: JobOptions, inputs: Sequence[Tailored]) -> Iterator[PublishStep]:
    """What is to be written when all is read."""
    for index, one in enumerate(inputs):
        for form in options.formats:
            if form.needs_original:
                yield PublishStep(item=index, format=form)
        if one.output is not None:
            yield PublishStep(item=index, format=None, output=one.output)
    if options.output is not None:
        yield PublishStep(item=None, format=None, output=options.output)


def _item(core: Core, principal: Principal, request: Submission, index: int, given: Tailored) -> NewItem:
    try:
        item = _admitted(core, principal, request.job, index, given)
        _check_accepted(item, given)
    except SteleError as error:
        error.input = index
        if not isinstance(error, request.tolerated):
            raise
        item = _failed_item(index, error.failure())
    selection = given.selection if item.pages is None else ()  # of one page there is nothing to select
    source = changed(
        item.source,
        asked=given.asked,
        selection=selection,
        max_pages=given.max_pages,
        max_bytes=given.max_bytes,
        made=given.made,
    )
    pages = item.pages if given.made is None else None
    return changed(item, name=given.name or item.name, source=source, pages=pages)


def _check_accepted(item: NewItem, given: Tailored) -> None:
    if given.accepted is None or item.media_type is None:
        return
    limit = given.accepted.get(MediaType(item.media_type))
    if limit is None:
        raise UnknownFormat(name=item.name)
    size = item.source.size or 0
    if size > limit:
        raise FileTooLarge(name=item.name, size=size, limit=limit)


def _failed_item(index: int, failure: Failure) -> NewItem:
    name = f"input-{index + 1}"
    return NewItem(name=name, source=Source(kind=SourceKind.UPLOAD, name=name), error=failure)


def _admitted(core: Core, principal: Principal, job: str, index: int, tailored: Tailored) -> NewItem:
    match given := tailored.input:
        case FailedInput():
            return _failed_item(index, given.failure)
        case Upload():
            source = Source(kind=SourceKind.UPLOAD, name=given.name, size=given.size, blob=given.blob)
            if isinstance(tailored.made, Speech):
                return NewItem(name=given.name, source=source)
            return _new_item(given.name, source, _known(given.head, given.size, given.name))
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
        if info is None or given.version not in {None, str(info.generation), info.etag}:
            raise ObjectNotFound(bucket=bucket.name, key=given.key)
        blob = input_blob(job, index)
        try:
            core.blobs.link(info.blob, blob)
        except FileNotFoundError as error:  # deleted or replaced a moment ago
            raise ObjectNotFound(bucket=bucket.name, key=given.key) from error
        with core.blobs.open(blob) as file:
            media_type = _known(file.read(_HEAD), info.size, name, limit)
        source = Source(kind=SourceKind.UPLOAD, name=name, size=info.size, blob=blob, etag=info.etag)
        return _new_item(name, source, media_type)
    remote = core.remotes.head(bucket, given.key)
    if remote is None or given.version not in {None, remote.version, remote.etag}:
        raise ObjectNotFound(bucket=bucket.name, key=given.key)
    media_type = _known(core.remotes.head_bytes(bucket, given.key, _HEAD), remote.size, name, limit)
    source = Source(
        kind=SourceKind.OBJECT, name=name, size=remote.size, bucket=bucket.name, key=given.key, etag=remote.etag
    )
    return NewItem(name=name, source=source, media_type=media_type)


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
    """What must be equal for two requests to be the same: options and inputs, these by content, unless the dialect
    says it."""
    if request.fingerprint is not None:
        return request.fingerprint
    inputs = [_identity(one) for one in request.inputs]
    return hashlib.sha256(msgspec.json.encode((request.dialect, request.options, inputs))).hexdigest()


def _identity(one: Input) -> object:
    match one:
        case Upload():
            return one.name, one.digest
        case Tailored():
            rest = (one.name, one.asked, one.selection, one.max_pages, one.output, one.accepted, one.made)
            return _identity(one.input), *map(msgspec.to_builtins, rest)
        case _:
            return msgspec.to_builtins(one)
