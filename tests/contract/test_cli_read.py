"""`stele read` as a program, with a reader that needs no engine."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from cli_wiring import BAD_REQUEST, CORRUPT, CRASH, HANG, NO_PACK, WARN, picture

from stele.domain.document import document_from_json

PROGRAM = [sys.executable, str(Path(__file__).with_name("cli_wiring.py"))]


def stele(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, timeout=60, check=False)


def test_one_file_goes_to_stdout_and_nothing_to_stderr(tmp_path: Path) -> None:
    done = stele("read", picture(tmp_path / "a.png", 50), "--workers", "2")
    # a page that is alone has all cores
    assert (done.returncode, done.stdout, done.stderr) == (0, b"wide-50-threads-2\n\f", b"")


def test_pages_come_in_order_each_on_one_core(tmp_path: Path) -> None:
    done = stele("read", picture(tmp_path / "a.tif", *range(50, 62)), "--workers", "2")
    assert done.stdout.decode() == "".join(f"wide-{width}-threads-1\n\f" for width in range(50, 62))


def test_a_profile_goes_to_stderr_and_adds_up(tmp_path: Path) -> None:
    done = stele("read", picture(tmp_path / "a.tif", *range(50, 54)), "--workers", "2", "--profile")
    assert done.returncode == 0 and done.stdout.startswith(b"wide-50-threads-1\n")
    head, *rows = done.stderr.decode().splitlines()
    assert head.split()[0] == "CPU"
    shares = [float(row.split("%")[0].split()[-1]) for row in rows if "%" in row]
    assert sum(shares) == pytest.approx(100, abs=1) and rows[-1].startswith("all")
    assert {"open", "export"} <= {row.split()[0] for row in rows}


def test_several_files_as_text_have_a_heading_line_each(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "one.png", 50), picture(tmp_path / "two.tif", 51, 52)
    lines = stele("read", one, two).stdout.decode().split("\n")
    assert lines.index(f"==> {one} <==") < lines.index(f"==> {two} <==")


def test_several_files_as_json_are_a_line_each_that_says_which(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "in/one.png", 50), picture(tmp_path / "in/two.tif", 51, 52)
    documents = [json.loads(line) for line in stele("read", tmp_path / "in", "--format", "json").stdout.splitlines()]
    assert [document["name"] for document in documents] == [str(one), str(two)]
    assert [[page["width"] for page in document["pages"]] for document in documents] == [[50], [51, 52]]


def test_one_file_as_json_is_the_document_alone(tmp_path: Path) -> None:
    line = stele("read", picture(tmp_path / "a.png", 50), "-f", "json").stdout
    assert list(json.loads(line)) == ["schema", "pages"]
    assert line.count(b"\n") == 1


def test_a_folder_has_names_whatever_is_in_it(tmp_path: Path) -> None:
    picture(tmp_path / "in/one.png", 50)
    assert json.loads(stele("read", tmp_path / "in", "-f", "json").stdout)["name"] == str(tmp_path / "in/one.png")
    assert stele("read", tmp_path / "in").stdout.startswith(b"==> ")


def test_a_file_that_cannot_be_opened_has_its_place_among_several(tmp_path: Path) -> None:
    good, gone, text = picture(tmp_path / "good.png", 50), tmp_path / "gone.png", tmp_path / "notes.txt"
    text.write_text("no picture at all")
    done = stele("read", gone, good, text, "-f", "json")
    assert done.returncode == 6
    lines = done.stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == [str(gone), str(good), str(text)]
    pages = [document_from_json(line).pages for line in lines]
    assert [[page.error and page.error.code for page in each] for each in pages] == [
        ["missing.file"], [None], ["input.unknown_format"],
    ]  # fmt: skip
    shown = stele("read", gone, good).stdout.decode()
    assert shown.startswith(f"==> {gone} <==\n[page 1 could not be read: There is no file {gone}.]\n\f\n==> {good} <==")


def test_a_missing_pack_is_told_once_a_file(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "one.tif", NO_PACK, 50, NO_PACK, NO_PACK), picture(tmp_path / "two.png", NO_PACK)
    done = stele("read", one, two)
    assert done.returncode == 10
    told = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in told] == [str(one), str(two)]
    assert all("tesseract-ocr-tha" in line for line in told)


def test_warnings_of_pages_are_told_once_a_file(tmp_path: Path) -> None:
    file = picture(tmp_path / "faint.tif", 50, WARN, WARN)
    done = stele("read", file)
    assert done.returncode == 0
    assert done.stderr.decode() == f"stele: {file}, page 2: warning: The page is faint.\n"


def test_bad_pages_and_files_cost_no_other_and_the_worst_exit_wins(tmp_path: Path) -> None:
    pages = picture(tmp_path / "pages.tif", 50, CRASH, CORRUPT, 51)
    good = picture(tmp_path / "good.png", 60)
    text = tmp_path / "notes.txt"
    text.write_text("no picture at all")
    large = tmp_path / "large.png"
    large.write_bytes(good.read_bytes() + bytes(200_000))
    done = stele("read", pages, text, large, tmp_path / "gone.png", good, "-o", tmp_path / "out")
    assert done.returncode == 9
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.png.txt", "pages.tif.txt"]
    assert (tmp_path / "out/good.png.txt").read_text() == "wide-60-threads-1\n\f"
    first, second, third, fourth, _ = (tmp_path / "out/pages.tif.txt").read_text().split("\f")
    assert first.startswith("wide-50")
    assert "[page 2 could not be read: The worker process ended" in second
    assert "[page 3 could not be read: Page 3 is damaged" in third
    assert fourth.startswith("wide-51")
    errors = done.stderr.decode().splitlines()
    assert len(errors) == 5
    assert errors[0] == f"stele: There is no file {tmp_path / 'gone.png'}."
    assert any(line.startswith(f"stele: {text}: The content of notes.txt is none of") for line in errors)
    assert any(line.startswith(f"stele: {large}: The file large.png has ") for line in errors)
    assert any(line.startswith(f"stele: {pages}, page 2: The worker process ended") for line in errors)
    assert any(line.startswith(f"stele: {pages}, page 3: Page 3 is damaged") for line in errors)


def test_where_names_clash_folders_are_kept(tmp_path: Path) -> None:
    picture(tmp_path / "in/x/a.png", 50)
    picture(tmp_path / "in/y/a.png", 51)
    assert stele("read", tmp_path / "in", "-o", tmp_path / "out", "-f", "json").returncode == 0
    assert (tmp_path / "out/x/a.png.json").exists()
    assert (tmp_path / "out/y/a.png.json").exists()


def test_the_format_follows_from_the_name_of_the_output(tmp_path: Path) -> None:
    out = tmp_path / "new/a.pdf"
    assert stele("read", picture(tmp_path / "a.tif", 50, 51), "-o", out).returncode == 0
    assert out.read_bytes().startswith(b"%PDF-")


def test_pdf_to_a_pipe(tmp_path: Path) -> None:
    assert stele("read", picture(tmp_path / "a.png", 50), "-f", "pdf").stdout.startswith(b"%PDF-")


def test_an_output_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    page = picture(tmp_path / "a.png", 50)
    done = stele("read", page, "-o", page / "b.txt")
    assert done.returncode == 10
    assert f"The output {page / 'b.txt'} cannot be written: " in done.stderr.decode()


def test_a_request_that_no_page_can_serve_ends_the_run(tmp_path: Path) -> None:
    done = stele("read", picture(tmp_path / "a.tif", *[BAD_REQUEST] * 9))
    assert done.returncode == 2
    assert done.stderr.decode().count("The language tlh is not known") == 1


def test_the_reader_of_the_output_may_go_away(tmp_path: Path) -> None:
    pages = picture(tmp_path / "a.tif", *range(50, 80))
    with subprocess.Popen([*PROGRAM, "read", pages], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 141


def test_ctrl_c_is_clean(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    out.write_text("old")
    pages = picture(tmp_path / "a.tif", 50, HANG, HANG, 51)
    program = subprocess.Popen(
        [*PROGRAM, "read", pages, "-o", out], stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    while not list(tmp_path.glob(".out.txt.*.part")):
        time.sleep(0.02)
        assert program.poll() is None
    time.sleep(0.5)
    os.killpg(program.pid, signal.SIGINT)
    stdout, stderr = program.communicate(timeout=5)
    assert (program.returncode, stdout, stderr) == (130, b"", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "out.txt"]
    assert out.read_text() == "old"


def test_on_a_terminal_there_is_a_bar_and_the_text_stays_whole(tmp_path: Path) -> None:
    pages = picture(tmp_path / "a.tif", *range(50, 56))
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen([*PROGRAM, "read", pages], stdout=terminal, stderr=terminal, env=environment) as program:
        os.close(terminal)
        shown = b""
        while True:
            try:
                shown += os.read(controller, 65536)
            except OSError:  # the other end is closed
                break
        assert program.wait(60) == 0
    os.close(controller)
    assert b"/6" in shown
    for width in range(50, 56):
        assert b"wide-%d-threads-1\r\n\f" % width in shown
