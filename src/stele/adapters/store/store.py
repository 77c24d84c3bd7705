"""The store as the use cases see it: all queries on one database."""

from __future__ import annotations

from pathlib import Path

from stele.adapters.store.access import AccessQueries
from stele.adapters.store.jobs import JobQueries
from stele.adapters.store.notices import NoticeQueries
from stele.adapters.store.queries import Database
from stele.adapters.store.sqlite import SqliteDatabase
from stele.adapters.store.units import UnitQueries
from stele.service.ports import Store


class SqlStore(JobQueries, UnitQueries, NoticeQueries, AccessQueries):
    """See `stele.service.ports.Store`. Any number of threads may share one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def now(self) -> float:
        row = self._db.read(lambda session: session.one("now"))
        assert row is not None
        return float(row.now)

    def close(self) -> None:
        self._db.close()


def embedded(path: Path) -> Store:
    """The store in one SQLite file."""
    return SqlStore(SqliteDatabase(path))
