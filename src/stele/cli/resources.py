"""`stele apply`, `get` and `delete`: the resources of Distributed Cloud, from the documents that its guide prints."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from stele.cli.common import Data, opened, print_table, when, wired
from stele.domain.errors import FileForbidden, FileMissing, RequestError

if TYPE_CHECKING:
    from stele.domain.galleries import Gallery
    from stele.service.records import (
        Bucket,
        Resource,
        ResourceKind,
    )

_STDIN = Path("-")


class Form(StrEnum):
    """How resources are printed."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"
    NAME = "name"


Kind = Annotated[
    str, typer.Argument(metavar="KIND", show_default=False, help="project, bucket, role or rolebinding, or a plural.")
]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", metavar="NAME", show_default="all", help="The project it belongs to.")
]
Files = Annotated[
    list[Path],
    typer.Option("--filename", "-f", metavar="FILE", show_default=False, help="YAML or JSON; - is stdin."),
]


def apply(ctx: typer.Context, *, files: Files, data: Data = None) -> None:
    """Make projects, buckets, roles and role bindings, or change them, as YAML documents say.

    The documents are those of Google Distributed Cloud's OCR guide. May be repeated: what is so already stays so.
    """
    from stele.service import resources

    documents = [document for path in files for document in _documents(path)]
    with opened(ctx, data) as core:
        for one in resources.apply(core, documents):
            print(f"{_full_name(one.kind, one.name)} {one.change}")


def get(
    ctx: typer.Context,
    kind: Kind,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False)] = None,
    *,
    namespace: Namespace = None,
    form: Annotated[Form, typer.Option("--output", "-o", help="How to print them.")] = Form.TABLE,
    data: Data = None,
) -> None:
    """Show resources that were applied."""
    from stele.service import resources
    from stele.service.records import ResourceKind

    wanted = _kind(kind)
    with opened(ctx, data) as core:
        found = resources.list_resources(core, wanted, namespace=namespace, name=name)
        buckets = {one.name: one for one in core.store.buckets(namespace)} if wanted is ResourceKind.BUCKET else {}
    match form:
        case Form.TABLE:
            print_table(
                ("NAMESPACE", "NAME", "CREATED"), [(one.namespace, one.name, when(one.created_at)) for one in found]
            )
        case Form.NAME:
            for one in found:
                print(_full_name(one.kind, one.name))
        case _:
            _print_documents([_document(one, buckets) for one in found], form, alone=name is not None)


def delete(
    ctx: typer.Context,
    kind: Kind,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    *,
    namespace: Namespace = None,
    data: Data = None,
) -> None:
    """Delete a resource that was applied. A bucket must be empty, a project without buckets, jobs and galleries."""
    from stele.service import resources

    def galleries_of(project: str) -> Sequence[Gallery]:
        return wired(ctx, data=data).galleries().list(project)

    with opened(ctx, data) as core:
        gone = resources.delete(core, _kind(kind), name, namespace=namespace, galleries_of=galleries_of)
    print(f"{_full_name(gone.kind, gone.name)} deleted")


def _documents(path: Path) -> Iterable[object]:
    import yaml

    try:
        text = sys.stdin.read() if path == _STDIN else path.read_text("utf-8")
        return [document for document in yaml.safe_load_all(text) if document is not None]
    except FileNotFoundError as error:
        raise FileMissing(path=path) from error
    except PermissionError as error:
        raise FileForbidden(path=path) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(reason=f"{path} is not YAML: {' '.join(str(error).split())}") from error


def _kind(given: str) -> ResourceKind:
    """`bucket`, `Buckets` and `bucket.object.gdc.goog` are the same. Raises RequestError."""
    from stele.service.records import ResourceKind

    plain = given.partition(".")[0].lower()
    for kind in ResourceKind:
        if plain in {kind.lower(), kind.lower() + "s"}:
            return kind
    allowed = ", ".join(kind.lower() for kind in ResourceKind)
    raise RequestError(reason=f"there is no kind {given}; known are: {allowed}")


def _full_name(kind: ResourceKind, name: str) -> str:
    from stele.service.manifests import group_of

    return f"{kind.lower()}.{group_of(kind)}/{name}"


def _document(resource: Resource, buckets: Mapping[str, Bucket]) -> dict[str, Any]:
    """The document as it was applied; a bucket's with what is true of it now."""
    document: dict[str, Any] = msgspec.json.decode(resource.manifest)
    if resource.name in buckets:
        condition = {"type": "BucketReady", "status": "True", "reason": "BucketCreated"}
        document["status"] = {"fullyQualifiedName": resource.name, "conditions": [condition]}
    return document


def _print_documents(documents: Sequence[dict[str, Any]], form: Form, *, alone: bool) -> None:
    import yaml

    if form is Form.YAML:
        print(yaml.safe_dump_all(documents, sort_keys=False), end="")
        return
    whole = documents[0] if alone and len(documents) == 1 else {"apiVersion": "v1", "kind": "List", "items": documents}
    print(msgspec.json.format(msgspec.json.encode(whole)).decode())
