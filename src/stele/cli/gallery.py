"""`stele gallery`: the pictures that logos, landmarks and matching pictures are looked for in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from stele.cli.common import DEMO, AsJson, Data, Project, opened, principal, print_table, wired

if TYPE_CHECKING:
    from stele.domain.annotation import Coordinates

app = typer.Typer(help="Galleries: known logos, places and pictures of a project.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="GALLERY", show_default=False, help="The name of the gallery.")]


@app.command("create")
def create(
    ctx: typer.Context,
    name: Name,
    *,
    kind: Annotated[
        str, typer.Option(metavar="KIND", show_default=False, help="What it holds: logos, landmarks, or web pictures.")
    ],
    project: Project = DEMO,
    data: Data = None,
) -> None:
    """Make an empty gallery."""
    from stele.cli.options import chosen
    from stele.domain.galleries import GalleryKind

    with opened(ctx, data) as core:
        owner = principal(core, project)
    wired(ctx, data=data).galleries().create(owner.project, name, chosen(GalleryKind, kind, option="--kind"))
    print(f"The gallery {name} of {kind} is made for the project {project}.")


@app.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGE…", show_default=False, help="The pictures.")],
    *,
    title: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="TEXT", show_default="each file's own", help="The brand, the place, or what it shows."
        ),
    ] = None,
    mid: Annotated[
        str | None, typer.Option(metavar="ID", show_default=False, help="A stable id of what it shows, e.g. /m/0bt9lr.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="LAT,LON", show_default=False, help="Where the place is, in degrees; repeat for several."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", show_default=False, help="The address of the picture itself.")
    ] = None,
    page: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", show_default=False, help="A page that shows it; repeat for several."),
    ] = None,
    project: Project = DEMO,
    data: Data = None,
) -> None:
    """Add pictures to a gallery. Only what tells them apart is kept, not the pictures."""
    from stele.domain.galleries import GalleryEntry, ShownOn
    from stele.service.galleries import NewPicture

    pictures = [
        NewPicture(
            path=path,
            entry=GalleryEntry(
                id="",
                name=title or path.stem,
                mid=mid,
                locations=tuple(_coordinates(text) for text in at or ()),
                url=url,
                pages=tuple(ShownOn(url=each) for each in page or ()),
            ),
        )
        for path in paths
    ]
    for entry in wired(ctx, data=data).galleries().add(project, name, pictures):
        print(f"{entry.id}  {entry.name}")


def _coordinates(text: str) -> Coordinates:
    from stele.domain.annotation import Coordinates
    from stele.domain.errors import UnknownOption

    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise UnknownOption(option="--at", value=text, allowed="two numbers, as 48.858,2.294") from None
    return Coordinates(latitude=latitude, longitude=longitude)


@app.command("list")
def list_(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[GALLERY]", show_default="all of them", help="Show its pictures.")
    ] = None,
    *,
    project: Project = DEMO,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """List the galleries of a project, or the pictures of one."""
    galleries = wired(ctx, data=data).galleries()
    found = galleries.list(project) if name is None else galleries.entries(project, name)
    if as_json:
        for each in found:
            print(msgspec.json.encode(each).decode())
    elif name is None:
        print_table(("NAME", "KIND", "PICTURES"), [(g.name, g.kind, str(g.entries)) for g in galleries.list(project)])
    else:
        rows = [(e.id, e.name, e.mid or "-", e.url or "-") for e in galleries.entries(project, name)]
        print_table(("ID", "NAME", "MID", "URL"), rows)


@app.command("remove")
def remove(
    ctx: typer.Context,
    name: Name,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", show_default="the gallery", help="Pictures of it.")
    ] = None,
    *,
    project: Project = DEMO,
    data: Data = None,
) -> None:
    """Remove pictures of a gallery, or all of it."""
    wired(ctx, data=data).galleries().remove(project, name, ids or ())
    print(f"{len(ids)} pictures of {name} are removed." if ids else f"The gallery {name} is removed.")
