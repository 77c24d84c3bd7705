"""The ports: what the use cases need from the world, as Protocols that adapters make real.

Everything here is synchronous and may block on a disk or a network; whoever runs an event loop calls it in a thread.
Times are seconds since the epoch by the store's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from stele.domain.document import Page
from stele.domain.errors import Failure
from stele.domain.job import Format, Job
from stele.service.records import (
    ALWAYS,
    Bucket,
    Credential,
    CredentialKind,
    DeliveryLog,
    Export,
    FailureRules,
    JobFilter,
    Lease,
    LeaseState,
    NewJob,
    Notice,
    ObjectInfo,
    Outcome,
    Precondition,
    PreparedItem,
    Progress,
    Published,
    ReadResult,
    RemoteObject,
    Resource,
    ResourceKind,
    StoreStatistics,
    Submitted,
    UnitBlob,
)

# -- the ports --------------------------------------------------------------------------------------------------------


class JobStore(Protocol):
    """Jobs, items, units. Each method is one transaction, durable when it returns."""

    def repeated(self, project: str, key: str, fingerprint: str) -> Job | None:
        """The job that a request with this idempotency key made before, if its time is not over.

        Raises IdempotencyMismatch when that request was another one."""
        ...

    def submit(self, job: NewJob) -> Submitted:
        """Accept a job. Raises TooManyJobs, IdempotencyMismatch."""
        ...

    def job(self, project: str, job: str) -> Job | None: ...

    def owner(self, job: str) -> str | None:
        """The project of a job, whoever asks."""
        ...

    def jobs(self, wanted: JobFilter) -> Sequence[Job]: ...

    def outline(self, project: str, job: str) -> Job | None:
        """The job without its items, of which there may be thousands."""
        ...

    def outlines(self, wanted: JobFilter) -> Sequence[Job]:
        """`jobs` without their items."""
        ...

    def progress(self, project: str, job: str) -> Progress | None:
        """The job in brief; cheaper than `job`."""
        ...

    def tag(self, project: str, job: str, tag: str) -> bool:
        """Change `options.tag`. False when there is no such job."""
        ...

    def cancel(self, project: str, job: str) -> Job | None:
        """Cancel unless ended. Gives the job as it is then; None when there is none."""
        ...

    def end_overdue(self, most: float) -> Sequence[Progress]:
        """Count the time that jobs with `max_seconds` are worked on, and fail those of which it is over; gives these.

        To be called again and again: what lies between two calls counts where it is at most `most` seconds."""
        ...

    def forget(self, project: str, job: str) -> bool:
        """Remove a job and all that hangs on it; its blobs are the caller's to delete. False when there is none."""
        ...

    def expired(self, limit: int) -> Sequence[str]:
        """Forget up to `limit` ended jobs that are past `expires_at`; gives their ids."""
        ...

    def known_jobs(self, jobs: Sequence[str]) -> frozenset[str]:
        """Which of these ids exist, whoever owns them: for sweeping blobs whose job is gone."""
        ...

    def result_blobs(self, project: str, job: str) -> Sequence[UnitBlob]:
        """Where the pages of the job lie, in order of item and page; only those that are done."""
        ...

    def export(self, project: str, job: str, item: int, form: Format) -> Export | None: ...

    def request_export(self, project: str, job: str, item: int, form: Format) -> None:
        """Add a publishing unit for an ended job, unless that export exists or is under way."""
        ...

    def statistics(self) -> StoreStatistics: ...


class UnitStore(Protocol):
    """The workers' side of the same store."""

    def claim(self, holder: str, seconds: float) -> Lease | None:
        """Lease the next unit; None when nothing waits. Within a project by (priority, age), and between projects by
        the project's running units: of priorities there only those above 10 go first, and those below 0 last."""
        ...

    def renew(self, leases: Sequence[Lease], seconds: float) -> Sequence[LeaseState]: ...

    def release_holder(self, holder: str) -> int:
        """Give back all units of a holder that is known to be dead; gives their number."""
        ...

    def release_expired(self) -> int:
        """Give back all units whose lease ran out; gives their number."""
        ...

    def holders(self) -> Sequence[str]:
        """Who holds leases now."""
        ...

    def complete_prepare(self, lease: Lease, prepared: PreparedItem) -> Progress | None:
        """None when the lease was lost: nothing was changed, and the caller deletes its blob. The same below."""
        ...

    def complete_read(self, lease: Lease, result: ReadResult) -> Progress | None: ...

    def complete_publish(self, lease: Lease, published: Published) -> Progress | None:
        """Exports and objects become visible together, with the end of the unit.

        Raises ObjectRetained; then nothing was changed."""
        ...

    def fail(self, lease: Lease, failure: Failure, rules: FailureRules) -> Outcome:
        """Retry, halve or give up a unit. Giving up a read unit is `complete_read` with an error page, not this:
        then `FAILED` is answered and nothing is changed, so that the caller can write that page first."""
        ...

    def fail_item(self, lease: Lease, failure: Failure) -> Progress | None:
        """The item cannot be prepared at all; the job goes on without it."""
        ...


class NoticeStore(Protocol):
    """The outbox."""

    def due_notices(self, limit: int, seconds: float) -> Sequence[Notice]:
        """Lease up to `limit` notices whose time has come for `seconds`."""
        ...

    def notice_done(self, notice: Notice, log: DeliveryLog, retry_at: float | None) -> None:
        """Log an attempt: `retry_at` None ends it, delivered or given up as `log.outcome` says."""
        ...

    def deliveries(self, project: str, job: str) -> Sequence[DeliveryLog]: ...


class AccessStore(Protocol):
    """Projects, credentials, buckets and the rows of objects."""

    def create_project(self, project: str, webhook_secret: str) -> bool:
        """False when it exists already."""
        ...

    def projects(self) -> Sequence[str]: ...

    def webhook_secret(self, project: str) -> str | None: ...

    def add_credentials(self, credentials: Sequence[Credential]) -> None: ...

    def remove_project(self, project: str) -> bool:
        """Remove a project with its credentials and resources. False when there is none. Raises ProjectInUse."""
        ...

    def credential(self, kind: CredentialKind, identifier: str) -> Credential | None:
        """None when unknown, revoked or expired."""
        ...

    def credentials(self, project: str | None) -> Sequence[Credential]: ...

    def revoke(self, key_set: str) -> bool: ...

    def forget_expired_credentials(self) -> int:
        """Delete credentials that are past `expires_at`; gives their number."""
        ...

    def create_bucket(self, bucket: Bucket) -> None:
        """Raises BucketExists."""
        ...

    def bucket(self, name: str) -> Bucket | None: ...

    def buckets(self, project: str | None) -> Sequence[Bucket]: ...

    def change_bucket(self, bucket: Bucket) -> None:
        """Record `retention_days` and `governed`."""
        ...

    def remove_bucket(self, name: str) -> bool:
        """With the rows of all its objects, and its resource. Raises ObjectRetained."""
        ...

    def remove_empty_bucket(self, name: str) -> bool:
        """Raises BucketNotEmpty."""
        ...

    def put_object(self, info: ObjectInfo, precondition: Precondition = ALWAYS) -> str | None:
        """Record an object; gives the blob of the one it replaces, for the caller to delete.

        Raises ObjectRetained, PreconditionFailed."""
        ...

    def object(self, bucket: str, key: str) -> ObjectInfo | None: ...

    def objects(self, bucket: str, prefix: str, after: str, limit: int) -> Sequence[ObjectInfo]: ...

    def remove_object(self, bucket: str, key: str, precondition: Precondition = ALWAYS) -> ObjectInfo | None:
        """None when there is none. Raises ObjectRetained, PreconditionFailed."""
        ...

    def put_resource(self, resource: Resource) -> None:
        """Record it, replacing the one of the same kind, namespace and name."""
        ...

    def resources(self, kind: ResourceKind, namespace: str | None, name: str | None = None) -> Sequence[Resource]:
        """By namespace and name."""
        ...

    def remove_resource(self, kind: ResourceKind, namespace: str, name: str) -> bool: ...


class Store(JobStore, UnitStore, NoticeStore, AccessStore, Protocol):
    """All of it: one adapter class a database."""

    def now(self) -> float:
        """The store's clock."""
        ...

    def close(self) -> None: ...


class BlobWriter(Protocol):
    """A blob that is being written: not visible, and gone if never kept. `file` is for writers that want a file."""

    file: BinaryIO

    def write(self, data: bytes) -> None:
        """Raises StorageFull."""
        ...

    def keep(self, name: str) -> int:
        """Make it durable under `name` (a slash separates the job from the rest); gives its size in bytes."""
        ...

    def discard(self) -> None: ...


class Blobs(Protocol):
    """The server's own keeping of bytes: inputs, results, exports. The service chooses names, never a caller."""

    def writer(self) -> BlobWriter: ...

    def path(self, name: str) -> Path:
        """A local file with the blob's bytes."""
        ...

    def read(self, name: str) -> bytes: ...

    def open(self, name: str) -> AbstractContextManager[BinaryIO]: ...

    def link(self, name: str, new: str) -> None:
        """The same bytes under a second name, durably; deleting one leaves the other."""
        ...

    def delete(self, name: str) -> None:
        """Deleting what is not there is fine."""
        ...

    def delete_folder(self, folder: str) -> None:
        """Delete all blobs whose name begins with `folder` and a slash."""
        ...

    def folders(self, older_than_seconds: float) -> Iterator[str]:
        """Folders that were not touched for a while, for the sweep."""
        ...

    def sweep_temporary(self, older_than_seconds: float) -> int:
        """Delete what writers that died left behind; gives the number of files."""
        ...


class Remotes(Protocol):
    """Buckets that lie elsewhere (s3, gs, a folder): opened by registration only, never by a caller's address."""

    def head(self, bucket: Bucket, key: str) -> RemoteObject | None: ...

    def head_bytes(self, bucket: Bucket, key: str, count: int) -> bytes:
        """The first bytes of an object, to tell its format."""
        ...

    def download(self, bucket: Bucket, key: str, out: BinaryIO, limit: int) -> RemoteObject:
        """Raises ObjectNotFound, FileTooLarge, FetchFailed."""
        ...

    def upload(self, bucket: Bucket, key: str, path: Path, content_type: str) -> str:
        """Gives the etag."""
        ...

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> Sequence[tuple[str, RemoteObject]]:
        """Keys and objects, sorted by key."""
        ...

    def delete(self, bucket: Bucket, key: str) -> None: ...


class Wake(Protocol):
    """Tells other processes of this server that something changed. A lost message costs time, never correctness."""

    def units_wait(self) -> None:
        """There is work for workers."""
        ...

    def job_changed(self, progress: Progress) -> None:
        """Whoever waits for this job should look."""
        ...

    def job_cancelled(self, job: str) -> None:
        """Workers that hold units of this job should stop now."""
        ...


class Changes(Protocol):
    """What is heard of one job: `next` waits for a message, or for at most `seconds`."""

    async def next(self, seconds: float) -> Progress | None: ...


class Watch(Protocol):
    """The other end of `Wake`, in the process that answers callers."""

    def job(self, job: str) -> AbstractAsyncContextManager[Changes]:
        """Listen from now on."""
        ...

    def latest(self, job: str) -> Progress | None:
        """The last message about a job that is under way; it counts pages that are not committed yet."""
        ...


class Egress(Protocol):
    """The one way out to addresses that callers supply."""

    def check(self, address: str) -> None:
        """Refuse at once what can be refused without the network. Raises AddressForbidden."""
        ...


class Renderer(Protocol):
    """Renders pages to a format that does not need the original file."""

    def __call__(self, form: Format, name: str, pages: Iterable[Page], out: BinaryIO) -> None: ...
