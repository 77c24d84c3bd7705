"""`stele doctor`: what is installed, what is missing, and what that costs."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    ctx: typer.Context,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Look at what is installed and tell what is missing and what that costs. Ends with 0 if documents can be read."""
