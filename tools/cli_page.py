"""Write docs/reference/cli.md from the command line itself. Run it after changing `stele.cli`; a test compares."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from stele.cli.main import app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# The command line

What went wrong stands on stderr, and the family of it is the [exit code](exit-codes.md). `stele read` and `stele
doctor` need no server. The others work on a data folder (`--data`, else `STELE_DATA`, else `~/.local/share/stele`),
beside a running server or without one; whoever may read that folder may act for every project in it. `stele COMMAND
--help` shows the same as this page, which is made by `tools/cli_page.py`; a test compares.
"""


def page() -> str:
    return HEAD + "".join(_sections("stele", typer.main.get_command(app)))


# The classes are those of the click that typer carries, which has no name of its own to import.
def _sections(name: str, command: Any) -> Iterator[str]:
    """A section for a command, and for those below it."""
    below = getattr(command, "commands", {})
    shown = [one for one in command.params if not one.hidden]
    arguments = " ".join(one.metavar for one in shown if _is_argument(one))
    usage = f"{name} [OPTIONS] {'COMMAND …' if below else arguments}".rstrip()
    yield f"\n## `{name}`\n\n    {usage}\n\n{inspect.cleandoc(command.help)}\n"
    if shown:
        yield "\n| | default | |\n|---|---|---|\n" + "".join(map(_row, shown))
    for title, one in below.items():
        yield from _sections(f"{name} {title}", one)


def _row(parameter: Any) -> str:
    return f"| {_spelling(parameter)} | {_default(parameter)} | {_what(parameter)} |\n"


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _spelling(parameter: Any) -> str:
    if _is_argument(parameter):
        return f"`{parameter.metavar}`"
    value = "" if parameter.is_flag else f" {parameter.metavar}"
    return ", ".join(f"`{one}{value}`" for one in parameter.opts)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "(required)"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    return "" if parameter.default is None or parameter.is_flag else str(parameter.default)


def _what(parameter: Any) -> str:
    bounds = (parameter.min, parameter.max)
    limits = {(False, False): "", (True, False): "At least {}.", (True, True): "{} … {}."}
    limit = limits[tuple(bound is not None for bound in bounds)].format(*bounds)
    return f"{parameter.help} {limit}".strip().replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
