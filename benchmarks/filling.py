"""Fill the embedded store of a stopped server: copies of a job that really ran, made by SQL inside the database.

Every table that names a job is copied, whatever its columns are, so this need not follow the schema. The copies share
the bytes of the first one, which nothing here reads.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from stele.service.names import new_job_id


def copy_job(database: Path, job: str, copies: int) -> list[str]:
    """Put `copies` more of the ended job `job` into the store; gives their ids."""
    ids = [new_job_id() for _ in range(copies)]
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # only while filling
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TEMP TABLE copies (id TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO copies VALUES (?)", ((id_,) for id_ in ids))
        _copy(connection, "jobs", "id", job)
        for table in _tables_of_jobs(connection):
            _copy(connection, table, "job", job)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    return ids


def _tables_of_jobs(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [name for (name,) in names if "job" in _columns(connection, name)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """All columns but those that number the rows by themselves."""
    rows = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    return [name for _, name, kind, *_ in rows if not (kind.upper() == "INTEGER" and name == "id")]


def _copy(connection: sqlite3.Connection, table: str, key: str, job: str) -> None:
    columns = _columns(connection, table)
    values = ", ".join("copies.id" if name == key else f'original."{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM copies, "{table}" original WHERE original."{key}" = ?',
        (job,),
    )
