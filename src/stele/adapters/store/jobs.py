"""`JobStore` on named SQL: what submitters see and do."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stele.adapters.store.queries import Database, Session
from stele.adapters.store.rows import AnyRow, job_of, progress_of, text_of, value_of
from stele.domain.errors import Failure, IdempotencyMismatch, TimedOut, TooManyJobs
from stele.domain.job import Format, Job, JobOptions, UnitKind, UnitState
from stele.domain.value import Value, changed
from stele.service.records import (
    Export,
    JobFilter,
    NewJob,
    NoticeKind,
    Progress,
    PublishStep,
    StoreStatistics,
    Submitted,
    UnitBlob,
)


class NewUnit(Value):
    """A unit to be; `page_count` is 0 for units that read no pages, `step` is stored as text."""

    job: str
    project: str
    priority: int
    kind: UnitKind
    item: int | None
    state: UnitState = UnitState.WAITING
    first_page: int = 1
    page_count: int = 0
    step: str | None = None


_AFTER_ALL_IDS = "~"  # sorts behind every id


class JobQueries:
    """See `stele.service.ports.JobStore`."""

    _db: Database

    def repeated(self, project: str, key: str, fingerprint: str) -> Job | None:
        return self._db.read(lambda session: _earlier(session, project, key, fingerprint))

    def submit(self, job: NewJob) -> Submitted:
        def work(session: Session) -> Submitted:
            key = job.idempotency_key
            if key is not None and (earlier := _earlier(session, job.project, key, job.fingerprint)):
                return Submitted(job=earlier, repeated=True)
            counted = session.one("count_open_jobs", project=job.project, quota=job.quota)
            if counted is not None and counted.open >= job.quota:
                raise TooManyJobs(running=counted.open, limit=job.quota)
            _insert(session, job)
            stored = _job(session, job.project, job.id)
            assert stored is not None
            return Submitted(job=stored, repeated=False)

        return self._db.write(work)

    def job(self, project: str, job: str) -> Job | None:
        return self._db.read(lambda session: _job(session, project, job))

    def owner(self, job: str) -> str | None:
        row = self._db.read(lambda session: session.one("owner_of_job", job=job))
        return None if row is None else str(row.project)

    def jobs(self, wanted: JobFilter) -> Sequence[Job]:
        def work(session: Session) -> Sequence[Job]:
            return [job_of(row, session.all("get_items", job=row.id)) for row in _listed(session, wanted)]

        return self._db.read(work)

    def outline(self, project: str, job: str) -> Job | None:
        row = self._db.read(lambda session: session.one("get_job", job=job, project=project))
        return None if row is None else job_of(row, ())

    def outlines(self, wanted: JobFilter) -> Sequence[Job]:
        return self._db.read(lambda session: [job_of(row, ()) for row in _listed(session, wanted)])

    def progress(self, project: str, job: str) -> Progress | None:
        row = self._db.read(lambda session: session.one("get_progress", job=job, project=project))
        return None if row is None else progress_of(row)

    def tag(self, project: str, job: str, tag: str) -> bool:
        return self._db.write(lambda session: session.run("tag_job", job=job, project=project, tag=tag) > 0)

    def cancel(self, project: str, job: str) -> Job | None:
        def work(session: Session) -> Job | None:
            if session.one("cancel_job", job=job, project=project) is not None:
                session.run("cancel_units", job=job)
                session.run("insert_notice", job=job)
            return _job(session, project, job)

        return self._db.write(work)

    def end_overdue(self, most: float) -> Sequence[Progress]:
        if self._db.read(lambda session: session.one("first_limited_job")) is None:
            return ()

        def work(session: Session) -> Sequence[Progress]:
            session.run("count_work", most=most)
            return [_overdue(session, row) for row in session.all("overdue_jobs")]

        return self._db.write(work)

    def forget(self, project: str, job: str) -> bool:
        return self._db.write(lambda session: session.one("delete_job", job=job, project=project) is not None)

    def expired(self, limit: int) -> Sequence[str]:
        return self._db.write(lambda session: [row.id for row in session.all("delete_expired", limit=limit)])

    def known_jobs(self, jobs: Sequence[str]) -> frozenset[str]:
        wanted = msgspec.json.encode(jobs).decode()
        return self._db.read(lambda session: frozenset(row.id for row in session.all("known_jobs", jobs=wanted)))

    def result_blobs(self, project: str, job: str) -> Sequence[UnitBlob]:
        rows = self._db.read(lambda session: session.all("result_blobs", job=job, project=project))
        return [
            UnitBlob(
                item=row.item,
                first_page=row.first_page,
                page_count=row.page_count,
                blob=row.blob,
                failed=bool(row.failed),
            )
            for row in rows
        ]

    def export(self, project: str, job: str, item: int, form: Format) -> Export | None:
        row = self._db.read(lambda session: session.one("get_export", job=job, project=project, item=item, format=form))
        if row is None:
            return None
        return Export(item=row.item, format=form, blob=row.blob, size=row.size, error=value_of(row.error, Failure))

    def request_export(self, project: str, job: str, item: int, form: Format) -> None:
        step = text_of(PublishStep(item=item, format=form))

        def work(session: Session) -> None:
            under_way = session.one("export_under_way", job=job, step=step)
            exists = session.one("get_export", job=job, project=project, item=item, format=form)
            row = session.one("get_job", job=job, project=project)
            if under_way is None and exists is None and row is not None:
                unit = NewUnit(
                    job=row.id, project=project, priority=row.priority, kind=UnitKind.PUBLISH, item=item, step=step
                )
                insert_unit(session, unit)

        self._db.write(work)

    def statistics(self) -> StoreStatistics:
        def work(session: Session) -> StoreStatistics:
            units = {row.state: row.units for row in session.all("count_units")}
            notices = session.one("count_notices")
            return StoreStatistics(
                jobs={row.state: row.jobs for row in session.all("count_jobs")},
                units_waiting=units.get("waiting", 0),
                units_leased=units.get("leased", 0),
                notices_pending=notices.pending if notices is not None else 0,
            )

        return self._db.read(work)


def _job(session: Session, project: str, job: str) -> Job | None:
    row = session.one("get_job", job=job, project=project)
    return None if row is None else job_of(row, session.all("get_items", job=job))


def _overdue(session: Session, job: AnyRow) -> Progress:
    """A job has been worked on for too long: it fails."""
    error = TimedOut(where="the job", seconds=f"{job.max_seconds:g}").failure()
    session.run("job_overdue", job=job.id, error=text_of(error))
    session.run("cancel_units", job=job.id)
    session.run("insert_notice", job=job.id)
    row = session.one("get_progress", job=job.id, project=None)
    assert row is not None
    return progress_of(row)


def _listed(session: Session, wanted: JobFilter) -> Sequence[AnyRow]:
    return session.all(
        "list_jobs",
        project=wanted.project,
        before=wanted.before or _AFTER_ALL_IDS,
        tag=wanted.tag,
        dialect=wanted.dialect,
        states=msgspec.json.encode(wanted.states).decode() if wanted.states else None,
        limit=wanted.limit,
    )


def _earlier(session: Session, project: str, key: str, fingerprint: str) -> Job | None:
    """The job that the same idempotency key made before. Raises IdempotencyMismatch when it was another request."""
    row = session.one("find_idempotent", project=project, key=key)
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise IdempotencyMismatch
    return _job(session, project, row.job)


def _insert(session: Session, job: NewJob) -> None:
    open_items = [item for item in job.items if item.error is None]
    to_prepare = [item for item in open_items if item.pages is None]
    priority = job.options.priority
    notice, target = _notice(job.options)
    session.run(
        "insert_job",
        id=job.id,
        project=job.project,
        dialect=job.dialect,
        priority=priority,
        tag=job.options.tag,
        options=text_of(job.options),
        notice_kind=notice,
        notice_target=target,
        retain_seconds=job.retention.seconds,
        retain_from=job.retention.counted_from,
        items_open=len(to_prepare),
        pages_total=sum(item.pages or 0 for item in open_items),
        units_open=len(open_items),
        max_seconds=job.options.max_seconds,
    )
    unit = NewUnit(job=job.id, project=job.project, priority=priority, kind=UnitKind.READ, item=None)
    for index, item in enumerate(job.items):
        session.run(
            "insert_item",
            job=job.id,
            idx=index,
            name=item.name,
            source=text_of(item.source),
            media_type=item.media_type,
            pages=item.pages,
            error=text_of(item.error),
        )
        if item.error is None:
            kind = UnitKind.PREPARE if item.pages is None else UnitKind.READ
            insert_unit(session, changed(unit, kind=kind, item=index, page_count=item.pages or 0))
    for step in job.publish:
        held = changed(unit, kind=UnitKind.PUBLISH, state=UnitState.HELD, item=step.item, step=text_of(step))
        insert_unit(session, held)
    if job.idempotency_key is not None:
        session.run("forget_idempotent", project=job.project, key=job.idempotency_key)
        session.run(
            "insert_idempotent",
            project=job.project,
            key=job.idempotency_key,
            fingerprint=job.fingerprint,
            job=job.id,
            seconds=job.idempotency_seconds,
        )
    if not open_items:
        advance(session, job.id)


def _notice(options: JobOptions) -> tuple[NoticeKind, str] | tuple[None, None]:
    """What to send when the job ends, and where to."""
    if options.topic is not None:
        return NoticeKind.SNS, options.topic.arn
    return (None, None) if options.webhook is None else (NoticeKind.WEBHOOK, options.webhook.url)


def advance(session: Session, job: str) -> None:
    """All open units are settled: release what was held for publishing, or end the job and write its notice."""
    session.run("drop_held", job=job)
    released = session.run("release_held", job=job)
    if released:
        session.run("job_publishing", job=job, units=released)
        return
    session.run("job_finished", job=job)
    session.run("insert_notice", job=job)


def insert_unit(session: Session, unit: NewUnit) -> None:
    session.run(
        "insert_unit",
        job=unit.job,
        project=unit.project,
        item=unit.item,
        kind=unit.kind,
        state=unit.state,
        priority=unit.priority,
        first_page=unit.first_page,
        page_count=unit.page_count,
        step=unit.step,
    )


def record_export(session: Session, job: str, export: Export) -> None:
    """Keep what became of an export, replacing an earlier try."""
    session.run(
        "insert_export",
        job=job,
        item=export.item,
        format=export.format,
        blob=export.blob,
        size=export.size,
        error=text_of(export.error),
    )
