"""Asking for jobs and their results. A job of another project does not exist for the asker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from stele.domain.document import Page
from stele.domain.errors import FormatUnavailable, JobNotFound, NoResult, RequestError, ResultNotReady
from stele.domain.job import Format, Job
from stele.domain.value import changed
from stele.service.core import READABLE, Core, Principal
from stele.service.pages import unpacked
from stele.service.ports import (
    Changes,
    Watch,
)
from stele.service.records import (
    DeliveryLog,
    Export,
    JobFilter,
    Progress,
    StoreStatistics,
    UnitBlob,
)

_POLL_SECONDS = 2.0  #: a lost wake-up costs at most this
_EXPORT_POLL_SECONDS = 0.5
_SPOOLED_BYTES = 1024 * 1024  #: a rendered result above this lies in a temporary file


def get_job(core: Core, principal: Principal, job: str) -> Job:
    """Raises JobNotFound."""
    found = core.store.job(principal.project, job)
    if found is None:
        raise JobNotFound(job=job)
    return found


def get_outline(core: Core, principal: Principal, job: str) -> Job:
    """The job without its items, of which there may be thousands. Raises JobNotFound."""
    found = core.store.outline(principal.project, job)
    if found is None:
        raise JobNotFound(job=job)
    return found


def owner_of(core: Core, job: str) -> Principal | None:
    """Whose job it is: for dialects that let whoever knows an id ask how far its job is. None when there is none."""
    project = core.store.owner(job)
    return None if project is None else Principal(project=project)


def list_jobs(core: Core, principal: Principal, wanted: JobFilter) -> Sequence[Job]:
    """Newest first; the project of the filter is the principal's, whatever it says."""
    return core.store.jobs(changed(wanted, project=principal.project))


def list_outlines(core: Core, principal: Principal, wanted: JobFilter) -> Sequence[Job]:
    """`list_jobs` without the items of jobs."""
    return core.store.outlines(changed(wanted, project=principal.project))


def pages(
    core: Core, principal: Principal, job: str, item: int, *, first: int = 1, count: int | None = None
) -> Iterator[Page]:
    """Pages of an ended job in order, `first` counting from 1, read from storage as they are consumed.

    Raises JobNotFound, ResultNotReady, NoResult."""
    _readable(core, principal, job, item)
    last = None if count is None else first + count - 1
    return _pages(core, core.store.result_blobs(principal.project, job), item, first, last)


def failed_pages(core: Core, principal: Principal, job: str, item: int) -> Iterator[Page]:
    """The pages of an ended job that could not be read, in order. Only the parts that have such are looked at.

    Raises what `pages` raises."""
    _readable(core, principal, job, item)
    parts = [part for part in core.store.result_blobs(principal.project, job) if part.failed]
    return (page for page in _pages(core, parts, item, 1, None) if page.error is not None)


def export(core: Core, principal: Principal, job: str, item: int, *, form: Format, out: BinaryIO) -> None:
    """Render an ended job's item to `out`, for formats that do not need the original.

    Raises JobNotFound, ResultNotReady, NoResult."""
    found = _readable(core, principal, job, item)
    name = found.items[item].name
    core.render(form, name, pages(core, principal, job, item), out)


def stored_export(core: Core, principal: Principal, job: str, item: int, form: Format) -> Export:
    """An export that a worker makes. When nobody asked for it yet it is ordered now, and ResultNotReady is raised.

    Raises JobNotFound, ResultNotReady, NoResult, FormatUnavailable."""
    _readable(core, principal, job, item)
    found = core.store.export(principal.project, job, item, form)
    if found is None:
        core.store.request_export(principal.project, job, item, form)
        core.wake.units_wait()
        raise ResultNotReady(job=job, state=f"making the {form}")
    if found.error is not None:
        raise FormatUnavailable(format=form, reason=found.error.message)
    return found


@contextmanager
def opened_export(core: Core, principal: Principal, job: str, item: int, form: Format) -> Iterator[BinaryIO]:
    """An ended job's item in any format, as a file at its beginning.

    Raises JobNotFound, ResultNotReady, NoResult, FormatUnavailable."""
    if form.needs_original:
        found = stored_export(core, principal, job, item, form)
        assert found.blob is not None
        with core.blobs.open(found.blob) as file:
            yield file
        return
    with SpooledTemporaryFile(_SPOOLED_BYTES) as spooled:
        rendered = cast(BinaryIO, spooled)
        export(core, principal, job, item, form=form, out=rendered)
        rendered.seek(0)
        yield rendered


@contextmanager
def opened_made(core: Core, principal: Principal, job: str, item: int) -> Iterator[BinaryIO]:
    """What an ended job's item was turned into (`Source.made`), as a file at its beginning; its media type is the
    item's.

    Raises JobNotFound, ResultNotReady, NoResult, FileNotFoundError."""
    blob = _readable(core, principal, job, item).items[item].source.blob
    assert blob is not None
    with core.blobs.open(blob) as file:
        yield file


async def wait_export(
    core: Core, watch: Watch, principal: Principal, job: str, item: int, *, form: Format, seconds: float
) -> None:
    """Order an export that a worker makes, and wait until it is there. Returns at once for the other formats.

    Raises JobNotFound, NoResult, FormatUnavailable; ResultNotReady after `seconds`, or at once for a job that has not
    ended."""
    if not form.needs_original:
        return
    await asyncio.to_thread(_readable, core, principal, job, item)
    deadline = time.monotonic() + seconds
    async with watch.job(job) as changes:
        while True:
            try:
                await asyncio.to_thread(stored_export, core, principal, job, item, form)
                return
            except ResultNotReady:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
            await changes.next(min(left, _EXPORT_POLL_SECONDS))


def deliveries(core: Core, principal: Principal, job: str) -> Sequence[DeliveryLog]:
    """Every attempt to deliver the job's notices. Raises JobNotFound."""
    _progress(core, principal, job)
    return core.store.deliveries(principal.project, job)


def statistics(core: Core) -> StoreStatistics:
    """Counts over all projects."""
    return core.store.statistics()


async def wait(core: Core, watch: Watch, principal: Principal, job: str, seconds: float) -> Job:
    """The job when it has ended, or as it is after `seconds`. Raises JobNotFound."""
    deadline = time.monotonic() + seconds
    async with watch.job(job) as changes:
        while True:
            progress = await asyncio.to_thread(_progress, core, principal, job)
            left = deadline - time.monotonic()
            if progress.state.ended or left <= 0:
                return await asyncio.to_thread(get_job, core, principal, job)
            await _settled(changes, left)


async def events(core: Core, watch: Watch, principal: Principal, job: str) -> AsyncIterator[Progress]:
    """The job's progress now, and then each change of it, until it has ended. Raises JobNotFound at the first step."""
    async with watch.job(job) as changes:
        last = await asyncio.to_thread(_progress, core, principal, job)
        heard = watch.latest(job)
        if heard is not None and not last.state.ended and heard.pages_done > last.pages_done:
            last = heard
        yield last
        while not last.state.ended:
            heard = await changes.next(_POLL_SECONDS)
            stored = heard is None or heard.state.ended
            now = await asyncio.to_thread(_progress, core, principal, job) if stored else heard
            assert now is not None
            if now != last and (now.state.ended or now.pages_done >= last.pages_done):
                yield now
                last = now


def live(watch: Watch, job: Job) -> Job:
    """The job with the pages counted in that are done but not committed yet."""
    heard = watch.latest(job.id)
    if heard is None or job.state.ended or heard.pages_done <= job.pages_done:
        return job
    return changed(job, pages_done=heard.pages_done)


async def _settled(changes: Changes, left: float) -> None:
    """Wait for a message that the job ended, or until it is time to look anyway."""
    until = time.monotonic() + min(left, _POLL_SECONDS)
    while (remaining := until - time.monotonic()) > 0:
        heard = await changes.next(remaining)
        if heard is not None and heard.state.ended:
            return


def _progress(core: Core, principal: Principal, job: str) -> Progress:
    found = core.store.progress(principal.project, job)
    if found is None:
        raise JobNotFound(job=job)
    return found


def _readable(core: Core, principal: Principal, job: str, item: int) -> Job:
    found = get_job(core, principal, job)
    if not found.state.ended:
        raise ResultNotReady(job=job, state=found.state)
    if not 0 <= item < len(found.items):
        raise RequestError(reason=f"item {item} does not exist; the job has items 0 to {len(found.items) - 1}")
    if found.state not in READABLE and not found.pages_done:
        raise NoResult(job=job, state=found.state)
    return found


def _pages(core: Core, blobs: Sequence[UnitBlob], item: int, first: int, last: int | None) -> Iterator[Page]:
    for unit in blobs:
        wanted = unit.item == item and unit.first_page + unit.page_count > first
        if wanted and (last is None or unit.first_page <= last):
            for page in unpacked(core.blobs.read(unit.blob)):
                if page.number >= first and (last is None or page.number <= last):
                    yield page
