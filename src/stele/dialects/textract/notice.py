"""What is told to a topic when a job has ended."""

from __future__ import annotations

import msgspec

from stele.dialects.textract.calls import job_id, remembered
from stele.dialects.textract.results import status_of
from stele.domain.job import Job


def message(job: Job) -> str:
    """The message, whose members are in Amazon's order; a tag that was not given is left out."""
    kept = remembered(job)
    tag = {} if job.options.tag is None else {"JobTag": job.options.tag}
    ended = job.finished_at or job.created_at
    body = {
        "JobId": job_id(job.id),
        "Status": status_of(job, kept),
        "API": kept.operation,
        **tag,
        "Timestamp": int(ended * 1000),
        "DocumentLocation": {"S3ObjectName": kept.name, "S3Bucket": kept.bucket},
    }
    return msgspec.json.encode(body).decode()
