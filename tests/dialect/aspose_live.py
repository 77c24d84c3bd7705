"""The Aspose dialect on a live server, and workers that really read."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw, ImageFont
from tests.dialect.google_live import Tasks, tools_of
from tests.dialect.live import Live

from stele.adapters.dispatch.live import LiveProgress
from stele.adapters.dispatch.slot import SlotRules
from stele.app import worker_setup_of
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.service.access import KeySet, create_keys
from stele.service.core import Core, Principal
from stele.settings import Settings

#: of the vendor's first tutorial: 38 characters, no line feed
WHALES = "All men live enveloped in whale-lines."


def line(text: str = WHALES, *, size: tuple[int, int] = (900, 140), kind: str = "PNG", angle: float = 0) -> bytes:
    """A picture of a line of print; `angle` degrees clockwise."""
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).text((40, size[1] / 2 - 30), text, fill=0, font=ImageFont.load_default(40))
    out = io.BytesIO()
    image.rotate(-angle, fillcolor=255, expand=True, resample=Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Aspose:
    """A server, and a project with its keys and a token."""

    def __init__(self, live: Live, project: str) -> None:
        self.live = live
        self.address = live.address
        self.core: Core = live.core
        self.keys: KeySet = create_keys(self.core, project)
        self.principal = Principal(project=project)
        self.bare = httpx.Client(base_url=self.address, timeout=60, verify=False)
        self.http = httpx.Client(
            base_url=f"{self.address}/v5.0/ocr",
            headers={"authorization": f"Bearer {self.token()}"},
            timeout=60,
            verify=False,
        )

    def token(self) -> str:
        fields = {"client_id": self.keys.client_id, "client_secret": self.keys.client_secret}
        answer = self.bare.post("/connect/token", data={"grant_type": "client_credentials", **fields})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def post(self, operation: str, image: bytes, **settings: Any) -> str:
        """Submit; gives the id."""
        answer = self.http.post(operation, json={"image": encoded(image), "settings": settings})
        assert answer.status_code == 200, answer.text
        return answer.text

    def get(self, operation: str, task: str) -> dict[str, Any]:
        answer = self.http.get(operation, params={"id": task})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def status(self, task: str) -> dict[str, Any]:
        return self.get("Utilities/GetTaskStatus", task)

    def results(self, operation: str, image: bytes, **settings: Any) -> list[tuple[str, bytes]]:
        """The results of a task that ends well, decoded."""
        answer = self.get(operation, self.post(operation, image, **settings))
        assert (answer["taskStatus"], answer["responseStatusCode"]) == ("Completed", "Ok"), answer
        return [(one["type"], base64.b64decode(one["data"], validate=True)) for one in answer["results"]]


@contextmanager
def reading(core: Core, settings: Settings) -> Iterator[None]:
    """A worker in a thread, with the default engine."""
    setup = worker_setup_of(settings)
    chooser = EngineChooser(Path(settings.data) / "cache" / "models", 1)
    slot = Tasks(core, setup, SlotRules(idle_poll_seconds=0.02), "slot-1", LiveProgress(core.wake))
    slot.tools = replace(tools_of(settings), reader=Reader(chooser))
    slot.thread.start()
    try:
        yield
    finally:
        slot.stop()
        slot.thread.join()
