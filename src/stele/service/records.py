"""The records: what goes in and out of the ports, as frozen values.

Times are seconds since the epoch by the store's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

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
    #: whether any of them could not be read
    failed: bool = False


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


class NoticeKind(StrEnum):
    """How it is told that a job has ended."""

    WEBHOOK = "webhook"  #: to an address
    SNS = "sns"  #: to a topic, by its ARN


class Notice(Value):
    """A notice that is due, leased to one deliverer."""

    id: int
    job: str
    project: str
    dialect: str
    kind: NoticeKind
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

    `secret` is a SHA-256 too, except for access keys, whose secret is derived and not kept, and for service keys. Past
    `expires_at` it does not count.
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


class RemoteObject(Value):
    """An object in a bucket that is not embedded."""

    size: int
    etag: str | None
    modified_at: float
    version: str | None = None
