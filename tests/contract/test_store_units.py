"""The contract of a store: who works on which unit, for how long, and what happens when that fails."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.contract.store_calls import BAD, DIED, RULES, claim, new_job, prepare, read

from stele.domain.job import JobOptions, JobState
from stele.domain.value import changed
from stele.service.ports import Store
from stele.service.records import LeaseState, Outcome

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
