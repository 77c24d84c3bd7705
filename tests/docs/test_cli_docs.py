"""docs/reference/cli.md is what the command line says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from tools.cli_page import PAGE, page
from typer.testing import CliRunner

from stele.cli.main import app

SECTIONS = dict(re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def commands(name: str, command: Any) -> Iterator[str]:
    yield name
    for title, one in getattr(command, "commands", {}).items():
        yield from commands(f"{name} {title}", one)


COMMANDS = list(commands("stele", typer.main.get_command(app)))


def test_the_page_is_as_the_tool_makes_it() -> None:
    assert PAGE.read_text("utf-8") == page(), "run tools/cli_page.py"


def test_every_command_has_its_section() -> None:
    assert list(SECTIONS) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_what_help_shows_is_on_the_page(command: str) -> None:
    asked = [*command.split()[1:], "--help"]
    shown = CliRunner().invoke(app, asked, env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", shown)) - {"--help"}
    assert flags or "Commands" in shown or "Arguments" in shown
    assert {flag for flag in flags if flag not in SECTIONS[command]} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_everything_says_what_it_is_for(command: str) -> None:
    rows = re.findall(r"^\| `.*\|$", SECTIONS[command], re.MULTILINE)
    assert all(row.split(" | ")[-1].strip(" |") for row in rows), command
