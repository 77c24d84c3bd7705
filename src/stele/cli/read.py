"""`stele read`: files in, text out, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stele.cli.asking import Engine, Hidden, NullSwitches, Password, Questions, ResultFormat, Workers
from stele.cli.machine import cores


def read(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…", help="Files to read. A folder means the files in and below it.", show_default=False
        ),
    ],
    *,
    format_: ResultFormat = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default="stdout",
            help="A file for one input; a folder for several, which get INPUT.FORMAT each.",
        ),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            show_default="those of the default model",
            help="Languages as BCP-47 codes, e.g. en or ar,fa. May be repeated.",
        ),
    ] = None,
    features: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="What to find: text, symbols (characters with boxes), tables, forms, layout, signatures.",
        ),
    ] = "text",
    query: Questions = None,
    engine: Engine = "auto",
    hidden_text: Hidden = None,
    password: Password = None,
    workers: Workers = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Tell on stderr where the time went, stage by stage.")
    ] = False,
    null_switches: NullSwitches = None,
) -> None:
    """Read files and write their text, as it is or in another format, to stdout or to files.

    The exit code tells the worst thing that happened; a page or file that cannot be read costs no other.
    """
    from stele.cli.options import chosen, chosen_features, chosen_format, listed
    from stele.cli.reading import Plan, Run
    from stele.domain import languages
    from stele.domain.job import EngineName, HiddenText, Query
    from stele.pipeline.reading.seam import ReadOptions

    several = len(paths) > 1 or paths[0].is_dir()
    folder = output is not None and (several or output.is_dir())
    form = chosen_format(format_, None if folder else output)
    wanted = chosen_features(features, query)
    options = ReadOptions(
        languages=listed(language),
        features=(*wanted, *(feature for feature in form.features if feature not in wanted)),
        engine=chosen(EngineName, engine, option="--engine"),
        hidden_text=None if hidden_text is None else chosen(HiddenText, hidden_text, option="--hidden-text"),
        null_switches=null_switches,
    )
    for code in options.languages:
        languages.normalise(code)
    plan = Plan(
        paths=tuple(paths),
        several=several,
        format=form,
        output=output,
        folder=folder,
        options=options,
        queries=tuple(Query(text=text) for text in query or ()),
        password=password,
        workers=workers or cores(),
        profiled=profile,
    )
    raise typer.Exit(Run(ctx.obj, plan).result())
