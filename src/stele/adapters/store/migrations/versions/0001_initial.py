"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _id(name: str) -> sa.Column[int]:
    """A row number that is never used twice, so that age can be told from it."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _time(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double)


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("webhook_secret", sa.Text, nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "credentials",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key_set", sa.Text, nullable=False, index=True),
        sa.Column("project", sa.Text, sa.ForeignKey("projects.id"), nullable=False, index=True),
        sa.Column("secret", sa.Text),
        _time("created_at"),
        _time("expires_at"),
        _time("revoked_at"),
    )
    op.create_index("credentials_expiring", "credentials", ["expires_at"], sqlite_where=sa.text("expires_at > 0"))
    op.create_table(
        "buckets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, sa.ForeignKey("projects.id"), nullable=False, index=True),
        sa.Column("url", sa.Text),
        sa.Column("endpoint", sa.Text),
        sa.Column("profile", sa.Text),
        _count("retention_days"),
        _count("governed"),
        _time("created_at"),
    )
    op.create_table(
        "resources",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("namespace", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("manifest", sa.Text, nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "objects",
        sa.Column("bucket", sa.Text, sa.ForeignKey("buckets.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("crc32c", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.Text, nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("dialect", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ended", sa.Integer, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("tag", sa.Text),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("notice_kind", sa.Text),
        sa.Column("notice_target", sa.Text),
        sa.Column("retain_seconds", sa.Integer, nullable=False),
        sa.Column("retain_from", sa.Text, nullable=False),
        _time("created_at"),
        _time("started_at"),
        _time("finished_at"),
        _time("expires_at"),
        _count("items_open"),
        _count("pages_total"),
        _count("pages_done"),
        _count("pages_failed"),
        _count("pages_with_text"),
        _count("units_open"),
        sa.Column("page_error", sa.Text),
        sa.Column("publish_error", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("max_seconds", sa.Double),
        sa.Column("worked_seconds", sa.Double, nullable=False, server_default="0"),
        _time("worked_at"),
    )
    op.create_index("jobs_of_project", "jobs", ["project", "id"])
    op.create_index("jobs_open", "jobs", ["project", "ended"], sqlite_where=sa.text("ended = 0"))
    op.create_index("jobs_expiring", "jobs", ["expires_at"], sqlite_where=sa.text("ended = 1"))
    op.create_index("jobs_limited", "jobs", ["id"], sqlite_where=sa.text("ended = 0 AND max_seconds > 0"))
    op.create_table(
        "items",
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text),
        sa.Column("pages", sa.Integer),
        sa.Column("document_pages", sa.Integer),
        _count("pages_done"),
        _count("pages_failed"),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "units",
        _id("id"),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("item", sa.Integer),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        _count("first_page"),
        _count("page_count"),
        sa.Column("step", sa.Text),
        _count("attempt"),
        sa.Column("not_before", sa.Double, nullable=False, server_default="0"),
        sa.Column("lease_token", sa.Text),
        _time("lease_until"),
        sa.Column("holder", sa.Text),
        sa.Column("blob", sa.Text),
        sa.Column("error", sa.Text),
    )
    op.create_index("units_queue", "units", ["project", "state", sa.text("priority DESC"), "id"])
    op.create_index("units_leased", "units", ["lease_until"], sqlite_where=sa.text("state = 'leased'"))
    op.create_table(
        "exports",
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("item", sa.Integer, primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("blob", sa.Text),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "idempotency",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        _time("expires_at"),
    )
    op.create_table(
        "outbox",
        _id("id"),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("dialect", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _count("attempt"),
        _time("next_at"),
        _time("created_at"),
    )
    op.create_index("outbox_due", "outbox", ["next_at"], sqlite_where=sa.text("state = 'pending'"))
    op.create_table(
        "deliveries",
        _id("id"),
        sa.Column("notice", sa.BigInteger, sa.ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
        _time("at"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
    )
