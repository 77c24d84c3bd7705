"""Every exit code, and every family of errors, is documented and has its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stele.cli.exits import Exit, of_code, of_error
from stele.domain import errors

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d+) \| ([A-Z_]+) \| (.+) \|$", re.MULTILINE)


def test_the_page_lists_exactly_the_codes_that_exist() -> None:
    page = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
    assert [(int(code), name) for code, name, _ in ROW.findall(page)] == [(code.value, code.name) for code in Exit]


@pytest.mark.parametrize("family", errors.SteleError.__subclasses__(), ids=lambda family: family.__name__)
def test_every_family_has_an_exit_code_of_its_own(family: type[errors.SteleError]) -> None:
    others = {of_error(other) for other in errors.SteleError.__subclasses__() if other is not family}
    assert of_error(family) not in others | {Exit.OK, Exit.INTERNAL}


@pytest.mark.parametrize("error", list(errors.table()), ids=lambda error: error.__name__)
def test_a_code_leads_to_the_same_exit_as_its_class(error: type[errors.SteleError]) -> None:
    assert of_code(error.code) is of_error(error)
