"""A worker slot: claims a unit, has its child do it, commits what comes back.

One thread a slot, in the supervisor's process; it alone talks to its child and renews the lease, so that a child that
is stopped, hung or thrashing cannot keep a lease alive. When this process dies the child dies with it, and the lease
is given back by the next supervisor on this machine, or when it runs out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import structlog

from stele.adapters.dispatch.live import LiveProgress
from stele.adapters.dispatch.messages import (
    ExportTask,
    HasFailed,
    HasPublished,
    HasRead,
    PageDone,
    Prepared,
    PrepareTask,
    PublishTask,
    ReadTask,
    Settled,
    Task,
    WorkerSetup,
)
from stele.adapters.dispatch.process import Child, ChildGone
from stele.domain.errors import Failure, ObjectRetained, OutOfMemory, SteleError, TimedOut, WorkerDied
from stele.domain.job import JobState, Output, UnitKind
from stele.domain.value import Value
from stele.service.core import Core
from stele.service.names import export_blob, input_blob, layout_blob, pages_blob
from stele.service.pages import error_page, packed, read_result
from stele.service.records import (
    Export,
    FailureRules,
    Lease,
    LeaseState,
    Outcome,
    Progress,
    Published,
    PublishStep,
    UnitBlob,
)
from stele.service.roles import Verb, job_bucket

log = structlog.get_logger()

_LOOK_SECONDS = 5.0  #: asking the system for a child's memory takes milliseconds
_POLL_SECONDS = 0.2  #: also how long a cancelled job may go on


class SlotRules(Value):
    """Time in seconds, memory in bytes."""

    lease_seconds: float = 30.0
    #: how long one page, or one step without pages, may take
    page_seconds: float = 120.0
    prepare_seconds: float = 420.0
    #: a child that is not heard of for this long is taken for stopped
    silence_seconds: float = 15.0
    #: more than this and the child is killed: the page needs too much
    max_memory: int = 6 * 1024**3
    #: a child is replaced between units when it holds more than this, or has done that many pages
    recycle_memory: int = 2 * 1024**3
    recycle_pages: int = 2_000
    idle_poll_seconds: float = 1.0
    failures: FailureRules = FailureRules()


class Slot:
    """See the module. `ring` it when there may be work; otherwise it looks every `idle_poll_seconds`."""

    def __init__(
        self,
        core: Core,
        setup: WorkerSetup,
        rules: SlotRules,
        holder: str,
        live: LiveProgress,
    ) -> None:
        self._core = core
        self._setup = setup
        self._rules = rules
        self._holder = holder
        self._live = live
        self._bell = threading.Event()
        self._look_at_child = 0.0
        self._child: Child | None = None
        self._lease: Lease | None = None
        self._stopping = threading.Event()
        self._dropped = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"slot-{holder}", daemon=True)

    def ring(self) -> None:
        """There may be work."""
        self._bell.set()

    def stop(self) -> None:
        """Take no more units. The one under way goes on; `abandon` ends it."""
        self._stopping.set()
        self._bell.set()

    def abandon(self) -> None:
        """Kill the unit under way; its lease is for the caller to release."""
        self._stopping.set()
        self._dropped.set()

    def cancel(self, job: str) -> None:
        """Stop working on `job`, if this slot does."""
        lease = self._lease
        if lease is not None and lease.job == job:
            self._dropped.set()

    def _run(self) -> None:
        try:
            self._renewed_child()
            while not self._stopping.is_set():
                self._bell.clear()
                lease = self._claimed()
                if lease is None:
                    self._bell.wait(self._rules.idle_poll_seconds)
                    continue
                try:
                    self._work(lease)
                except Exception:
                    log.exception("a unit could not be settled; its lease will run out", unit=lease.unit, job=lease.job)
                finally:
                    self._lease = None
                    self._live.settled(lease)
        finally:
            if self._child is not None:
                self._child.kill()

    def _claimed(self) -> Lease | None:
        try:
            self._dropped.clear()
            self._lease = self._core.store.claim(self._holder, self._rules.lease_seconds)
        except Exception:
            log.exception("claiming failed; trying again")
            self._stopping.wait(self._rules.idle_poll_seconds)
            return None
        return self._lease

    def _work(self, lease: Lease) -> None:
        self._live.claimed(lease)
        child = self._renewed_child()
        result = self._followed(child, lease)
        if result is None:
            self._kill_child()
            return
        progress = self._committed(lease, result)
        if progress is not None:
            self._live.committed(lease, progress)
            if lease.kind is UnitKind.PREPARE or progress.state is JobState.PUBLISHING:
                self._core.wake.units_wait()

    def _followed(self, child: Child, lease: Lease) -> Settled | None:
        """Have the unit done. None when it is not ours any more: cancelled, abandoned, or the lease was lost."""
        watch = _Watch(self._rules, lease)
        try:
            task = self._task(lease)
        except SteleError as error:
            return HasFailed(failure=error.failure())
        try:
            child.give(task)
            while True:
                event = child.hear(_POLL_SECONDS)
                if isinstance(event, Prepared | HasRead | HasPublished | HasFailed):
                    return event
                if isinstance(event, PageDone):
                    child.pages += 1
                    watch.page_done()
                    self._live.page_done(lease)
                if self._dropped.is_set() or not self._still_held(lease, watch):
                    return None
                failure = watch.trouble(child)
                if failure is not None:
                    self._kill_child()
                    return HasFailed(failure=failure)
        except ChildGone:
            self._kill_child()
            return None if self._dropped.is_set() else HasFailed(failure=WorkerDied(where=watch.where).failure())

    def _still_held(self, lease: Lease, watch: _Watch) -> bool:
        if not watch.renewal_due():
            return True
        return self._core.store.renew([lease], self._rules.lease_seconds)[0] is LeaseState.HELD

    def _task(self, lease: Lease) -> Task:
        source = lease.source
        if lease.kind is UnitKind.PUBLISH:
            return self._publishing(lease)
        assert source is not None and lease.item is not None
        match lease.kind:
            case UnitKind.PREPARE:
                bucket = job_bucket(self._core, lease.project, source.bucket, Verb.READ) if source.bucket else None
                return PrepareTask(
                    source=source,
                    bucket=bucket,
                    blob=input_blob(lease.job, lease.item),
                    layout=layout_blob(lease.job, lease.item),
                    options=lease.options,
                )
            case UnitKind.READ:
                return ReadTask(
                    project=lease.project,
                    source=source,
                    first_page=lease.first_page,
                    page_count=lease.page_count,
                    attempt=lease.attempt,
                    options=lease.options,
                    blob=pages_blob(lease.job, lease.unit, lease.token),
                )

    def _publishing(self, lease: Lease) -> Task:
        assert lease.step is not None
        parts = self._core.store.result_blobs(lease.project, lease.job)
        if lease.step.output is not None:
            return self._dialect_publishing(lease, lease.step, lease.step.output, parts)
        item, form = lease.step.item, lease.step.format
        assert item is not None and form is not None and lease.source is not None
        return ExportTask(
            source=lease.source,
            item=item,
            form=form,
            parts=tuple(part for part in parts if part.item == item),
            options=lease.options,
            blob=export_blob(lease.job, item, form, lease.token),
        )

    def _dialect_publishing(self, lease: Lease, step: PublishStep, output: Output, parts: Sequence[UnitBlob]) -> Task:
        job = self._core.store.job(lease.project, lease.job)
        assert job is not None
        bucket = job_bucket(self._core, lease.project, output.bucket, Verb.WRITE)
        return PublishTask(job=job, step=step, bucket=bucket, parts=tuple(parts))

    def _committed(self, lease: Lease, settled: Settled) -> Progress | None:
        """Make the result count. None when the lease was lost meanwhile: the result is refused, and its blob goes."""
        store = self._core.store
        match settled:
            case Prepared():
                progress = store.complete_prepare(lease, settled.result)
                blob = None
            case HasRead():
                progress = store.complete_read(lease, settled.result)
                blob = settled.result.blob
            case HasPublished():
                return self._published(lease, settled.result)
            case HasFailed():
                return self._failed(lease, settled.failure)
        if progress is None:
            self._refuse(lease, blob)
        return progress

    def _published(self, lease: Lease, published: Published) -> Progress | None:
        """The objects appear with the commit; the bytes of those they replace, or their own if refused, go."""
        store = self._core.store
        before = [store.object(info.bucket, info.key) for info in published.objects]
        try:
            progress = store.complete_publish(lease, published)
        except ObjectRetained as error:
            for info in published.objects:
                self._core.blobs.delete(info.blob)
            return store.complete_publish(lease, _unpublished(lease, error.failure()))
        if progress is None:
            made = [published.export.blob] if published.export is not None else []
            self._refuse(lease, *made, *(info.blob for info in published.objects))
        else:
            for replaced in before:
                if replaced is not None:
                    self._core.blobs.delete(replaced.blob)
        return progress

    def _refuse(self, lease: Lease, *blobs: str | None) -> None:
        log.warning("a late result was refused", unit=lease.unit, job=lease.job)
        for blob in blobs:
            if blob is not None:
                self._core.blobs.delete(blob)

    def _failed(self, lease: Lease, failure: Failure) -> Progress | None:
        store = self._core.store
        outcome = store.fail(lease, failure, self._rules.failures)
        log.warning(
            "a unit failed",
            unit=lease.unit,
            job=lease.job,
            kind=lease.kind,
            attempt=lease.attempt,
            outcome=outcome,
            code=failure.code,
        )
        if outcome is not Outcome.FAILED:
            self._core.wake.units_wait()
            return None
        match lease.kind:
            case UnitKind.PREPARE:
                return store.fail_item(lease, failure)
            case UnitKind.READ:
                pages = (error_page(lease.first_page, failure),)
                blob = pages_blob(lease.job, lease.unit, lease.token)
                writer = self._core.blobs.writer()
                writer.write(packed(pages))
                writer.keep(blob)
                return store.complete_read(lease, read_result(blob, pages))
            case UnitKind.PUBLISH:
                return store.complete_publish(lease, _unpublished(lease, failure))

    def _renewed_child(self) -> Child:
        """The child, replaced where it has grown or aged."""
        child = self._child
        now = time.monotonic()
        if child is not None and now >= self._look_at_child:
            self._look_at_child = now + _LOOK_SECONDS
            aged = child.pages >= self._rules.recycle_pages
            if aged or child.resident_bytes() > self._rules.recycle_memory:
                self._kill_child()
        if self._child is None:
            self._child = Child(self._setup)
        return self._child

    def _kill_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


def _unpublished(lease: Lease, failure: Failure) -> Published:
    """What is recorded of publishing that failed for good."""
    step = lease.step
    if step is None or step.item is None or step.format is None:
        return Published(error=failure)
    return Published(export=Export(item=step.item, format=step.format, blob=None, size=0, error=failure), error=failure)


class _Watch:
    """The clocks of one unit."""

    def __init__(self, rules: SlotRules, lease: Lease) -> None:
        now = time.monotonic()
        self._rules = rules
        self._lease = lease
        self._limit = rules.prepare_seconds if lease.kind is UnitKind.PREPARE else rules.page_seconds
        self._renew_at = now + rules.lease_seconds / 3
        self._look_at = now + 1.0
        self._step_since = now
        self._pages = 0

    @property
    def where(self) -> str:
        if self._lease.kind is UnitKind.READ:
            return f"page {self._lease.first_page + self._pages}"
        return f"the {self._lease.kind} step"

    def page_done(self) -> None:
        self._pages += 1
        self._step_since = time.monotonic()

    def renewal_due(self) -> bool:
        now = time.monotonic()
        if now < self._renew_at:
            return False
        self._renew_at = now + self._rules.lease_seconds / 3
        return True

    def trouble(self, child: Child) -> Failure | None:
        """Why the child must be killed, if it must."""
        now = time.monotonic()
        if now - child.last_beat > self._rules.silence_seconds:
            return WorkerDied(where=self.where).failure()
        if now - self._step_since > self._limit:
            return TimedOut(where=self.where, seconds=self._limit).failure()
        if now >= self._look_at:
            self._look_at = now + 1.0
            if child.resident_bytes() > self._rules.max_memory:
                return OutOfMemory(where=self.where).failure()
        return None
