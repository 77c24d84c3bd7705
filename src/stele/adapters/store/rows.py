"""Rows to values and back: JSON columns, and the two shapes of a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row

from stele.domain.errors import Failure
from stele.domain.job import Item, Job, JobOptions, JobState, Source
from stele.domain.value import Value
from stele.service.records import (
    Progress,
    PublishStep,
)

V = TypeVar("V", bound=Value)
#: The columns of a row are what its statement says; values are checked where they are decoded.
AnyRow = Row[Any]


def text_of(value: Value | None) -> str | None:
    """A value as it is stored in a text column."""
    return None if value is None else msgspec.json.encode(value).decode()


def value_of(column: str | None, kind: type[V]) -> V | None:
    """The inverse of `text_of`."""
    return None if column is None else msgspec.json.decode(column, type=kind)


def job_of(row: AnyRow, items: Sequence[AnyRow]) -> Job:
    options = value_of(row.options, JobOptions)
    assert options is not None
    return Job(
        id=row.id,
        project=row.project,
        dialect=row.dialect,
        state=JobState(row.state),
        options=options,
        items=tuple(_item_of(item) for item in items),
        pages_total=None if row.items_open else row.pages_total,
        pages_done=row.pages_done,
        pages_failed=row.pages_failed,
        pages_with_text=row.pages_with_text,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        error=value_of(row.error, Failure),
        publish_error=value_of(row.publish_error, Failure),
    )


def progress_of(row: AnyRow) -> Progress:
    return Progress(
        job=row.id,
        state=JobState(row.state),
        pages_total=None if row.items_open else row.pages_total,
        pages_done=row.pages_done,
        pages_failed=row.pages_failed,
    )


def step_of(column: str | None) -> PublishStep | None:
    return value_of(column, PublishStep)


def _item_of(row: AnyRow) -> Item:
    source = value_of(row.source, Source)
    assert source is not None
    return Item(
        index=row.idx,
        name=row.name,
        source=source,
        media_type=row.media_type,
        pages=row.pages,
        document_pages=row.document_pages,
        pages_done=row.pages_done,
        pages_failed=row.pages_failed,
        error=value_of(row.error, Failure),
    )
