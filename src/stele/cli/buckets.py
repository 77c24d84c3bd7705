"""`stele buckets`: places for objects, embedded in the data folder or elsewhere."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from stele.cli.common import DEMO, AsJson, Data, OnlyProject, Project, opened, principal, print_table, when
from stele.domain.errors import BucketNotFound

app = typer.Typer(help="Buckets that jobs may read from and write to.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", show_default=False, help="The bucket's name, unique over the whole server.")
]


@app.command("create")
def create(
    ctx: typer.Context,
    name: Name,
    *,
    project: Project = DEMO,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", show_default="in the data folder", help="s3://…, gs://… or file:///…"),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", show_default=False, help="Where the S3 or GCS service listens.")
    ] = None,
    credentials: Annotated[
        str | None, typer.Option(metavar="PROFILE", show_default=False, help="A [credentials.PROFILE] of stele.toml.")
    ] = None,
    data: Data = None,
) -> None:
    """Register a bucket. gs://NAME and s3://NAME then mean it in every dialect."""
    from stele.service.buckets import create_bucket

    with opened(ctx, data) as core:
        owner = principal(core, project)
        create_bucket(core, owner, name, url=url, endpoint=endpoint, profile=credentials)
    print(f"The bucket {name} is registered for the project {project}.")


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    project: OnlyProject = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """List the buckets."""
    with opened(ctx, data) as core:
        buckets = core.store.buckets(project)
    if as_json:
        for bucket in buckets:
            print(msgspec.json.encode(bucket).decode())
        return
    rows = [(each.name, each.project, each.url or "(embedded)", when(each.created_at)) for each in buckets]
    print_table(("NAME", "PROJECT", "WHERE", "CREATED"), rows)


@app.command("remove")
def remove(ctx: typer.Context, name: Name, *, data: Data = None) -> None:
    """Unregister a bucket. An embedded one is deleted with everything in it; elsewhere nothing is touched."""
    from stele.service.buckets import remove_bucket

    with opened(ctx, data) as core:
        bucket = core.store.bucket(name)
        if bucket is None:
            raise BucketNotFound(bucket=name)
        remove_bucket(core, principal(core, bucket.project), name)
    print(f"The bucket {name} is removed.")
