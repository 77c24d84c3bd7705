"""StartDocumentTextDetection and StartDocumentAnalysis: a job, or the one that the same request made before."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from typing import Final

import msgspec

from stele.dialects.textract.calls import DIALECT, Call, Remembered, Textract, job_id, new_job
from stele.dialects.textract.errors import TextractError, told
from stele.dialects.textract.model import Json
from stele.dialects.textract.requests import (
    ASYNC_FORMATS,
    MAX_PAGES,
    MAX_QUERIES_ASYNC,
    features_of,
    location_of,
    object_of,
    output_of,
    queries_of,
    topic_of,
)
from stele.domain.errors import AccessError, BucketUnreachable, MissingError, SteleError
from stele.domain.job import Asked, JobOptions, Output
from stele.service import buckets
from stele.service.core import Core, Principal
from stele.service.records import Retention, RetentionStart, Submitted
from stele.service.submit import Submission, Tailored, repeated, submit

_WEEK: Final = 7 * 86_400
_RETENTION: Final = Retention(seconds=_WEEK, counted_from=RetentionStart.ACCEPTED)
_ACCESS_CHECK: Final = ".s3_access_check"


async def start(textract: Textract, call: Call) -> Json:
    """The JobId, when the job is durable."""
    return await asyncio.to_thread(_start, textract, call)


def _start(textract: Textract, call: Call) -> Json:
    core = textract.context.core
    submission, output = _submission(textract, call)
    submitted = repeated(core, call.principal, submission) or _submitted(core, call.principal, submission, output)
    return {"JobId": job_id(submitted.job.id)}


def _submission(textract: Textract, call: Call) -> tuple[Submission, Output | None]:
    given = call.input
    job = new_job()
    document = object_of(location_of(given))
    features = features_of(given)
    queries = queries_of(given, MAX_QUERIES_ASYNC)
    output = output_of(given, job_id(job))
    remembered = Remembered(
        operation=call.operation,
        region=call.region,
        bucket=document.bucket,
        name=document.key,
        token_key=secrets.token_hex(16),
        partial_success=textract.rules.partial_success,
    )
    token = given.get("ClientRequestToken")
    submission = Submission(
        job=job,
        dialect=DIALECT,
        inputs=(
            Tailored(
                input=document,
                asked=Asked(features=features, queries=queries),
                max_pages=MAX_PAGES,
                output=output,
                accepted=ASYNC_FORMATS,
            ),
        ),
        options=JobOptions(
            features=features,
            queries=queries,
            tag=given.get("JobTag"),
            topic=topic_of(call, textract.rules),
            dialect_request=msgspec.json.encode(remembered).decode(),
        ),
        retention=_RETENTION,
        idempotency_key=None if token is None else f"{DIALECT}/{call.region}/{call.operation}/{token}",
        idempotency_seconds=_WEEK,
        fingerprint=_fingerprint(given),
    )
    return submission, output


def _fingerprint(given: Json) -> str:
    """All members count but the token."""
    rest = {name: value for name, value in given.items() if name != "ClientRequestToken"}
    return hashlib.sha256(msgspec.json.encode(rest, order="sorted")).hexdigest()


def _submitted(core: Core, principal: Principal, submission: Submission, output: Output | None) -> Submitted:
    if output is None:
        return submit(core, principal, submission)
    key = output.prefix + _ACCESS_CHECK
    try:
        buckets.put_for_job(core, principal, output.bucket, key)
    except (AccessError, MissingError, BucketUnreachable) as error:
        name = told(error).name
        raise TextractError(name, f"Unable to write to the bucket of OutputConfig. {error.message}") from error
    accepted: Submitted | None = None
    try:
        accepted = submit(core, principal, submission)
        return accepted
    finally:
        if accepted is None or accepted.repeated:
            _take_back(core, principal, output.bucket, key)


def _take_back(core: Core, principal: Principal, bucket: str, key: str) -> None:
    try:
        buckets.delete_for_job(core, principal, bucket, key)
    except SteleError:  # a bucket that keeps its objects keeps this one too
        return
