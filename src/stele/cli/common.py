"""What the commands that work on a data folder share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from stele.cli.wiring import Wiring
from stele.domain.errors import ProjectNotFound

if TYPE_CHECKING:
    from stele.domain.document import Page
    from stele.domain.job import Item, Job
    from stele.service.core import Core, Principal

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", show_default="$STELE_DATA", help="The folder that holds all of the server."),
]
Project = Annotated[str, typer.Option("--project", "-p", metavar="NAME", help="The project.")]
OnlyProject = Annotated[str | None, typer.Option("--project", "-p", metavar="NAME", help="Of this project only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

#: `stele.service.access.DEMO_PROJECT`, which is not imported to print the help
DEMO = "demo"


def wired(ctx: typer.Context, **overrides: object) -> Wiring:
    """The wiring, with settings from the command line over the others; None means not given."""
    wiring = cast("Wiring", ctx.obj)
    given = {name: str(value) if isinstance(value, Path) else value for name, value in overrides.items()}
    return wiring.with_overrides(given) if any(value is not None for value in given.values()) else wiring


@contextmanager
def opened(ctx: typer.Context, data: Path | None) -> Iterator[Core]:
    """The use cases on a data folder; a server may be running on it."""
    core = wired(ctx, data=data).core()
    try:
        yield core
    finally:
        core.store.close()


def principal(core: Core, project: str) -> Principal:
    """Who may read the data folder may act for every project in it. Raises ProjectNotFound."""
    from stele.service.core import Principal

    if project not in core.store.projects():
        raise ProjectNotFound(project=project)
    return Principal(project=project)


def failed_pages(core: Core, owner: Principal, job: Job) -> Iterator[tuple[Item, Page]]:
    """The pages of an ended job that could not be read, each with its input; none before the end."""
    from stele.service import query

    for item in job.items:
        if job.state.ended and item.pages_failed:
            yield from ((item, page) for page in query.pages(core, owner, job.id, item.index) if page.error)


def when(seconds: float | None) -> str:
    """A time of the store as people read it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds else "-"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest entry, two spaces apart; nothing for a table without rows."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        print("  ".join(entry.ljust(width) for entry, width in zip(row, widths, strict=True)).rstrip())
