"""The domain's values in the shape of `schema.py`."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from stele.dialects.native.schema import (
    BucketView,
    ItemView,
    JobLinks,
    JobView,
    ObjectView,
    OptionsView,
)
from stele.domain.job import Item, Job
from stele.service.buckets import ObjectEntry
from stele.service.records import Bucket

PREFIX = "/api/v1"


def job_path(job: str) -> str:
    return f"{PREFIX}/jobs/{quote(job, safe='')}"


def objects_path(bucket: str) -> str:
    return f"{PREFIX}/buckets/{quote(bucket, safe='')}/objects"


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def job_view(job: Job) -> JobView:
    path = job_path(job.id)
    return JobView(
        id=job.id,
        state=job.state,
        ended=job.state.ended,
        dialect=job.dialect,
        tag=job.options.tag,
        created_at=moment(job.created_at),
        started_at=moment_or_none(job.started_at),
        finished_at=moment_or_none(job.finished_at),
        expires_at=moment_or_none(job.expires_at),
        pages_total=job.pages_total,
        pages_done=job.pages_done,
        pages_failed=job.pages_failed,
        items=tuple(_item_view(item) for item in job.items),
        options=OptionsView(
            languages=job.options.languages,
            features=job.options.features,
            formats=job.options.formats,
            engine=job.options.engine,
            hidden_text=job.options.hidden_text,
            priority=job.options.priority,
        ),
        error=job.error,
        links=JobLinks(
            self=path,
            events=f"{path}/events",
            pages=f"{path}/pages",
            export=f"{path}/export",
            deliveries=f"{path}/deliveries",
        ),
    )


def bucket_view(bucket: Bucket) -> BucketView:
    return BucketView(
        name=bucket.name,
        embedded=bucket.url is None,
        created_at=moment(bucket.created_at),
        uri=f"s3://{bucket.name}",
    )


def object_view(bucket: str, entry: ObjectEntry) -> ObjectView:
    return ObjectView(
        key=entry.key,
        size=entry.size,
        uri=f"s3://{bucket}/{entry.key}",
        etag=entry.etag,
        content_type=entry.content_type,
        created_at=moment_or_none(entry.created_at),
    )


def _item_view(item: Item) -> ItemView:
    return ItemView(
        index=item.index,
        name=item.name,
        media_type=item.media_type,
        pages=item.pages,
        pages_done=item.pages_done,
        pages_failed=item.pages_failed,
        error=item.error,
    )
