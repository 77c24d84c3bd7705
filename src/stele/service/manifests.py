"""The resources of Distributed Cloud that are understood, in the words of its documents: one type a kind.

What is not understood is refused with its place in the document, so that a misspelled field is never taken for granted;
`status`, and what a cluster adds to `metadata`, is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from stele.domain.errors import RequestError
from stele.domain.value import Value
from stele.service.records import ResourceKind

#: where projects themselves live
PLATFORM = "platform"

_VERSION = re.compile(r"v1((alpha|beta)\d+)?")
_GROUPS = {
    ResourceKind.PROJECT: "resourcemanager.gdc.goog",
    ResourceKind.BUCKET: "object.gdc.goog",
    ResourceKind.ROLE: "rbac.authorization.k8s.io",
    ResourceKind.ROLE_BINDING: "rbac.authorization.k8s.io",
}
#: of a hundred years; more is a mistake
_Days = Annotated[int, msgspec.Meta(ge=0, le=36_525)]


class Metadata(Value):
    """What is the same in every resource."""

    name: str
    namespace: str | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class LockingPolicy(Value, forbid_unknown_fields=True):
    """Objects may not be deleted or replaced for so many days."""

    default_object_retention_days: _Days = msgspec.field(name="defaultObjectRetentionDays", default=0)


class BucketPolicy(Value, forbid_unknown_fields=True):
    locking_policy: LockingPolicy = msgspec.field(name="lockingPolicy", default=LockingPolicy())


class BucketSpec(Value, forbid_unknown_fields=True):
    """There is one class of storage here, so `storage_class` is only remembered."""

    description: str = ""
    storage_class: str = msgspec.field(name="storageClass", default="Standard")
    bucket_policy: BucketPolicy = msgspec.field(name="bucketPolicy", default=BucketPolicy())


class Rule(Value, forbid_unknown_fields=True):
    """Lets whoever has the role do `verbs` with `resources`, all of them or those that are named."""

    api_groups: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="apiGroups")
    resources: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    verbs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    resource_names: tuple[str, ...] = msgspec.field(name="resourceNames", default=())


class RoleRef(Value, forbid_unknown_fields=True):
    kind: str
    name: str
    api_group: str = msgspec.field(name="apiGroup", default=_GROUPS[ResourceKind.ROLE])


class Subject(Value, forbid_unknown_fields=True):
    kind: str
    name: str
    namespace: str | None = None
    api_group: str | None = msgspec.field(name="apiGroup", default=None)


class Manifest(Value):
    """What every document has."""

    api_version: str = msgspec.field(name="apiVersion")
    kind: ResourceKind
    metadata: Metadata

    @property
    def namespace(self) -> str:
        return self.metadata.namespace or PLATFORM


class ProjectManifest(Manifest):
    """A tenant; it lives in the namespace `platform`, and is the namespace of what it has."""


class BucketManifest(Manifest):
    spec: BucketSpec = BucketSpec()


class RoleManifest(Manifest):
    rules: tuple[Rule, ...] = ()


class RoleBindingManifest(Manifest):
    role_ref: RoleRef = msgspec.field(name="roleRef")
    subjects: tuple[Subject, ...] = ()


_TYPES: Mapping[ResourceKind, type[Manifest]] = {
    ResourceKind.PROJECT: ProjectManifest,
    ResourceKind.BUCKET: BucketManifest,
    ResourceKind.ROLE: RoleManifest,
    ResourceKind.ROLE_BINDING: RoleBindingManifest,
}
_KNOWN_FIELDS = {"apiVersion", "kind", "metadata", "status"}
_BODY = {
    ResourceKind.PROJECT: "spec",  # a cluster prints an empty one
    ResourceKind.BUCKET: "spec",
    ResourceKind.ROLE: "rules",
    ResourceKind.ROLE_BINDING: "roleRef, subjects",
}


class _Header(Value):
    """As much of a document as tells what it is."""

    api_version: str = msgspec.field(name="apiVersion")
    kind: ResourceKind


def parsed(document: object) -> Manifest:
    """A document as its type. Raises RequestError, which says where it is wrong."""
    try:
        header = msgspec.convert(document, _Header)
        group, _, version = header.api_version.rpartition("/")
        if group != _GROUPS[header.kind] or not _VERSION.fullmatch(version):
            raise RequestError(
                reason=f"{header.kind} is of apiVersion {_GROUPS[header.kind]}/v1, not {header.api_version}"
            )
        manifest = msgspec.convert(document, _TYPES[header.kind])
    except msgspec.ValidationError as error:
        raise RequestError(reason=_placed(error)) from error
    assert isinstance(document, dict)
    unknown = document.keys() - _KNOWN_FIELDS - set(_BODY[header.kind].split(", "))
    if unknown:
        raise RequestError(reason=f"{header.kind} has no field {', '.join(sorted(map(str, unknown)))}")
    if header.kind is ResourceKind.PROJECT and manifest.namespace != PLATFORM:
        raise RequestError(reason=f"a Project is in the namespace {PLATFORM}, not {manifest.namespace}")
    if header.kind is not ResourceKind.PROJECT and manifest.metadata.namespace is None:
        raise RequestError(
            reason=f"{header.kind} {manifest.metadata.name} has no metadata.namespace, which is its project"
        )
    return manifest


def group_of(kind: ResourceKind) -> str:
    return _GROUPS[kind]


def _placed(error: msgspec.ValidationError) -> str:
    """`rules[0].verbs: Expected array, got str`."""
    message, _, place = str(error).replace("`", "").partition(" - at $")
    return f"{place.removeprefix('.')}: {message}" if place else message
