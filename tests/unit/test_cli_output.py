from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from stele.cli.options import chosen, chosen_format
from stele.cli.output import replacing
from stele.domain.errors import OutputUnwritable, UnknownOption
from stele.domain.job import Feature, Format


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as out:
        out.write(b"new")
        out.flush()
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(target) as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_folders_are_made_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "deep/er/a.txt"
    link = tmp_path / "link"
    link.symlink_to(target)
    with replacing(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_new_file_has_the_permissions_that_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.txt"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_pipe_is_written_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with replacing(pipe) as out:
        out.write(b"text")
    reader.join(5)
    assert got == [b"text"]
    assert pipe.is_fifo()


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputUnwritable, match=r"file/a\.txt"), replacing(tmp_path / "file" / "a.txt"):
        pass


@pytest.mark.parametrize(
    ("name", "out", "expected"),
    [
        (None, None, Format.TXT),
        (None, Path("noext"), Format.TXT),
        (None, Path("scan.pdf.json"), Format.JSON),
        (None, Path("SCAN.PDF"), Format.PDF),
        (None, Path("scan.html"), Format.HOCR),
        (None, Path("scan.xml"), Format.ALTO),
        (None, Path("scan.docx"), Format.DOCX),
        (None, Path("scan.layout.txt"), Format.LAYOUT),
        ("md", Path("scan.txt"), Format.MD),
    ],
)
def test_the_format_is_named_or_follows_from_the_output(name: str | None, out: Path | None, expected: Format) -> None:
    assert chosen_format(name, out) is expected


def test_a_name_that_means_nothing_is_answered_with_those_that_do() -> None:
    with pytest.raises(UnknownOption, match="text, symbols"):
        chosen(Feature, "tables of gold", option="--features")
    with pytest.raises(UnknownOption, match=r"suffix of the output.*png.*txt"):
        chosen_format(None, Path("scan.png"))
