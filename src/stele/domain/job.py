"""The job: its states, its items, and the units of work that are leased to workers.

A job has items (one input each), items have pages. A unit is the smallest thing leased, done and committed: preparing
an item, reading a run of its pages, or publishing a result.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from stele.domain.errors import Failure
from stele.domain.media import MediaType
from stele.domain.value import Value


class JobState(StrEnum):
    ACCEPTED = "accepted"  #: durable, nothing done yet
    PREPARING = "preparing"  #: inputs are fetched and their pages counted
    WAITING = "waiting"  #: prepared; the units wait for a worker
    RUNNING = "running"  #: pages are being read
    PUBLISHING = "publishing"  #: all pages are read; exports and shards are being written
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"  #: some page or item failed, some did not
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDED


ENDED = frozenset(
    {JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED, JobState.CANCELLED},
)


class UnitKind(StrEnum):
    PREPARE = "prepare"
    READ = "read"
    PUBLISH = "publish"


class UnitState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    HELD = "held"  #: a publishing unit, until all pages are read
    CANCELLED = "cancelled"
    SPLIT = "split"  #: replaced by two halves, to find the page that kills its worker


class Format(StrEnum):
    """What a result can be rendered to."""

    TXT = "txt"
    LAYOUT = "layout.txt"  #: text that stands where it stands on the page
    JSON = "json"
    MD = "md"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    CSV = "csv"  #: its tables, and nothing else
    PPTX = "pptx"

    @property
    def needs_original(self) -> bool:
        """Whether rendering is work for a worker: it reads the input file again, or takes long."""
        return self in {Format.PDF, *OFFICE_FORMATS}

    @property
    def features(self) -> tuple[Feature, ...]:
        """What must be found in a document for this format to say all it can."""
        if self is Format.CSV:
            return (Feature.TABLES,)
        return (Feature.TABLES, Feature.LAYOUT) if self in {Format.MD, *OFFICE_FORMATS} else ()

    @property
    def is_text(self) -> bool:
        """Whether it can be shown on a terminal."""
        return self not in {Format.PDF, *OFFICE_FORMATS}

    @property
    def media_type(self) -> str:
        return {
            Format.TXT: "text/plain; charset=utf-8",
            Format.LAYOUT: "text/plain; charset=utf-8",
            Format.JSON: "application/json",
            Format.MD: "text/markdown; charset=utf-8",
            Format.HOCR: "text/html; charset=utf-8",
            Format.ALTO: "application/xml",
            Format.PDF: "application/pdf",
            Format.DOCX: MediaType.DOCX,
            Format.XLSX: MediaType.XLSX,
            Format.CSV: "text/csv; charset=utf-8",
            Format.PPTX: MediaType.PPTX,
        }[self]


OFFICE_FORMATS = frozenset({Format.DOCX, Format.XLSX, Format.PPTX})


class Feature(StrEnum):
    """What a job is asked to find. Pages are read unless nothing is asked for but what pictures show."""

    TEXT = "text"
    SYMBOLS = "symbols"  #: characters with boxes below each word
    LABELS = "labels"  #: what the picture shows, as a whole
    OBJECTS = "objects"  #: things, and where they are
    FACES = "faces"
    LOGOS = "logos"  #: of the galleries of the project
    LANDMARKS = "landmarks"  #: places, of the galleries of the project
    SAFE_SEARCH = "safe_search"  #: how likely the picture is one that not everybody should see
    WEB = "web"  #: the same and similar pictures, of the galleries of the project
    IMAGE_PROPERTIES = "image_properties"  #: dominant colours
    CROP_HINTS = "crop_hints"  #: where to crop, for wanted aspect ratios
    TABLES = "tables"
    FORMS = "forms"  #: keys with their values, and checkboxes
    LAYOUT = "layout"  #: titles, headers, lists, figures and other parts of the page
    QUERIES = "queries"  #: answers to the questions that come with the request
    SIGNATURES = "signatures"

    @property
    def annotates(self) -> bool:
        """Whether it is answered by annotations: by what a picture shows, not by the words on it."""
        return self in ANNOTATING

    @property
    def structures(self) -> bool:
        """Whether it is answered by structure: by how the words of a page stand to each other."""
        return self in STRUCTURING


ANNOTATING = frozenset(
    {
        Feature.LABELS,
        Feature.OBJECTS,
        Feature.FACES,
        Feature.LOGOS,
        Feature.LANDMARKS,
        Feature.SAFE_SEARCH,
        Feature.WEB,
        Feature.IMAGE_PROPERTIES,
        Feature.CROP_HINTS,
    }
)

STRUCTURING = frozenset({Feature.TABLES, Feature.FORMS, Feature.LAYOUT, Feature.QUERIES, Feature.SIGNATURES})


class EngineName(StrEnum):
    """Which engine reads scans. `AUTO` picks by language."""

    AUTO = "auto"
    PADDLE = "paddle"
    TESSERACT = "tesseract"
    NULL = "null"  #: for tests: answers at once, fails on demand


class MissingPack(StrEnum):
    """What becomes of pages in a language whose pack is not installed."""

    FAIL = "fail"
    NEAREST = "nearest"  #: they are read as another language of the same script, if there is one, with a warning


class HiddenText(StrEnum):
    """What becomes of words of a PDF page that nobody sees, as recognisers leave them under or over a scan."""

    TRUST = "trust"  #: they are taken where they read like a language
    REREAD = "reread"  #: they are left aside, and what stands in their place is read from the pixels


class Query(Value, omit_defaults=True):
    """A question about a document, in natural language.

    `pages` says which pages it is asked of: numbers (`3`), ranges (`2-5`, `4-*`) or all (`*`); none means all.
    """

    text: str
    alias: str | None = None
    pages: tuple[str, ...] = ()

    def asks(self, page: int) -> bool:
        """Whether it is asked of the page numbered `page`. What is no number and no range asks of no page."""
        return not self.pages or any(_within(page, part) for part in self.pages)


def _within(page: int, part: str) -> bool:
    first, dash, last = part.partition("-")
    if part == "*":
        return True
    if not first.isdecimal() or not (last == "*" or last.isdecimal() or not dash):
        return False
    return page == int(first) if not dash else int(first) <= page and (last == "*" or page <= int(last))


class Asked(Value, omit_defaults=True):
    """What is asked of one input. `crop_aspect_ratios` are width / height; `max_results` limits lists by feature;
    `queries` are answered where the features include them."""

    languages: tuple[str, ...] = ()
    features: tuple[Feature, ...] = (Feature.TEXT,)
    crop_aspect_ratios: tuple[float, ...] = ()
    max_results: dict[Feature, int] = msgspec.field(default_factory=dict)
    queries: tuple[Query, ...] = ()


class CleaningStep(StrEnum):
    """Something done to the picture of a page so that it reads, or looks, better."""

    CONTRAST = "contrast"
    BINARIZE = "binarize"  #: black and white
    DESKEW = "deskew"  #: a tilt of up to 15 degrees is taken out
    DEWARP = "dewarp"  #: lines that bend, as on the pages of an open book, become straight
    UPSAMPLE = "upsample"  #: twice the size


class Cleaning(Value, omit_defaults=True, tag="cleaning"):
    """Pages as pictures, cut and cleaned: first `crop` (left, top, right, bottom in pixels as displayed, cut off at the
    edges), then `turn` (degrees clockwise), then the steps in their order. One page becomes PNG, several TIFF."""

    crop: tuple[int, int, int, int] | None = None
    turn: float = 0.0
    steps: tuple[CleaningStep, ...] = ()


class Layout(Value, tag="layout"):
    """The pages of a file that has to be laid out, as PDF."""


class Speech(Value, tag="speech"):
    """A text (UTF-8) spoken, as WAV. `language` is a BCP-47 code."""

    language: str


class SourceKind(StrEnum):
    UPLOAD = "upload"
    URL = "url"
    OBJECT = "object"


class Source(Value):
    """Where an item's bytes come from.

    `UPLOAD`: already in this server's keeping, `blob` names it. `URL`: `address` is fetched while preparing. `OBJECT`:
    `bucket` and `key`, with the `etag` seen when the job was accepted.
    """

    kind: SourceKind
    name: str
    size: int | None = None
    blob: str | None = None
    address: str | None = None
    bucket: str | None = None
    key: str | None = None
    etag: str | None = None
    #: pages wanted, from 1, or from -1 at the end; none means all
    selection: tuple[int, ...] = ()
    #: more pages than this and the item fails; None means that only the server's limit counts
    max_pages: int | None = None
    #: more bytes than this behind an address and the item fails; None means that only the server's limit counts
    max_bytes: int | None = None
    #: what is asked of this item, where that is not what the job's options say
    asked: Asked | None = None
    #: what the bytes are turned into before anything is read; where no feature is asked for, that is all that is done
    made: Cleaning | Layout | Speech | None = None


class Output(Value):
    """Where a dialect's results are written: objects whose keys begin with `prefix`."""

    bucket: str
    prefix: str


class Webhook(Value):
    """Where to send a notice when the job ends. Signed by the Standard Webhooks scheme with the project's secret."""

    url: str


class Topic(Value):
    """A topic of Amazon SNS where the end of the job is told. `role` is the ARN that the caller names with it."""

    arn: str
    role: str


class JobOptions(Value):
    """What the submitter asked for, in Stele's own terms. Dialects translate into this."""

    languages: tuple[str, ...] = ()
    features: tuple[Feature, ...] = (Feature.TEXT,)
    queries: tuple[Query, ...] = ()
    formats: tuple[Format, ...] = ()
    engine: EngineName = EngineName.AUTO
    missing_pack: MissingPack = MissingPack.FAIL
    hidden_text: HiddenText | None = None  #: as the server's setting says unless given
    password: str | None = None
    webhook: Webhook | None = None
    topic: Topic | None = None
    priority: int = 0
    tag: str | None = None
    retention_seconds: int | None = None
    #: the job fails when its units have been worked on for longer, whatever time they waited; None means no limit
    max_seconds: float | None = None
    output: Output | None = None
    #: what else the dialect must remember of the request, as it likes; only its publisher and serializer read it
    dialect_request: str | None = None
    #: for the null engine only, comma-separated: `hang:3`, `crash:7`, `oom:2`, `garbage:1` (page numbers),
    #: `crash-once:7` (only on the first attempt of a unit), `sleep:0.5` (seconds a page)
    null_switches: str | None = None


class Item(Value):
    """One input of a job."""

    index: int
    name: str
    source: Source
    media_type: str | None = None
    #: pages that are wanted, and pages of the whole document
    pages: int | None = None
    document_pages: int | None = None
    pages_done: int = 0
    pages_failed: int = 0
    error: Failure | None = None


class Job(Value):
    """A job as its owner sees it. Times are seconds since the epoch, by the store's clock."""

    id: str
    project: str
    dialect: str
    state: JobState
    options: JobOptions
    items: tuple[Item, ...]
    pages_total: int | None
    pages_done: int
    pages_failed: int
    pages_with_text: int  #: pages on which any word was found
    created_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float | None
    error: Failure | None
    #: why what the dialect publishes, or an export, could not be written
    publish_error: Failure | None = None
