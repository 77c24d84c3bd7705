"""What a webhook of the native dialect says when a job has ended."""

from __future__ import annotations

from stele.domain.job import Job


def notice(job: Job) -> tuple[str, dict[str, object]]:
    """The event's type and data: enough to decide whether to fetch the result, nothing that is secret."""
    return f"job.{job.state}", {
        "job": job.id,
        "state": job.state,
        "tag": job.options.tag,
        "pages_total": job.pages_total,
        "pages_done": job.pages_done,
        "pages_failed": job.pages_failed,
        "error": None if job.error is None else {"code": job.error.code, "message": job.error.message},
    }
