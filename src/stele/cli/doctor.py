"""`stele doctor`: what is installed, what is missing, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stele.cli.common import Data, wired
from stele.cli.exits import Exit

if TYPE_CHECKING:
    from stele.cli.diagnosis import Finding


def doctor(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Data = None,
) -> None:
    """Tell what is installed, what is missing and what that costs.

    Ends with 0 if documents can be read here, else with 10.
    """
    import msgspec

    from stele.cli.diagnosis import Standing, diagnose

    findings = diagnose(Path(wired(ctx, data=data).settings.data))
    works = all(finding.standing is not Standing.BROKEN for finding in findings)
    if as_json:
        print(msgspec.json.encode({"works": works, "findings": findings}).decode())
    else:
        _print(findings)
        print(
            "\nDocuments can be read here." if works else "\nDocuments cannot be read here: see what is broken above."
        )
    raise typer.Exit(Exit.OK if works else Exit.UNAVAILABLE)


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    group = ""
    for finding in findings:
        if finding.group != group:
            print(f"{'' if not group else chr(10)}{finding.group}")
            group = finding.group
        print(f"  {finding.name:<{width}}  {finding.standing:<7}  {finding.found}")
        if finding.cost:
            print(f"  {'':<{width}}  {'':<7}  → {finding.cost}")
