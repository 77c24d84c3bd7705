"""Cancelling and forgetting jobs, and what time does to them."""

from __future__ import annotations

from stele.domain.errors import JobNotFound
from stele.domain.job import Job
from stele.service.core import Core, Principal
from stele.service.names import BUCKET_FOLDER
from stele.service.records import Progress

_SWEEP_BATCH = 200
_ORPHAN_SECONDS = 3600.0  #: an upload may take this long before its job exists


def cancel(core: Core, principal: Principal, job: str) -> Job:
    """Cancel a job unless it has ended; running work is stopped within two seconds. Raises JobNotFound."""
    found = core.store.cancel(principal.project, job)
    if found is None:
        raise JobNotFound(job=job)
    core.wake.job_cancelled(job)
    core.wake.job_changed(
        Progress(
            job=job,
            state=found.state,
            pages_total=found.pages_total,
            pages_done=found.pages_done,
            pages_failed=found.pages_failed,
        )
    )
    return found


def end_overdue(core: Core, every: float) -> None:
    """Fail jobs that have been worked on for longer than they may; called by the supervisor each `every` seconds."""
    for progress in core.store.end_overdue(2 * every):
        core.wake.job_cancelled(progress.job)
        core.wake.job_changed(progress)


def forget(core: Core, principal: Principal, job: str) -> None:
    """Remove a job, its input and its results now; one that is under way is cancelled first. Raises JobNotFound."""
    cancel(core, principal, job)
    if not core.store.forget(principal.project, job):
        raise JobNotFound(job=job)
    core.blobs.delete_folder(job)


def sweep(core: Core) -> int:
    """Forget jobs and tokens that are past their time; gives the number of jobs. Called by the supervisor every minute.

    Rows go first: a crash in between leaves blobs that nobody can reach, and `sweep_orphans` deletes those."""
    count = 0
    while jobs := core.store.expired(_SWEEP_BATCH):
        for job in jobs:
            core.blobs.delete_folder(job)
        count += len(jobs)
    core.store.forget_expired_credentials()
    return count


def sweep_orphans(core: Core) -> int:
    """Delete blobs whose job does not exist, and uploads that were never finished. Called by the supervisor hourly."""
    count = core.blobs.sweep_temporary(_ORPHAN_SECONDS)
    batch: list[str] = []
    for folder in core.blobs.folders(_ORPHAN_SECONDS):
        if folder.startswith(BUCKET_FOLDER):
            continue
        batch.append(folder)
        if len(batch) == _SWEEP_BATCH:
            count += _sweep_folders(core, batch)
            batch = []
    return count + _sweep_folders(core, batch)


def _sweep_folders(core: Core, folders: list[str]) -> int:
    orphans = set(folders) - core.store.known_jobs(folders)
    for folder in orphans:
        core.blobs.delete_folder(folder)
    return len(orphans)
