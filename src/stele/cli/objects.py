"""`stele cp`, `ls` and `rm`: objects in buckets, by gs:// or s3:// addresses."""

from __future__ import annotations

import mimetypes
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from stele.cli.common import Data, opened, principal, when
from stele.cli.output import replacing
from stele.domain.errors import BucketNotFound, FileMissing, RequestError
from stele.domain.value import Value

if TYPE_CHECKING:
    from typing import BinaryIO

    from stele.service.core import Core, Principal

_CHUNK = 1024 * 1024
_LISTED = 1000  #: objects asked for at a time


class Place(Value):
    """A bucket, and what follows it in the address: a key, a prefix, or nothing."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.key}"


def place(address: str) -> Place | None:
    """The place that an address names; None for anything that is not gs:// or s3://."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in {"gs", "s3"}:
        return None
    bucket, _, key = rest.partition("/")
    return Place(bucket=bucket, key=key)


def cp(
    ctx: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", show_default=False, help="Files, or gs:// and s3:// addresses.")
    ],
    target: Annotated[str, typer.Argument(metavar="TARGET", show_default=False, help="Where to copy them to.")],
    *,
    data: Data = None,
) -> None:
    """Copy files into buckets, objects out of them, or objects between them.

    TARGET is a file or an object; with several sources, or with a slash at its end, it is a folder or a prefix.
    """
    with opened(ctx, data) as core:
        for source in sources:
            _copy(core, source, target, into=len(sources) > 1 or target.endswith("/"))


def ls(
    ctx: typer.Context,
    address: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", show_default="all buckets", help="A bucket, or what its keys begin with."),
    ] = None,
    *,
    data: Data = None,
) -> None:
    """List the objects under an address such as gs://BUCKET/PREFIX; without one, the buckets."""
    from stele.service.buckets import list_objects

    with opened(ctx, data) as core:
        if address is None:
            for bucket in core.store.buckets(None):
                print(f"gs://{bucket.name}/")
            return
        where = _object_place(address)
        owner = _owner(core, where)
        after = ""
        while entries := list_objects(core, owner, where.bucket, prefix=where.key, after=after, limit=_LISTED):
            for each in entries:
                print(f"{each.size:>12}  {when(each.created_at):<19}  gs://{where.bucket}/{each.key}")
            after = entries[-1].key


def rm(
    ctx: typer.Context,
    addresses: Annotated[
        list[str], typer.Argument(metavar="ADDRESS…", show_default=False, help="gs:// or s3:// addresses of objects.")
    ],
    *,
    data: Data = None,
) -> None:
    """Delete objects."""
    from stele.service.buckets import delete_object

    with opened(ctx, data) as core:
        for address in addresses:
            where = _object_place(address)
            delete_object(core, _owner(core, where), where.bucket, where.key)


def _object_place(address: str) -> Place:
    found = place(address)
    if found is None:
        raise RequestError(reason=f"{address} is not an address in a bucket: gs://BUCKET/KEY or s3://BUCKET/KEY.")
    return found


def _owner(core: Core, where: Place) -> Principal:
    """Who may read the data folder may act for the project of every bucket in it. Raises BucketNotFound."""
    bucket = core.store.bucket(where.bucket)
    if bucket is None:
        raise BucketNotFound(bucket=where.bucket)
    return principal(core, bucket.project)


def _copy(core: Core, source: str, target: str, *, into: bool) -> None:
    from stele.service.buckets import opened_object

    origin, goal = place(source), place(target)
    name = PurePosixPath(origin.key if origin else source).name
    if origin is None and goal is None:
        raise RequestError(reason="neither SOURCE nor TARGET is in a bucket; one must be gs://… or s3://….")
    if origin is None:
        if not Path(source).is_file():
            raise FileMissing(path=source)
        assert goal is not None
        with Path(source).open("rb") as file:
            _put(core, file, _named(goal, name, into=into))
        return
    with opened_object(core, _owner(core, origin), origin.bucket, origin.key) as (_, file):
        if goal is not None:
            _put(core, file, _named(goal, name, into=into))
            return
        path = Path(target)
        with replacing(path / name if into or path.is_dir() else path) as out:
            shutil.copyfileobj(file, out, _CHUNK)


def _named(goal: Place, name: str, *, into: bool) -> Place:
    if not goal.key:
        return Place(bucket=goal.bucket, key=name)
    return Place(bucket=goal.bucket, key=f"{goal.key.rstrip('/')}/{name}") if into else goal


def _put(core: Core, file: BinaryIO, goal: Place) -> None:
    from stele.service.buckets import put_object, receive_object

    owner = _owner(core, goal)
    receiver = receive_object(core, owner, goal.bucket, goal.key)
    try:
        while chunk := file.read(_CHUNK):
            receiver.write(chunk)
        upload = receiver.finish()
    except BaseException:
        receiver.discard()
        raise
    content_type = mimetypes.guess_type(goal.key)[0] or "application/octet-stream"
    put_object(core, owner, goal.bucket, goal.key, upload=upload, content_type=content_type)
    print(goal)
