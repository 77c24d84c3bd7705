"""LibreOffice is on a leash: what a file makes it do, it does not do, or not for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from tests import offices
from tests.processes import command, program

from stele.domain.errors import CorruptInput, DecompressedTooLarge, LayoutMissing, TimedOut
from stele.domain.media import Limits
from stele.pipeline.intake import office_program
from stele.pipeline.intake.office import lay_out
from stele.pipeline.intake.office_program import LayoutRules
from stele.pipeline.intake.opening import open_document

SECRET = "Quetzalcoatlus northropi"


@pytest.fixture(autouse=True)
def _program() -> None:
    try:
        office_program.version()
    except LayoutMissing as error:
        pytest.skip(error.message)


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """A web server: its address, and what it was asked for."""
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def text_of(path: Path) -> str:
    with open_document(path, name=path.name, limits=Limits()) as document:
        layers = [page.text_layer() for page in document.pages(1, document.page_count)]
    return " ".join(word.text for layer in layers if layer for word in layer.words)


@pytest.mark.parametrize("sandbox", ["sandboxed", "settings alone"])
@pytest.mark.parametrize("kind", offices.LINKED)
def test_links_are_not_followed(
    kind: str, sandbox: str, requests: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sandbox == "settings alone":
        monkeypatch.setattr(office_program, "is_sandboxed", lambda: False)
    elif not office_program.is_sandboxed():
        pytest.skip("needs bubblewrap, and a system that lets it (Debian: apt-get install bubblewrap)")
    web, asked = requests
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    path = tmp_path / f"linked.{kind}"
    path.write_bytes(offices.LINKED[kind](web, secret))
    text = text_of(path)
    assert "Plain words" in text
    assert SECRET not in text
    assert asked == []


def test_macros_do_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_program, "is_sandboxed", lambda: False)  # where it could leave something
    left = tmp_path / "left.txt"
    path = tmp_path / "macro.odt"
    path.write_bytes(offices.with_macro(left))
    assert text_of(path) == "Plain words"
    assert not left.exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    path.write_bytes(offices.bomb(64 * 1024**2))
    with pytest.raises(DecompressedTooLarge):
        open_document(path, name="bomb", limits=Limits(max_decompressed=32 * 1024**2))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def slow(folder: Path) -> Path:
    """A file that takes long to lay out."""
    path = folder / "slow.html"
    path.write_bytes(b"<!doctype html><table>" + b"<tr><td>cell<td>cell</tr>" * 60_000 + b"</table>")
    return path


def programs() -> list[psutil.Process]:
    """The running programs that lay out office files of this test's processes."""
    mine = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return [process for process in mine if "soffice" in " ".join(command(process))]


@pytest.mark.parametrize("sandboxed", [True, False])
def test_what_takes_too_long_is_stopped_and_leaves_nothing(
    sandboxed: bool, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not sandboxed:
        monkeypatch.setattr(office_program, "is_sandboxed", lambda: False)
    began = time.monotonic()
    with (tmp_path / "out.pdf").open("wb") as out, pytest.raises(TimedOut):
        lay_out(slow(tmp_path), out, name="slow", limits=Limits(), rules=LayoutRules(seconds=2))
    assert time.monotonic() - began < 20
    assert programs() == []
    assert list(temporary.iterdir()) == []


def test_what_needs_too_much_memory_is_refused(temporary: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_bytes(b"<!doctype html><p>" + b"words and words " * 100)
    with (tmp_path / "out.pdf").open("wb") as out, pytest.raises(CorruptInput, match="too much memory"):
        lay_out(path, out, name="large", limits=Limits(), rules=LayoutRules(memory=120 * 1024**2))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("sandboxed", [True, False])
def test_it_ends_with_its_parent(sandboxed: bool, tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from stele.domain.media import Limits
from stele.pipeline.intake import office_program
from stele.pipeline.intake.office import lay_out
if not {sandboxed}:
    office_program.is_sandboxed = lambda: False
lay_out(Path(sys.argv[1]), open(sys.argv[1] + ".pdf", "wb"), name="slow", limits=Limits())
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", script, str(slow(tmp_path))], env=environment)
    try:
        found: list[psutil.Process] = []
        until = time.monotonic() + 30
        while not found and time.monotonic() < until:
            time.sleep(0.05)
            found = [each for each in programs() if program(each) == "soffice.bin"]
        assert found, "LibreOffice was not started"
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _, alive = psutil.wait_procs(found, timeout=5)
    assert alive == []


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    whole = offices.word(offices.paragraph("Plain words"))
    path = tmp_path / "cut.docx"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptInput, match="damaged"):
        text_of(path)
