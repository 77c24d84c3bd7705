"""The gRPC front on a loop in a thread, answering with methods that a test brings."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.cloud import vision
from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorGrpcTransport
from tests.chaos.conftest import free_port

from stele.app import core_of
from stele.dialects.context import DialectContext
from stele.dialects.google.calls import Reply
from stele.dialects.google.grpc.schema import rpcs
from stele.dialects.google.grpc.server import Identity, Listening, answering
from stele.service.access import KeySet, create_keys
from stele.service.core import Principal
from stele.service.quotas import RequestQuota
from stele.settings import Settings

Body = dict[str, Any]
Method = Callable[[DialectContext, Principal, Body], Awaitable[Body]]


class Bearer(grpc.UnaryUnaryClientInterceptor):
    """Sends a token with every call of a channel without TLS, where gRPC itself sends no credentials."""

    def __init__(self, token: str) -> None:
        self._header = ("authorization", f"Bearer {token}")

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(details._replace(metadata=(*(details.metadata or ()), self._header)), request)


@contextmanager
def plain_client(address: str, token: str) -> Iterator[vision.ImageAnnotatorClient]:
    """Google's client over gRPC without TLS."""
    with grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)]) as channel:
        transport = ImageAnnotatorGrpcTransport(channel=grpc.intercept_channel(channel, Bearer(token)))
        yield vision.ImageAnnotatorClient(transport=transport)


class NoWatch:
    """The methods of these tests wait for no job."""

    def latest(self, job: str) -> None:
        raise AssertionError

    def job(self, job: str) -> Any:
        raise AssertionError


class Front:
    """Where it listens, whom it lets in, and what it told its observer."""

    def __init__(self, address: str, context: DialectContext) -> None:
        self.address = address
        self.context = context
        self.keys: KeySet = create_keys(context.core, "front")
        self.observed: list[tuple[str, str]] = []

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.keys.bearer_token}"),)


async def _refuses(context: DialectContext, principal: Principal, request: Body) -> Body:
    raise AssertionError("the test did not expect this method")


def _replying(method: Method) -> Any:
    async def replying(context: DialectContext, principal: Principal, request: Body) -> Reply:
        return Reply(await method(context, principal, request), ("a warning",))

    return replying


@contextmanager
def front(data: Path, methods: Mapping[str, Method], identity: Identity | None = None) -> Iterator[Front]:
    """`methods` by the name that they have in `METHODS`; others fail the test that calls them."""
    core = core_of(Settings(data=str(data)))
    context = DialectContext(core=core, watch=NoWatch(), quota=RequestQuota(100_000))
    made = Front(f"127.0.0.1:{free_port()}", context)
    every = {rpc.method: _replying(methods.get(rpc.method, _refuses)) for rpc in rpcs()}
    started, stopping = threading.Event(), asyncio.Event()

    async def serve() -> None:
        listening = Listening(made.address, identity)
        async with answering(listening, context, every, lambda method, code, _: made.observed.append((method, code))):
            started.set()
            await stopping.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(10), "the front did not start"
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(20)
        loop.close()
        core.store.close()
