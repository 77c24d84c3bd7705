"""Every command on a page of docs/how-to runs as it stands, and prints what the page says.

The blocks marked `sh` of a page are run in their order by one bash that stops at the first error, in a folder with the
sample documents, beside a real server. A block marked `output` is what the `sh` block before it prints, where `…`
stands for anything, over several lines when it is a line of its own. A block marked `python` is a file that it names
in its first line. A block marked `toml` is a stele.toml. Others are not run.

Two addresses are not what the page says: ports, which are free ones here, and documents.example.com, which serves the
samples.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.chaos.conftest import free_port

from stele.settings import load

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
PAGES = sorted(HOW_TO.glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"sh", "output", "python", "toml", "text", "json", "ini", "nginx", "caddy"}
MARK = "\x1e"  #: printed after each block
SECONDS = 60.0


class Block(NamedTuple):
    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text("utf-8"))]


class Place(NamedTuple):
    """Where pages are tried: the environment of their commands, and the addresses that they name."""

    environment: dict[str, str]
    addresses: dict[str, str]

    def localised(self, text: str) -> str:
        for said, real in self.addresses.items():
            text = text.replace(said, real)
        return text


class Site(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[str]:
    """The samples on a web server; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(ROOT / "samples"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with an empty data folder, and a site with the samples."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl (Debian: apt-get install curl)")
    home = tmp_path_factory.mktemp("home")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STELE_")} | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "*",
        "STELE_DATA": str(home / "data"),
        "STELE_PORT": str(port),
        "STELE_GRPC_PORT": "0",
        "STELE_EGRESS_ALLOW": "127.0.0.0/8",
    }
    log = home / "server.log"
    with site() as documents, log.open("w") as out:
        server = subprocess.Popen(["stele", "serve"], env=environment, stdout=out, stderr=out, cwd=home)
        try:
            ready = ["curl", "-sf", f"http://127.0.0.1:{port}/readyz"]
            while subprocess.run(ready, env=environment, capture_output=True, check=False).returncode:
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
            hook = free_port()
            addresses = {
                "127.0.0.1:8080": f"127.0.0.1:{port}",
                "127.0.0.1:9000": f"127.0.0.1:{hook}",
                '"127.0.0.1", 9000': f'"127.0.0.1", {hook}',
                "8443": str(free_port()),
                "8444": str(free_port()),
                "8480": str(free_port()),
                "9100": str(free_port()),
                "9300": str(free_port()),
                "https://documents.example.com": documents,
            }
            yield Place(environment, addresses)
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0, log.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_page_says_happens(page: Path, place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(ROOT / "samples", folder, ignore=shutil.ignore_patterns("making", "expected", "__pycache__"))
    commands: list[str] = []
    expected: dict[int, str] = {}
    before = ""
    for kind, text in blocks(page):
        match kind:
            case "sh":
                commands.append(place.localised(text))
            case "output":
                assert before == "sh", f"there is no sh block right before {text}"
                expected[len(commands) - 1] = place.localised(text)
            case "python":
                name = re.match(r"# (\w+\.py)\n", text)
                assert name, f"a python block begins with the name of its file: {text}"
                (folder / name[1]).write_text(place.localised(text))
        before = kind
    printed = run(commands, folder, place)
    for number, text in expected.items():
        assert re.fullmatch(pattern(text), trimmed(printed[number])), (
            f"{page.name}: {commands[number]}\nprints\n{printed[number]}\nand not\n{text}"
        )


def run(commands: list[str], folder: Path, place: Place) -> list[str]:
    """What each of the commands prints, stdout and stderr together."""
    script = "set -eu\n" + "".join(f"{command}\nprintf '{MARK}'\n" for command in commands)
    out = folder.parent / "printed.txt"
    with out.open("wb") as file:
        bash = subprocess.Popen(
            ["bash", "-c", script], cwd=folder, env=place.environment, stdout=file, stderr=file,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            status = bash.wait(SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(bash.pid, signal.SIGKILL)  # with what it left running
    *printed, rest = out.read_text("utf-8").split(MARK)
    assert status == 0, f"{commands[len(printed)]}\nends with {status} and prints\n{rest}"
    return printed


def trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def pattern(expected: str) -> str:
    lines = trimmed(expected).splitlines(keepends=True)
    said = "".join(r"(.*\n)*" if line == "…\n" else re.escape(line).replace("…", ".*") for line in lines)
    # How many spaces stand for a gap depends on where a network, in this CPU's numbers, sees the words beside it.
    return re.sub(r"(\\ ){2,}", " {2,}", said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_settings_on_the_page_are_valid(page: Path, tmp_path: Path) -> None:
    for kind, text in blocks(page):
        assert kind in KINDS, f"a block marked {kind!r}"
        if kind == "toml":
            (tmp_path / "stele.toml").write_text(text)
            load({"STELE_CONFIG": str(tmp_path / "stele.toml")})


def test_every_page_is_listed() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (HOW_TO / "README.md").read_text("utf-8"))
    assert sorted([*listed, "README.md"]) == [page.name for page in sorted(PAGES, key=lambda page: page.name)]


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]+)?\)", page.read_text("utf-8")):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), anchor


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
