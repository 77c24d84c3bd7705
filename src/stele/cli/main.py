"""The door of the command line: the commands, and how errors end them."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from stele.cli import (
    annotate,
    buckets,
    doctor,
    gallery,
    jobs,
    keys,
    models,
    objects,
    read,
    resources,
    serve,
    submit,
    tls,
)
from stele.cli.exits import Exit, of_error
from stele.cli.wiring import Wiring
from stele.domain.errors import SteleError


class Commands(TyperGroup):
    """Ends a command that raised an error of the table with its message and its exit code."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except SteleError as error:
            print(f"stele: {error.message}", file=sys.stderr)
            raise typer.Exit(of_error(type(error))) from error
        except BrokenPipeError as error:
            # What is still in the buffer must not fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.PIPE_CLOSED) from error


app = typer.Typer(
    name="stele",
    cls=Commands,
    help="Read documents, here or through a server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(version("stele"))
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Read documents, here or through a server."""


app.command("read")(read.read)
app.command("annotate")(annotate.annotate)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("submit")(submit.submit)
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(buckets.app, name="buckets")
app.command("cp")(objects.cp)
app.command("ls")(objects.ls)
app.command("rm")(objects.rm)
app.add_typer(models.app, name="models")
app.add_typer(gallery.app, name="gallery")
app.add_typer(tls.app, name="tls")
app.command("apply")(resources.apply)
app.command("get")(resources.get)
app.command("delete")(resources.delete)
app.command("doctor")(doctor.doctor)


def run(wiring: Wiring) -> None:
    """Run the command that `sys.argv` names, and end the process with its exit code."""
    app(obj=wiring)
