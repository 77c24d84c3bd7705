"""A live server with an S3 port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from tests.dialect.live import Live

from stele.app import core_of
from stele.serving import application
from stele.settings import Settings


@contextmanager
def serving_s3(data: Path, **settings: object) -> Iterator[tuple[Live, str]]:
    """The server, and the address of its S3 port."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in sockets]
    made = Settings(data=str(data), grpc_port=0, s3_port=ports[1], **settings)  # type: ignore[arg-type]
    config = uvicorn.Config(application(made), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    core = core_of(made)
    try:
        yield Live(f"http://127.0.0.1:{ports[0]}", core), f"http://127.0.0.1:{ports[1]}"
    finally:
        server.should_exit = True
        thread.join()
        core.store.close()
