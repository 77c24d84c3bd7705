"""Resources of Distributed Cloud: what is understood, what applying them does, and what they let jobs do."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stele.app import core_of
from stele.domain.errors import (
    BucketExists,
    BucketForbidden,
    BucketNotEmpty,
    BucketNotFound,
    ConflictError,
    ProjectInUse,
    ProjectNotFound,
    RequestError,
    ResourceNotFound,
)
from stele.domain.galleries import Gallery, GalleryKind
from stele.service import resources
from stele.service.access import create_project
from stele.service.buckets import create_bucket, put_object, receive_object, usable_bucket
from stele.service.core import Core, Principal
from stele.service.manifests import parsed
from stele.service.records import ResourceKind
from stele.service.resources import Change
from stele.service.roles import ACCOUNTS, Verb, job_bucket
from stele.settings import Settings

PROJECT: dict[str, Any] = {
    "apiVersion": "resourcemanager.gdc.goog/v1",
    "kind": "Project",
    "metadata": {
        "labels": {"atat.config.google.com/clin-number": "1", "atat.config.google.com/task-order-number": "2"},
        "name": "reads",
        "namespace": "platform",
    },
}
BUCKET: dict[str, Any] = {
    "apiVersion": "object.gdc.goog/v1",
    "kind": "Bucket",
    "metadata": {"name": "papers", "namespace": "reads"},
    "spec": {
        "description": "bucket for async ocr",
        "storageClass": "Standard",
        "bucketPolicy": {"lockingPolicy": {"defaultObjectRetentionDays": 90}},
    },
}
ROLE: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "reader-writer", "namespace": "reads"},
    "rules": [{"apiGroups": ["object.gdc.goog"], "resources": ["buckets"], "verbs": ["read-object", "write-object"]}],
}
BINDING: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "reader-writer-binding", "namespace": "reads"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader-writer"},
    "subjects": [{"kind": "ServiceAccount", "name": "ai-ocr-system-sa", "namespace": "ai-ocr-system"}],
}
GUIDE = [PROJECT, BUCKET, ROLE, BINDING]


def edited(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A copy where `a__b=1` has set `document["a"]["b"]`."""
    made = copy.deepcopy(document)
    for path, value in fields.items():
        place = made
        *steps, last = path.split("__")
        for step in steps:
            place = place[step]
        place[last] = value
    return made


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = core_of(Settings(data=str(tmp_path)))
    yield made
    made.store.close()


def put(core: Core, bucket: str, project: str = "reads") -> None:
    receiver = receive_object(core, Principal(project=project), bucket, "a")
    receiver.write(b"x")
    put_object(core, Principal(project=project), bucket, "a", upload=receiver.finish(), content_type="text/plain")


# -- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (edited(BUCKET, kind="Secret"), "kind: Invalid enum value"),
        (edited(BUCKET, apiVersion="rbac.authorization.k8s.io/v1"), "of apiVersion object.gdc.goog/v1, not rbac"),
        (edited(BUCKET, apiVersion="object.gdc.goog/v2"), "of apiVersion object.gdc.goog/v1, not"),
        (edited(BUCKET, spec={"lockingPolicy": {}}), "spec: Object contains unknown field lockingPolicy"),
        (edited(BUCKET, spec__bucketPolicy={"lockingPolicy": {"defaultObjectRetentionDays": -1}}), "Days: Expected"),
        (edited(BUCKET, metadata={"name": "papers"}), "Bucket papers has no metadata.namespace"),
        (edited(BUCKET, metadata={"namespace": "reads"}), "metadata: Object missing required field name"),
        (edited(BUCKET, specs={}), "Bucket has no field specs"),
        (edited(PROJECT, metadata__namespace="other"), "a Project is in the namespace platform"),
        (edited(ROLE, rules=[{"resources": ["buckets"], "verbs": ["*"]}]), "rules[0]: Object missing required field"),
        (edited(ROLE, rules=[{"apiGroups": [""], "resources": ["buckets"], "verbs": []}]), "rules[0].verbs"),
        (edited(BINDING, roleRef={"kind": "Role"}), "roleRef: Object missing required field name"),
        (["not", "a", "mapping"], "Expected object"),
        (None, "Expected object"),
    ],
)
def test_a_document_that_is_not_understood_is_refused_with_its_place(document: object, complaint: str) -> None:
    with pytest.raises(RequestError) as refused:
        parsed(document)
    assert complaint in refused.value.message


def test_the_older_version_and_what_a_cluster_adds_are_understood() -> None:
    added = {"uid": "1", "creationTimestamp": "2024-01-01T00:00:00Z", "resourceVersion": "7"}
    document = edited(BUCKET, apiVersion="object.gdc.goog/v1alpha1", status={"fullyQualifiedName": "papers"})
    document["metadata"] |= added
    assert parsed(document).metadata.name == "papers"


# -- applying ---------------------------------------------------------------------------------------------------------


def test_what_the_guide_writes_is_applied_twice(core: Core) -> None:
    assert [one.change for one in resources.apply(core, GUIDE)] == [Change.CREATED] * 4
    assert [one.change for one in resources.apply(core, GUIDE)] == [Change.UNCHANGED] * 4
    longer = edited(BUCKET, spec__bucketPolicy__lockingPolicy__defaultObjectRetentionDays=91)
    assert [one.change for one in resources.apply(core, [longer])] == [Change.CONFIGURED]
    bucket = core.store.bucket("papers")
    assert bucket is not None
    assert (bucket.project, bucket.retention_days, bucket.governed, bucket.url) == ("reads", 91, True, None)
    assert "reads" in core.store.projects()


def test_a_document_in_error_costs_the_others(core: Core) -> None:
    with pytest.raises(RequestError, match=r"document 2: .*unknown field"):
        resources.apply(core, [PROJECT, edited(BUCKET, spec={"retention": 1})])
    assert core.store.projects() == []


def test_retention_gets_longer_only(core: Core) -> None:
    resources.apply(core, [PROJECT, BUCKET])
    for spec in ({}, {"bucketPolicy": {"lockingPolicy": {"defaultObjectRetentionDays": 89}}}):
        with pytest.raises(ConflictError, match="90 days; it can be made longer"):
            resources.apply(core, [edited(BUCKET, spec=spec)])


def test_a_namespace_is_a_project_and_a_bucket_has_one(core: Core) -> None:
    with pytest.raises(ProjectNotFound):
        resources.apply(core, [BUCKET])
    create_project(core, "other")
    create_bucket(core, Principal(project="other"), "papers")
    with pytest.raises(BucketExists):
        resources.apply(core, [PROJECT, BUCKET])


def test_the_retention_of_a_bucket_elsewhere_is_not_ours(core: Core, tmp_path: Path) -> None:
    create_project(core, "reads")
    create_bucket(core, Principal(project="reads"), "papers", url=f"file://{tmp_path}")
    with pytest.raises(ConflictError, match="lie elsewhere"):
        resources.apply(core, [BUCKET])
    resources.apply(core, [edited(BUCKET, spec={})])
    with pytest.raises(BucketForbidden):
        job_bucket(core, "reads", "papers", Verb.READ)


def delete(core: Core, kind: ResourceKind, name: str, namespace: str | None = None, *galleries: Gallery) -> None:
    resources.delete(core, kind, name, namespace=namespace, galleries_of=lambda _: galleries)


def test_a_project_with_galleries_stays(core: Core) -> None:
    resources.apply(core, [PROJECT])
    gallery = Gallery(name="signs", kind=GalleryKind.LOGOS, entries=1)
    with pytest.raises(ProjectInUse, match="galleries"):
        delete(core, ResourceKind.PROJECT, "reads", None, gallery)
    assert "reads" in core.store.projects()


def test_what_is_deleted_must_not_be_in_use(core: Core) -> None:
    resources.apply(core, [PROJECT, edited(BUCKET, spec={}), ROLE, BINDING])
    put(core, "papers")
    with pytest.raises(BucketNotEmpty):
        delete(core, ResourceKind.BUCKET, "papers")
    with pytest.raises(ProjectInUse):
        delete(core, ResourceKind.PROJECT, "reads")
    core.store.remove_object("papers", "a")
    delete(core, ResourceKind.BUCKET, "papers")
    delete(core, ResourceKind.PROJECT, "reads")
    for kind in ResourceKind:
        assert resources.list_resources(core, kind) == []
    with pytest.raises(ResourceNotFound):
        delete(core, ResourceKind.ROLE, "reader-writer")


def test_a_name_in_two_namespaces_is_ambiguous(core: Core) -> None:
    create_project(core, "other")
    resources.apply(core, [PROJECT, ROLE, edited(ROLE, metadata__namespace="other")])
    with pytest.raises(RequestError, match="in each of other, reads"):
        delete(core, ResourceKind.ROLE, "reader-writer")
    delete(core, ResourceKind.ROLE, "reader-writer", namespace="other")
    assert [one.namespace for one in resources.list_resources(core, ResourceKind.ROLE)] == ["reads"]


# -- roles ------------------------------------------------------------------------------------------------------------


def allowed(core: Core, project: str = "reads", bucket: str = "papers") -> set[Verb]:
    found = set()
    for verb in Verb:
        try:
            job_bucket(core, project, bucket, verb)
        except BucketForbidden as error:
            assert f"may not {verb} in bucket {bucket}" in error.message
        except BucketNotFound:
            continue
        else:
            found.add(verb)
    return found


def test_jobs_may_do_nothing_in_an_applied_bucket_without_a_binding(core: Core) -> None:
    resources.apply(core, [PROJECT, BUCKET, ROLE])
    with pytest.raises(BucketForbidden, match=r"may not write-object in bucket papers.*namespace reads"):
        job_bucket(core, "reads", "papers", Verb.WRITE)
    assert allowed(core) == set()
    assert usable_bucket(core, Principal(project="reads"), "papers").name == "papers", "its owner may all the same"


@pytest.mark.parametrize("account", sorted(ACCOUNTS))
def test_a_binding_lets_jobs_do_what_its_role_says(core: Core, account: str) -> None:
    resources.apply(
        core, [PROJECT, BUCKET, ROLE, edited(BINDING, subjects=[{"kind": "ServiceAccount", "name": account}])]
    )
    assert allowed(core) == set(Verb)
    delete(core, ResourceKind.ROLE_BINDING, "reader-writer-binding")
    assert allowed(core) == set()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"verbs": ["read-object"]}, {Verb.READ}),
        ({"verbs": ["write-object"]}, {Verb.WRITE}),
        ({"verbs": ["*"]}, set(Verb)),
        ({"verbs": ["get", "list"]}, set()),
        ({"resources": ["projects"]}, set()),
        ({"resources": ["*"]}, set(Verb)),
        ({"apiGroups": ["apps"]}, set()),
        ({"apiGroups": ["*"]}, set(Verb)),
        ({"resourceNames": ["papers"]}, set(Verb)),
        ({"resourceNames": ["other"]}, set()),
    ],
)
def test_what_a_rule_allows(core: Core, rule: dict[str, object], expected: set[Verb]) -> None:
    resources.apply(core, [PROJECT, BUCKET, edited(ROLE, rules=[{**ROLE["rules"][0], **rule}]), BINDING])
    assert allowed(core) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("project-bucket-object-viewer", {Verb.READ}),
        ("project-bucket-object-admin", set(Verb)),
        ("project-bucket-admin", set(Verb)),
        ("no-such-role", set()),
    ],
)
def test_predefined_roles(core: Core, role: str, expected: set[Verb]) -> None:
    resources.apply(core, [PROJECT, BUCKET, edited(BINDING, roleRef__name=role)])
    assert allowed(core) == expected


@pytest.mark.parametrize(
    "subject", [{"kind": "User", "name": "ai-ocr-system-sa"}, {"kind": "ServiceAccount", "name": "somebody"}]
)
def test_a_binding_to_somebody_else_lets_jobs_do_nothing(core: Core, subject: dict[str, str]) -> None:
    resources.apply(core, [PROJECT, BUCKET, ROLE, edited(BINDING, subjects=[subject])])
    assert allowed(core) == set()


def test_a_bucket_that_was_not_applied_belongs_to_its_project(core: Core) -> None:
    for project in ("reads", "other"):
        create_project(core, project)
    create_bucket(core, Principal(project="reads"), "plain")
    assert allowed(core, "reads", "plain") == set(Verb)
    assert allowed(core, "other", "plain") == set()


def test_across_projects_the_binding_grants(core: Core) -> None:
    create_project(core, "other")
    reading = edited(ROLE, rules=[{**ROLE["rules"][0], "verbs": ["read-object"]}])
    resources.apply(core, [PROJECT, BUCKET])
    for missing in ("papers", "no-such-bucket"):
        with pytest.raises(BucketNotFound, match=f"no bucket {missing} that this project may use"):
            job_bucket(core, "other", missing, Verb.READ)
    resources.apply(core, [reading, BINDING])
    assert allowed(core, "other") == {Verb.READ}
    with pytest.raises(BucketForbidden, match="write-object"):
        job_bucket(core, "other", "papers", Verb.WRITE)
    with pytest.raises(BucketNotFound):
        usable_bucket(core, Principal(project="other"), "papers")
