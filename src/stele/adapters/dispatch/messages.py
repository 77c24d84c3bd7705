"""What a slot and its child say to each other, as msgpack over a socket pair: one task, then events until it is
settled."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import msgspec

from stele.adapters.egress.policy import EgressPolicy
from stele.domain.errors import Failure
from stele.domain.job import Format, HiddenText, Job, JobOptions, Source
from stele.domain.media import Limits
from stele.domain.value import Value
from stele.pipeline.reading.engines.paddle.runtime import Device, Precision
from stele.service.records import (
    Bucket,
    PreparedItem,
    Published,
    PublishStep,
    ReadResult,
    UnitBlob,
)


class EgressSetup(Value):
    """The part of the egress policy that the settings say, as plain text and numbers."""

    schemes: tuple[str, ...]
    ports: tuple[int, ...]
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    max_bytes: int
    timeout_seconds: float
    ca_file: str | None = None


def policy_of(setup: EgressSetup) -> EgressPolicy:
    return EgressPolicy(
        schemes=setup.schemes,
        ports=setup.ports,
        allow=tuple(ip_network(network) for network in setup.allow),
        deny=tuple(ip_network(network) for network in setup.deny),
        max_bytes=setup.max_bytes,
        timeout_seconds=setup.timeout_seconds,
        ca_file=Path(setup.ca_file) if setup.ca_file else None,
    )


class WorkerSetup(Value):
    """What a child must know before its first task. `workers` is how many children share this machine.

    `command` starts one: its program, to which a file descriptor and the parent's process id are added.
    """

    command: tuple[str, ...]
    data: str
    limits: Limits
    workers: int
    threads: int
    precision: Precision
    device: Device
    hidden_text: HiddenText
    egress: EgressSetup
    profiles: dict[str, dict[str, str]]
    log_level: str = "info"
    log_format: str = "text"


# -- tasks ------------------------------------------------------------------------------------------------------------


class PrepareTask(Value, tag="prepare"):
    """Get an item's bytes to `blob` if they are not here yet, lay it out to `layout` if it is an office file, and count
    its pages."""

    source: Source
    bucket: Bucket | None
    blob: str
    layout: str
    options: JobOptions


class ReadTask(Value, tag="read"):
    """Read the pages `first_page` … `first_page + page_count - 1` and keep them as `blob`."""

    project: str
    source: Source
    first_page: int
    page_count: int
    attempt: int
    options: JobOptions
    blob: str


class ExportTask(Value, tag="export"):
    """Render an item to `form` and keep it as `blob`."""

    source: Source
    item: int
    form: Format
    parts: tuple[UnitBlob, ...]
    options: JobOptions
    blob: str


class PublishTask(Value, tag="publish"):
    """Have the dialect write the job's results to `bucket`. `parts` are those of all items."""

    job: Job
    step: PublishStep
    bucket: Bucket
    parts: tuple[UnitBlob, ...]


Task = PrepareTask | ReadTask | ExportTask | PublishTask

# -- events -----------------------------------------------------------------------------------------------------------


class Beat(Value, tag="beat"):
    """The child's process is alive and scheduled; sent every second, also while native code runs."""


class PageDone(Value, tag="page"):
    """One more page of the task is done."""


class Prepared(Value, tag="prepared"):
    result: PreparedItem


class HasRead(Value, tag="has-read"):
    result: ReadResult


class HasPublished(Value, tag="has-published"):
    result: Published


class HasFailed(Value, tag="failed"):
    """The task as a whole cannot be done; single pages that fail are inside `HasRead`."""

    failure: Failure


Settled = Prepared | HasRead | HasPublished | HasFailed
Event = Beat | PageDone | Prepared | HasRead | HasPublished | HasFailed

encode = msgspec.msgpack.Encoder().encode
decode_setup = msgspec.msgpack.Decoder(WorkerSetup).decode
# A union of types is not a type to type checkers.
_task: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
_event: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)
decode_task = _task.decode
decode_event = _event.decode
