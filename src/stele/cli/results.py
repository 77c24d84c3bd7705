"""Following a job to its end, and writing what came of it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from stele.cli.common import failed_pages
from stele.cli.exits import Exit, of_code, worst
from stele.cli.inputs import result_name
from stele.cli.output import replacing
from stele.cli.progress import Progress, progress
from stele.domain.errors import RequestError, ResultNotReady
from stele.domain.job import Format, Item, Job, JobState
from stele.pipeline.export.exporting import STREAMED, write_many
from stele.pipeline.export.seam import ExportInput
from stele.service import query
from stele.service.core import READABLE, Core, Principal
from stele.service.pages import error_page

_POLL_SECONDS = 0.2
#: after this long without a page it is said that a worker is needed
_PATIENCE_SECONDS = 5.0


def finished(core: Core, owner: Principal, job: str, *, format_: Format | None, output: Path | None) -> Exit:
    """Wait for a job's end, report what failed, and write its result where a format is given."""
    with progress() as shown:
        try:
            ended = follow(core, owner, job, shown)
        except KeyboardInterrupt:
            shown.note(f"stele: the job goes on; see it with: stele jobs watch {job}")
            raise
        outcome = verdict(core, owner, ended, shown)
        shown.pause()
        if format_ is not None and ended.state in READABLE:
            write_results(core, owner, ended, format_, output)
    return outcome


def follow(core: Core, owner: Principal, job: str, shown: Progress) -> Job:
    """Wait until a job has ended, showing its pages. Raises JobNotFound."""
    total, done, began, warned = 0, 0, time.monotonic(), False
    while True:
        now = query.get_job(core, owner, job)
        if now.pages_total and now.pages_total != total:
            total = now.pages_total
            shown.expect(total)
            shown.at(f"job {job[:8]}…")
        for _ in range(done, now.pages_done):
            shown.advance()
        done = now.pages_done
        if now.state.ended:
            return now
        idle = now.state in {JobState.ACCEPTED, JobState.PREPARING, JobState.WAITING} and not done
        if idle and not warned and time.monotonic() - began > _PATIENCE_SECONDS:
            warned = True
            shown.note("stele: nothing has begun yet; is `stele serve` or `stele worker` running on this data folder?")
        time.sleep(_POLL_SECONDS)


def verdict(core: Core, owner: Principal, job: Job, shown: Progress) -> Exit:
    """Report every input and page of an ended job that failed, and say what that comes to."""
    exits = [Exit.CANCELLED] if job.state is JobState.CANCELLED else []

    said: set[tuple[str, str]] = set()

    def failed(where: str, code: str, message: str) -> None:
        exits.append(of_code(code))
        if (where, message) not in said:
            said.add((where, message))
            shown.note(f"stele: {where}: {message}")

    for item in job.items:
        if item.error:
            failed(item.name, item.error.code, item.error.message)
    for item, page in failed_pages(core, owner, job):
        assert page.error
        # What is not installed is missing for all pages alike.
        where = item.name if of_code(page.error.code) is Exit.UNAVAILABLE else f"{item.name}, page {page.number}"
        failed(where, page.error.code, page.error.message)
    if job.error and not exits:
        failed(job.id, job.error.code, job.error.message)
    return worst(exits)


def check_output(format_: Format, output: Path | None, items: int) -> None:
    """Refuse what cannot be written, before the work. Raises RequestError."""
    if output is None and items > 1 and format_ not in STREAMED:
        raise RequestError(reason=f"several documents as {format_} need a folder; give one with -o.")
    if output is None and not format_.is_text and sys.stdout.isatty():
        raise RequestError(reason=f"{format_} is not for a terminal; give a file with -o.")


def write_results(core: Core, owner: Principal, job: Job, format_: Format, output: Path | None) -> None:
    """Write the inputs of an ended job that have a result: to stdout, to a file, or, where there are several inputs,
    below a folder. In a stream of several, an input without a result is there as a page that says why.

    Raises ResultNotReady, NoResult, FormatUnavailable, OutputUnwritable.
    """
    several = len(job.items) > 1
    check_output(format_, output, len(job.items))
    if output is None and several and format_ in STREAMED:
        write_many(format_, [_document(core, owner, job, item) for item in job.items], sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    for item in job.items:
        if item.error:
            continue
        with _ready_export(core, owner, job, item, format_) as made:
            if output is None:
                shutil.copyfileobj(made, sys.stdout.buffer)
                sys.stdout.buffer.write(b"\n" if format_ is Format.JSON else b"")
                sys.stdout.buffer.flush()
                continue
            folder = several or output.is_dir()
            with replacing(output / result_name(_safe(item), format_) if folder else output) as out:
                shutil.copyfileobj(made, out)


def _document(core: Core, owner: Principal, job: Job, item: Item) -> ExportInput:
    pages = (error_page(1, item.error),) if item.error else query.pages(core, owner, job.id, item.index)
    return ExportInput(name=item.name, pages=pages)


@contextmanager
def _ready_export(core: Core, owner: Principal, job: Job, item: Item, format_: Format) -> Iterator[BinaryIO]:
    """An export, ordered and waited for where a worker makes it."""
    while format_.needs_original:
        try:
            query.stored_export(core, owner, job.id, item.index, format_)
            break
        except ResultNotReady:
            if not job.state.ended:
                raise
            time.sleep(_POLL_SECONDS)
    with query.opened_export(core, owner, job.id, item.index, format_) as made:
        yield made


def _safe(item: Item) -> Path:
    """An input's name as a path that stays below a folder, whatever its submitter called it."""
    parts = [part for part in PurePosixPath(item.name).parts if part not in {"/", ".."}]
    return Path(*parts) if parts else Path(f"item-{item.index}")
