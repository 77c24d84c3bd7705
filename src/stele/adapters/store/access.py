"""`AccessStore` on named SQL: projects, credentials, buckets, the rows of objects, and resources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from stele.adapters.store.queries import Database, Session
from stele.adapters.store.rows import AnyRow
from stele.domain.errors import BucketExists, BucketNotEmpty, ObjectRetained, PreconditionFailed, ProjectInUse
from stele.service.records import (
    ALWAYS,
    Bucket,
    Credential,
    CredentialKind,
    ObjectInfo,
    Precondition,
    Resource,
    ResourceKind,
)


class AccessQueries:
    """See `stele.service.ports.AccessStore`."""

    _db: Database

    def create_project(self, project: str, webhook_secret: str) -> bool:
        return self._db.write(
            lambda session: session.run("insert_project", project=project, webhook_secret=webhook_secret) > 0
        )

    def projects(self) -> Sequence[str]:
        return [row.id for row in self._db.read(lambda session: session.all("list_projects"))]

    def remove_project(self, project: str) -> bool:
        def work(session: Session) -> bool:
            used = session.one("project_in_use", project=project)
            if used is not None:
                raise ProjectInUse(project=project, what=used.what)
            session.run("delete_project_credentials", project=project)
            session.run("delete_project_resources", project=project)
            return session.run("delete_project", project=project) > 0

        return self._db.write(work)

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
                    expires_at=one.expires_at,
                )

        self._db.write(work)

    def credential(self, kind: CredentialKind, identifier: str) -> Credential | None:
        row = self._db.read(lambda session: session.one("get_credential", identifier=identifier, kind=kind))
        return None if row is None else _credential(row)

    def credentials(self, project: str | None) -> Sequence[Credential]:
        return [_credential(row) for row in self._db.read(lambda s: s.all("list_credentials", project=project))]

    def revoke(self, key_set: str) -> bool:
        return self._db.write(lambda session: session.run("revoke_credentials", key_set=key_set) > 0)

    def forget_expired_credentials(self) -> int:
        if self._db.read(lambda session: session.one("first_expired_credential")) is None:
            return 0
        return self._db.write(lambda session: session.run("delete_expired_credentials"))

    def create_bucket(self, bucket: Bucket) -> None:
        def work(session: Session) -> None:
            made = session.run(
                "insert_bucket",
                name=bucket.name,
                project=bucket.project,
                url=bucket.url,
                endpoint=bucket.endpoint,
                profile=bucket.profile,
                retention_days=bucket.retention_days,
                governed=int(bucket.governed),
            )
            if not made:
                raise BucketExists(bucket=bucket.name)

        self._db.write(work)

    def bucket(self, name: str) -> Bucket | None:
        row = self._db.read(lambda session: session.one("get_bucket", name=name))
        return None if row is None else _bucket(row)

    def buckets(self, project: str | None) -> Sequence[Bucket]:
        return [_bucket(row) for row in self._db.read(lambda session: session.all("list_buckets", project=project))]

    def change_bucket(self, bucket: Bucket) -> None:
        def work(session: Session) -> int:
            days, governed = bucket.retention_days, int(bucket.governed)
            return session.run("change_bucket", name=bucket.name, retention_days=days, governed=governed)

        self._db.write(work)

    def remove_bucket(self, name: str) -> bool:
        def work(session: Session) -> bool:
            kept = session.one("last_object_kept", bucket=name)
            if kept is not None:
                raise _retained(name, kept)
            session.run("delete_bucket_resource", name=name)
            return session.run("delete_bucket", name=name) > 0

        return self._db.write(work)

    def remove_empty_bucket(self, name: str) -> bool:
        def work(session: Session) -> bool:
            removed = session.run("delete_empty_bucket", name=name) > 0
            if not removed and session.one("get_bucket", name=name) is not None:
                raise BucketNotEmpty(bucket=name)
            session.run("delete_bucket_resource", name=name)
            return removed

        return self._db.write(work)

    def put_object(self, info: ObjectInfo, precondition: Precondition = ALWAYS) -> str | None:
        return self._db.write(lambda session: record_object(session, info, precondition))

    def object(self, bucket: str, key: str) -> ObjectInfo | None:
        row = self._db.read(lambda session: session.one("get_object", bucket=bucket, key=key))
        return None if row is None else _object(row)

    def objects(self, bucket: str, prefix: str, after: str, limit: int) -> Sequence[ObjectInfo]:
        rows = self._db.read(
            lambda session: session.all("list_objects", bucket=bucket, prefix=prefix, after=after, limit=limit)
        )
        return [_object(row) for row in rows]

    def remove_object(self, bucket: str, key: str, precondition: Precondition = ALWAYS) -> ObjectInfo | None:
        def work(session: Session) -> ObjectInfo | None:
            row = _changeable(session, bucket, key, precondition)
            session.run("delete_object", bucket=bucket, key=key)
            return None if row is None else _object(row)

        return self._db.write(work)

    def put_resource(self, resource: Resource) -> None:
        def work(session: Session) -> int:
            return session.run(
                "put_resource",
                kind=resource.kind,
                namespace=resource.namespace,
                name=resource.name,
                manifest=resource.manifest,
            )

        self._db.write(work)

    def resources(self, kind: ResourceKind, namespace: str | None, name: str | None = None) -> Sequence[Resource]:
        rows = self._db.read(lambda session: session.all("list_resources", kind=kind, namespace=namespace, name=name))
        return [_resource(row) for row in rows]

    def remove_resource(self, kind: ResourceKind, namespace: str, name: str) -> bool:
        return self._db.write(
            lambda session: session.run("delete_resource", kind=kind, namespace=namespace, name=name) > 0
        )


def record_object(session: Session, info: ObjectInfo, precondition: Precondition = ALWAYS) -> str | None:
    """Make an object visible; gives the blob of the one under its key that it replaces.

    Raises ObjectRetained, PreconditionFailed."""
    before = _changeable(session, info.bucket, info.key, precondition)
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
        created_at=info.created_at or None,
    )
    return None if before is None else str(before.blob)


def _changeable(session: Session, bucket: str, key: str, precondition: Precondition) -> AnyRow | None:
    """The object that is about to be deleted or replaced, if there is one. Here alone is decided whether it may be."""
    row = session.one("get_object_kept", bucket=bucket, key=key)
    if not precondition.holds(0 if row is None else row.generation):
        raise PreconditionFailed(bucket=bucket, key=key)
    if row is not None and row.kept_until is not None:
        raise _retained(bucket, row)
    return row


def _retained(bucket: str, row: AnyRow) -> ObjectRetained:
    until = datetime.fromtimestamp(row.kept_until, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return ObjectRetained(bucket=bucket, key=row.key, days=row.retention_days, until=until)


def _credential(row: AnyRow) -> Credential:
    return Credential(
        key_set=row.key_set,
        project=row.project,
        kind=CredentialKind(row.kind),
        identifier=row.identifier,
        secret=row.secret,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _bucket(row: AnyRow) -> Bucket:
    return Bucket(
        name=row.name,
        project=row.project,
        url=row.url,
        endpoint=row.endpoint,
        profile=row.profile,
        retention_days=row.retention_days,
        governed=bool(row.governed),
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


def _resource(row: AnyRow) -> Resource:
    return Resource(
        kind=ResourceKind(row.kind),
        namespace=row.namespace,
        name=row.name,
        manifest=row.manifest,
        created_at=row.created_at,
    )
