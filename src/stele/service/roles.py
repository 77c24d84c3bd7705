"""Who may use a bucket: here alone it is decided.

A caller and a job are two. What a project's credentials prove may do everything with the project's own buckets, and
nothing with others'. A job acts as the OCR service account, as Distributed Cloud has it: in a bucket that `stele apply`
made, and in one of another project, it may only do what a RoleBinding in the namespace of the bucket's project lets
that account do. In any other bucket of its own project it may do everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from stele.domain.errors import BucketForbidden, BucketNotFound
from stele.service.core import Core, Principal
from stele.service.manifests import RoleBindingManifest, RoleManifest, Rule, Subject
from stele.service.records import (
    Bucket,
    ResourceKind,
)

#: the service account's names, older and newer
ACCOUNTS = frozenset({"ai-ocr-system-sa", "g-vai-ocr-sie-sa"})


class Verb(StrEnum):
    """What is done with objects, in the words of Distributed Cloud's roles."""

    READ = "read-object"
    WRITE = "write-object"


#: roles that need not be applied
PREDEFINED: Mapping[str, frozenset[Verb]] = {
    "project-bucket-object-viewer": frozenset({Verb.READ}),
    "project-bucket-object-admin": frozenset(Verb),
    "project-bucket-admin": frozenset(Verb),
}


def own_bucket(core: Core, principal: Principal, name: str) -> Bucket:
    """A bucket that a caller may use, for anything; any other does not exist for it. Raises BucketNotFound."""
    bucket = core.store.bucket(name)
    if bucket is None or bucket.project != principal.project:
        raise BucketNotFound(bucket=name)
    return bucket


def job_bucket(core: Core, project: str, name: str, verb: Verb) -> Bucket:
    """A bucket that jobs of a project may use for `verb`.

    Raises BucketForbidden, which names the permission that is missing; BucketNotFound for a bucket that is not there,
    and for one of another project that lets jobs do nothing."""
    bucket = core.store.bucket(name)
    if bucket is None:
        raise BucketNotFound(bucket=name)
    own = bucket.project == project
    if own and not bucket.governed:
        return bucket
    granted = _granted(core, bucket)
    if verb in granted:
        return bucket
    if own or granted:
        raise BucketForbidden(bucket=name, verb=verb, namespace=bucket.project)
    raise BucketNotFound(bucket=name)


def _granted(core: Core, bucket: Bucket) -> frozenset[Verb]:
    """What the service account may do in a bucket."""
    granted: frozenset[Verb] = frozenset()
    for resource in core.store.resources(ResourceKind.ROLE_BINDING, bucket.project):
        binding = msgspec.json.decode(resource.manifest, type=RoleBindingManifest)
        if any(map(_is_service_account, binding.subjects)):
            granted |= _verbs(core, bucket, binding.role_ref.name)
    return granted


def _is_service_account(subject: Subject) -> bool:
    return subject.kind == "ServiceAccount" and subject.name in ACCOUNTS


def _verbs(core: Core, bucket: Bucket, role: str) -> frozenset[Verb]:
    """What a role allows in a bucket. One that was applied counts for the predefined one of the same name."""
    applied = core.store.resources(ResourceKind.ROLE, bucket.project, role)
    if not applied:
        return PREDEFINED.get(role, frozenset())
    rules = msgspec.json.decode(applied[0].manifest, type=RoleManifest).rules
    return frozenset(verb for verb in Verb if any(_allows(rule, bucket.name, verb) for rule in rules))


def _allows(rule: Rule, bucket: str, verb: Verb) -> bool:
    return (
        bool({"object.gdc.goog", "*"} & set(rule.api_groups))
        and bool({"buckets", "*"} & set(rule.resources))
        and bool({verb, "*"} & set(rule.verbs))
        and (not rule.resource_names or bucket in rule.resource_names)
    )
