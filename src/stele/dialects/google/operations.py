"""`google.longrunning.Operations`: operations are jobs."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from stele.dialects.context import DialectContext
from stele.dialects.google.asking import TEXT
from stele.dialects.google.calls import OPERATION, Reply, unanswered
from stele.dialects.google.decoding import decoded
from stele.dialects.google.errors import CanonicalCode, GoogleError, Status, invalid, opening_error, writing_error
from stele.dialects.google.filters import Condition, condition
from stele.dialects.google.geometry import Json
from stele.dialects.google.messages import (
    CLOUD_VISION,
    LONG_RUNNING,
    BatchKind,
    ListOperationsRequest,
    NamedRequest,
    OutputConfig,
    Remembered,
    WaitOperationRequest,
)
from stele.dialects.google.names import is_operation, job_of_operation, no_operation, operation_id
from stele.dialects.google.rendering import Missing, missing
from stele.domain.errors import Failure, JobNotFound
from stele.domain.job import Job, JobState
from stele.domain.value import changed
from stele.service import control, query
from stele.service.core import Core, Principal
from stele.service.records import JobFilter

_TYPES: Final = f"type.googleapis.com/{CLOUD_VISION}"
_DELETED: Final = "\x00deleted"  #: the tag of operations that are under way but forgotten
_PAGE, _MAX_PAGE = 100, 1000
_BATCH = 200
_MAX_WAIT_SECONDS = 60.0  #: `WaitOperation` may return early

_STATES: Final = {
    JobState.ACCEPTED: "CREATED",
    JobState.PREPARING: "CREATED",
    JobState.WAITING: "CREATED",
    JobState.RUNNING: "RUNNING",
    JobState.PUBLISHING: "RUNNING",
    JobState.SUCCEEDED: "DONE",
    JobState.PARTIALLY_SUCCEEDED: "DONE",
    JobState.FAILED: "DONE",
    JobState.CANCELLED: "CANCELLED",
}
#: with these states an item may have failed
_AILING: Final = frozenset({JobState.PARTIALLY_SUCCEEDED, JobState.FAILED})
_CANCELLED = Status(code=CanonicalCode.CANCELLED, message="The operation was cancelled.")

_remembered = msgspec.json.Decoder(Remembered)
_LISTED = re.compile(r"(projects/(?P<project>[^/]+)/?)?(locations/(?P<location>[^/]+)/?)?(operations)?|(?P<bare>[^/]+)")


async def get_operation(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """The operation as it is now."""
    asked = decoded(f"{LONG_RUNNING}.GetOperationRequest", request, NamedRequest)

    def work() -> Reply:
        return _told(context, principal, _job(context.core, principal, asked.name))

    return await asyncio.to_thread(work)


async def list_operations(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """A page of the caller's operations, newest first."""
    return await asyncio.to_thread(_list, context.core, principal, request)


async def cancel_operation(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """Stop an operation; one that is done stays as it is."""
    asked = decoded(f"{LONG_RUNNING}.CancelOperationRequest", request, NamedRequest)

    def work() -> None:
        control.cancel(context.core, principal, _job(context.core, principal, asked.name).id)

    await asyncio.to_thread(work)
    return Reply({})


async def delete_operation(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """Forget an operation. One that is under way goes on all the same and writes its results."""
    asked = decoded(f"{LONG_RUNNING}.DeleteOperationRequest", request, NamedRequest)

    def work() -> None:
        job = _job(context.core, principal, asked.name)
        if job.state.ended:
            control.forget(context.core, principal, job.id)
        else:
            context.core.store.tag(principal.project, job.id, _DELETED)

    await asyncio.to_thread(work)
    return Reply({})


async def wait_operation(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """The operation when it is done, or as it is after a while."""
    asked = decoded(f"{LONG_RUNNING}.WaitOperationRequest", request, WaitOperationRequest)
    seconds = float(asked.timeout[:-1]) if asked.timeout else _MAX_WAIT_SECONDS
    job = await asyncio.to_thread(_job, context.core, principal, asked.name)
    bounded = min(max(seconds, 0.0), _MAX_WAIT_SECONDS)
    waited = await query.wait(context.core, context.watch, principal, job.id, bounded)
    return await asyncio.to_thread(_told, context, principal, waited)


def operation(job: Job) -> Json:
    """A job as an operation. Where `_ails` an item, the job has its items; else it may be an outline."""
    request = _request(job)
    made: Json = {
        "name": f"{request.parent}/operations/{operation_id(job.id)}",
        "metadata": {
            "@type": f"{_TYPES}.{request.version}.OperationMetadata",
            "state": _STATES[job.state],
            "createTime": timestamp(job.created_at),
            "updateTime": timestamp(job.finished_at or job.started_at or job.created_at),
        },
    }
    if not job.state.ended:
        return made
    error = _error(job, request)
    if error is not None:
        return {**made, "done": True, "error": error.to_json()}
    return {**made, "done": True, "response": _response(request)}


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _error(job: Job, request: Remembered) -> Status | None:
    """Why the operation as a whole failed. What is wrong with single images or pages is in what was written."""
    if job.state is JobState.CANCELLED:
        return _CANCELLED
    if request.kind is BatchKind.FILES:
        for item in job.items:
            if item.error is not None:
                return opening_error(item.error, item.name)
    if job.publish_error is not None:
        return writing_error(job.publish_error, _meant(job.publish_error, request))
    return None


def _meant(failure: Failure, request: Remembered) -> str:
    """Which output could not be written: the one whose bucket the failure names, where there are several."""
    uris = [config.gcs_destination.uri for config in request.outputs]
    return next((uri for uri in uris if f" {uri.split('/')[2]}" in failure.message), uris[0])


def _response(request: Remembered) -> Json:
    if request.kind is BatchKind.IMAGES:
        echoed = _echoed(request.outputs[0])
        return {"@type": f"{_TYPES}.{request.version}.AsyncBatchAnnotateImagesResponse", "outputConfig": echoed}
    responses = [{"outputConfig": _echoed(config)} for config in request.outputs]
    return {"@type": f"{_TYPES}.{request.version}.AsyncBatchAnnotateFilesResponse", "responses": responses}


def _echoed(config: OutputConfig) -> Json:
    made: Json = {"gcsDestination": {"uri": config.gcs_destination.uri}}
    return {**made, "batchSize": config.batch_size} if config.batch_size else made


def _job(core: Core, principal: Principal, name: str) -> Job:
    """The job of an operation of the caller's, in outline: it is asked for every second, and may have 2,000 images.
    Raises GoogleError NOT_FOUND."""
    try:
        job = query.get_outline(core, principal, job_of_operation(name))
    except JobNotFound as error:
        raise no_operation(name) from error
    if job.dialect != OPERATION or job.options.tag == _DELETED:
        raise no_operation(name)
    return job


def _detailed(core: Core, principal: Principal, outline: Job) -> Job:
    """With the items, if what is wrong with one of them is wrong with the operation."""
    return query.get_job(core, principal, outline.id) if _ails(outline) else outline


def _ails(job: Job) -> bool:
    return job.state in _AILING and _request(job).kind is BatchKind.FILES


def _told(context: DialectContext, principal: Principal, job: Job) -> Reply:
    """An operation that was asked for, with warnings of what is not in its results when it is done."""
    made = operation(_detailed(context.core, principal, job))
    return Reply(made, unanswered(context, _absent(context.core, principal, job)) if "response" in made else ())


def _absent(core: Core, principal: Principal, job: Job) -> list[Missing]:
    """The features that were left out, as the first picture of each kind of request tells."""
    request = _request(job)
    asking = {number for number, wants in enumerate(request.wants) if not TEXT.issuperset(wants.features)}
    if not asking:
        return []
    found: list[Missing] = []
    for item in query.get_job(core, principal, job.id).items:
        if request.of[item.index] in asking and item.pages_done:
            asking.remove(request.of[item.index])
            pages = query.pages(core, principal, job.id, item.index)
            found += missing(next(pages), request.wants_of(item.index))
    return found


def _request(job: Job) -> Remembered:
    assert job.options.dialect_request is not None
    return _remembered.decode(job.options.dialect_request)


def _list(core: Core, principal: Principal, request: Mapping[str, object]) -> Reply:
    asked = decoded(f"{LONG_RUNNING}.ListOperationsRequest", request, ListOperationsRequest)
    if asked.return_partial_success:
        raise GoogleError(CanonicalCode.UNIMPLEMENTED, "return_partial_success is not supported.")
    if asked.page_size < 0:
        raise invalid("page_size must not be negative.")
    size = min(asked.page_size or _PAGE, _MAX_PAGE)
    found: list[Job] = []
    for job in _matching(core, principal, asked):
        found.append(job)
        if len(found) > size:
            break
    shown = [operation(_detailed(core, principal, job)) for job in found[:size]]
    answer: Json = {"operations": shown} if shown else {}
    if len(found) > size:
        answer["nextPageToken"] = base64.urlsafe_b64encode(found[size - 1].id.encode()).decode()
    return Reply(answer)


def _matching(core: Core, principal: Principal, asked: ListOperationsRequest) -> Iterator[Job]:
    """All that are wanted, newest first, read as they are taken."""
    place = _LISTED.fullmatch(asked.name.strip("/"))
    if place is None:
        raise invalid(f"Invalid name: {asked.name}")
    wanted: Condition = condition(asked.filter)
    location = place["location"]
    selected = JobFilter(
        project=principal.project,
        dialect=OPERATION,
        tag=place["project"] or place["bare"],
        states=wanted.states,
        before=_position(asked.page_token),
        limit=_BATCH,
    )
    while jobs := query.list_outlines(core, principal, selected):
        for job in jobs:
            here = location is None or _request(job).parent.endswith(f"/locations/{location}")
            if here and job.options.tag != _DELETED and wanted.holds(job):
                yield job
        selected = changed(selected, before=jobs[-1].id)


def _position(token: str) -> str | None:
    """The job that the page before ended with. Raises GoogleError."""
    if not token:
        return None
    try:
        job = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error) as error:
        raise invalid("Invalid page_token.") from error
    if len(job) != 36 or not is_operation(job):
        raise invalid("Invalid page_token.")
    return job
