"""`BatchAnnotateImages` and `AsyncBatchAnnotateImages`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from stele.dialects.awaiting import CALL_PRIORITY, CALL_RETENTION
from stele.dialects.context import DialectContext
from stele.dialects.google.asking import (
    IMAGE_AND_FEATURES,
    asked_of,
    image_input,
    languages_of,
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
from stele.dialects.google.errors import invalid
from stele.dialects.google.geometry import Json
from stele.dialects.google.messages import (
    VISION,
    AnnotateImageRequest,
    AsyncBatchAnnotateImagesRequest,
    BatchAnnotateImagesRequest,
    BatchKind,
    Remembered,
    Wants,
    distinct,
)
from stele.dialects.google.names import new_operation_job
from stele.dialects.google.operations import operation
from stele.dialects.google.rendering import Missing, image_answer, missing
from stele.domain.document import Page
from stele.domain.errors import LimitError, RequestError
from stele.domain.job import Item, Job, JobOptions
from stele.service import query
from stele.service.core import Core, Principal
from stele.service.names import new_job_id
from stele.service.records import Submitted
from stele.service.submit import Address, FailedInput, ObjectRef, Submission, Tailored, submit
from stele.service.uploads import Upload, receive_whole, received

MAX_IMAGES: Final = 16
MAX_IMAGES_ASYNC: Final = 2_000

_FIRST_PAGE = (1,)  #: of an animated GIF or a TIFF only the first picture counts


async def batch_annotate_images(context: DialectContext, principal: Principal, request: Mapping[str, object]) -> Reply:
    """Read up to 16 images and answer them in their order; what is wrong with one is in its place."""
    batch = await asyncio.to_thread(
        decoded, f"{VISION}.BatchAnnotateImagesRequest", request, BatchAnnotateImagesRequest
    )
    if len(batch.requests) > MAX_IMAGES:
        raise invalid("Too many images per request")
    wants = _wants(batch.requests)

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
        for item, wanted in zip(job.items, wants, strict=True):
            page = _page(context.core, principal, job, item)
            responses.append(image_answer(item, page, wanted))
            absent += [] if page is None else missing(page, wanted)
        return Reply({"responses": responses}, unanswered(context, absent))

    return await answered(context, principal, begin, answer)


async def async_batch_annotate_images(
    context: DialectContext, principal: Principal, request: Mapping[str, object], *, version: str
) -> Reply:
    """Read up to 2,000 images and write the answers to a bucket."""
    return await asyncio.to_thread(_async_batch, context, principal, request, version)


def _async_batch(context: DialectContext, principal: Principal, request: Mapping[str, object], version: str) -> Reply:
    batch = decoded(f"{VISION}.AsyncBatchAnnotateImagesRequest", request, AsyncBatchAnnotateImagesRequest)
    if len(batch.requests) > MAX_IMAGES_ASYNC:
        raise too_many("images", len(batch.requests), MAX_IMAGES_ASYNC)
    parent, project = parent_of(batch.parent, principal.project)
    output = output_of(batch.output_config)
    for one in batch.requests:
        if one.image.content or isinstance(image_input(one.image)[1], Address):
            raise invalid("Only images in Cloud Storage are supported here. Specify image.source.gcs_image_uri.")
    wants = _wants(batch.requests)
    different, of = distinct(wants)
    remembered = Remembered(
        kind=BatchKind.IMAGES,
        parent=parent,
        wants=different,
        of=of,
        outputs=(batch.output_config,),
        version=version,
    )
    job = new_operation_job()
    submission = Submission(
        job=job,
        dialect=OPERATION,
        inputs=_inputs(context.core, job, batch.requests, wants),
        options=JobOptions(tag=project, output=output, dialect_request=msgspec.json.encode(remembered).decode()),
        tolerated=TOLERATED,
    )
    return Reply(operation(submit(context.core, principal, submission).job))


def _page(core: Core, principal: Principal, job: Job, item: Item) -> Page | None:
    if not item.pages_done:
        return None
    return next(query.pages(core, principal, job.id, item.index), None)


def _wants(requests: Sequence[AnnotateImageRequest]) -> list[Wants]:
    """Raises GoogleError for what the whole call is refused for."""
    if not requests:
        raise invalid(IMAGE_AND_FEATURES)
    for one in requests:
        if not one.image.content:
            image_input(one.image)
    return [wants_of(one.features, one.image_context) for one in requests]


def _inputs(core: Core, job: str, requests: Sequence[AnnotateImageRequest], wants: list[Wants]) -> tuple[Tailored, ...]:
    """The inputs, contents received already."""
    each = enumerate(zip(requests, wants, strict=True))
    return received(core, job, (_input(core, job, index, one, wanted) for index, (one, wanted) in each))


def _input(core: Core, job: str, index: int, one: AnnotateImageRequest, wants: Wants) -> Tailored:
    """The image's content counts more than its address."""
    name = f"image-{index + 1}"
    found: Upload | Address | ObjectRef | FailedInput
    try:
        if one.image.content:
            found = receive_whole(core, job, index, name, one.image.content)
        else:
            name, found = image_input(one.image)
        asked = asked_of(wants, languages_of(one.image_context.language_hints))
    except (LimitError, RequestError) as error:
        return Tailored(input=FailedInput(failure=error.failure()), name=name)
    return Tailored(input=found, name=name, asked=asked, selection=_FIRST_PAGE)
