"""What a child does with a task: the pipeline on the bytes of one item. Runs in the child's main thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import structlog

from stele.adapters.dispatch.messages import (
    ExportTask,
    HasFailed,
    HasPublished,
    HasRead,
    Prepared,
    PrepareTask,
    PublishTask,
    ReadTask,
    Settled,
    Task,
    WorkerSetup,
    policy_of,
)
from stele.adapters.dispatch.publishing import pages_of, publish
from stele.adapters.egress.guarded import GuardedEgress
from stele.adapters.objects.files import FileBlobs
from stele.adapters.objects.remotes import ObstoreRemotes
from stele.domain.document import Page
from stele.domain.errors import FetchFailed, OutOfMemory, PageLimitExceeded, PageSelectionEmpty, SteleError
from stele.domain.job import Asked, Cleaning, Source, SourceKind, Speech
from stele.domain.media import WAV, Limits, MediaType
from stele.domain.value import changed
from stele.pipeline.annotation.annotating import MODEL_FREE
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.intake.opening import kind_of, lay_out, open_document
from stele.pipeline.intake.seam import OpenDocument, PageInput
from stele.pipeline.looking import look
from stele.pipeline.reading.seam import PageReader, ReadOptions
from stele.service.pages import error_page, packed, read_result
from stele.service.ports import (
    Blobs,
    Remotes,
)
from stele.service.publishing import PublisherOf
from stele.service.records import (
    Export,
    PreparedItem,
    Published,
    Range,
    ReadResult,
)

_MAX_UNIT_PAGES = 8

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What work needs: made once in the child."""

    blobs: Blobs
    remotes: Remotes
    egress: GuardedEgress
    reader: PageReader
    annotators: AnnotatorChooser
    publisher_of: PublisherOf
    limits: Limits
    workers: int


def tools_for(setup: WorkerSetup, publisher_of: PublisherOf) -> Tools:
    from stele.pipeline.reading.engines.choosing import EngineChooser
    from stele.pipeline.reading.reader import Reader

    data = Path(setup.data)
    return Tools(
        blobs=FileBlobs(data),
        remotes=ObstoreRemotes(setup.profiles),
        egress=GuardedEgress(policy_of(setup.egress)),
        reader=Reader(
            EngineChooser(data / "cache" / "models", setup.threads, setup.precision, setup.device), setup.hidden_text
        ),
        annotators=AnnotatorChooser(data / "models", data / "galleries"),
        publisher_of=publisher_of,
        limits=setup.limits,
        workers=setup.workers,
    )


def run(tools: Tools, task: Task, page_done: Callable[[], None]) -> Settled:
    """Do a task. Errors of the table come back as `HasFailed`; anything else is a bug, logged and told as internal."""
    try:
        return _done(tools, task, page_done)
    except SteleError as error:
        return HasFailed(failure=error.failure())
    except MemoryError:
        return HasFailed(failure=OutOfMemory(where="a step of the job").failure())
    except Exception:
        log.exception("a task failed unexpectedly", task=type(task).__name__)
        return HasFailed(failure=SteleError().failure())


def _done(tools: Tools, task: Task, page_done: Callable[[], None]) -> Settled:
    match task:
        case PrepareTask():
            return Prepared(result=_prepare(tools, task))
        case ReadTask():
            return HasRead(result=_read(tools, task, page_done))
        case ExportTask():
            return HasPublished(result=_export(tools, task, page_done))
        case PublishTask():
            return HasPublished(result=publish(tools, task, page_done))


def selected(selection: tuple[int, ...], pages: int) -> Sequence[int]:
    """The wanted pages of a document in order, each once. Raises PageSelectionEmpty when there is none of them."""
    if not selection:
        return range(1, pages + 1)
    counted = (number if number > 0 else pages + 1 + number for number in selection)
    wanted = sorted({number for number in counted if 1 <= number <= pages})
    if not wanted:
        raise PageSelectionEmpty(pages=pages)
    return wanted


def page_ranges(wanted: Sequence[int], workers: int) -> tuple[Range, ...]:
    """Units of a document: runs of pages, small enough to keep all workers busy, large enough to be worth a claim."""
    size = max(1, min(_MAX_UNIT_PAGES, len(wanted) // (2 * workers)))
    ranges: list[Range] = []
    for number in wanted:
        last = ranges[-1] if ranges else None
        if last is not None and last.count < size and last.first + last.count == number:
            ranges[-1] = changed(last, count=last.count + 1)
        else:
            ranges.append(Range(first=number, count=1))
    return tuple(ranges)


def _prepare(tools: Tools, task: PrepareTask) -> PreparedItem:
    source = task.source if task.source.blob else _fetched(tools, task)
    if isinstance(source.made, Speech):
        return _spoken(tools, source, source.made, task)
    source, office = _laid_out(tools, source, task)
    source = _cleaned(tools, source, task)
    with _opened(tools, source, task.options.password) as document:
        _check_pages(source, document)
        wanted = selected(source.selection, document.page_count)
        if source.made is not None and source.asked is not None and not source.asked.features:
            wanted = ()
        return PreparedItem(
            source=source,
            media_type=office or document.media_type,
            pages=len(wanted),
            document_pages=document.page_count,
            ranges=page_ranges(wanted, tools.workers),
        )


def _laid_out(tools: Tools, source: Source, task: PrepareTask) -> tuple[Source, MediaType | None]:
    """The source of the pages of a file that must be laid out, and what kind of file it is; any other source as it is.
    The file itself is kept: this step may have to be done again."""
    assert source.blob is not None
    path = tools.blobs.path(source.blob)
    if not kind_of(path, name=source.name, limits=tools.limits).needs_layout:
        return source, None
    with _keeping(tools, task.layout) as file:
        kind = lay_out(path, file, name=source.name, limits=tools.limits, password=task.options.password)
    return changed(source, blob=task.layout), kind


def _cleaned(tools: Tools, source: Source, task: PrepareTask) -> Source:
    """The source of the cleaned pages where they are to be cleaned; any other source as it is."""
    if not isinstance(source.made, Cleaning):
        return source
    from stele.pipeline.cleaning.pages import write_cleaned

    with _opened(tools, source, task.options.password) as document, _keeping(tools, task.layout) as file:
        _check_pages(source, document)
        write_cleaned(document, source.made, tools.limits, file)
    return changed(source, blob=task.layout)


def _spoken(tools: Tools, source: Source, speech: Speech, task: PrepareTask) -> PreparedItem:
    """An item that has no pages, only a sound."""
    from stele.pipeline.speech import speak

    assert source.blob is not None
    with _keeping(tools, task.layout) as file:
        speak(tools.blobs.path(source.blob), speech, file)
    made = changed(source, blob=task.layout)
    return PreparedItem(source=made, media_type=WAV, pages=0, document_pages=0, ranges=())


def _fetched(tools: Tools, task: PrepareTask) -> Source:
    """Bring the bytes of an address or a remote object into this server's keeping."""
    source = task.source
    writer = tools.blobs.writer()
    try:
        if source.kind is SourceKind.URL:
            assert source.address is not None
            tools.egress.fetch(source.address, writer, max_bytes=source.max_bytes)
        else:
            assert source.key is not None and task.bucket is not None
            found = tools.remotes.download(task.bucket, source.key, writer.file, tools.limits.max_bytes)
            if source.etag is not None and found.etag != source.etag:
                raise FetchFailed(reason=f"{source.name} was replaced after the job was submitted. Submit it again.")
        size = writer.keep(task.blob)
    except BaseException:
        writer.discard()
        raise
    return changed(source, blob=task.blob, size=size)


def _read(tools: Tools, task: ReadTask, page_done: Callable[[], None]) -> ReadResult:
    asked = task.source.asked or Asked(
        languages=task.options.languages, features=task.options.features, queries=task.options.queries
    )
    options = ReadOptions(
        languages=asked.languages,
        features=asked.features,
        engine=task.options.engine,
        missing_pack=task.options.missing_pack,
        hidden_text=task.options.hidden_text,
        null_switches=task.options.null_switches,
        attempt=task.attempt,
    )
    wanted = any(feature.annotates for feature in asked.features)
    annotators = tools.annotators.of(task.project) if wanted else MODEL_FREE
    pages: list[Page] = []
    with _opened(tools, task.source, task.options.password) as document:
        for page in document.pages(task.first_page, task.page_count):
            pages.append(_read_page(page, options, partial(look, tools.reader, asked=asked, annotators=annotators)))
            page_done()
    _keep(tools, task.blob, packed(tuple(pages)))
    return read_result(task.blob, tuple(pages))


def _read_page(page: PageInput, options: ReadOptions, looked: Callable[[PageInput, ReadOptions], Page]) -> Page:
    """A page that fails does not cost the others anything."""
    try:
        return looked(page, options)
    except SteleError as error:
        return error_page(page.number, error.failure())
    except MemoryError:
        return error_page(page.number, OutOfMemory(where=f"page {page.number}").failure())
    except Exception:
        log.exception("a page failed unexpectedly", page=page.number)
        return error_page(page.number, SteleError().failure())


def _export(tools: Tools, task: ExportTask, page_done: Callable[[], None]) -> Published:
    document = ExportInput(
        name=task.source.name,
        pages=pages_of(tools.blobs, task.parts, page_done),
        original=tools.blobs.path(task.source.blob) if task.source.blob else None,
        password=task.options.password,
    )
    writer = tools.blobs.writer()
    try:
        write(task.form, document, writer.file)
        size = writer.keep(task.blob)
    except BaseException:
        writer.discard()
        raise
    return Published(export=Export(item=task.item, format=task.form, blob=task.blob, size=size))


def _opened(tools: Tools, source: Source, password: str | None) -> OpenDocument:
    assert source.blob is not None
    return open_document(tools.blobs.path(source.blob), name=source.name, limits=tools.limits, password=password)


def _check_pages(source: Source, document: OpenDocument) -> None:
    if source.max_pages is not None and document.page_count > source.max_pages:
        raise PageLimitExceeded(name=source.name, pages=document.page_count, limit=source.max_pages)


def _keep(tools: Tools, name: str, data: bytes) -> None:
    with _keeping(tools, name) as file:
        file.write(data)


@contextmanager
def _keeping(tools: Tools, name: str) -> Iterator[BinaryIO]:
    """A file that is kept as the blob `name` when nothing goes wrong."""
    writer = tools.blobs.writer()
    try:
        yield writer.file
        writer.keep(name)
    except BaseException:
        writer.discard()
        raise
