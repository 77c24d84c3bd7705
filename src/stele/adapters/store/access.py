"""`AccessStore` on named SQL: projects, credentials, buckets and the rows of objects."""

from __future__ import annotations

from collections.abc import Sequence

from stele.adapters.store.queries import Database, Session
from stele.adapters.store.rows import AnyRow
from stele.domain.errors import BucketExists
from stele.service.ports import Bucket, Credential, CredentialKind, ObjectInfo


class AccessQueries:
    """See `stele.service.ports.AccessStore`."""

    _db: Database

    def create_project(self, project: str, webhook_secret: str) -> bool:
        return self._db.write(
            lambda session: session.run("insert_project", project=project, webhook_secret=webhook_secret) > 0
        )

    def projects(self) -> Sequence[str]:
        return [row.id for row in self._db.read(lambda session: session.all("list_projects"))]

    def webhook_secret(self, project: str) -> str | None:
        row = self._db.read(lambda session: session.one("get_webhook_secret", project=project))
        return None if row is None else row.webhook_secret

    def add_credentials(self, credentials: Sequence[Credential]) -> None:
        def work(session: Session) -> None:
            for one in credentials:
                session.run(
                    "insert_credential",
                    identifier=one.identifier,
                    kind=one.kind,
                    key_set=one.key_set,
                    project=one.project,
                    secret=one.secret,
                )

        self._db.write(work)

    def credential(self, kind: CredentialKind, identifier: str) -> Credential | None:
        row = self._db.read(lambda session: session.one("get_credential", identifier=identifier, kind=kind))
        return None if row is None else _credential(row)

    def credentials(self, project: str | None) -> Sequence[Credential]:
        return [_credential(row) for row in self._db.read(lambda s: s.all("list_credentials", project=project))]

    def revoke(self, key_set: str) -> bool:
        return self._db.write(lambda session: session.run("revoke_credentials", key_set=key_set) > 0)

    def create_bucket(self, bucket: Bucket) -> None:
        def work(session: Session) -> None:
            made = session.run(
                "insert_bucket",
                name=bucket.name,
                project=bucket.project,
                url=bucket.url,
                endpoint=bucket.endpoint,
                profile=bucket.profile,
            )
            if not made:
                raise BucketExists(bucket=bucket.name)

        self._db.write(work)

    def bucket(self, name: str) -> Bucket | None:
        row = self._db.read(lambda session: session.one("get_bucket", name=name))
        return None if row is None else _bucket(row)

    def buckets(self, project: str | None) -> Sequence[Bucket]:
        return [_bucket(row) for row in self._db.read(lambda session: session.all("list_buckets", project=project))]

    def remove_bucket(self, name: str) -> bool:
        return self._db.write(lambda session: session.run("delete_bucket", name=name) > 0)

    def put_object(self, info: ObjectInfo) -> str | None:
        def work(session: Session) -> str | None:
            before = session.one("get_object", bucket=info.bucket, key=info.key)
            record_object(session, info)
            return None if before is None else str(before.blob)

        return self._db.write(work)

    def object(self, bucket: str, key: str) -> ObjectInfo | None:
        row = self._db.read(lambda session: session.one("get_object", bucket=bucket, key=key))
        return None if row is None else _object(row)

    def objects(self, bucket: str, prefix: str, after: str, limit: int) -> Sequence[ObjectInfo]:
        rows = self._db.read(
            lambda session: session.all("list_objects", bucket=bucket, prefix=prefix, after=after, limit=limit)
        )
        return [_object(row) for row in rows]

    def remove_object(self, bucket: str, key: str) -> ObjectInfo | None:
        def work(session: Session) -> ObjectInfo | None:
            row = session.one("get_object", bucket=bucket, key=key)
            session.run("delete_object", bucket=bucket, key=key)
            return None if row is None else _object(row)

        return self._db.write(work)


def record_object(session: Session, info: ObjectInfo) -> None:
    """Make an object visible, replacing the one under its key."""
    session.run(
        "put_object",
        bucket=info.bucket,
        key=info.key,
        size=info.size,
        content_type=info.content_type,
        crc32c=info.crc32c,
        etag=info.etag,
        generation=info.generation,
        blob=info.blob,
    )


def _credential(row: AnyRow) -> Credential:
    return Credential(
        key_set=row.key_set,
        project=row.project,
        kind=CredentialKind(row.kind),
        identifier=row.identifier,
        secret=row.secret,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _bucket(row: AnyRow) -> Bucket:
    return Bucket(
        name=row.name,
        project=row.project,
        url=row.url,
        endpoint=row.endpoint,
        profile=row.profile,
        created_at=row.created_at,
    )


def _object(row: AnyRow) -> ObjectInfo:
    return ObjectInfo(
        bucket=row.bucket,
        key=row.key,
        size=row.size,
        content_type=row.content_type,
        crc32c=row.crc32c,
        etag=row.etag,
        generation=row.generation,
        blob=row.blob,
        created_at=row.created_at,
    )
