"""`make demo`: a server on a folder of its own, the samples through it as one job, and what came out.

Everything goes over HTTP, as a program of yours would do it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
STELE = Path(sys.executable).parent / "stele"
START_SECONDS = 60.0
SHOWN_LINES = 12
SUFFIXES = {".pdf", ".png", ".jpg", ".tif", ".tiff"}

console = Console(highlight=False)


def main() -> None:
    DEMO.mkdir(exist_ok=True)
    samples = sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in SUFFIXES)
    ports = {"STELE_PORT": str(_free_port()), "STELE_GRPC_PORT": "0"}
    environment = {**os.environ, "STELE_DATA": str(DEMO / "data"), **ports}
    log = DEMO / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen([STELE, "serve"], env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        with _client(environment) as client:
            _wait_until_ready(client, server, log)
            job = _submit(client, samples)
            ended = _follow(client, job)
            _show(client, ended)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    if ended["state"] != "succeeded":
        raise SystemExit(f"the job ended {ended['state']}; the server's log is {log}")
    console.print("\n[bold]That was a real server.[/] [bold]make serve[/] starts one that stays; open its console.")


def _client(environment: dict[str, str]) -> httpx.Client:
    """A client with a key of its own: keys can be made beside a server, running or not."""
    command = [STELE, "keys", "create", "--project", "demo", "--json"]
    made = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    token = httpx.Response(200, content=made.stdout).json()["bearer_token"]
    return httpx.Client(
        base_url=f"http://127.0.0.1:{environment['STELE_PORT']}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=120,
        trust_env=False,
    )


def _wait_until_ready(client: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    console.print("Starting the server …")
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"the server did not start; its log is {log}")


def _submit(client: httpx.Client, samples: list[Path]) -> str:
    console.print(f"Submitting {len(samples)} documents as one job …")
    with ExitStack() as stack:
        files = [("file", (path.name, stack.enter_context(path.open("rb")))) for path in samples]
        answer = client.post("/api/v1/jobs", files=files, data={"formats": "pdf"})
    answer.raise_for_status()
    return str(answer.json()["id"])


def _follow(client: httpx.Client, job: str) -> dict[str, Any]:
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("read", total=None)
        while True:
            now: dict[str, Any] = client.get(f"/api/v1/jobs/{job}", params={"wait": 0.3}).raise_for_status().json()
            progress.update(task, completed=now["pages_done"], total=now["pages_total"])
            if now["state"] in {"succeeded", "partially_succeeded", "failed", "cancelled"}:
                return now


def _show(client: httpx.Client, job: dict[str, Any]) -> None:
    for item in job["items"]:
        where = {"item": item["index"]}
        text = client.get(f"/api/v1/jobs/{job['id']}/export", params={"format": "txt", **where}).raise_for_status().text
        lines = [line for line in text.splitlines() if line.strip()]
        console.rule(f"[bold]{item['name']}[/], {item['pages']} page{'s' if item['pages'] != 1 else ''}", align="left")
        console.print("\n".join(lines[:SHOWN_LINES]), markup=False)
        if len(lines) > SHOWN_LINES:
            console.print(f"… and {len(lines) - SHOWN_LINES} lines more", style="dim")
        pdf = DEMO / f"{Path(item['name']).stem}.searchable.pdf"
        answer = client.get(f"/api/v1/jobs/{job['id']}/export", params={"format": "pdf", **where})
        pdf.write_bytes(answer.raise_for_status().content)
    console.rule()
    began, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    console.print(
        f"{job['pages_done']} pages read in {(ended - began).total_seconds():.1f} s, models loaded on the way."
    )
    for pdf in sorted(DEMO.glob("*.searchable.pdf")):
        console.print(f"searchable PDF: {pdf}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main()
