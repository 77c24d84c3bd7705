"""The real application on embedded adapters, served by uvicorn in a thread, and a worker that reads without looking.

A document of these tests is the beginning of a real format and then directions: `pages=12` says how many pages it has,
`fail=3` on which one reading fails, `lines=500` how many lines are on each.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from tests.builders import page

from stele.app import core_of
from stele.domain.errors import CorruptInput, CorruptPage
from stele.domain.job import UnitKind
from stele.domain.media import MediaType, sniff
from stele.domain.value import changed
from stele.service.access import KeySet
from stele.service.core import Core
from stele.service.names import export_blob, input_blob, pages_blob
from stele.service.pages import error_page, packed, read_result
from stele.service.records import (
    Export,
    Lease,
    PreparedItem,
    Progress,
    Published,
    Range,
)
from stele.serving import application
from stele.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of nothing"
TEXT_OF_PAGE = "Page {number} of nothing"
SEARCHABLE = b"%PDF-1.7 searchable"
_UNIT_PAGES = 4
_LEASE_SECONDS = 60.0


def pdf(pages: int, *directions: str) -> bytes:
    return b"%PDF-1.7\n" + " ".join((f"pages={pages}", *directions)).encode()


class Live:
    """A running server, and the use cases beside it."""

    def __init__(self, address: str, core: Core) -> None:
        self.address = address
        self.core = core

    def client(self, keys: KeySet | None = None) -> httpx.Client:
        headers = {} if keys is None else {"authorization": f"Bearer {keys.bearer_token}"}
        # Certificates are not needed for http, and reading them takes longer than most tests.
        return httpx.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=30, verify=False)


@contextmanager
def serving(settings: Settings) -> Iterator[Live]:
    config = uvicorn.Config(
        application(settings), port=0, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    core = core_of(settings)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Live(f"http://127.0.0.1:{port}", core)
    finally:
        server.should_exit = True
        thread.join()
        core.store.close()


class Worker:
    """Does the units of the queue, one `step` at a time or all in the background."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def step(self) -> Lease | None:
        lease = self._core.store.claim("worker", _LEASE_SECONDS)
        if lease is not None:
            progress = self._done(lease)
            if progress is not None:
                self._core.wake.job_changed(progress)
        return lease

    def drain(self) -> None:
        while self.step():
            pass

    @contextmanager
    def working(self, pause: float = 0.01) -> Iterator[None]:
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                if self.step() is None:
                    stop.wait(0.02)
                else:
                    stop.wait(pause)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def tell(self, lease: Lease, pages_done: int) -> None:
        """Say that pages of a unit are done before the unit is."""
        self._core.wake.job_changed(changed(lease.progress, pages_done=lease.progress.pages_done + pages_done))

    def _done(self, lease: Lease) -> Progress | None:
        match lease.kind:
            case UnitKind.PREPARE:
                return self._prepare(lease)
            case UnitKind.READ:
                return self._read(lease)
            case UnitKind.PUBLISH:
                return self._publish(lease)

    def _prepare(self, lease: Lease) -> Progress | None:
        assert lease.source is not None and lease.item is not None
        source = lease.source
        if source.blob is None:  # an address or a remote object; what would have been fetched
            self._keep(input_blob(lease.job, lease.item), pdf(2))
            source = changed(source, blob=input_blob(lease.job, lease.item))
        data = self._core.blobs.read(source.blob or "")
        found = re.search(rb"pages=(\d+)", data)
        if found is None:
            return self._core.store.fail_item(lease, CorruptInput(name=source.name, reason="it is empty").failure())
        pages = int(found[1])
        ranges = [
            Range(first=first, count=min(_UNIT_PAGES, pages - first + 1)) for first in range(1, pages + 1, _UNIT_PAGES)
        ]
        media_type = sniff(data) or MediaType.PDF
        prepared = PreparedItem(
            source=source, media_type=media_type, pages=pages, document_pages=pages, ranges=tuple(ranges)
        )
        return self._core.store.complete_prepare(lease, prepared)

    def _read(self, lease: Lease) -> Progress | None:
        assert lease.source is not None
        data = self._core.blobs.read(lease.source.blob or "")
        lines = int(found[1]) if (found := re.search(rb"lines=(\d+)", data)) else 1
        failing = {int(number) for number in re.findall(rb"fail=(\d+)", data)}
        pages = tuple(
            error_page(number, CorruptPage(page=number, reason="it was told to").failure())
            if number in failing
            else page(number, [TEXT_OF_PAGE.format(number=number)] * lines)
            for number in range(lease.first_page, lease.first_page + lease.page_count)
        )
        blob = pages_blob(lease.job, lease.unit, lease.token)
        self._keep(blob, packed(pages))
        return self._core.store.complete_read(lease, read_result(blob, pages))

    def _publish(self, lease: Lease) -> Progress | None:
        assert lease.step is not None and lease.step.item is not None and lease.step.format is not None
        blob = export_blob(lease.job, lease.step.item, lease.step.format, lease.token)
        self._keep(blob, SEARCHABLE)
        export = Export(item=lease.step.item, format=lease.step.format, blob=blob, size=len(SEARCHABLE))
        return self._core.store.complete_publish(lease, Published(export=export))

    def _keep(self, name: str, data: bytes) -> None:
        writer = self._core.blobs.writer()
        writer.write(data)
        writer.keep(name)
