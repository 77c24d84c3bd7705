"""The embedded database: SQLite in WAL mode, one writer thread a process, group commit.

Called by the API process, the supervisor and the command line, each with a `SqliteDatabase` of its own on one file.
Writers of one process queue at its writer thread, which puts whatever waits into one transaction (a savepoint each)
and one fsync; writers of different processes take turns through SQLite's lock. When a process dies inside a
transaction, SQLite rolls that transaction back: nobody was told it was done.
"""

from __future__ import annotations

import fcntl
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import TypeVar

from sqlalchemy import Connection, Engine, TextClause, create_engine, event, exc
from sqlalchemy.pool import QueuePool

from stele.adapters.store.migrating import migrate
from stele.adapters.store.queries import Session, load
from stele.domain.errors import StorageFull

T = TypeVar("T")
_Write = tuple[Callable[[Session], object], "Future[object]"]

_BATCH = 128  #: writes in one transaction at most, so that the first of them does not wait for long
_LOCK_SECONDS = 30.0
_CLOSED = None


class SqliteDatabase:
    """A `Database` on one file, which is made and migrated if need be. Close it to stop its writer thread."""

    def __init__(self, path: Path) -> None:
        self._engine = _engine(path)
        # Processes that turn a new file to WAL at the same moment do not wait for each other: SQLite refuses at once.
        with path.with_name(f"{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            migrate(self._engine)
        self._statements = load("sqlite.sql")
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Session], T]) -> T:
        future: Future[object] = Future()
        self._queue.put((work, future))
        return future.result()  # type: ignore[return-value]

    def read(self, work: Callable[[Session], T]) -> T:
        with self._engine.connect() as connection:
            return work(Session(connection, self._statements))

    def close(self) -> None:
        self._queue.put(_CLOSED)
        self._thread.join()
        self._engine.dispose()

    def _write_all(self) -> None:
        with self._engine.connect() as connection:
            while (first := self._queue.get()) is not _CLOSED:
                batch = [first]
                closed = False
                while len(batch) < _BATCH and not self._queue.empty():
                    following = self._queue.get()
                    if following is _CLOSED:
                        closed = True
                        break
                    batch.append(following)
                _commit(connection, self._statements, batch)
                if closed:
                    return


def _commit(connection: Connection, statements: Mapping[str, TextClause], batch: list[_Write]) -> None:
    """Run a batch in one transaction, and only then tell the callers."""
    session = Session(connection, statements)
    answers: list[tuple[Future[object], object]] = []
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for work, future in batch:
            connection.exec_driver_sql("SAVEPOINT one")
            try:
                answers.append((future, work(session)))
            except BaseException as error:
                connection.exec_driver_sql("ROLLBACK TO one")
                future.set_exception(error)
            connection.exec_driver_sql("RELEASE one")
        connection.exec_driver_sql("COMMIT")
        connection.rollback()  # only tells SQLAlchemy that its transaction is over
    except BaseException as error:
        connection.invalidate()
        for _, future in batch:
            if not future.done():
                future.set_exception(_translated(error))
        return
    for future, answer in answers:
        future.set_result(answer)


def _translated(error: BaseException) -> BaseException:
    full = isinstance(error, exc.OperationalError) and "full" in str(error.orig)
    return StorageFull() if full else error


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        connect_args={"timeout": _LOCK_SECONDS, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _: object) -> None:
        connection.create_function("clock", 0, time.time)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # an acknowledged job survives a power cut
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
