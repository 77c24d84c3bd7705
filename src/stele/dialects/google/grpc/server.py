"""Answering gRPC calls on a port of its own, on the event loop that also answers HTTP."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from stele.dialects.context import DialectContext
from stele.dialects.google.auth import principal_of
from stele.dialects.google.grpc import reflection
from stele.dialects.google.grpc.messages import to_json, to_message
from stele.dialects.google.grpc.schema import Rpc, rpcs
from stele.dialects.google.grpc.statuses import Refusal, refusal_of, undecodable
from stele.dialects.google.methods import Method

_GRACE_SECONDS: Final = 5.0

#: Told of each call that was answered: its method, its status code and how long it took in seconds.
Observer: TypeAlias = Callable[[str, str, float], None]


class Identity(NamedTuple):
    """A certificate with those between it and its authority, and its key, both PEM."""

    chain: bytes
    key: bytes


class Listening(NamedTuple):
    """`address` is host:port; without an identity, plain text is spoken there."""

    address: str
    identity: Identity | None = None


@asynccontextmanager
async def answering(
    listening: Listening, context: DialectContext, methods: Mapping[str, Method], observe: Observer
) -> AsyncIterator[None]:
    """Answer calls while this is entered; those under way at the end get a few seconds.

    Raises RuntimeError when the port cannot be bound.
    """
    server = grpc.aio.server(
        options=(
            ("grpc.max_receive_message_length", context.core.rules.max_message_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # else a second server would share the port silently
        )
    )
    server.add_generic_rpc_handlers((*_handlers(context, methods, observe), *reflection.handlers()))
    if listening.identity is None:
        server.add_insecure_port(listening.address)
    else:
        chain, key = listening.identity
        server.add_secure_port(listening.address, grpc.ssl_server_credentials([(key, chain)]))
    await server.start()
    try:
        yield
    finally:
        await server.stop(_GRACE_SECONDS)


def _handlers(
    context: DialectContext, methods: Mapping[str, Method], observe: Observer
) -> list[grpc.GenericRpcHandler[bytes, bytes]]:
    services: dict[str, dict[str, grpc.RpcMethodHandler[bytes, bytes]]] = defaultdict(dict)
    for rpc in rpcs():
        handler = _Handler(rpc, methods[rpc.method], context, observe)
        # Without a (de)serializer gRPC hands over bytes: what is wrong with a message gets a status of ours.
        services[rpc.service][rpc.name] = grpc.unary_unary_rpc_method_handler(handler.handle)
    return [grpc.method_handlers_generic_handler(name, handlers) for name, handlers in services.items()]


class _Handler:
    """One method: bytes in, bytes out. A call that its caller gave up is cancelled by gRPC."""

    def __init__(self, rpc: Rpc, method: Method, context: DialectContext, observe: Observer) -> None:
        self._rpc = rpc
        self._method = method
        self._context = context
        self._observe = observe

    async def handle(self, request: bytes, call: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        began = time.perf_counter()
        code = grpc.StatusCode.CANCELLED
        try:
            answer = await self._answer(request, call)
            code = grpc.StatusCode.OK if isinstance(answer, bytes) else answer.code
        finally:
            self._observe(self._rpc.method, code.name, time.perf_counter() - began)
        if isinstance(answer, bytes):
            return answer
        await call.abort(answer.code, answer.message, answer.trailing_metadata())

    async def _answer(self, request: bytes, call: grpc.aio.ServicerContext[bytes, bytes]) -> bytes | Refusal:
        try:
            principal = await principal_of(self._context, _headers(call), {})
            body = to_json(self._rpc.request.FromString(request))
            answer = await self._method(self._context, principal, body)
            call.set_trailing_metadata(answer.headers)
            return to_message(self._rpc.response, answer).SerializeToString()
        except DecodeError:
            return undecodable(self._rpc.request.DESCRIPTOR.full_name)
        except Exception as error:
            return refusal_of(error, self._rpc.method)


def _headers(call: grpc.aio.ServicerContext[bytes, bytes]) -> dict[str, str]:
    """The metadata that is text. Names are in lower case."""
    return {key: value for key, value in call.invocation_metadata() or () if isinstance(value, str)}
