"""Brings a database to the newest schema, with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text

#: the revision that this code works with; a test holds it to the newest file in `migrations/versions`
HEAD = "0001"


def migrate(engine: Engine) -> None:
    """Upgrade to `HEAD`. Safe to call from several processes at once: the migration takes the write lock."""
    if _revision(engine) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(config, HEAD)
        connection.exec_driver_sql("COMMIT")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")).first()
        if tables is None:
            return None
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row[0])
