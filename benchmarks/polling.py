"""Clients of operations, as Google's are: each submits one, asks once a second until it is done, and submits the next.

All in a process of their own, each with a connection of its own, over REST or gRPC. A latency counts from when a call
is sent; a client has one call under way at a time.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import grpc
from google.cloud import vision
from google.longrunning import operations_pb2

_HEAD_END = b"\r\n\r\n"
_GIVE_UP_SECONDS = 60.0
_POLL_SECONDS = 1.0  #: as Google's Python client begins
_PDF = "application/pdf"
_TEXT = "DOCUMENT_TEXT_DETECTION"
_FILES = "/google.cloud.vision.v1.ImageAnnotator/AsyncBatchAnnotateFiles"
_OPERATION = "/google.longrunning.Operations/GetOperation"


class Wire(StrEnum):
    REST = "REST"
    GRPC = "gRPC"


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """`clients` for `seconds` on a server: all read the object `uri`, and have the results written behind `prefix`."""

    wire: Wire
    host: str
    port: int
    token: str
    clients: int
    seconds: float
    uri: str
    prefix: str


@dataclass(kw_only=True)
class Heard:
    """Milliseconds of the calls that were answered; operations that ended well; what went wrong, and how often."""

    submits: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    done: int = 0
    failures: dict[str, int] = field(default_factory=dict)


class Failed(Exception):
    """A call was answered with something else than what it asked for."""


class Client(Protocol):
    """One connection."""

    async def submit(self, prefix: str) -> str:
        """The name of a new operation. Raises Failed."""
        ...

    async def poll(self, name: str) -> bool:
        """Whether it is done. Raises Failed, also for one that ended in an error."""
        ...


def run(crowd: Crowd) -> Heard:
    """Carry it out in another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        return other.submit(_run, crowd).result()


def _run(crowd: Crowd) -> Heard:
    return asyncio.run(_all(crowd))


async def _all(crowd: Crowd) -> Heard:
    heard = Heard()
    made: Callable[[Crowd], Any] = _rest if crowd.wire is Wire.REST else _grpc
    until = time.monotonic() + crowd.seconds
    async with asyncio.TaskGroup() as group:
        for number in range(crowd.clients):
            group.create_task(_one(crowd, await made(crowd), number, until, heard))
    return heard


async def _one(crowd: Crowd, client: Client, number: int, until: float, heard: Heard) -> None:
    """A client's day; they come one after the other in the first second."""
    await asyncio.sleep(number / crowd.clients * _POLL_SECONDS)
    turn = 0
    while time.monotonic() < until:
        turn += 1
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                began = time.perf_counter()
                name = await client.submit(f"{crowd.prefix}{number}-{turn}/")
                heard.submits.append((time.perf_counter() - began) * 1000)
                done = False
                while not done:
                    await asyncio.sleep(_POLL_SECONDS)
                    began = time.perf_counter()
                    done = await client.poll(name)
                    heard.polls.append((time.perf_counter() - began) * 1000)
                heard.done += 1
        except (Failed, TimeoutError, OSError, asyncio.IncompleteReadError, grpc.aio.AioRpcError) as error:
            told = f"{type(error).__name__}: {error}"[:200]
            heard.failures[told] = heard.failures.get(told, 0) + 1


async def _rest(crowd: Crowd) -> Client:
    return _Rest(crowd, *await asyncio.open_connection(crowd.host, crowd.port))


class _Rest:
    def __init__(self, crowd: Crowd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._crowd = crowd
        self._reader = reader
        self._writer = writer

    async def submit(self, prefix: str) -> str:
        request = {
            "features": [{"type": _TEXT}],
            "inputConfig": {"gcsSource": {"uri": self._crowd.uri}, "mimeType": _PDF},
            "outputConfig": {"gcsDestination": {"uri": prefix}},
        }
        answer = await self._call("POST", "/v1/files:asyncBatchAnnotate", json.dumps({"requests": [request]}))
        return str(answer["name"])

    async def poll(self, name: str) -> bool:
        answer = await self._call("GET", f"/v1/{name}")
        if "error" in answer:
            raise Failed(answer["error"]["message"])
        return "response" in answer

    async def _call(self, method: str, path: str, body: str = "") -> dict[str, Any]:
        data = body.encode()
        head = (
            f"{method} {path} HTTP/1.1", f"Host: {self._crowd.host}", f"Authorization: Bearer {self._crowd.token}",
            "Content-Type: application/json", f"Content-Length: {len(data)}",
        )  # fmt: skip
        self._writer.write("\r\n".join((*head, "", "")).encode() + data)
        answered = (await self._reader.readuntil(_HEAD_END)).decode("latin-1")
        lines = (line.partition(":") for line in answered.split("\r\n")[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        content = await self._reader.readexactly(int(headers["content-length"]))
        status = answered.split(" ", 2)[1]
        if status != "200":
            raise Failed(f"{status}: {content.decode()[:200]}")
        answer: dict[str, Any] = json.loads(content)
        return answer


async def _grpc(crowd: Crowd) -> Client:
    return _Grpc(crowd)


class _Grpc:
    def __init__(self, crowd: Crowd) -> None:
        # Else channels of one process to one address are one connection.
        options = (("grpc.use_local_subchannel_pool", 1),)
        channel = grpc.aio.insecure_channel(f"{crowd.host}:{crowd.port}", options)
        answer = operations_pb2.Operation.FromString
        self._crowd = crowd
        self._metadata = (("authorization", f"Bearer {crowd.token}"),)
        self._files = channel.unary_unary(_FILES, vision.AsyncBatchAnnotateFilesRequest.serialize, answer)
        get = operations_pb2.GetOperationRequest.SerializeToString
        self._get = channel.unary_unary(_OPERATION, get, answer)

    async def submit(self, prefix: str) -> str:
        request = vision.AsyncAnnotateFileRequest(
            features=[vision.Feature(type_=vision.Feature.Type[_TEXT])],
            input_config=vision.InputConfig(gcs_source=vision.GcsSource(uri=self._crowd.uri), mime_type=_PDF),
            output_config=vision.OutputConfig(gcs_destination=vision.GcsDestination(uri=prefix)),
        )
        batch = vision.AsyncBatchAnnotateFilesRequest(requests=[request])
        return str((await self._files(batch, metadata=self._metadata)).name)

    async def poll(self, name: str) -> bool:
        found = await self._get(operations_pb2.GetOperationRequest(name=name), metadata=self._metadata)
        if found.HasField("error"):
            raise Failed(found.error.message)
        return bool(found.done)
