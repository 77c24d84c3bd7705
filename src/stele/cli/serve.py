"""`stele serve` and `stele worker`: processes that stay."""

from __future__ import annotations

import errno
from typing import Annotated

import typer

from stele.cli.common import Data, wired
from stele.cli.wiring import Serving
from stele.domain.errors import ConflictError

Workers = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default="one a core", help="Worker processes."),
]


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", show_default="127.0.0.1", help="The address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", show_default="8080", help="The HTTP port.")
    ] = None,
    data: Data = None,
    workers: Workers = None,
) -> None:
    """Run the server, API and workers, until it is stopped with Ctrl-C or SIGTERM.

    Options that are not given come from STELE_* variables and stele.toml.
    """
    try:
        wired(ctx, host=host, port=port, data=data, workers=workers).serve(_announce)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
            raise
        raise ConflictError(reason=f"the server cannot listen there: {error.strerror}.") from error


def worker(ctx: typer.Context, *, data: Data = None, workers: Workers = None) -> None:
    """Run workers beside a server on the same data folder, until they are stopped with Ctrl-C or SIGTERM."""
    wired(ctx, data=data, workers=workers).work(
        lambda: print("The workers are running. Ctrl-C stops them.", flush=True)
    )


def _announce(serving: Serving) -> None:
    print(f"Stele serves at {serving.address} (API: {serving.address}/api/docs). Ctrl-C stops it.", flush=True)
    if serving.fresh_project and serving.fresh_token:
        print(
            f'This is its first start: the project "{serving.fresh_project}" was made for you. Its token, shown once:'
        )
        print(f"  {serving.fresh_token}")
        print("Try it:")
        print(
            f"  curl -H 'Authorization: Bearer {serving.fresh_token}' -F file=@scan.pdf {serving.address}/api/v1/jobs"
        )
        print("More credentials: stele keys create --project NAME", flush=True)
