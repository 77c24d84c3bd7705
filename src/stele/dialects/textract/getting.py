"""GetDocumentTextDetection and GetDocumentAnalysis."""

from __future__ import annotations

import asyncio
from typing import Final

from stele.dialects.textract.calls import ANALYSIS, DETECTION, DIALECT, Call, Textract, job_of, remembered
from stele.dialects.textract.errors import TextractError
from stele.dialects.textract.model import Json
from stele.dialects.textract.results import (
    FAILED,
    IN_PROGRESS,
    model_version,
    pages_of,
    sheaves,
    status_of,
    warnings,
)
from stele.dialects.textract.tokens import START, position_of, token_of
from stele.domain.errors import JobNotFound
from stele.domain.job import Job
from stele.service import query
from stele.service.core import Core, Principal

MOST: Final = 1000
_STARTED_BY: Final = {"GetDocumentTextDetection": DETECTION, "GetDocumentAnalysis": ANALYSIS}


async def get(textract: Textract, call: Call) -> Json:
    """The status of a job, and, when it has ended well, a page of its results."""
    textract.gets.take(f"{call.principal.project}/{call.operation}")
    return await asyncio.to_thread(_get, textract.context.core, call)


def _get(core: Core, call: Call) -> Json:
    job = _job(core, call)
    kept = remembered(job)
    status = status_of(job, kept)
    if not job.state.ended:
        return {"JobStatus": IN_PROGRESS, **model_version(kept)}
    if status == FAILED:
        return {"JobStatus": FAILED, "StatusMessage": _reason(job), **model_version(kept)}
    token = call.input.get("NextToken")
    start = START if token is None else position_of(token, kept.token_key)
    most = min(call.input.get("MaxResults", MOST), MOST)
    pages = query.pages(core, call.principal, job.id, 0, first=start.page)
    blocks, following = next(sheaves(job, pages, start, most))
    answer: Json = {"DocumentMetadata": {"Pages": pages_of(job)}, "JobStatus": status}
    if following is not None:
        answer["NextToken"] = token_of(following, kept.token_key)
    answer["Blocks"] = blocks
    told = _warnings(core, call.principal, job)
    return {**answer, **({"Warnings": told} if told else {}), **model_version(kept)}


def _job(core: Core, call: Call) -> Job:
    """Raises TextractError for a job that is not there, not the caller's, or of the other operation."""
    own = job_of(call.input["JobId"])
    try:
        found = query.get_job(core, call.principal, own or "")
    except JobNotFound as error:
        raise TextractError("InvalidJobIdException") from error
    if found.dialect != DIALECT or remembered(found).operation != _STARTED_BY[call.operation]:
        raise TextractError("InvalidJobIdException")
    return found


def _reason(job: Job) -> str:
    return "The job was cancelled." if job.error is None else job.error.message


def _warnings(core: Core, principal: Principal, job: Job) -> list[Json]:
    failed = query.failed_pages(core, principal, job.id, 0) if job.pages_failed else ()
    return warnings(job, failed)
