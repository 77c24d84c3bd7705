"""The reference pages say what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from stele import metrics, settings
from stele.domain.value import field_names
from stele.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


def documented() -> dict[str, str]:
    """The settings and what the comment below each says."""
    tree = ast.parse(Path(settings.__file__).read_text("utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found = {}
    for field, comment in zip(body, body[1:], strict=False):
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
