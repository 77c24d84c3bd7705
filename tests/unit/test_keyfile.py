"""The master key's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stele.adapters.keyfile import master_key
from stele.domain.errors import RequestError


def test_it_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    first = master_key(path).derived("purpose", "about")
    assert path.stat().st_mode & 0o777 == 0o600
    assert master_key(path).derived("purpose", "about") == first
    assert master_key(path).derived("purpose", "other") != first
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]


def test_one_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    master_key(path)
    path.chmod(0o640)
    with pytest.raises(RequestError, match="chmod 600"):
        master_key(path)


def test_half_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.touch(0o600)
    with pytest.raises(RequestError, match="0 bytes"):
        master_key(path)
