"""The contract of a store: tenants, notices, credentials, buckets and resources."""

from __future__ import annotations

import pytest
from tests.contract.store_calls import BAD, OBJECT, PDF, claim, new_job, read

from stele.domain.errors import BucketExists, BucketNotEmpty, ObjectRetained, PreconditionFailed, ProjectInUse
from stele.domain.job import Format, JobOptions, JobState, Webhook
from stele.domain.value import changed
from stele.service.ports import Store
from stele.service.records import (
    Bucket,
    Credential,
    CredentialKind,
    DeliveryLog,
    JobFilter,
    ObjectInfo,
    Precondition,
    Published,
    PublishStep,
    Resource,
    ResourceKind,
)

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
