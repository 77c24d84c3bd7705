"""What reading files and submitting jobs are both told on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

ResultFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        show_default="the suffix of -o, else txt",
        help="txt, layout.txt, json, md, pdf (searchable), docx, xlsx, csv (tables), pptx, hocr or alto.",
    ),
]
Questions = Annotated[
    list[str] | None,
    typer.Option(
        "--query", metavar="TEXT", show_default=False, help="A question to answer from each page. May be repeated."
    ),
]
Engine = Annotated[str, typer.Option("--engine", metavar="NAME", help="auto (by language), paddle or tesseract.")]
Hidden = Annotated[
    str | None,
    typer.Option(
        "--hidden-text",
        metavar="HOW",
        show_default="the setting",
        help="Words under a scan that nobody sees: trust (taken if sound) or reread (from the pixels).",
    ),
]
Password = Annotated[
    str | None, typer.Option("--password", metavar="TEXT", show_default=False, help="Opens encrypted inputs.")
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, metavar="N", show_default="all", help="Cores to use.")]
#: for tests: faults that the engine `null` is to have
NullSwitches = Annotated[str | None, typer.Option("--null-switches", hidden=True)]
