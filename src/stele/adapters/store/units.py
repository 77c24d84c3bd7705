"""`UnitStore` on named SQL: what workers see and do.

Fan-in happens here: whoever commits the last open unit of a job also moves the job on, in the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from stele.adapters.store.access import record_object
from stele.adapters.store.jobs import NewUnit, advance, insert_unit, record_export
from stele.adapters.store.queries import Database, Session
from stele.adapters.store.rows import AnyRow, progress_of, step_of, text_of, value_of
from stele.domain.errors import Failure
from stele.domain.job import JobOptions, JobState, Source, UnitKind, UnitState
from stele.domain.value import changed
from stele.service.records import (
    FailureRules,
    Lease,
    LeaseState,
    Outcome,
    PreparedItem,
    Progress,
    Published,
    ReadResult,
)

_STARTS = {UnitKind.PREPARE: JobState.PREPARING, UnitKind.READ: JobState.RUNNING}


class UnitQueries:
    """See `stele.service.ports.UnitStore`."""

    _db: Database

    def claim(self, holder: str, seconds: float) -> Lease | None:
        token = secrets.token_hex(12)

        def work(session: Session) -> Lease | None:
            unit = session.one("claim_unit", token=token, holder=holder, seconds=seconds)
            return None if unit is None else _lease(session, unit, token)

        return self._db.write(work)

    def renew(self, leases: Sequence[Lease], seconds: float) -> Sequence[LeaseState]:
        def work(session: Session) -> Sequence[LeaseState]:
            held = (session.run("renew_lease", unit=x.unit, token=x.token, seconds=seconds) for x in leases)
            return [LeaseState.HELD if count else LeaseState.LOST for count in held]

        return self._db.write(work)

    def release_holder(self, holder: str) -> int:
        return self._db.write(lambda session: session.run("release_holder", holder=holder))

    def release_expired(self) -> int:
        return self._db.write(lambda session: session.run("release_expired"))

    def holders(self) -> Sequence[str]:
        return self._db.read(lambda session: [row.holder for row in session.all("holders")])

    def complete_prepare(self, lease: Lease, prepared: PreparedItem) -> Progress | None:
        def work(session: Session) -> AnyRow | None:
            session.run(
                "item_prepared",
                job=lease.job,
                item=lease.item,
                source=text_of(prepared.source),
                media_type=prepared.media_type,
                pages=prepared.pages,
                document_pages=prepared.document_pages,
            )
            unit = _read_unit(lease, lease.options.priority)
            for run in prepared.ranges:
                insert_unit(session, changed(unit, first_page=run.first, page_count=run.count))
            return session.one("job_prepared", job=lease.job, pages=prepared.pages, units=len(prepared.ranges))

        return self._complete(lease, UnitState.DONE, work)

    def fail_item(self, lease: Lease, failure: Failure) -> Progress | None:
        def work(session: Session) -> AnyRow | None:
            session.run("item_failed", job=lease.job, item=lease.item, error=text_of(failure))
            return session.one("job_prepared", job=lease.job, pages=0, units=0)

        return self._complete(lease, UnitState.FAILED, work, error=failure)

    def complete_read(self, lease: Lease, result: ReadResult) -> Progress | None:
        def work(session: Session) -> AnyRow | None:
            session.run("item_read", job=lease.job, item=lease.item, done=result.pages, failed=result.failed)
            return session.one(
                "job_read",
                job=lease.job,
                done=result.pages,
                failed=result.failed,
                with_text=result.with_text,
                error=text_of(result.error),
            )

        return self._complete(lease, UnitState.DONE, work, blob=result.blob, error=result.error)

    def complete_publish(self, lease: Lease, published: Published) -> Progress | None:
        def work(session: Session) -> AnyRow | None:
            if published.export is not None:
                record_export(session, lease.job, published.export)
            for info in published.objects:
                record_object(session, info)
            return session.one("job_published", job=lease.job, error=text_of(published.error))

        state = UnitState.FAILED if published.error else UnitState.DONE
        return self._complete(lease, state, work, error=published.error)

    def fail(self, lease: Lease, failure: Failure, rules: FailureRules) -> Outcome:
        def work(session: Session) -> Outcome:
            unit = session.one("held_unit", unit=lease.unit, token=lease.token)
            if unit is None:
                return Outcome.LOST
            halves = unit.kind == UnitKind.READ and unit.page_count > 1
            if failure.retryable and unit.attempt < (rules.attempts if halves else rules.attempts_single):
                delay = rules.backoff_seconds * unit.attempt
                session.run("unit_retried", unit=lease.unit, token=lease.token, delay=delay, error=text_of(failure))
                return Outcome.RETRIED
            if not halves:
                return Outcome.FAILED
            _split(session, lease, unit)
            return Outcome.SPLIT

        return self._db.write(work)

    def _complete(
        self,
        lease: Lease,
        state: UnitState,
        work: Callable[[Session], AnyRow | None],
        *,
        blob: str | None = None,
        error: Failure | None = None,
    ) -> Progress | None:
        """Settle a unit if its lease holds, do what else belongs to it, and move the job on if it was the last."""

        def settle(session: Session) -> Progress | None:
            if not _settled(session, lease, state, blob, error):
                return None
            job = work(session)
            if job is not None and job.units_open == 0 and not job.ended:
                advance(session, lease.job)
            row = session.one("get_progress", job=lease.job, project=None)
            return None if row is None else progress_of(row)

        return self._db.write(settle)


def _lease(session: Session, unit: AnyRow, token: str) -> Lease:
    kind = UnitKind(unit.kind)
    if kind in _STARTS:
        session.run("job_started", job=unit.job, state=_STARTS[kind])
    details = session.one("lease_details", job=unit.job, item=unit.item)
    assert details is not None
    options = value_of(details.options, JobOptions)
    assert options is not None
    return Lease(
        unit=unit.id,
        token=token,
        job=unit.job,
        project=unit.project,
        dialect=details.dialect,
        kind=kind,
        attempt=unit.attempt,
        item=unit.item,
        first_page=unit.first_page,
        page_count=unit.page_count,
        step=step_of(unit.step),
        options=options,
        source=value_of(details.source, Source),
        media_type=details.media_type,
        progress=progress_of(details),
    )


def _settled(session: Session, lease: Lease, state: UnitState, blob: str | None, error: Failure | None) -> bool:
    """The compare-and-swap on the token: the fence against late results."""
    done = session.one("unit_done", unit=lease.unit, token=lease.token, state=state, blob=blob, error=text_of(error))
    return done is not None


def _read_unit(lease: Lease, priority: int) -> NewUnit:
    """A unit that reads pages of the item of `lease`."""
    return NewUnit(job=lease.job, project=lease.project, priority=priority, kind=UnitKind.READ, item=lease.item)


def _split(session: Session, lease: Lease, unit: AnyRow) -> None:
    """Replace a unit by its halves, tried afresh: 8 → 4 → 2 → 1, until the page that fails stands alone."""
    _settled(session, lease, UnitState.SPLIT, None, None)
    half = unit.page_count // 2
    new = _read_unit(lease, unit.priority)
    for first, pages in ((unit.first_page, half), (unit.first_page + half, unit.page_count - half)):
        insert_unit(session, changed(new, first_page=first, page_count=pages))
    session.run("job_split", job=lease.job)
