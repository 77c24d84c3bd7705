"""`BatchAnnotateFiles` and `AsyncBatchAnnotateFiles`: PDF, TIFF, and the frames of a GIF."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from stele.dialects.awaiting import CALL_PRIORITY, CALL_RETENTION
from stele.dialects.context import DialectContext
from stele.dialects.google.asking import (
    TEXT,
    asked_of,
    languages_of,
    object_source,
    output_of,
    parent_of,
    too_many,
    wants_of,
)
from stele.dialects.google.calls import (
    CALL,
    OPERATION,
    TOLERATED,
    Reply,
    answered,
    unanswered,
)
from stele.dialects.google.decoding import decoded
from stele.dialects.google.errors import CanonicalCode, GoogleError, Status, invalid, opening_error
from stele.dialects.google.geometry import Json
from stele.dialects.google.messages import (
    VISION,
    AnnotateFileRequest,
    AsyncAnnotateFileRequest,
    AsyncBatchAnnotateFilesRequest,
    BatchAnnotateFilesRequest,
    BatchKind,
    InputConfig,
    Remembered,
    Wants,
    distinct,
)
from stele.dialects.google.names import new_operation_job
from stele.dialects.google.operations import operation
from stele.dialects.google.rendering import Missing, file_response, missing
from stele.domain.document import Page
from stele.domain.errors import InputError, LimitError, RequestError, SteleError
from stele.domain.job import Item, Job, JobOptions
from stele.domain.media import MediaType
from stele.service import query
from stele.service.core import Core, Principal
from stele.service.names import new_job_id
from stele.service.records import Submitted
from stele.service.submit import FailedInput, ObjectRef, Submission, Tailored, object_ref, submit
from stele.service.uploads import Upload, receive_whole, received

MAX_FILES: Final = 5
MAX_PAGES: Final = 5
MAX_PAGES_ASYNC: Final = 2_000
MAX_FILES_ASYNC: Final = 2_000

_MIME_TYPES = frozenset({MediaType.PDF.value, MediaType.TIFF.value, MediaType.GIF.value})
_FIRST_PAGES = tuple(range(1, MAX_PAGES + 1))


async def batch_annotate_files(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """Read up to 5 pages of each of up to 5 files; what is wrong with one is in its place."""
    batch = await asyncio.to_thread(decoded, f"{VISION}.BatchAnnotateFilesRequest", request, BatchAnnotateFilesRequest)
    if len(batch.requests) > MAX_FILES:
        raise too_many("files", len(batch.requests), MAX_FILES)
    wants = [_checked(one) for one in _some(batch.requests)]

    def begin() -> Submitted:
        job = new_job_id()
        submission = Submission(
            job=job,
            dialect=CALL,
            inputs=_inputs(context.core, job, batch.requests, wants),
            options=JobOptions(priority=CALL_PRIORITY),
            retention=CALL_RETENTION,
            tolerated=TOLERATED,
        )
        return submit(context.core, principal, submission)

    def answer(job: Job) -> Reply:
        responses: list[Json] = []
        absent: list[Missing] = []
        for item, one, wanted in zip(job.items, batch.requests, wants, strict=True):
            pages = list(query.pages(context.core, principal, job.id, item.index)) if item.pages_done else []
            responses.append(_file_answer(item, one, wanted, pages))
            absent += (what for page in pages for what in missing(page, wanted))
        return Reply({"responses": responses}, unanswered(context, absent))

    return await answered(context, principal, begin, answer)


async def async_batch_annotate_files(
    context: DialectContext, principal: Principal, request: Mapping[str, object], *, version: str
) -> Reply:
    """Read files and write what was read of each to its own place in a bucket."""
    return await asyncio.to_thread(_async_batch, context, principal, request, version)


def _async_batch(context: DialectContext, principal: Principal, request: Mapping[str, object], version: str) -> Reply:
    batch = decoded(f"{VISION}.AsyncBatchAnnotateFilesRequest", request, AsyncBatchAnnotateFilesRequest)
    if len(batch.requests) > MAX_FILES_ASYNC:
        raise too_many("files", len(batch.requests), MAX_FILES_ASYNC)
    parent, project = parent_of(batch.parent, principal.project)
    wants = [_checked(one) for one in _some(batch.requests)]
    for wanted in wants:
        if not TEXT.issuperset(wanted.features):
            raise invalid("Only TEXT_DETECTION and DOCUMENT_TEXT_DETECTION are supported for asynchronous files.")
    different, of = distinct(wants)
    remembered = Remembered(
        kind=BatchKind.FILES,
        parent=parent,
        wants=different,
        of=of,
        outputs=tuple(one.output_config for one in batch.requests),
        mime_types=tuple(one.input_config.mime_type for one in batch.requests),
        version=version,
    )
    submission = Submission(
        job=new_operation_job(),
        dialect=OPERATION,
        inputs=tuple(_operation_input(one, wanted) for one, wanted in zip(batch.requests, wants, strict=True)),
        options=JobOptions(tag=project, dialect_request=msgspec.json.encode(remembered).decode()),
        tolerated=(InputError, LimitError),
    )
    try:
        return Reply(operation(submit(context.core, principal, submission).job))
    except SteleError as error:
        if error.input is None:
            raise
        status = opening_error(error.failure(), object_source(batch.requests[error.input].input_config.gcs_source))
        raise GoogleError(status.code, status.message) from error


def _operation_input(one: AsyncAnnotateFileRequest, wants: Wants) -> Tailored:
    """Raises GoogleError, UnknownLanguage."""
    config = one.input_config
    if config.content:
        raise invalid("input_config.content is not supported by asynchronous requests. Specify gcs_source instead.")
    uri = object_source(config.gcs_source)
    try:
        ref = object_ref(uri)
    except RequestError as error:
        raise invalid(f"Invalid GCS path specified: {uri}") from error
    return Tailored(
        input=ref,
        name=uri,
        asked=asked_of(wants, languages_of(one.image_context.language_hints)),
        max_pages=MAX_PAGES_ASYNC,
        output=output_of(one.output_config),
    )


def _some(
    requests: Sequence[AnnotateFileRequest | AsyncAnnotateFileRequest],
) -> Sequence[AnnotateFileRequest | AsyncAnnotateFileRequest]:
    if not requests:
        raise invalid("Request must specify input_config and features.")
    return requests


def _checked(one: AnnotateFileRequest | AsyncAnnotateFileRequest) -> Wants:
    """Raises GoogleError for what the whole call is refused for."""
    wants = wants_of(one.features, one.image_context)
    config = one.input_config
    if config.mime_type not in _MIME_TYPES:
        raise invalid(
            f'Unsupported input file format: input_config.mime_type is "{config.mime_type}" and must be one of '
            f"{', '.join(sorted(_MIME_TYPES))}."
        )
    if bool(config.content) == (config.gcs_source is not None):
        raise invalid("input_config must have exactly one of gcs_source and content.")
    if isinstance(one, AnnotateFileRequest) and len(one.pages) > MAX_PAGES:
        raise too_many("pages", len(one.pages), MAX_PAGES)
    return wants


def _inputs(core: Core, job: str, requests: Sequence[AnnotateFileRequest], wants: list[Wants]) -> tuple[Tailored, ...]:
    """The inputs, contents received already."""
    each = enumerate(zip(requests, wants, strict=True))
    return received(core, job, (_input(core, job, index, one, wanted) for index, (one, wanted) in each))


def _input(core: Core, job: str, index: int, one: AnnotateFileRequest, wants: Wants) -> Tailored:
    config = one.input_config
    name = f"file-{index + 1}"
    found: Upload | ObjectRef
    try:
        if config.content:
            found = receive_whole(core, job, index, name, config.content)
        else:
            name = object_source(config.gcs_source)
            found = object_ref(name)
        asked = asked_of(wants, languages_of(one.image_context.language_hints))
    except (LimitError, RequestError) as error:
        return Tailored(input=FailedInput(failure=error.failure()), name=name)
    return Tailored(input=found, name=name, asked=asked, selection=one.pages or _FIRST_PAGES)


def _file_answer(item: Item, one: AnnotateFileRequest, wants: Wants, pages: Sequence[Page]) -> Json:
    error = _file_error(item, one.pages)
    if error is not None:
        return {"inputConfig": input_config(one.input_config), "error": error.to_json()}
    assert item.document_pages is not None
    uri = one.input_config.gcs_source.uri if one.input_config.gcs_source else None
    by_number = {page.number: page for page in pages}
    wanted = [_counted(number, item.document_pages) for number in one.pages] or sorted(by_number)
    return {
        "inputConfig": input_config(one.input_config),
        "responses": [file_response(by_number[number], wants, uri) for number in wanted],
        "totalPages": item.document_pages,
    }


def _file_error(item: Item, pages: Sequence[int]) -> Status | None:
    if item.error is not None:
        return opening_error(item.error, item.name)
    if item.document_pages is None or not item.pages_done:
        return opening_error(SteleError().failure(), item.name)
    if any(not 1 <= _counted(number, item.document_pages) <= item.document_pages for number in pages):
        given = ", ".join(map(str, pages))
        message = f"Invalid pages: {given}. The file has {item.document_pages} pages."
        return Status(code=CanonicalCode.INVALID_ARGUMENT, message=message)
    return None


def _counted(number: int, pages: int) -> int:
    """A page's number, where negative ones count from the end."""
    return number if number >= 0 else pages + 1 + number


def input_config(config: InputConfig) -> Json:
    """As it is given back: without the content."""
    made: Json = {"mimeType": config.mime_type}
    return made if config.gcs_source is None else {"gcsSource": {"uri": config.gcs_source.uri}, **made}
