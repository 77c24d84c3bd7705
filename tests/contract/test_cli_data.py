"""The commands that work on a data folder, without a server and beside one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from stele.app import App, core_of
from stele.cli.common import DEMO
from stele.cli.main import app
from stele.domain.errors import Unauthenticated
from stele.service.access import DEMO_PROJECT, with_token
from stele.settings import load

PROGRAM = [sys.executable, "-c", "from stele.app import main; main()"]


class Cli:
    """The command line on a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *arguments: str | Path) -> Result:
        wiring = App({"data": str(self.data)})
        return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=wiring)

    def good(self, *arguments: str | Path) -> str:
        done = self(*arguments)
        assert done.exit_code == 0, done.stderr
        return done.stdout


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "data")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    Image.new("L", (60, 40), 255).save(path)
    return path


def test_keys_are_made_listed_and_revoked(cli: Cli) -> None:
    made = json.loads(cli.good("keys", "create", "--project", "acme", "--json"))
    assert list(made) == [
        "project", "bearer_token", "api_key", "access_key_id", "secret_access_key", "client_id", "client_secret",
    ]  # fmt: skip
    assert made["project"] == "acme"
    listed = cli.good("keys", "list", "--json")
    assert made["bearer_token"] not in listed
    key_set = json.loads(listed)["key_set"]
    assert key_set in cli.good("keys", "list", "--project", "acme")
    cli.good("keys", "revoke", key_set)
    assert json.loads(cli.good("keys", "list", "--json"))["revoked_at"]
    assert cli("keys", "revoke", "nonsense").exit_code == 6


def test_keys_are_printed_with_how_to_use_them(cli: Cli) -> None:
    shown = cli.good("keys", "create", "-p", "acme")
    assert "Authorization: Bearer stb_" in shown
    assert "AWS_ACCESS_KEY_ID=" in shown


def test_the_secret_of_webhooks_is_the_projects(cli: Cli) -> None:
    assert cli("keys", "webhook-secret", "--project", "acme").exit_code == 6
    cli.good("keys", "create", "-p", "acme")
    secret = cli.good("keys", "webhook-secret", "--project", "acme")
    assert secret.startswith("whsec_")
    assert cli.good("keys", "webhook-secret", "--project", "acme") == secret


def test_buckets_and_objects(cli: Cli, tmp_path: Path, page: Path) -> None:
    cli.good("keys", "create", "-p", "acme", "--json")
    cli.good("buckets", "create", "scans", "--project", "acme")
    assert cli("buckets", "create", "scans", "--project", "acme").exit_code == 7
    assert cli.good("buckets", "list").splitlines()[1].split()[:3] == ["scans", "acme", "(embedded)"]
    assert cli.good("ls") == "gs://scans/\n"

    assert cli.good("cp", page, "gs://scans") == "gs://scans/page.png\n"
    assert cli.good("cp", page, "s3://scans/in/2025/") == "gs://scans/in/2025/page.png\n"
    cli.good("cp", "gs://scans/page.png", "gs://scans/copy.png")
    listed = [line.split()[-1] for line in cli.good("ls", "gs://scans").splitlines()]
    assert listed == ["gs://scans/copy.png", "gs://scans/in/2025/page.png", "gs://scans/page.png"]
    assert [line.split()[-1] for line in cli.good("ls", "s3://scans/in/").splitlines()] == [listed[1]]

    cli.good("cp", "gs://scans/copy.png", tmp_path / "back.png")
    assert (tmp_path / "back.png").read_bytes() == page.read_bytes()
    cli.good("cp", *listed[:2], tmp_path / "many")
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == ["copy.png", "page.png"]

    cli.good("rm", *listed)
    assert cli.good("ls", "gs://scans") == ""
    assert cli("rm", "gs://scans/page.png").exit_code == 6
    assert cli("cp", "gs://scans/gone.png", tmp_path / "gone.png").exit_code == 6
    assert not (tmp_path / "gone.png").exists()
    cli.good("buckets", "remove", "scans")
    assert cli("ls", "gs://scans").exit_code == 6


def test_objects_of_a_folder_elsewhere(cli: Cli, tmp_path: Path, page: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "in").mkdir(parents=True)
    cli.good("keys", "create", "-p", "acme", "--json")
    cli.good("buckets", "create", "inbox", "--project", "acme", "--url", f"file://{inbox}")
    assert cli.good("cp", page, page, "gs://inbox/in/") == "gs://inbox/in/page.png\n" * 2
    cli.good("cp", page, "gs://inbox/page.png")
    every = ["gs://inbox/in/page.png", "gs://inbox/page.png"]
    for address, keys in {"gs://inbox": every, "gs://inbox/in/": every[:1], "gs://inbox/p": every[1:]}.items():
        assert [line.split()[-1] for line in cli.good("ls", address).splitlines()] == keys
    cli.good("rm", every[0])
    assert [path.name for path in inbox.rglob("*") if path.is_file()] == ["page.png"]
    cli.good("buckets", "remove", "inbox")
    assert (inbox / "page.png").read_bytes() == page.read_bytes()


def test_cp_wants_a_bucket_and_a_file(cli: Cli, tmp_path: Path, page: Path) -> None:
    assert cli("cp", page, tmp_path / "other.png").exit_code == 2
    assert cli("cp", tmp_path / "gone.png", "gs://scans").exit_code == 6
    assert cli("ls", "https://example.com/").exit_code == 2


def test_what_admission_refuses_is_refused_at_once(cli: Cli, tmp_path: Path, page: Path) -> None:
    assert "stele keys create --project demo" in cli("submit", page).stderr
    cli.good("keys", "create", "-p", "demo", "--json")
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    assert cli("submit", page, notes).exit_code == 3
    assert cli("submit", tmp_path / "gone.png").exit_code == 6
    assert cli("submit", "gs://nowhere/a.png").exit_code == 6
    assert cli.good("jobs", "list") == ""


def test_jobs_are_listed_shown_cancelled_and_forgotten(cli: Cli, page: Path) -> None:
    cli.good("keys", "create", "-p", "demo", "--json")
    job = cli.good("submit", page, "--tag", "march", "--password", "secret").strip()
    assert job in cli.good("jobs", "list", "--tag", "march")
    assert cli.good("jobs", "list", "--tag", "april") == ""
    assert "page.png" in cli.good("jobs", "show", job)
    shown = cli.good("jobs", "show", job, "--json")
    assert json.loads(shown)["id"] == job
    assert "secret" not in shown
    assert cli("jobs", "show", job, "--format", "txt").exit_code == 7  # not ready
    assert cli.good("jobs", "cancel", job) == f"The job {job} is cancelled.\n"
    assert cli("jobs", "watch", job).exit_code == 11
    cli.good("jobs", "forget", job)
    assert cli("jobs", "show", job).exit_code == 6
    assert cli("jobs", "list", "--state", "tired").exit_code == 2


def test_what_is_asked_of_a_job_is_held_to_the_limits_of_the_service(cli: Cli, page: Path) -> None:
    cli.good("keys", "create", "-p", "demo", "--json")
    refused = [
        (["--retention", "999999999"], "retention is at most"),
        (["--retention", "0"], "--retention"),
        (["--webhook", "ftp://example.com/"], "may not be opened"),
        (["--idempotency-key", "k" * 256], "1 to 255 characters"),
        (["--priority", "11"], "--priority"),
    ]
    for options, message in refused:
        done = cli("submit", page, *options)
        assert (done.exit_code, message in done.stderr) == (2, True), options
    assert cli.good("jobs", "list") == ""
    job = cli.good("submit", page, "--retention", "7200", "--webhook", "https://example.com/hook").strip()
    options = json.loads(cli.good("jobs", "show", job, "--json"))["options"]
    assert (options["retention_seconds"], options["webhook"]["url"]) == (7200, "https://example.com/hook")
    assert "Webhook to https://example.com/hook: nothing was sent yet" in cli.good("jobs", "show", job)


def test_the_same_request_under_a_key_is_one_job(cli: Cli, page: Path, tmp_path: Path) -> None:
    cli.good("keys", "create", "-p", "demo", "--json")
    job = cli.good("submit", page, "--idempotency-key", "march-1")
    assert cli.good("submit", page, "--idempotency-key", "march-1") == job
    assert cli("submit", page, "--idempotency-key", "march-1", "--tag", "other").exit_code == 7
    assert len(cli.good("jobs", "list", "--json").splitlines()) == 1


@pytest.fixture
def server(cli: Cli) -> Iterator[subprocess.Popen[str]]:
    command = [*PROGRAM, "serve", "--port", "0", "--grpc-port", "0", "--workers", "1", "--data", str(cli.data)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STELE_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_beside_a_server_jobs_are_done(cli: Cli, server: subprocess.Popen[str], tmp_path: Path, page: Path) -> None:
    assert server.stdout
    announced = [server.stdout.readline() for _ in range(9)]
    assert announced[0].startswith("Stele serves at http://127.0.0.1:")
    assert '"demo"' in announced[3]  # the first start makes a project and shows its credentials

    done = cli("submit", page, "--wait", "--engine", "null")
    assert (done.exit_code, done.stdout[-1]) == (0, "\f")

    pages = tmp_path / "pages.tif"
    frames = [Image.new("L", (60, 40), 255) for _ in range(3)]
    frames[0].save(pages, "TIFF", save_all=True, append_images=frames[1:])
    options = ["--engine", "null", "--null-switches", "garbage:2"]
    done = cli("submit", page, pages, "--wait", "--format", "json", *options)
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["page.png", "pages.tif"]
    done = cli("submit", page, pages, "--wait", "--format", "json", "-o", tmp_path / "out", *options)
    assert done.exit_code == 9
    assert "stele: pages.tif, page 2: " in done.stderr
    results = {path.name: json.loads(path.read_bytes()) for path in (tmp_path / "out").iterdir()}
    assert {name: len(result["pages"]) for name, result in results.items()} == {"page.png.json": 1, "pages.tif.json": 3}

    job = json.loads(cli.good("jobs", "list", "--limit", "1", "--json"))["id"]
    shown = json.loads(cli.good("jobs", "show", job, "--json"))
    (failed,) = shown["failed_pages"]
    assert (failed["input"], failed["page"], failed["code"]) == (1, 2, "engine.garbage")
    assert f"engine.garbage  {failed['message']}" in cli.good("jobs", "show", job)
    cli.good("jobs", "show", job, "--format", "pdf", "-o", tmp_path / "pdf")
    assert (tmp_path / "pdf/pages.tif.pdf").read_bytes().startswith(b"%PDF-")


def test_an_address_that_is_taken_is_a_conflict(cli: Cli, server: subprocess.Popen[str]) -> None:
    assert server.stdout
    port = server.stdout.readline().strip().rsplit(":", 1)[1]
    began = time.monotonic()
    done = subprocess.run(
        [*PROGRAM, "serve", "--port", port, "--data", cli.data / "other"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 7
    assert "cannot listen there: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 20


def test_demo_keys_are_fresh_at_each_start_and_the_ones_before_are_revoked(cli: Cli) -> None:
    cli.good("keys", "create", "-p", "demo")  # not made by a start, so it stays
    tokens = [demo_token(cli) for _ in range(2)]
    assert len(set(tokens)) == 2
    sets = [json.loads(line) for line in cli.good("keys", "list", "--json").splitlines()]
    assert [bool(one["revoked_at"]) for one in sets] == [False, True, False]
    core = core_of(load({}, {"data": str(cli.data)}))
    with pytest.raises(Unauthenticated):
        with_token(core, tokens[0])
    assert with_token(core, tokens[1]).project == DEMO_PROJECT == DEMO
    core.store.close()


def demo_token(cli: Cli) -> str:
    options = ["--port", "0", "--grpc-port", "0", "--workers", "1", "--demo-keys"]
    command = [*PROGRAM, "serve", *options, "--data", str(cli.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        printed = [process.stdout.readline().strip() for _ in range(8)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    token = printed[3].removeprefix("token").strip()
    assert token.startswith("stb_")
    assert f"sign in  {address}/console#token={token}" in printed
    return token
