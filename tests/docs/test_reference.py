"""The reference pages say what the code says."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

from stele import metrics, settings
from stele.domain.errors import table
from stele.domain.value import field_names
from stele.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


def documented() -> dict[str, str]:
    """The settings and what the comment below each says."""
    tree = ast.parse(Path(settings.__file__).read_text("utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found = {}
    for field, comment in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(comment, ast.Expr) and isinstance(comment.value, ast.Constant), field.target.id
            found[field.target.id] = str(comment.value.value)
    return found


def test_every_setting_is_documented_as_it_is() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+?) \|$", page, re.MULTILINE))
    assert documented().keys() == set(field_names(Settings)), "a setting has no comment"
    assert rows == documented()


def test_every_metric_is_documented_as_it_is() -> None:
    page = (DOCS / "metrics.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(stele_\w+)` \|", page, re.MULTILINE))
    source = Path(metrics.__file__).read_text("utf-8")
    assert rows == set(re.findall(r'"(stele_\w+)"', source))


def test_every_error_is_documented_as_it_is() -> None:
    written = (DOCS / "errors.md").read_text("utf-8")
    for error in table():
        assert f"| `{error.code}` |" in written, f"run tools/errors_page.py: {error.__name__} is missing"
        message = " ".join((error.__doc__ or "").split())
        assert message in written, f"run tools/errors_page.py: {error.__name__} says something else"


def test_error_codes_are_unique_but_for_refinements() -> None:
    """A subclass may share its parent's code only if it names none of its own."""
    codes = [error.code for error in table()]
    assert len(codes) == len(set(codes))
