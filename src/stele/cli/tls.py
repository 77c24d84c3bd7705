"""`stele tls`: a certificate to try TLS with."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from stele.cli.options import listed

app = typer.Typer(help="Certificates of the server.", no_args_is_help=True)

#: `vision.localhost` is what Google's client asks for when its universe domain is `localhost:PORT`
_HERE = ("localhost", "vision.localhost", "127.0.0.1", "::1")


@app.callback()
def _group() -> None:
    """Certificates of the server."""


@app.command("self-signed")
def self_signed(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where ca.pem, cert.pem and key.pem are written.")],
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="HOST",
            show_default="localhost and this machine's name",
            help="A further name or IP address of the server; repeat it for several.",
        ),
    ] = None,
) -> None:
    """Make an authority and a server certificate that it vouches for, to try TLS with; valid for a year.

    Clients must be told to trust ca.pem. For more than trying, use a certificate of an authority that they trust.
    """
    from stele.adapters.selfsigned import self_signed

    names = dict.fromkeys((*_HERE, socket.gethostname(), *listed(name)))
    made = self_signed(out, [*names])
    print(f"The certificate is for: {', '.join(names)}")
    print(f"  serve   stele serve --tls-cert {made.chain} --tls-key {made.key}")
    print(f"  trust   {made.authority}, e.g. curl --cacert {made.authority} https://localhost:8080/livez")
