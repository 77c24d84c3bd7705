"""The ports: what the use cases need from the world, as Protocols that adapters make real.

Everything here is synchronous and may block on a disk or a network; whoever runs an event loop calls it in a thread.
Times are seconds since the epoch by the store's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from stele.domain.document import Page
from stele.domain.errors import Failure
from stele.domain.job import Format, Job, JobOptions, JobState, Output, Source, UnitKind
from stele.domain.value import Value

# -- what goes in and out of the store --------------------------------------------------------------------------------


class RetentionStart(StrEnum):
    ACCEPTED = "accepted"
    COMPLETED = "completed"


class Retention(Value):
    """Until when results can be read: `seconds` after the job was accepted or completed, as the dialect promises.

    Never less than an hour after completion, whatever the rule says.
    """

    seconds: int
    counted_from: RetentionStart = RetentionStart.COMPLETED


class NewItem(Value):
    """An input of a job to be. `pages` and `media_type` are given where they are known without opening the file. With
    an `error` it has failed already: it is kept as an item, and there is nothing to do for it."""

    name: str
    source: Source
    media_type: str | None = None
    pages: int | None = None
    error: Failure | None = None


class PublishStep(Value):
    """Something to write when all pages are read: an export of one item in a format, or, with an `output`, what the
    dialect publishes there: of one item, or (item None) of the job."""

    item: int | None
    format: Format | None
    output: Output | None = None


class NewJob(Value):
    id: str
    project: str
    dialect: str
    options: JobOptions
    items: tuple[NewItem, ...]
    publish: tuple[PublishStep, ...] = ()
    retention: Retention
    idempotency_key: str | None = None
    idempotency_seconds: int = 86_400
    #: what a second request with the same key must match
    fingerprint: str = ""
    #: jobs of the project that may be under way at once, this one included
    quota: int


class Submitted(Value):
    """`job` is the one stored now, or, when `repeated`, the one that an earlier request with the same key made."""

    job: Job
    repeated: bool


class Range(Value):
    """A run of pages: `first` counts from 1."""

    first: int
    count: int


class Progress(Value):
    """A job in brief, for whoever waits for it."""

    job: str
    state: JobState
    pages_total: int | None
    pages_done: int
    pages_failed: int


class Lease(Value):
    """A claimed unit: only who shows `token` may complete it, and only while the store still knows that token."""

    unit: int
    token: str
    job: str
    project: str
    dialect: str
    kind: UnitKind
    attempt: int
    item: int | None
    first_page: int
    page_count: int
    step: PublishStep | None
    options: JobOptions
    source: Source | None
    media_type: str | None
    progress: Progress


class LeaseState(StrEnum):
    HELD = "held"
    LOST = "lost"  #: expired, or taken away because the job was cancelled or forgotten


class PreparedItem(Value):
    """What preparing an item found. `source` replaces the item's source (its bytes are now in a blob).

    `pages` are those wanted, `document_pages` all there are, `ranges` cover the wanted ones.
    """

    source: Source
    media_type: str
    pages: int
    document_pages: int
    ranges: tuple[Range, ...]


class ReadResult(Value):
    """What reading a run of pages gave: `blob` holds the pages."""

    blob: str
    pages: int
    failed: int
    with_text: int
    error: Failure | None = None  #: of the first page that failed


class Outcome(StrEnum):
    """What became of a unit that could not be done."""

    RETRIED = "retried"
    SPLIT = "split"
    FAILED = "failed"
    LOST = "lost"  #: the lease was not held any more; nothing was changed


class FailureRules(Value):
    """How often a unit is tried before it is halved, or, when it has one page, given up."""

    attempts: int = 2
    attempts_single: int = 3
    backoff_seconds: float = 0.5


class JobFilter(Value):
    """Which jobs to list, newest first. `before` is the id of the last one of the page before."""

    project: str
    states: tuple[JobState, ...] = ()
    tag: str | None = None
    dialect: str | None = None
    before: str | None = None
    limit: int = 50


class UnitBlob(Value):
    """Where the pages `first_page` … `first_page + page_count - 1` of an item lie."""

    item: int
    first_page: int
    page_count: int
    blob: str


class Export(Value):
    """A rendered result. Without `blob` it could not be made; `error` says why."""

    item: int
    format: Format
    blob: str | None
    size: int
    error: Failure | None = None


class Bucket(Value):
    """A place for objects. Without `url` it is embedded: its objects lie in this server's data folder."""

    name: str
    project: str
    url: str | None = None
    endpoint: str | None = None
    profile: str | None = None
    #: for this long nobody may delete or replace an object
    retention_days: int = 0
    #: whether jobs may use it only as role bindings allow; see `stele.service.roles`
    governed: bool = False
    created_at: float = 0.0


class ObjectInfo(Value):
    bucket: str
    key: str
    size: int
    content_type: str
    crc32c: int
    etag: str
    generation: int
    blob: str
    created_at: float = 0.0  #: by the store's clock; 0 means when it is recorded


class Precondition(Value):
    """What the generation of an object must or must not be for a call to go on; 0 stands for no object."""

    generation: int | None = None
    not_generation: int | None = None

    def holds(self, generation: int) -> bool:
        return self.generation in {None, generation} and self.not_generation != generation


ALWAYS = Precondition()


class ResourceKind(StrEnum):
    """The kinds of Distributed Cloud's resources that are understood."""

    PROJECT = "Project"
    BUCKET = "Bucket"
    ROLE = "Role"
    ROLE_BINDING = "RoleBinding"


class Resource(Value):
    """A resource as it was applied: `manifest` is its document, as JSON."""

    kind: ResourceKind
    namespace: str
    name: str
    manifest: str
    created_at: float = 0.0


class Published(Value):
    """What publishing gave: an export of an item, or a dialect's objects, or the reason why there is nothing."""

    export: Export | None = None
    objects: tuple[ObjectInfo, ...] = ()
    error: Failure | None = None


class Notice(Value):
    """A notice that is due, leased to one deliverer."""

    id: int
    job: str
    project: str
    dialect: str
    kind: str
    target: str
    attempt: int
    secret: str


class DeliveryLog(Value):
    """One attempt to deliver a notice."""

    at: float
    attempt: int
    outcome: str
    status: int | None
    error: str | None


class CredentialKind(StrEnum):
    BEARER = "bearer"
    API_KEY = "api_key"
    ACCESS_KEY = "access_key"
    CLIENT = "client"
    SERVICE_ACCOUNT = "service_account"  #: likewise: `stele.service.accounts`
    SERVICE_KEY = "service_key"  #: `secret` is a public key and whose it is, as JSON: `stele.service.identities`


class Credential(Value):
    """One way for a project to prove itself. `identifier` is looked up: a SHA-256 of a token, or a public id.

    `secret` is a SHA-256 too, except for access keys, whose signatures can only be checked with the secret itself, and
    for service keys. Past `expires_at` it does not count.
    """

    key_set: str
    project: str
    kind: CredentialKind
    identifier: str
    secret: str | None
    created_at: float = 0.0
    expires_at: float | None = None
    revoked_at: float | None = None


class StoreStatistics(Value):
    """Counts for metrics and readiness: jobs by state, units that wait, notices that are due."""

    jobs: Mapping[str, int]
    units_waiting: int
    units_leased: int
    notices_pending: int


# -- the ports --------------------------------------------------------------------------------------------------------


class JobStore(Protocol):
    """Jobs, items, units. Each method is one transaction, durable when it returns."""

    def submit(self, job: NewJob) -> Submitted:
        """Accept a job. Raises TooManyJobs, IdempotencyMismatch."""
        ...

    def job(self, project: str, job: str) -> Job | None: ...

    def jobs(self, wanted: JobFilter) -> Sequence[Job]: ...

    def progress(self, project: str, job: str) -> Progress | None:
        """The job in brief; cheaper than `job`."""
        ...

    def tag(self, project: str, job: str, tag: str) -> bool:
        """Change `options.tag`. False when there is no such job."""
        ...

    def cancel(self, project: str, job: str) -> Job | None:
        """Cancel unless ended. Gives the job as it is then; None when there is none."""
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
        """Lease the next unit, by (priority, the project's running units, age); None when nothing waits."""
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


class RemoteObject(Value):
    """An object in a bucket that is not embedded."""

    size: int
    etag: str | None
    modified_at: float


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


class CallerLimits(Value):
    """What the use cases enforce, from the settings."""

    max_bytes: int
    max_items: int
    jobs_at_once: int
    requests_per_second: float
    retention_seconds: int
    max_retention_seconds: int
