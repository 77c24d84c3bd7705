"""The command line up to the point where children would start."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from stele.cli.main import app
from stele.domain.media import Limits
from stele.pipeline.reading.seam import PageReader


class NoReader:
    """A wiring for what is refused before anything is read."""

    def reader(self, threads: int) -> PageReader:
        raise AssertionError

    def limits(self) -> Limits:
        return Limits()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{folder}", "-f", "docx"], 2, "need a folder"),
        (["--format", "doc"], 2, "txt, layout.txt, json, md, hocr, alto, pdf"),
        (["--features", "text,gold"], 2, "text, symbols"),
        (["--language", "en,tlh"], 2, "The language tlh is not known"),
        (["--engine", "steam"], 2, "auto, paddle, tesseract"),
        (["--workers", "0"], 2, "workers"),
        (["-o", "{folder}/a.png", "-f", "txt"], 2, "also an input"),
        (["{folder}", "-f", "alto"], 2, "need a folder"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    before = picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    asked = ["read", str(tmp_path / "a.png"), *(argument.format(folder=tmp_path) for argument in arguments)]
    done = CliRunner().invoke(app, asked, obj=NoReader())
    assert done.exit_code == code
    assert message in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_missing_file_alone_ends_with_its_code(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["read", str(tmp_path / "gone.pdf")], obj=NoReader())
    assert (done.exit_code, done.stdout) == (6, "")
    assert done.stderr == f"stele: There is no file {tmp_path / 'gone.pdf'}.\n"


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    code = "import sys; sys.argv = ['stele', '--help']; from stele.cli.main import run; run(None)"
    began = time.monotonic()
    shown = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, check=True)
    took = time.monotonic() - began
    assert b"read" in shown.stdout
    loaded = {line.rsplit(b"|", 1)[-1].strip() for line in shown.stderr.splitlines()}
    assert b"typer" in loaded
    assert not loaded & {b"numpy", b"cv2", b"openvino", b"PIL", b"pypdfium2", b"sqlalchemy", b"starlette"}
    assert took < 1.0  # 0.2 s on a machine that does nothing else


def picture(path: Path) -> bytes:
    Image.new("L", (50, 40), 200).save(path)
    return path.read_bytes()
