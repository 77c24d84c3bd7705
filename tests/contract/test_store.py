"""The contract of a store: every database that Stele runs on passes this file.

A test speaks to the ports only. `make_store` gives an empty store and, called again, the same store opened anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stele.adapters.store.store import embedded
from stele.domain.errors import (
    BucketExists,
    BucketNotEmpty,
    Failure,
    IdempotencyMismatch,
    ObjectRetained,
    PreconditionFailed,
    ProjectInUse,
    TooManyJobs,
)
from stele.domain.job import Format, JobOptions, JobState, Source, SourceKind, Topic, UnitKind, Webhook
from stele.domain.value import changed
from stele.service.names import new_job_id
from stele.service.ports import Store
from stele.service.records import (
    Bucket,
    Credential,
    CredentialKind,
    DeliveryLog,
    Export,
    FailureRules,
    JobFilter,
    Lease,
    LeaseState,
    NewItem,
    NewJob,
    NoticeKind,
    ObjectInfo,
    Outcome,
    Precondition,
    PreparedItem,
    Published,
    PublishStep,
    Range,
    ReadResult,
    Resource,
    ResourceKind,
    Retention,
    RetentionStart,
)

MakeStore = Callable[[], Store]
SOURCE = Source(kind=SourceKind.UPLOAD, name="a.pdf", blob="job/input-0")
DIED = Failure(code="engine.worker_died", message="it died", retryable=True)
BAD = Failure(code="input.corrupt", message="it is damaged")
OBJECT = ObjectInfo(
    bucket="b", key="a/1", size=1, content_type="x", crc32c=1, etag="e", generation=1, blob="bucket-b/1"
)
PDF = Published(export=Export(item=0, format=Format.PDF, blob="x", size=9))
RULES = FailureRules(attempts=2, attempts_single=3, backoff_seconds=0)


@pytest.fixture(params=["sqlite"])
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    opened: list[Store] = []

    def make() -> Store:
        opened.append(embedded(tmp_path / "stele.db"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    store = make_store()
    for project in ("p", "q"):
        store.create_project(project, "whsec_c2VjcmV0")
    return store


def new_job(
    pages: int | None = 1,
    *,
    items: int = 1,
    project: str = "p",
    options: JobOptions | None = None,
    publish: tuple[PublishStep, ...] = (),
    retention: Retention | None = None,
    key: str | None = None,
    fingerprint: str = "",
    quota: int = 1000,
) -> NewJob:
    item = NewItem(name="a.pdf", source=SOURCE, media_type="image/png" if pages else None, pages=pages)
    return NewJob(
        id=new_job_id(),
        project=project,
        dialect="native",
        options=options or JobOptions(),
        items=(item,) * items,
        publish=publish,
        retention=retention or Retention(seconds=86_400),
        idempotency_key=key,
        fingerprint=fingerprint,
        quota=quota,
    )


def claim(store: Store, seconds: float = 30) -> Lease:
    lease = store.claim("holder", seconds)
    assert lease is not None
    return lease


def read(store: Store, lease: Lease, failed: int = 0, text: int = 1) -> JobState | None:
    pages = max(1, lease.page_count)
    error = BAD if failed else None
    progress = store.complete_read(
        lease, ReadResult(blob=f"b-{lease.unit}", pages=pages, failed=failed, with_text=text, error=error)
    )
    return None if progress is None else progress.state


def prepare(store: Store, lease: Lease, pages: int, size: int) -> JobState | None:
    ranges = tuple(Range(first=first, count=min(size, pages - first + 1)) for first in range(1, pages + 1, size))
    progress = store.complete_prepare(
        lease,
        PreparedItem(source=SOURCE, media_type="application/pdf", pages=pages, document_pages=pages, ranges=ranges),
    )
    return None if progress is None else progress.state


def state_of(store: Store, job: NewJob) -> JobState:
    found = store.job(job.project, job.id)
    assert found is not None
    return found.state


# -- the way of a job -------------------------------------------------------------------------------------------------


def test_many_may_open_a_new_store_at_the_same_moment(tmp_path: Path) -> None:
    start = threading.Barrier(4)

    def opened(path: Path) -> None:
        start.wait()
        embedded(path).close()

    with ThreadPoolExecutor(4) as pool:
        for turn in range(10):
            path = tmp_path / f"{turn}.db"
            for opening in [pool.submit(opened, path) for _ in range(4)]:
                opening.result()


def test_a_job_goes_through_all_its_states(store: Store) -> None:
    job = new_job(None, publish=(PublishStep(item=0, format=Format.PDF),))
    assert store.submit(job).job.state is JobState.ACCEPTED
    lease = claim(store)
    assert lease.kind is UnitKind.PREPARE and state_of(store, job) is JobState.PREPARING
    assert prepare(store, lease, pages=3, size=2) is JobState.WAITING
    first, second = claim(store), claim(store)
    assert [(x.first_page, x.page_count) for x in (first, second)] == [(1, 2), (3, 1)]
    assert state_of(store, job) is JobState.RUNNING
    assert read(store, first) is JobState.RUNNING
    assert read(store, second) is JobState.PUBLISHING
    last = claim(store)
    assert last.step == PublishStep(item=0, format=Format.PDF)
    progress = store.complete_publish(last, PDF)
    assert progress is not None and progress.state is JobState.SUCCEEDED
    found = store.job("p", job.id)
    assert found is not None and (found.pages_total, found.pages_done, found.pages_failed) == (3, 3, 0)
    assert found.started_at is not None and found.finished_at is not None and found.error is None
    assert store.claim("holder", 30) is None
    assert [(x.first_page, x.blob) for x in store.result_blobs("p", job.id)] == [
        (1, f"b-{first.unit}"),
        (3, f"b-{second.unit}"),
    ]


def test_the_number_of_pages_is_not_told_before_all_items_are_prepared(store: Store) -> None:
    job = new_job(None, items=2)
    store.submit(job)
    first, second = claim(store), claim(store)
    prepare(store, first, pages=1, size=1)
    progress = store.progress("p", job.id)
    assert progress is not None and progress.pages_total is None and progress.state is JobState.PREPARING
    prepare(store, second, pages=2, size=2)
    progress = store.progress("p", job.id)
    assert progress is not None and progress.pages_total == 3 and progress.state is JobState.WAITING


@pytest.mark.parametrize(
    ("failed", "state"),
    [((0, 0), JobState.SUCCEEDED), ((1, 0), JobState.PARTIALLY_SUCCEEDED), ((1, 1), JobState.FAILED)],
)
def test_failed_pages_decide_how_a_job_ends(store: Store, failed: tuple[int, int], state: JobState) -> None:
    job = new_job(1, items=2)
    store.submit(job)
    for count in failed:
        read(store, claim(store), failed=count)
    found = store.job("p", job.id)
    assert found is not None and found.state is state and found.pages_failed == sum(failed)
    assert found.error == (BAD if sum(failed) else None)


def test_an_item_that_cannot_be_prepared_costs_the_others_nothing(store: Store) -> None:
    job = new_job(None, items=2, publish=tuple(PublishStep(item=i, format=Format.PDF) for i in (0, 1)))
    store.submit(job)
    first, second = claim(store), claim(store)
    assert store.fail(first, BAD, RULES) is Outcome.FAILED
    store.fail_item(first, BAD)
    prepare(store, second, pages=1, size=1)
    read(store, claim(store))
    export = claim(store)
    assert export.step == PublishStep(item=1, format=Format.PDF), "nothing is published of the bad item"
    store.complete_publish(export, PDF)
    found = store.job("p", job.id)
    assert found is not None and found.state is JobState.PARTIALLY_SUCCEEDED
    assert [item.error for item in found.items] == [BAD, None]


def test_a_job_whose_only_item_cannot_be_prepared_fails_with_its_error(store: Store) -> None:
    job = new_job(None, publish=(PublishStep(item=0, format=Format.PDF),))
    store.submit(job)
    progress = store.fail_item(claim(store), BAD)
    assert progress is not None and progress.state is JobState.FAILED
    found = store.job("p", job.id)
    assert found is not None and found.error == BAD
    assert store.claim("holder", 30) is None


def test_an_export_that_cannot_be_made_makes_a_partial_success(store: Store) -> None:
    job = new_job(1, publish=(PublishStep(item=0, format=Format.PDF),))
    store.submit(job)
    read(store, claim(store))
    failed = Export(item=0, format=Format.PDF, blob=None, size=0, error=BAD)
    store.complete_publish(claim(store), Published(export=failed, error=BAD))
    assert state_of(store, job) is JobState.PARTIALLY_SUCCEEDED
    export = store.export("p", job.id, 0, Format.PDF)
    assert export is not None and export.error == BAD


def test_an_export_can_be_ordered_after_the_end_once(store: Store) -> None:
    job = new_job(1)
    store.submit(job)
    read(store, claim(store))
    store.request_export("p", job.id, 0, Format.PDF)
    store.request_export("p", job.id, 0, Format.PDF)
    lease = claim(store)
    assert store.claim("holder", 30) is None, "ordered twice, made once"
    progress = store.complete_publish(lease, PDF)
    assert progress is not None and progress.state is JobState.SUCCEEDED
    store.request_export("p", job.id, 0, Format.PDF)
    assert store.claim("holder", 30) is None, "made already"


def test_objects_of_a_dialect_appear_with_the_end_of_their_unit(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    job = new_job(1, publish=(PublishStep(item=None, format=None),))
    store.submit(job)
    read(store, claim(store))
    lease = claim(store)
    assert lease.item is None and lease.step == PublishStep(item=None, format=None)
    info = ObjectInfo(
        bucket="b", key="out-1.json", size=1, content_type="x", crc32c=1, etag="e", generation=1, blob="bucket-b/1"
    )
    progress = store.complete_publish(lease, Published(objects=(info, changed(info, key="out-2.json"))))
    assert progress is not None and progress.state is JobState.SUCCEEDED
    assert [x.key for x in store.objects("b", "", "", 10)] == ["out-1.json", "out-2.json"]
    assert store.complete_publish(lease, Published(objects=(changed(info, key="late"),))) is None
    assert store.object("b", "late") is None


def test_a_dialect_publishes_also_when_every_item_failed(store: Store) -> None:
    job = new_job(None, publish=(PublishStep(item=None, format=None),))
    store.submit(job)
    store.fail_item(claim(store), BAD)
    assert claim(store).step == PublishStep(item=None, format=None)


# -- leases -----------------------------------------------------------------------------------------------------------


def test_nobody_claims_what_is_leased(store: Store) -> None:
    store.submit(new_job(1))
    claim(store)
    assert store.claim("other", 30) is None


def test_many_claimers_never_get_the_same_unit(store: Store) -> None:
    for _ in range(50):
        store.submit(new_job(1))
    with ThreadPoolExecutor(8) as pool:
        leases = list(pool.map(lambda n: store.claim(f"h{n}", 30), range(60)))
    units = [lease.unit for lease in leases if lease is not None]
    assert len(units) == len(set(units)) == 50


def test_a_late_result_is_refused(store: Store) -> None:
    job = new_job(1)
    store.submit(job)
    late = claim(store, seconds=0.01)
    time.sleep(0.05)
    assert store.release_expired() == 1
    held = claim(store)
    assert held.unit == late.unit and held.attempt == 2
    assert read(store, late) is None, "the fence"
    assert store.renew([late, held], 30) == [LeaseState.LOST, LeaseState.HELD]
    assert store.fail(late, DIED, RULES) is Outcome.LOST
    assert read(store, held) is JobState.SUCCEEDED
    found = store.job("p", job.id)
    assert found is not None and found.pages_done == 1
    assert [blob.blob for blob in store.result_blobs("p", job.id)] == [f"b-{held.unit}"]


def test_a_result_counts_once(store: Store) -> None:
    job = new_job(1, items=2)
    store.submit(job)
    lease = claim(store)
    assert read(store, lease) is JobState.RUNNING
    assert read(store, lease) is None
    progress = store.progress("p", job.id)
    assert progress is not None and progress.pages_done == 1


def test_a_renewed_lease_does_not_run_out(store: Store) -> None:
    store.submit(new_job(1))
    lease = claim(store, seconds=0.2)
    store.renew([lease], 30)
    time.sleep(0.3)
    assert store.release_expired() == 0


def test_the_units_of_a_dead_holder_are_given_back_at_once(store: Store) -> None:
    for _ in range(2):
        store.submit(new_job(1))
    dead, alive = store.claim("dead", 1000), store.claim("alive", 1000)
    assert dead is not None and alive is not None
    assert sorted(store.holders()) == ["alive", "dead"]
    assert store.release_holder("dead") == 1
    again = claim(store)
    assert again.unit == dead.unit
    assert read(store, dead) is None and read(store, alive) is JobState.SUCCEEDED


# -- failing units ----------------------------------------------------------------------------------------------------


def test_a_run_of_pages_is_retried_then_halved_down_to_the_poison_page(store: Store) -> None:
    job = new_job(None)
    store.submit(job)
    prepare(store, claim(store), pages=8, size=8)
    poison, outcomes, done = 6, [], []
    while (lease := store.claim("holder", 30)) is not None:
        pages = range(lease.first_page, lease.first_page + lease.page_count)
        if poison not in pages:
            read(store, lease, text=len(pages))
            done += pages
            continue
        outcome = store.fail(lease, DIED, RULES)
        outcomes.append((lease.page_count, outcome))
        if outcome is Outcome.FAILED:
            read(store, lease, failed=1, text=0)
    twice = [Outcome.RETRIED, Outcome.SPLIT]
    assert outcomes == [(n, o) for n in (8, 4, 2) for o in twice] + [
        (1, Outcome.RETRIED),
        (1, Outcome.RETRIED),
        (1, Outcome.FAILED),
    ]
    assert sorted(done) == [1, 2, 3, 4, 5, 7, 8]
    found = store.job("p", job.id)
    assert found is not None and found.state is JobState.PARTIALLY_SUCCEEDED
    assert (found.pages_total, found.pages_done, found.pages_failed, found.pages_with_text) == (8, 8, 1, 7)
    blobs = store.result_blobs("p", job.id)
    covered = [page for blob in blobs for page in range(blob.first_page, blob.first_page + blob.page_count)]
    assert covered == list(range(1, 9)), "each page once, in order"


def test_what_cannot_succeed_is_not_retried(store: Store) -> None:
    store.submit(new_job(1))
    assert store.fail(claim(store), BAD, RULES) is Outcome.FAILED


def test_a_retry_waits(store: Store) -> None:
    store.submit(new_job(1))
    store.fail(claim(store), DIED, changed(RULES, backoff_seconds=0.3))
    assert store.claim("holder", 30) is None
    time.sleep(0.35)
    assert claim(store).attempt == 2


# -- order and fairness -----------------------------------------------------------------------------------------------


def test_priority_goes_first_then_age(store: Store) -> None:
    old, new = new_job(1), new_job(1)
    urgent = new_job(1, options=JobOptions(priority=5))
    for job in (old, new, urgent):
        store.submit(job)
    assert [claim(store).job for _ in range(3)] == [urgent.id, old.id, new.id]


def test_no_project_starves_another(store: Store) -> None:
    for _ in range(20):
        store.submit(new_job(1, project="p"))
    store.submit(new_job(1, project="q"))
    store.submit(new_job(1, project="q"))
    assert [claim(store).project for _ in range(5)] == ["p", "q", "p", "q", "p"]


def test_priorities_of_callers_do_not_pass_other_projects(store: Store) -> None:
    for _ in range(3):
        store.submit(new_job(1, project="p", options=JobOptions(priority=10)))
    store.submit(new_job(1, project="q"))
    store.submit(new_job(1, project="q"))
    assert [claim(store).project for _ in range(5)] == ["p", "q", "p", "q", "p"]


def test_what_can_wait_stands_back_and_what_is_waited_for_goes_first(store: Store) -> None:
    idle = new_job(1, project="q", options=JobOptions(priority=-1))
    jobs = [new_job(1), new_job(1)]
    call = new_job(1, project="q", options=JobOptions(priority=20))
    for job in (idle, *jobs, call):
        store.submit(job)
    assert [claim(store).job for _ in range(4)] == [call.id, *(job.id for job in jobs), idle.id]


# -- cancel, forget, retention ----------------------------------------------------------------------------------------


def test_cancel_ends_everything_and_refuses_what_comes_late(store: Store) -> None:
    job = new_job(1, items=3, publish=(PublishStep(item=0, format=Format.PDF),))
    store.submit(job)
    done, running = claim(store), claim(store)
    read(store, done)
    cancelled = store.cancel("p", job.id)
    assert cancelled is not None and cancelled.state is JobState.CANCELLED and cancelled.finished_at is not None
    assert store.renew([running], 30) == [LeaseState.LOST]
    assert read(store, running) is None
    assert store.claim("holder", 30) is None
    assert state_of(store, job) is JobState.CANCELLED


def test_a_job_fails_when_it_has_been_worked_on_for_too_long(store: Store) -> None:
    limited = JobOptions(max_seconds=0.5, webhook=Webhook(url="https://example.org"))
    job, other = new_job(1, items=2, options=limited), new_job(1)
    for one in (job, other):
        store.submit(one)
    for _ in range(6):
        assert not store.end_overdue(1)
        time.sleep(0.1)  # it waits, and that does not count
    done, running = claim(store), claim(store)
    assert not store.end_overdue(1) and read(store, done) is JobState.RUNNING
    time.sleep(0.2)
    assert not store.end_overdue(1)
    time.sleep(0.2)
    assert not store.end_overdue(0.01), "a look that comes late knows of nothing"
    time.sleep(0.4)
    (progress,) = store.end_overdue(1)
    assert (progress.job, progress.state, progress.pages_done) == (job.id, JobState.FAILED, 1)
    found = store.job("p", job.id)
    assert found is not None and found.error is not None and found.finished_at is not None
    assert found.error.code == "engine.timed_out" and "0.5 s" in found.error.message
    assert store.renew([running], 30) == [LeaseState.LOST] and read(store, running) is None
    assert [notice.job for notice in store.due_notices(10, 30)] == [job.id]
    assert not store.end_overdue(1) and state_of(store, other) is JobState.ACCEPTED


def test_cancel_does_not_undo_an_end(store: Store) -> None:
    job = new_job(1)
    store.submit(job)
    read(store, claim(store))
    found = store.cancel("p", job.id)
    assert found is not None and found.state is JobState.SUCCEEDED


def test_forgetting_leaves_nothing_and_refuses_what_comes_late(store: Store) -> None:
    job = new_job(1, options=JobOptions(webhook=Webhook(url="https://example.org")), key="k")
    store.submit(job)
    lease = claim(store)
    assert store.forget("p", job.id)
    assert store.job("p", job.id) is None and store.jobs(JobFilter(project="p")) == []
    assert read(store, lease) is None
    assert store.due_notices(10, 60) == []
    assert not store.submit(new_job(1, key="k", fingerprint="other")).repeated


@pytest.mark.parametrize(
    ("retention", "seconds"),
    [
        (Retention(seconds=7200), 7200),
        (Retention(seconds=10), 3600),
        (Retention(seconds=7200, counted_from=RetentionStart.ACCEPTED), 7200),
        (Retention(seconds=10, counted_from=RetentionStart.ACCEPTED), 3600),
    ],
)
def test_results_are_kept_as_promised_and_never_less_than_an_hour(
    store: Store, retention: Retention, seconds: int
) -> None:
    job = new_job(1, retention=retention)
    store.submit(job)
    read(store, claim(store))
    found = store.job("p", job.id)
    assert found is not None and found.finished_at is not None and found.expires_at is not None
    assert found.expires_at - found.finished_at == pytest.approx(seconds, abs=2)
    assert list(store.expired(10)) == []


def test_known_jobs_are_known_whoever_owns_them(store: Store) -> None:
    job = new_job(1, project="q")
    store.submit(job)
    assert store.known_jobs([job.id, "gone"]) == {job.id}


# -- submitting -------------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_job(store: Store) -> None:
    first = store.submit(new_job(1, key="k", fingerprint="f"))
    again = store.submit(new_job(1, key="k", fingerprint="f"))
    assert again.repeated and again.job.id == first.job.id
    assert not store.submit(new_job(1, project="q", key="k", fingerprint="f")).repeated, "keys are per project"
    with pytest.raises(IdempotencyMismatch):
        store.submit(new_job(1, key="k", fingerprint="another"))


def test_a_key_can_be_looked_up_before_anything_is_stored(store: Store) -> None:
    job = new_job(1, key="k", fingerprint="f")
    assert store.repeated("p", "k", "f") is None
    store.submit(job)
    found = store.repeated("p", "k", "f")
    assert found is not None and found.id == job.id
    assert store.repeated("q", "k", "f") is None
    with pytest.raises(IdempotencyMismatch):
        store.repeated("p", "k", "another")


def test_a_job_may_be_told_to_a_topic(store: Store) -> None:
    topic = Topic(arn="arn:aws:sns:eu-west-1:123456789012:done", role="arn:aws:iam::123456789012:role/r")
    store.submit(new_job(1, options=JobOptions(topic=topic)))
    read(store, claim(store))
    (notice,) = store.due_notices(10, 60)
    assert (notice.kind, notice.target) == (NoticeKind.SNS, topic.arn)


def test_simultaneous_submissions_with_one_key_make_one_job(store: Store) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: store.submit(new_job(1, key="k", fingerprint="f")), range(32)))
    assert len({answer.job.id for answer in answers}) == 1
    assert sum(not answer.repeated for answer in answers) == 1
    assert len(store.jobs(JobFilter(project="p"))) == 1


def test_the_quota_of_jobs_at_once(store: Store) -> None:
    for _ in range(2):
        store.submit(new_job(1, quota=2))
    with pytest.raises(TooManyJobs):
        store.submit(new_job(1, quota=2))
    store.submit(new_job(1, project="q", quota=2))
    read(store, claim(store))
    store.submit(new_job(1, quota=2))


def test_a_failing_write_fails_alone(store: Store) -> None:
    """Writers share a transaction; one that is refused must not take its neighbours with it."""
    jobs = [new_job(1, quota=1000 if n % 2 else 0) for n in range(40)]

    def submit(job: NewJob) -> bool:
        try:
            store.submit(job)
        except TooManyJobs:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        accepted = list(pool.map(submit, jobs))
    assert accepted == [bool(n % 2) for n in range(40)]
    assert len(store.jobs(JobFilter(project="p", limit=100))) == 20


def test_what_was_acknowledged_is_there_after_reopening(make_store: MakeStore, store: Store) -> None:
    jobs = [new_job(1) for _ in range(5)]
    for job in jobs:
        store.submit(job)
    again = make_store()
    assert [job.id for job in again.jobs(JobFilter(project="p"))] == [job.id for job in reversed(jobs)]


def test_two_processes_worth_of_stores_share_the_work(make_store: MakeStore, store: Store) -> None:
    other = make_store()
    for _ in range(40):
        store.submit(new_job(1))
    seen: list[int] = []
    lock = threading.Lock()

    def drain(one: Store) -> None:
        while (lease := one.claim("holder", 30)) is not None:
            read(one, lease)
            with lock:
                seen.append(lease.unit)

    threads = [threading.Thread(target=drain, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 40
    assert store.statistics().jobs == {"succeeded": 40}


# -- tenants ----------------------------------------------------------------------------------------------------------


def test_another_project_sees_nothing(store: Store) -> None:
    job = new_job(1, publish=(PublishStep(item=0, format=Format.PDF),))
    store.submit(job)
    read(store, claim(store))
    store.complete_publish(claim(store), PDF)
    assert store.job("q", job.id) is None and store.progress("q", job.id) is None
    assert store.jobs(JobFilter(project="q")) == [] and store.result_blobs("q", job.id) == []
    assert store.export("q", job.id, 0, Format.PDF) is None
    assert store.cancel("q", job.id) is None and not store.forget("q", job.id)
    assert store.deliveries("q", job.id) == []
    store.request_export("q", job.id, 0, Format.TXT)
    assert store.claim("holder", 30) is None
    assert store.job("p", job.id) is not None


def test_listing_pages_and_filters(store: Store) -> None:
    tagged = [new_job(1, options=JobOptions(tag="a" if n % 2 else "b")) for n in range(6)]
    for job in tagged:
        store.submit(job)
    first = store.jobs(JobFilter(project="p", limit=4))
    rest = store.jobs(JobFilter(project="p", limit=4, before=first[-1].id))
    assert [job.id for job in (*first, *rest)] == [job.id for job in reversed(tagged)]
    assert len(store.jobs(JobFilter(project="p", tag="a"))) == 3
    outlines = store.outlines(JobFilter(project="p", limit=4))
    assert outlines == [changed(job, items=()) for job in first] == [store.outline("p", job.id) for job in first]
    assert store.outline("q", first[0].id) is None
    assert store.jobs(JobFilter(project="p", states=(JobState.SUCCEEDED,))) == []
    assert len(store.jobs(JobFilter(project="p", states=(JobState.SUCCEEDED, JobState.ACCEPTED)))) == 6


# -- notices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["succeed", "cancel"])
def test_a_notice_is_written_with_the_end_of_the_job(store: Store, end: str) -> None:
    job = new_job(1, options=JobOptions(webhook=Webhook(url="https://example.org/hook")))
    store.submit(job)
    assert store.due_notices(10, 60) == []
    lease = claim(store)
    if end == "cancel":
        store.cancel("p", job.id)
    else:
        read(store, lease)
    (notice,) = store.due_notices(10, 60)
    assert (notice.job, notice.target, notice.attempt) == (job.id, "https://example.org/hook", 1)
    assert notice.secret == "whsec_c2VjcmV0"
    assert store.due_notices(10, 60) == [], "leased to one deliverer"


def test_the_outbox_retries_and_logs(store: Store) -> None:
    job = new_job(1, options=JobOptions(webhook=Webhook(url="https://example.org/hook")))
    store.submit(job)
    read(store, claim(store))
    (notice,) = store.due_notices(10, 60)
    first = DeliveryLog(at=1.0, attempt=1, outcome="retry", status=500, error="it answered 500")
    store.notice_done(notice, first, retry_at=store.now() - 1)
    (again,) = store.due_notices(10, 60)
    assert again.id == notice.id and again.attempt == 2
    second = DeliveryLog(at=2.0, attempt=2, outcome="delivered", status=204, error=None)
    store.notice_done(again, second, retry_at=None)
    assert store.due_notices(10, 60) == []
    assert list(store.deliveries("p", job.id)) == [first, second]


# -- access -----------------------------------------------------------------------------------------------------------


def test_credentials_until_revoked(store: Store) -> None:
    one = Credential(key_set="s", project="p", kind=CredentialKind.BEARER, identifier="i", secret=None)
    store.add_credentials([one, changed(one, kind=CredentialKind.CLIENT, identifier="j", secret="x")])
    found = store.credential(CredentialKind.BEARER, "i")
    assert found is not None and found.project == "p"
    assert store.credential(CredentialKind.API_KEY, "i") is None, "the kind counts"
    assert store.revoke("s") and not store.revoke("s")
    assert store.credential(CredentialKind.BEARER, "i") is None
    assert [c.revoked_at is None for c in store.credentials("p")] == [False, False]


def test_bucket_names_are_unique_over_the_server(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    with pytest.raises(BucketExists):
        store.create_bucket(Bucket(name="b", project="q"))
    assert [bucket.name for bucket in store.buckets("p")] == ["b"] and store.buckets("q") == []
    assert store.remove_bucket("b") and not store.remove_bucket("b")


def test_objects_replace_list_and_go(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    info = ObjectInfo(
        bucket="b", key="a/1", size=1, content_type="x", crc32c=1, etag="e", generation=1, blob="bucket-b/1"
    )
    assert store.put_object(info) is None
    assert store.put_object(changed(info, blob="bucket-b/2", generation=2)) == "bucket-b/1"
    for key in ("a/2", "b/1", "a%"):
        store.put_object(changed(info, key=key))
    assert [x.key for x in store.objects("b", "a/", "", 10)] == ["a/1", "a/2"]
    assert [x.key for x in store.objects("b", "", "a/1", 1)] == ["a/2"]
    removed = store.remove_object("b", "a/1")
    assert removed is not None and removed.blob == "bucket-b/2"
    assert store.object("b", "a/1") is None and store.remove_object("b", "a/1") is None


def test_retention_forbids_replacing_and_deleting(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p", retention_days=90))
    assert store.put_object(OBJECT) is None
    for forbidden in (
        lambda: store.put_object(changed(OBJECT, blob="bucket-b/2")),
        lambda: store.remove_object("b", "a/1"),
        lambda: store.remove_bucket("b"),
    ):
        with pytest.raises(ObjectRetained, match="90 days"):
            forbidden()
    assert store.object("b", "a/1") is not None
    assert store.put_object(changed(OBJECT, key="other")) is None, "what is new may come"
    bucket = store.bucket("b")
    assert bucket is not None and bucket.retention_days == 90
    store.change_bucket(changed(bucket, retention_days=0))
    assert store.put_object(changed(OBJECT, blob="bucket-b/2")) == "bucket-b/1"
    assert store.remove_object("b", "a/1") is not None
    assert store.remove_bucket("b")


def test_publishing_over_a_retained_object_changes_nothing(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p", retention_days=1))
    store.put_object(OBJECT)
    store.submit(new_job(1, publish=(PublishStep(item=None, format=None),)))
    read(store, claim(store))
    lease = claim(store)
    fresh = changed(OBJECT, key="fresh")
    with pytest.raises(ObjectRetained):
        store.complete_publish(lease, Published(objects=(fresh, OBJECT)))
    assert store.object("b", "fresh") is None
    progress = store.complete_publish(lease, Published(error=BAD))
    assert progress is not None and progress.state.ended


def test_preconditions_are_looked_at_when_it_counts(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    new, first, other = Precondition(generation=0), Precondition(generation=1), Precondition(not_generation=1)
    with pytest.raises(PreconditionFailed):
        store.put_object(OBJECT, first)
    store.put_object(OBJECT, new)
    for precondition in (new, other):
        with pytest.raises(PreconditionFailed):
            store.put_object(OBJECT, precondition)
        with pytest.raises(PreconditionFailed):
            store.remove_object("b", "a/1", precondition)
    assert store.put_object(changed(OBJECT, generation=2), first) == "bucket-b/1"
    assert store.remove_object("b", "a/1", other) is not None


def test_a_bucket_is_only_removed_empty_when_it_is(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    store.put_object(OBJECT)
    with pytest.raises(BucketNotEmpty):
        store.remove_empty_bucket("b")
    store.remove_object("b", "a/1")
    assert store.remove_empty_bucket("b") and not store.remove_empty_bucket("b")


def test_expired_credentials_do_not_count_and_go(store: Store) -> None:
    now = store.now()
    one = Credential(key_set="s", project="p", kind=CredentialKind.BEARER, identifier="i", secret=None)
    store.add_credentials(
        [one, changed(one, identifier="late", expires_at=now - 1), changed(one, identifier="soon", expires_at=now + 60)]
    )
    found = [store.credential(CredentialKind.BEARER, name) for name in ("i", "late", "soon")]
    assert [credential is not None for credential in found] == [True, False, True]
    assert store.forget_expired_credentials() == 1 and store.forget_expired_credentials() == 0
    assert len(store.credentials("p")) == 2


def test_resources_are_kept_by_kind_namespace_and_name(store: Store) -> None:
    role = Resource(kind=ResourceKind.ROLE, namespace="p", name="r", manifest="{}")
    store.put_resource(role)
    store.put_resource(changed(role, manifest='{"rules":[]}'))
    store.put_resource(changed(role, namespace="q"))
    store.put_resource(changed(role, kind=ResourceKind.ROLE_BINDING))
    assert [one.manifest for one in store.resources(ResourceKind.ROLE, "p")] == ['{"rules":[]}']
    assert [one.namespace for one in store.resources(ResourceKind.ROLE, None, "r")] == ["p", "q"]
    assert store.resources(ResourceKind.ROLE, None, "s") == []
    assert store.remove_resource(ResourceKind.ROLE, "p", "r")
    assert not store.remove_resource(ResourceKind.ROLE, "p", "r")


def test_a_bucket_takes_its_resource_with_it(store: Store) -> None:
    for name in ("b", "c"):
        store.create_bucket(Bucket(name=name, project="p"))
        store.put_resource(Resource(kind=ResourceKind.BUCKET, namespace="p", name=name, manifest="{}"))
    store.remove_bucket("b")
    assert [one.name for one in store.resources(ResourceKind.BUCKET, None)] == ["c"]
    store.remove_empty_bucket("c")
    assert not store.resources(ResourceKind.BUCKET, None)


def test_a_project_is_removed_when_it_has_nothing_left(store: Store) -> None:
    store.create_bucket(Bucket(name="b", project="p"))
    store.put_resource(Resource(kind=ResourceKind.ROLE, namespace="p", name="r", manifest="{}"))
    store.add_credentials(
        [Credential(key_set="s", project="p", kind=CredentialKind.BEARER, identifier="i", secret=None)]
    )
    with pytest.raises(ProjectInUse, match="buckets"):
        store.remove_project("p")
    store.remove_bucket("b")
    store.submit(new_job(1))
    with pytest.raises(ProjectInUse, match="jobs"):
        store.remove_project("p")
    (job,) = store.jobs(JobFilter(project="p"))
    store.cancel("p", job.id)
    store.forget("p", job.id)
    assert store.remove_project("p") and not store.remove_project("p")
    assert list(store.projects()) == ["q"]
    assert not store.resources(ResourceKind.ROLE, None)
    assert store.credential(CredentialKind.BEARER, "i") is None
