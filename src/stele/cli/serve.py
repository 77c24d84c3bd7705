"""`stele serve` and `stele worker`: processes that stay."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stele.cli.common import Data, wired
from stele.cli.wiring import Serving
from stele.domain.errors import ConflictError

Workers = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default="one a core", help="Worker processes."),
]

_FIRST = 'This is its first start: the project "{project}" was made for you. Its credentials, shown once:'
_DEMO = 'Credentials of the project "{project}"; the next start like this revokes them:'


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", show_default="127.0.0.1", help="The address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", show_default="8080", help="The HTTP port.")
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", show_default="8081", help="The gRPC port; 0 for none."),
    ] = None,
    s3_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", show_default="none", help="The port of the S3 calls."),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The server's certificate (PEM): all ports speak TLS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
    data: Data = None,
    workers: Workers = None,
    demo_keys: Annotated[
        bool,
        typer.Option(
            "--demo-keys", help="Print fresh credentials of the project demo; those of the start before are revoked."
        ),
    ] = False,
) -> None:
    """Run the server, API and workers, until it is stopped with Ctrl-C or SIGTERM.

    Options that are not given come from STELE_* variables and stele.toml. A server that has no project yet makes one
    and prints its credentials.
    """
    from stele.service import access

    tls = {"tls_cert": tls_cert, "tls_key": tls_key}
    wiring = wired(ctx, host=host, port=port, grpc_port=grpc_port, s3_port=s3_port, data=data, workers=workers, **tls)
    try:
        if demo_keys:
            wiring.serve(partial(_announce, occasion=_DEMO), access.demo_keys)
        else:
            wiring.serve(partial(_announce, occasion=_FIRST), access.first_keys)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
            raise
        raise ConflictError(reason=f"the server cannot listen there: {error.strerror}.") from error


def worker(ctx: typer.Context, *, data: Data = None, workers: Workers = None) -> None:
    """Run workers beside a server on the same data folder, until they are stopped with Ctrl-C or SIGTERM."""
    wired(ctx, data=data, workers=workers).work(
        lambda: print("The workers are running. Ctrl-C stops them.", flush=True)
    )


def _announce(serving: Serving, *, occasion: str) -> None:
    console = f"{serving.address}/console"
    print(f"Stele serves at {serving.address}", flush=True)
    print(f"  console  {console}")
    print(f"  API      {serving.address}/api/docs")
    if serving.grpc_address:
        print(f"  gRPC     {serving.grpc_address}")
    if serving.s3_address:
        print(f"  S3       {serving.s3_address}")
    if serving.fresh_project and serving.fresh_token:
        bearer = f"Authorization: Bearer {serving.fresh_token}"
        print(occasion.format(project=serving.fresh_project))
        print(f"  token    {serving.fresh_token}")
        print(f"  sign in  {console}#token={serving.fresh_token}")
        print(f"  try      curl -H '{bearer}' -F file=@scan.pdf {serving.address}/api/v1/jobs")
        print("More credentials: stele keys create --project NAME")
    print("Ctrl-C stops it.", flush=True)
