"""DetectDocumentText and AnalyzeDocument: one page, read while the caller waits."""

from __future__ import annotations

import asyncio
from typing import Final

from stele.dialects.awaiting import CALL_PRIORITY, CALL_RETENTION, awaited
from stele.dialects.textract.blocks import call_blocks
from stele.dialects.textract.calls import CALL, MODEL_VERSION, Call, Textract, new_job
from stele.dialects.textract.errors import TextractError, invalid, told_failure
from stele.dialects.textract.model import Json
from stele.dialects.textract.requests import (
    MAX_BYTES,
    MAX_QUERIES,
    SYNC_FORMATS,
    features_of,
    object_of,
    queries_of,
)
from stele.domain.document import Page
from stele.domain.errors import Failure, SteleError
from stele.domain.job import Asked, Job, JobOptions
from stele.service import query
from stele.service.core import Core, Principal
from stele.service.records import Submitted
from stele.service.submit import ObjectRef, Submission, Tailored, submit
from stele.service.uploads import Upload, receive_whole

_MODEL_VERSIONS: Final = {
    "DetectDocumentText": "DetectDocumentTextModelVersion",
    "AnalyzeDocument": "AnalyzeDocumentModelVersion",
}


async def read(textract: Textract, call: Call) -> Json:
    """The blocks of a document of one page."""
    context = textract.context
    given = call.input
    document = given["Document"]
    if ("Bytes" in document) == ("S3Object" in document):
        raise invalid()
    asked = Asked(features=features_of(given), queries=queries_of(given, MAX_QUERIES))

    def begin() -> Submitted:
        return _begin(context.core, call.principal, document, asked)

    async with awaited(context, call.principal, begin) as job:
        if not job.state.ended:
            raise TextractError("ThrottlingException", "The document could not be read in time. Start a job instead.")
        page = await asyncio.to_thread(_page, context.core, call.principal, job)
        return {
            "DocumentMetadata": {"Pages": 1},
            "Blocks": await asyncio.to_thread(call_blocks, page, job.id, asked.features),
            _MODEL_VERSIONS[call.operation]: MODEL_VERSION,
        }


def _begin(core: Core, principal: Principal, document: Json, asked: Asked) -> Submitted:
    job = new_job()
    found: Upload | ObjectRef
    if "Bytes" in document:
        if len(document["Bytes"]) > MAX_BYTES:
            raise TextractError("DocumentTooLargeException", f"The document has more than {MAX_BYTES} bytes.")
        found = receive_whole(core, job, 0, "document", document["Bytes"])
    else:
        found = object_of(document["S3Object"])
    one = Tailored(input=found, asked=asked, max_pages=1, accepted=SYNC_FORMATS)
    submission = Submission(
        job=job,
        dialect=CALL,
        inputs=(one,),
        options=JobOptions(features=asked.features, queries=asked.queries, priority=CALL_PRIORITY),
        retention=CALL_RETENTION,
    )
    return submit(core, principal, submission)


def _page(core: Core, principal: Principal, job: Job) -> Page:
    """The page that was read. Raises TextractError saying why there is none."""
    item = job.items[0]
    if item.error is not None or not item.pages_done:
        raise told_failure(item.error or job.error or SteleError().failure())
    page = next(query.pages(core, principal, job.id, 0))
    if page.error is not None:
        raise told_failure(Failure(code=page.error.code, message=page.error.message))
    return page
