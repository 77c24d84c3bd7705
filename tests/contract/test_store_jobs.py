"""The contract of a store: the way of a job, from its submission to its end and being forgotten."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.contract.store_calls import BAD, PDF, RULES, MakeStore, claim, new_job, prepare, read, state_of

from stele.adapters.store.store import embedded
from stele.domain.errors import IdempotencyMismatch, TooManyJobs
from stele.domain.job import Format, JobOptions, JobState, Topic, UnitKind, Webhook
from stele.domain.value import changed
from stele.service.ports import Store
from stele.service.records import (
    Bucket,
    Export,
    JobFilter,
    LeaseState,
    NewJob,
    NoticeKind,
    ObjectInfo,
    Outcome,
    Published,
    PublishStep,
    Retention,
    RetentionStart,
)

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
