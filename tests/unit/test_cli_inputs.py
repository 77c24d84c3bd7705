from __future__ import annotations

import os
from pathlib import Path

import pytest

from stele.cli.inputs import distinct_names, files, result_name
from stele.domain.errors import FileForbidden, FileMissing


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_folder_means_its_files_sorted_and_not_what_is_hidden(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a/2.pdf", "a/1.pdf", ".hidden", ".git/config")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert list(files([tmp_path])) == [tmp_path / "a/1.pdf", tmp_path / "a/2.pdf", tmp_path / "b.png"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png")
    assert list(files([tmp_path / "b.png", tmp_path])) == [tmp_path / "b.png", tmp_path / "a.png"]


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    touch(tmp_path, ".scan.png")
    assert list(files([tmp_path / ".scan.png"])) == [tmp_path / ".scan.png"]


def test_a_path_that_leads_nowhere_leaves_its_error(tmp_path: Path) -> None:
    touch(tmp_path, "b.png")
    missing, found = files([tmp_path / "a.png", tmp_path / "b.png"])
    assert isinstance(missing, FileMissing)
    assert found == tmp_path / "b.png"


def test_an_empty_folder_is_not_silently_nothing(tmp_path: Path) -> None:
    (found,) = files([tmp_path])
    assert isinstance(found, FileMissing)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_leaves_its_error(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    (tmp_path / "a.png").chmod(0)
    (found,) = files([tmp_path])
    assert isinstance(found, FileForbidden)


def test_inputs_are_called_by_their_own_names(tmp_path: Path) -> None:
    assert distinct_names([tmp_path / "x/a.pdf", tmp_path / "y/b.png"]) == [Path("a.pdf"), Path("b.png")]
    assert distinct_names([]) == []


def test_where_names_clash_the_folders_are_kept(tmp_path: Path) -> None:
    inputs = [tmp_path / "x/a.pdf", tmp_path / "y/a.pdf", tmp_path / "y/b.png"]
    assert distinct_names(inputs) == [Path("x/a.pdf"), Path("y/a.pdf"), Path("b.png")]


def test_a_result_is_called_after_its_input() -> None:
    assert result_name(Path("x/a.pdf"), "txt") == Path("x/a.pdf.txt")
