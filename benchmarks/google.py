"""The Google dialect: what submitting and polling operations take with many clients, and what answers cost to write.

The operations read a one-page PDF with a text layer, so that no engine is busy: what is measured is the way of an
operation, not of its text. What answers cost is told as a share of what reading their page costs.
"""

from __future__ import annotations

import io
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import cv2
import httpx
import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from starlette.datastructures import Headers

from benchmarks.dense import dense_page
from benchmarks.machine import disk
from benchmarks.polling import Crowd, Heard, Wire, run
from benchmarks.results import Cell, Result, Table, percentile
from benchmarks.server import Server, ServerFailed
from stele.adapters.heap import settle
from stele.app import App
from stele.dialects.google.calls import OPERATION, Reply
from stele.dialects.google.grpc.messages import to_message
from stele.dialects.google.grpc.schema import Rpc, rpcs
from stele.dialects.google.messages import BatchKind, GcsDestination, OutputConfig, Remembered, Wants
from stele.dialects.google.rendering import image_answer
from stele.dialects.google.rest import response_of
from stele.dialects.google.shards import publish
from stele.domain.document import Page
from stele.domain.job import Feature, Item, Job, JobOptions, JobState, Output, Source, SourceKind
from stele.pipeline.intake.opening import open_document
from stele.pipeline.reading.seam import ReadOptions
from stele.service.pages import packed, unpacked
from stele.service.records import PublishStep

Say = Callable[[str], None]

CLIENTS = 50
_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_BUCKET = "bench-papers"
_DPI = 200
_READINGS, _WRITINGS = 3, 20
_WANTS = Wants(features=("DOCUMENT_TEXT_DETECTION",))


def measure(folder: Path, *, seconds: float, say: Say) -> Result:
    """Measure in a temporary folder below `folder`; every client goes on for `seconds`."""
    costs = _Costs.measured(say)
    tables, data = [costs.table()], {"writing": costs.record()}
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="stele-bench-", dir=folder) as name:
        where = disk(Path(name))
        try:
            heard = {wire: _crowded(Path(name) / wire, wire, seconds, say) for wire in Wire}
        except ServerFailed as error:
            failures.append(f"google: {error}")
        else:
            tables.insert(0, _table(heard, seconds, str(where)))
            data["operations"] = {
                "clients": CLIENTS,
                "seconds": seconds,
                "disk": {"device": where.device, "file_system": where.kind, "fsync_ms": where.fsync_ms},
                **{wire.value: _record(each) for wire, each in heard.items()},
            }
    return Result(name="google", tables=tuple(tables), data=data, failures=tuple(failures))


# -- operations -------------------------------------------------------------------------------------------------------


def _crowded(data: Path, wire: Wire, seconds: float, say: Say) -> Heard:
    """Raises ServerFailed."""
    data.mkdir()
    grpc_port = _free_port()
    with Server(data, {"STELE_GRPC_PORT": str(grpc_port)}) as server:
        uri = _put(server)
        address = urlsplit(server.address)
        assert address.hostname is not None and address.port is not None
        port = address.port if wire is Wire.REST else grpc_port

        def crowd(clients: int, lasting: float) -> Crowd:
            prefix = f"gs://{_BUCKET}/out/{clients}-"
            return Crowd(wire=wire, host=address.hostname or "", port=port, token=server.token, clients=clients,
                         seconds=lasting, uri=uri, prefix=prefix)  # fmt: skip

        _checked(run(crowd(2, 3.0)))  # each worker has read something
        say(f"google: {CLIENTS} clients over {wire} for {seconds:g} s")
        return _checked(run(crowd(CLIENTS, seconds)))


def _put(server: Server) -> str:
    """A one-page file in a bucket of the server's; gives its address. Raises ServerFailed."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.drawString(72, 700, "One page.")
    canvas.save()
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.address, headers=headers, timeout=60) as http:
        for path, body in (
            ("/storage/v1/b", msgspec.json.encode({"name": _BUCKET})),
            (f"/upload/storage/v1/b/{_BUCKET}/o?uploadType=media&name=in.pdf", file.getvalue()),
        ):
            answer = http.post(path, content=body)
            if answer.status_code != 200:
                raise ServerFailed(f"{path} was answered {answer.status_code}: {answer.text[:300]}")
    return f"gs://{_BUCKET}/in.pdf"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _checked(heard: Heard) -> Heard:
    """Raises ServerFailed unless every operation ended well."""
    if heard.failures or not heard.done:
        raise ServerFailed(f"{heard.done} operations ended well; what went wrong: {heard.failures}")
    return heard


def _table(heard: dict[Wire, Heard], seconds: float, where: str) -> Table:
    return Table(
        title=f"Google operations, {CLIENTS} clients at once for {seconds:g} s, milliseconds",
        columns=("", "operations", *(f"{verb} {share}" for verb in ("submit", "poll") for share in _SHARES)),
        rows=tuple((wire.value, each.done, *_latencies(each)) for wire, each in heard.items()),
        caveat=(
            "Each client submits files:asyncBatchAnnotate for a one-page PDF with a text layer (no engine is busy), "
            "polls once a second until it is done, and begins again. A latency counts from when a call is sent; an "
            f"operation is answered when it is on the disk: {where}. Clients, server and workers share the machine's "
            "cores."
        ),
    )


def _latencies(heard: Heard) -> tuple[Cell, ...]:
    return tuple(
        f"{percentile(calls, share):.1f}" for calls in (heard.submits, heard.polls) for share in _SHARES.values()
    )


def _record(heard: Heard) -> dict[str, object]:
    return {
        "operations": heard.done,
        **{
            verb: {"calls": len(calls), **{f"{name}_ms": round(percentile(calls, share), 3)
                                           for name, share in _SHARES.items()}}
            for verb, calls in (("submit", heard.submits), ("poll", heard.polls))
        },
    }  # fmt: skip


# -- writing answers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Costs:
    """Milliseconds of a core: of reading the dense page, and of each way to write it, from its stored form to bytes."""

    reading: float
    symbols: int
    writing: dict[str, float]
    bytes: dict[str, int]

    @classmethod
    def measured(cls, say: Say) -> _Costs:
        say("google: reading the dense page")
        page, reading = _read()
        stored = packed((page,))
        say("google: writing its answers")
        settle()  # as servers and workers do when they have started
        ways = {
            "REST": lambda: _rest(stored, ""),
            "REST, gzip": lambda: _rest(stored, "gzip"),
            "shard": lambda: _shard(stored),
            "gRPC": lambda: _grpc(stored),
        }
        return cls(
            reading=reading,
            symbols=sum(len(word.symbols) for word in page.words()),
            writing={name: median(_spent(write) for _ in range(_WRITINGS)) for name, write in ways.items()},
            bytes={name: len(write()) for name, write in ways.items()},
        )

    def table(self) -> Table:
        return Table(
            title=f"Writing a dense page of {self.symbols:,} symbols that took {self.reading:,.0f} ms to read",
            columns=("", "ms of a core", "% of reading", "KB"),
            rows=tuple(
                (name, f"{spent:.1f}", f"{100 * spent / self.reading:.2f}", f"{self.bytes[name] / 1024:,.0f}")
                for name, spent in self.writing.items()
            ),
            caveat=(
                f"CPU time, medians of {_READINGS} readings by the default engine with one thread and {_WRITINGS} "
                "writings. Writing begins with the stored form of the page and ends with the bytes of the answer; REST "
                "is indented, as Google's is, and gzip is what its clients ask for. An A4 page of 53 lines at 200 dpi."
            ),
        )

    def record(self) -> dict[str, object]:
        return {
            "reading_ms": round(self.reading, 1),
            "symbols": self.symbols,
            **{
                name: {"ms": round(spent, 3), "percent_of_reading": round(100 * spent / self.reading, 3),
                       "bytes": self.bytes[name]}
                for name, spent in self.writing.items()
            },
        }  # fmt: skip


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of CPU time that it takes."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _read() -> tuple[Page, float]:
    """The page as workers read it, and the median of the milliseconds."""
    cv2.setNumThreads(1)
    options = ReadOptions(features=(Feature.TEXT, Feature.SYMBOLS))
    with tempfile.TemporaryDirectory(prefix="stele-bench-") as name:
        app = App({"data": name})
        reader, path = app.reader(1), Path(name) / "dense.png"
        image, _ = dense_page(_DPI)
        image.save(path, dpi=(_DPI, _DPI))

        def once() -> Page:
            with open_document(path, name=path.name, limits=app.limits()) as document:
                (page,) = (reader.read(page, options) for page in document.pages(1, 1))
                return page

        page = once()
        return page, median(_spent(once) for _ in range(_READINGS))


_ITEM = Item(index=0, name=f"gs://{_BUCKET}/dense.png", source=Source(kind=SourceKind.OBJECT, name="dense.png"),
             media_type="image/png", pages=1, document_pages=1, pages_done=1)  # fmt: skip


def _answer(stored: bytes) -> Reply:
    (page,) = unpacked(stored)
    return Reply({"responses": [image_answer(_ITEM, page, _WANTS)]})


def _rest(stored: bytes, accepted: str) -> bytes:
    return bytes(response_of(_answer(stored), 200, Headers({"accept-encoding": accepted}), {}).body)


def _grpc(stored: bytes) -> bytes:
    return to_message(_annotate().response, _answer(stored)).SerializeToString()


def _annotate() -> Rpc:
    return next(rpc for rpc in rpcs() if rpc.name == "BatchAnnotateImages")


class _Kept:
    """An outbox that keeps what is put there."""

    def __init__(self) -> None:
        self.data = b""

    def put(self, key: str, content_type: str, data: bytes) -> None:
        self.data += data


def _shard(stored: bytes) -> bytes:
    config = OutputConfig(gcs_destination=GcsDestination(uri=f"gs://{_BUCKET}/out/"))
    request = Remembered(kind=BatchKind.IMAGES, parent="projects/bench", wants=(_WANTS,), of=(0,), outputs=(config,))
    output = Output(bucket=_BUCKET, prefix="out/")
    job = Job(
        id="bench", project="bench", dialect=OPERATION, state=JobState.PUBLISHING, items=(_ITEM,),
        options=JobOptions(output=output, dialect_request=msgspec.json.encode(request).decode()),
        pages_total=1, pages_done=1, pages_failed=0, pages_with_text=1,
        created_at=0.0, started_at=0.0, finished_at=None, expires_at=None, error=None,
    )  # fmt: skip
    out = _Kept()
    publish(job, PublishStep(item=None, format=None, output=output), lambda _: iter(unpacked(stored)), out)
    return out.data
