"""The REST front of the Google dialect on a live server, and workers that do the real tasks with the null engine.

Text layers of PDF files are read as ever; pictures say `page 1 of null engine`.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from google.cloud import vision
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from tests.dialect.live import Live

from stele.adapters.dispatch.live import LiveProgress
from stele.adapters.dispatch.messages import HasFailed, Settled, policy_of
from stele.adapters.dispatch.slot import Slot, SlotRules
from stele.adapters.dispatch.work import Tools, run
from stele.adapters.egress.guarded import GuardedEgress
from stele.adapters.objects.files import FileBlobs
from stele.adapters.objects.remotes import ObstoreRemotes
from stele.app import galleries_folder, limits_of, models_folder, worker_setup_of
from stele.domain.errors import SteleError
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.reading.engines.null import NullEngine
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions
from stele.service import buckets
from stele.service.access import KeySet, create_keys
from stele.service.core import Core, Principal
from stele.service.records import Lease
from stele.settings import Settings
from stele.working import publisher_of

#: real workers are processes: PDFium is not made for several threads
_one_at_a_time = threading.Lock()

TEXT = {"type": "DOCUMENT_TEXT_DETECTION"}


def picture(kind: str = "PNG", size: tuple[int, int] = (120, 80), colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def pdf(pages: int, *, size: tuple[int, int] = (612, 792)) -> bytes:
    """A born-digital file: page N says `This is page N of the report.`"""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 18)
        canvas.drawString(72, size[1] - 100, f"This is page {number} of the report.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class NullProvider:
    def engine_for(self, options: ReadOptions) -> NullEngine:
        return NullEngine()


class Tasks(Slot):
    """A slot whose child is this process: it does the task at once, and never dies."""

    tools: Tools

    def _renewed_child(self) -> Any:
        return None

    def _followed(self, child: object, lease: Lease) -> Settled | None:
        try:
            with _one_at_a_time:
                return run(self.tools, self._task(lease), lambda: None)
        except SteleError as error:
            return HasFailed(failure=error.failure())


class Google:
    """A server, a project with its keys, and a bucket of it that is a folder."""

    def __init__(self, live: Live, folder: Path, project: str = "vision-lab") -> None:
        self.live = live
        self.address = live.address
        self.core: Core = live.core
        self.keys: KeySet = create_keys(self.core, project)
        self.principal = Principal(project=project)
        self.folder = folder
        folder.mkdir(parents=True)
        self.bucket = f"{project}-papers"
        buckets.create_bucket(self.core, self.principal, self.bucket, url=folder.as_uri())

    def put(self, name: str, data: bytes) -> str:
        """An object; gives its address."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return f"gs://{self.bucket}/{name}"

    def written(self, prefix: str) -> list[str]:
        """Names of objects below a prefix that ends in a slash."""
        return sorted(path.name for path in (self.folder / prefix).glob("*"))

    def http(self, keys: KeySet | None = None, **headers: str) -> httpx.Client:
        token = (keys or self.keys).bearer_token
        return httpx.Client(
            base_url=self.address, headers={"authorization": f"Bearer {token}", **headers}, timeout=60, verify=False
        )

    def client(self, keys: KeySet | None = None) -> vision.ImageAnnotatorClient:
        options = {"api_endpoint": self.address, "api_key": (keys or self.keys).api_key}
        return vision.ImageAnnotatorClient(transport="rest", client_options=options)


def tools_of(settings: Settings) -> Tools:
    return Tools(
        blobs=FileBlobs(Path(settings.data)),
        remotes=ObstoreRemotes(settings.credentials),
        egress=GuardedEgress(policy_of(worker_setup_of(settings).egress)),
        reader=Reader(NullProvider()),
        annotators=AnnotatorChooser(models_folder(settings), galleries_folder(settings)),
        publisher_of=publisher_of,
        limits=limits_of(settings),
        workers=2,
    )


@contextmanager
def working(core: Core, settings: Settings, slots: int = 2) -> Iterator[None]:
    """Workers in threads."""
    rules, live = SlotRules(idle_poll_seconds=0.02), LiveProgress(core.wake)
    made = [Tasks(core, worker_setup_of(settings), rules, f"slot-{number}", live) for number in range(slots)]
    for slot in made:
        slot.tools = tools_of(settings)
        slot.thread.start()
    try:
        yield
    finally:
        for slot in made:
            slot.stop()
        for slot in made:
            slot.thread.join()
