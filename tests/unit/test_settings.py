"""Settings: where they come from, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stele.domain.errors import RequestError
from stele.settings import Settings, environment_of, load


def test_variables_win_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "stele.toml"
    file.write_text('port = 1000\nworkers = 3\negress_ports = [1, 2]\n[credentials.minio]\naws_region = "x"\n')
    settings = load({"STELE_CONFIG": str(file), "STELE_PORT": "2000", "STELE_MAX_PAGES": "7"}, {"max_pages": 9})
    assert (settings.port, settings.workers, settings.max_pages, settings.egress_ports) == (2000, 3, 9, (1, 2))
    assert settings.credentials == {"minio": {"aws_region": "x"}}


def test_lists_in_variables_are_separated_by_commas() -> None:
    assert load({"STELE_EGRESS_ALLOW": "10.0.0.0/8,fd00::/8"}).egress_allow == ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize("text", ["prot = 1", "port = [1", 'port = "many"'])
def test_a_file_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "stele.toml"
    file.write_text(text)
    with pytest.raises(RequestError, match=r"stele\.toml|setting"):
        load({"STELE_CONFIG": str(file)})


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="not there"):
        load({"STELE_CONFIG": str(tmp_path / "none.toml")})


def test_a_child_loads_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({}, {"data": str(tmp_path), "egress_allow": ("127.0.0.0/8",), "workers": 2, "page_seconds": 1.5})
    assert load(environment_of(settings)) == settings


def test_the_default_is_loopback_and_one_worker_a_core() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1" and settings.worker_count == os.cpu_count()
