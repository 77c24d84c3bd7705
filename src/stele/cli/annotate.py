"""`stele annotate`: what pictures show, as JSON, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stele.cli.asking import Workers
from stele.cli.machine import cores

_ALL = "labels,objects,faces,safe_search,image_properties,crop_hints"


def annotate(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE…", help="Pictures. A folder means the files in and below it.", show_default=False
        ),
    ],
    *,
    features: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="What to look for: labels, objects, faces, safe_search, image_properties, crop_hints, logos, "
            "landmarks, web; and text.",
        ),
    ] = _ALL,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default="stdout",
            help="A file for one picture; a folder for several, which get INPUT.json each.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", show_default="$STELE_DATA", help="The folder that holds the models."),
    ] = None,
    project: Annotated[
        str, typer.Option("--project", "-p", metavar="NAME", help="Whose galleries to look into.")
    ] = "demo",
    workers: Workers = None,
) -> None:
    """Look at pictures and write what they show as JSON, one document a line, to stdout or to files.

    What needs a model that is not there is told, with the command that fetches it; the rest is answered.
    """
    from stele.cli.common import wired
    from stele.cli.options import all_chosen
    from stele.cli.reading import Plan, Run
    from stele.domain.job import Feature, Format
    from stele.pipeline.reading.seam import ReadOptions

    several = len(paths) > 1 or paths[0].is_dir()
    plan = Plan(
        paths=tuple(paths),
        several=several,
        format=Format.JSON,
        output=output,
        folder=output is not None and (several or output.is_dir()),
        options=ReadOptions(features=all_chosen(Feature, features.replace("-", "_"), option="--features")),
        queries=(),
        password=None,
        workers=workers or cores(),
        project=project,
    )
    raise typer.Exit(Run(wired(ctx, data=data), plan).result())
