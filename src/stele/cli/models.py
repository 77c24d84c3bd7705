"""`stele models`: the models of annotation, fetched when somebody asks for it and never otherwise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from stele.cli.common import AsJson, Data, print_table, wired

if TYPE_CHECKING:
    from stele.domain.models import Model

app = typer.Typer(help="Models of annotation: which are here, and how to get the others.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Which models.", show_default="all of them")]


@app.callback()
def _group() -> None:
    """Models of annotation: which are here, and how to get the others."""


@app.command("list")
def list_(ctx: typer.Context, *, data: Data = None, as_json: AsJson = False) -> None:
    """Show the models that this version knows, and whether they are here."""
    from stele.domain.models import MODELS

    models = wired(ctx, data=data).models()
    if as_json:
        import msgspec

        rows = [{**msgspec.to_builtins(model), "state": models.state(model).value} for model in MODELS]
        print(msgspec.json.format(msgspec.json.encode(rows)).decode())
        return
    print_table(
        ("name", "state", "feature", "size", "licence"),
        [(m.name, models.state(m), m.feature, _megabytes(m.size), m.licence) for m in MODELS],
    )


@app.command()
def pull(ctx: typer.Context, names: Names = None, *, data: Data = None) -> None:
    """Fetch models that are missing or damaged, from where STELE_MODEL_SOURCE says or else from their origins.

    What was fetched before a break is kept, and every file is held against its sha256. A running server uses them
    at once.
    """
    models = wired(ctx, data=data).models()
    for model in _named(names):
        with _Bar(model.name) as bar:
            models.pull(model, bar)
        print(f"{model.name}: installed ({_megabytes(model.size)}; {model.licence})")


@app.command()
def verify(ctx: typer.Context, names: Names = None, *, data: Data = None) -> None:
    """Hold every byte of the models that are here against what it should be."""
    from stele.cli.exits import Exit
    from stele.service.models import ModelState

    models = wired(ctx, data=data).models()
    states = {model.name: models.verify(model) for model in _named(names)}
    print_table(("name", "state"), [*states.items()])
    if ModelState.DAMAGED in states.values():
        print("stele: damaged models are put right by: stele models pull", file=sys.stderr)
        raise typer.Exit(Exit.UNAVAILABLE)


def _named(names: list[str] | None) -> list[Model]:
    from stele.domain.models import MODELS, model_named

    return [model_named(name) for name in names] if names else list(MODELS)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


class _Bar:
    """Bytes fetched of bytes wanted, where a person watches."""

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task(name, total=None)

    def __call__(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
