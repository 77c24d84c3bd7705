"""What the tests of the store's contract say to it: jobs to submit, and steps of their way."""

from __future__ import annotations

from collections.abc import Callable

from stele.domain.errors import Failure
from stele.domain.job import Format, JobOptions, JobState, Source, SourceKind
from stele.service.names import new_job_id
from stele.service.ports import Store
from stele.service.records import (
    Export,
    FailureRules,
    Lease,
    NewItem,
    NewJob,
    ObjectInfo,
    PreparedItem,
    Published,
    PublishStep,
    Range,
    ReadResult,
    Retention,
)

MakeStore = Callable[[], Store]
SOURCE = Source(kind=SourceKind.UPLOAD, name="a.pdf", blob="job/input-0")
DIED = Failure(code="engine.worker_died", message="it died", retryable=True)
BAD = Failure(code="input.corrupt", message="it is damaged")
OBJECT = ObjectInfo(
    bucket="b", key="a/1", size=1, content_type="x", crc32c=1, etag="e", generation=1, blob="bucket-b/1"
)
PDF = Published(export=Export(item=0, format=Format.PDF, blob="x", size=9))
RULES = FailureRules(attempts=2, attempts_single=3, backoff_seconds=0)


def new_job(
    pages: int | None = 1,
    *,
    items: int = 1,
    project: str = "p",
    options: JobOptions | None = None,
    publish: tuple[PublishStep, ...] = (),
    retention: Retention | None = None,
    key: str | None = None,
    fingerprint: str = "",
    quota: int = 1000,
) -> NewJob:
    item = NewItem(name="a.pdf", source=SOURCE, media_type="image/png" if pages else None, pages=pages)
    return NewJob(
        id=new_job_id(),
        project=project,
        dialect="native",
        options=options or JobOptions(),
        items=(item,) * items,
        publish=publish,
        retention=retention or Retention(seconds=86_400),
        idempotency_key=key,
        fingerprint=fingerprint,
        quota=quota,
    )


def claim(store: Store, seconds: float = 30) -> Lease:
    lease = store.claim("holder", seconds)
    assert lease is not None
    return lease


def read(store: Store, lease: Lease, failed: int = 0, text: int = 1) -> JobState | None:
    pages = max(1, lease.page_count)
    error = BAD if failed else None
    progress = store.complete_read(
        lease, ReadResult(blob=f"b-{lease.unit}", pages=pages, failed=failed, with_text=text, error=error)
    )
    return None if progress is None else progress.state


def prepare(store: Store, lease: Lease, pages: int, size: int) -> JobState | None:
    ranges = tuple(Range(first=first, count=min(size, pages - first + 1)) for first in range(1, pages + 1, size))
    progress = store.complete_prepare(
        lease,
        PreparedItem(source=SOURCE, media_type="application/pdf", pages=pages, document_pages=pages, ranges=ranges),
    )
    return None if progress is None else progress.state


def state_of(store: Store, job: NewJob) -> JobState:
    found = store.job(job.project, job.id)
    assert found is not None
    return found.state
