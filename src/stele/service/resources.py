"""Applying, showing and deleting the resources of Distributed Cloud: what `stele apply`, `get` and `delete` do.

Projects and buckets become what they are here; roles and bindings are kept as they are written, for
`stele.service.roles`. The operator's business: no caller of a dialect comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from stele.domain.errors import (
    BucketExists,
    ConflictError,
    ProjectInUse,
    ProjectNotFound,
    RequestError,
    ResourceNotFound,
)
from stele.domain.galleries import Gallery
from stele.domain.value import Value, changed
from stele.service.access import create_project
from stele.service.buckets import checked_name
from stele.service.core import Core
from stele.service.manifests import BucketManifest, Manifest, parsed
from stele.service.names import bucket_folder
from stele.service.records import (
    Bucket,
    Resource,
    ResourceKind,
)


class Change(StrEnum):
    """What applying did."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"


class Applied(Value):
    kind: ResourceKind
    namespace: str
    name: str
    change: Change


def apply(core: Core, documents: Sequence[object]) -> Sequence[Applied]:
    """Apply documents in order. All of them are checked first: one that is not understood costs nothing.

    Raises RequestError, ProjectNotFound, BucketExists, ConflictError; what stood before the cause is applied then."""
    manifests = []
    for number, document in enumerate(documents, 1):
        try:
            manifests.append((parsed(document), msgspec.json.encode(document).decode()))
        except RequestError as error:
            raise RequestError(reason=f"document {number}: {error.details['reason']}") from error
    return [_apply(core, manifest, text) for manifest, text in manifests]


def list_resources(
    core: Core, kind: ResourceKind, *, namespace: str | None = None, name: str | None = None
) -> Sequence[Resource]:
    """What was applied, by namespace and name. Raises ResourceNotFound when one that is named is not there."""
    found = core.store.resources(kind, namespace, name)
    if name is not None and not found:
        raise ResourceNotFound(kind=kind, name=name)
    return found


def delete(
    core: Core,
    kind: ResourceKind,
    name: str,
    *,
    namespace: str | None = None,
    galleries_of: Callable[[str], Sequence[Gallery]],
) -> Resource:
    """Delete a resource: a project only when it has no buckets, jobs and galleries (`galleries_of` it), which would be
    those of the next project of the name; a bucket only when it is empty.

    Raises ResourceNotFound, RequestError (the name is in several namespaces), ProjectInUse, BucketNotEmpty."""
    found = list_resources(core, kind, namespace=namespace, name=name)
    if len(found) > 1:
        namespaces = ", ".join(one.namespace for one in found)
        raise RequestError(reason=f"there is a {kind} {name} in each of {namespaces}; say which with --namespace")
    resource = found[0]
    if kind is ResourceKind.PROJECT:
        if galleries_of(name):
            raise ProjectInUse(project=name, what="galleries")
        core.store.remove_project(name)
    elif kind is ResourceKind.BUCKET:
        bucket = core.store.bucket(name)
        core.store.remove_empty_bucket(name)
        if bucket is not None:
            core.blobs.delete_folder(bucket_folder(bucket))
    core.store.remove_resource(kind, resource.namespace, name)
    return resource


def _apply(core: Core, manifest: Manifest, text: str) -> Applied:
    name, namespace = manifest.metadata.name, manifest.namespace
    if manifest.kind is ResourceKind.PROJECT:
        create_project(core, name)
    elif namespace not in core.store.projects():
        raise ProjectNotFound(project=namespace)
    before = core.store.resources(manifest.kind, namespace, name)
    if isinstance(manifest, BucketManifest):
        _apply_bucket(core, manifest)
    core.store.put_resource(Resource(kind=manifest.kind, namespace=namespace, name=name, manifest=text))
    change = Change.CREATED
    if before:
        change = Change.UNCHANGED if before[0].manifest == text else Change.CONFIGURED
    return Applied(kind=manifest.kind, namespace=namespace, name=name, change=change)


def _apply_bucket(core: Core, manifest: BucketManifest) -> None:
    """Make the bucket, or give one that is there its retention and its roles."""
    name = checked_name(manifest.metadata.name)
    days = manifest.spec.bucket_policy.locking_policy.default_object_retention_days
    wanted = Bucket(name=name, project=manifest.namespace, retention_days=days, governed=True)
    found = core.store.bucket(name)
    if found is None:
        core.store.create_bucket(wanted)
        return
    if found.project != wanted.project:
        raise BucketExists(bucket=name)
    if found.url is not None and days:
        raise ConflictError(reason=f"the objects of {name} lie elsewhere, where their retention must be set, too")
    if days < found.retention_days:
        reason = f"the retention of {name} is {found.retention_days} days; it can be made longer, not shorter"
        raise ConflictError(reason=reason)
    core.store.change_bucket(changed(found, retention_days=days, governed=True))
