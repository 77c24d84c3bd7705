"""`NoticeStore` on named SQL: the outbox and its delivery log."""

from __future__ import annotations

from collections.abc import Sequence

from stele.adapters.store.queries import Database, Session
from stele.service.records import (
    DeliveryLog,
    Notice,
    NoticeKind,
)


class NoticeQueries:
    """See `stele.service.ports.NoticeStore`."""

    _db: Database

    def due_notices(self, limit: int, seconds: float) -> Sequence[Notice]:
        def work(session: Session) -> Sequence[Notice]:
            return [
                Notice(
                    id=row.id,
                    job=row.job,
                    project=row.project,
                    dialect=row.dialect,
                    kind=NoticeKind(row.kind),
                    target=row.target,
                    attempt=row.attempt,
                    secret=_secret(session, row.project),
                )
                for row in session.all("due_notices", limit=limit, seconds=seconds)
            ]

        if self._db.read(lambda session: session.one("first_due_notice")) is None:
            return []
        return self._db.write(work)

    def notice_done(self, notice: Notice, log: DeliveryLog, retry_at: float | None) -> None:
        state = "pending" if retry_at is not None else log.outcome

        def work(session: Session) -> None:
            if session.run("notice_settled", id=notice.id, state=state, retry_at=retry_at):
                session.run(
                    "insert_delivery",
                    notice=notice.id,
                    at=log.at,
                    attempt=log.attempt,
                    outcome=log.outcome,
                    status=log.status,
                    error=log.error,
                )

        self._db.write(work)

    def deliveries(self, project: str, job: str) -> Sequence[DeliveryLog]:
        rows = self._db.read(lambda session: session.all("list_deliveries", job=job, project=project))
        return [
            DeliveryLog(at=row.at, attempt=row.attempt, outcome=row.outcome, status=row.status, error=row.error)
            for row in rows
        ]


def _secret(session: Session, project: str) -> str:
    row = session.one("get_webhook_secret", project=project)
    assert row is not None
    return str(row.webhook_secret)
