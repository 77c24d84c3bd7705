"""The public shape of requests and answers. Nothing of the domain is sent as it is, but errors and pages.

Requests are strict: a field that is not listed here is refused by name. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from stele.domain.document import SCHEMA, Page
from stele.domain.errors import Failure
from stele.domain.job import EngineName, Feature, Format, HiddenText, JobState
from stele.domain.value import Value

# -- requests ---------------------------------------------------------------------------------------------------------


Word = Annotated[str, Meta(min_length=1, max_length=255)]
Address = Annotated[str, Meta(min_length=1, max_length=8192)]


class InputRef(Value, forbid_unknown_fields=True):
    """One input: exactly one of `url`, `uri` and `content`."""

    url: Annotated[Address | None, Meta(description="An `https://` or `http://` address; fetched before reading.")] = (
        None
    )
    uri: Annotated[
        Address | None, Meta(description="An object in a registered bucket: `gs://NAME/KEY` or `s3://NAME/KEY`.")
    ] = None
    content: Annotated[bytes | None, Meta(description="The file itself, in base64. Send large files as a form.")] = None
    name: Annotated[Word | None, Meta(description="What to call `content`.")] = None


class WebhookTarget(Value, forbid_unknown_fields=True):
    """Where to send a signed notice when the job ends."""

    url: Address


class Question(Value, forbid_unknown_fields=True):
    """A question about the document, answered where the features include `queries`."""

    text: Annotated[str, Meta(min_length=1, max_length=500, description="In natural language: `What is the total?`")]
    alias: Annotated[Word | None, Meta(description="A name of your own for the answer.")] = None
    pages: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\*|\d{1,6}(-(\d{1,6}|\*))?)$")], ...],
        Meta(max_length=64, description="Which pages it is asked of: `3`, `2-5`, `4-*`, `*`. Empty: all."),
    ] = ()


class Options(Value, forbid_unknown_fields=True):
    """What to read and how. Everything has a default."""

    languages: Annotated[
        tuple[Word, ...],
        Meta(max_length=32, description="BCP-47 codes such as `en`, `zh-Hans`. Empty: Latin, Chinese and Japanese."),
    ] = ()
    features: Annotated[tuple[Feature, ...], Meta(max_length=16, description="What to find.")] = (Feature.TEXT,)
    queries: Annotated[
        tuple[Question, ...], Meta(max_length=30, description="What to answer, with the feature `queries`.")
    ] = ()
    formats: Annotated[
        tuple[Format, ...],
        Meta(max_length=16, description="Exports to prepare with the job; the others are made when first asked for."),
    ] = ()
    engine: Annotated[EngineName, Meta(description="Which engine reads scans. `null` is for tests.")] = EngineName.AUTO
    hidden_text: Annotated[
        HiddenText | None,
        Meta(
            description="Words under a scan that nobody sees: `trust` takes them where they are sound, `reread` reads "
            "the pixels anew. Without it, the server's setting."
        ),
    ] = None
    password: Annotated[Word | None, Meta(description="Opens encrypted inputs.")] = None
    webhook: WebhookTarget | None = None
    priority: Annotated[int, Meta(ge=-10, le=10, description="Higher goes first.")] = 0
    tag: Annotated[Word | None, Meta(description="A word of your own, to find the job by.")] = None
    retention_seconds: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="How long results are kept after the job has ended.")
    ] = None


class SubmitBody(Options, forbid_unknown_fields=True):
    """A job whose inputs are addresses, objects or base64."""

    inputs: tuple[InputRef, ...]


class NewBucket(Value, forbid_unknown_fields=True):
    """An embedded bucket to be. Buckets elsewhere are registered by the operator."""

    name: Annotated[str, Meta(description="3 to 63 of a-z, 0-9, `.`, `_`, `-`; unique over the server.")]


# -- queries ----------------------------------------------------------------------------------------------------------


class NoQuery(Value, forbid_unknown_fields=True):
    """No query parameters."""


class JobsQuery(Value, forbid_unknown_fields=True):
    state: Annotated[tuple[JobState, ...], Meta(description="Only these states; repeat or separate by commas.")] = ()
    tag: Annotated[str | None, Meta(description="Only jobs with this tag.")] = None
    dialect: Annotated[str | None, Meta(description="Only jobs submitted through this dialect.")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Jobs in one answer.")] = 50
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the answer before.")] = None


class JobQuery(Value, forbid_unknown_fields=True):
    wait: Annotated[float, Meta(ge=0, le=60, description="Seconds to wait for the job to end before answering.")] = 0.0


class PagesQuery(Value, forbid_unknown_fields=True):
    item: Annotated[int, Meta(ge=0, description="Which input, counted from 0.")] = 0
    first: Annotated[int, Meta(ge=1, description="The first page wanted, counted from 1.")] = 1
    limit: Annotated[
        int, Meta(ge=1, le=100, description="Pages in one answer at most; fewer come when they are large.")
    ] = 10


class ExportQuery(Value, forbid_unknown_fields=True):
    format: Annotated[Format, Meta(description="What to render.")]
    item: Annotated[int, Meta(ge=0, description="Which input, counted from 0.")] = 0
    wait: Annotated[
        float, Meta(ge=0, le=60, description="Seconds to wait for an export that has to be made first (`pdf`).")
    ] = 10.0


class ObjectsQuery(Value, forbid_unknown_fields=True):
    prefix: Annotated[str, Meta(description="Only keys that begin so.")] = ""
    after: Annotated[str, Meta(description="Only keys behind this one.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="Objects in one answer.")] = 1000


# -- answers ----------------------------------------------------------------------------------------------------------


class ItemView(Value):
    """One input of a job. `pages` is null until they were counted."""

    index: int
    name: str
    media_type: str | None
    pages: int | None
    pages_done: int
    pages_failed: int
    error: Failure | None


class OptionsView(Value):
    """The options in force. Secrets (password, webhook address) are not repeated."""

    languages: tuple[str, ...]
    features: tuple[Feature, ...]
    formats: tuple[Format, ...]
    engine: EngineName
    hidden_text: HiddenText | None
    priority: int


class JobLinks(Value):
    """Where the rest of the job is."""

    self: str
    events: str
    pages: str
    export: str
    deliveries: str


class JobView(Value):
    """A job. `pages_done` includes `pages_failed`; `expires_at` says until when results can be read."""

    id: str
    state: JobState
    ended: bool
    dialect: str
    tag: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    pages_total: int | None
    pages_done: int
    pages_failed: int
    items: tuple[ItemView, ...]
    options: OptionsView
    error: Failure | None
    links: JobLinks


class JobsView(Value):
    """Jobs, newest first. `next` is the address of what follows, null at the end."""

    jobs: tuple[JobView, ...]
    next_cursor: str | None
    next: str | None


class ProgressView(Value):
    """What one event of a job's stream tells. Seconds since submission; `eta_seconds` is null while nobody can tell."""

    job: str
    state: JobState
    ended: bool
    pages_total: int | None
    pages_done: int
    pages_failed: int
    elapsed: float
    eta_seconds: float | None


class PagesView(Value):
    """Some pages of one input, in the canonical form. `total` counts all pages of that input."""

    schema: str = SCHEMA
    job: str
    item: int
    name: str
    total: int | None
    pages: tuple[Page, ...]
    error: Failure | None
    next: str | None


class DeliveryView(Value):
    """One attempt to deliver a notice. `status` is what the other side answered, if it did."""

    at: datetime
    attempt: int
    outcome: str
    status: int | None
    error: str | None


class DeliveriesView(Value):
    deliveries: tuple[DeliveryView, ...]


class LimitsView(Value):
    """What one request may hold."""

    bytes: int
    pages: int
    items: int
    jobs_at_once: int
    requests_per_second: float
    retention_seconds: int


class QueueView(Value):
    """Units of work on the whole server, of all projects."""

    waiting: int
    running: int


class ProjectView(Value):
    """Whom the credentials belong to, and what holds for them."""

    project: str
    version: str
    limits: LimitsView
    queue: QueueView


class BucketView(Value):
    """A bucket. Only embedded ones lie on this server."""

    name: str
    embedded: bool
    created_at: datetime
    uri: str


class BucketsView(Value):
    buckets: tuple[BucketView, ...]


class ObjectView(Value):
    """An object. What is not known of an object in a remote bucket is null."""

    key: str
    size: int
    uri: str
    etag: str | None
    content_type: str | None
    created_at: datetime | None


class ObjectsView(Value):
    """Objects, sorted by key. `next` is the address of what follows, null at the end."""

    objects: tuple[ObjectView, ...]
    next: str | None


class Problem(Value):
    """What went wrong (RFC 9457). `code` is stable; `retryable` says whether the same call may succeed later."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    instance: str
