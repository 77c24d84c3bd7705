"""The program of the API child: `python -m stele.serving FD[,FD] SUPERVISOR_PID`.

Started by the supervisor, which listens on the sockets FD and keeps them, so that callers wait instead of being refused
while this process is started again. One event loop answers everything; it decodes no input and waits for no disk.
When the supervisor dies, the kernel ends this process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stele import console, metrics
from stele.adapters.dispatch.child import die_with_parent
from stele.adapters.dispatch.wake import run_folder
from stele.adapters.dispatch.watching import DatagramWatch
from stele.adapters.heap import settle
from stele.adapters.logs import configure
from stele.adapters.tls import certificate_of
from stele.app import core_of
from stele.dialects.aspose import front as aspose
from stele.dialects.aspose.calls import AsposeRules
from stele.dialects.context import DialectContext
from stele.dialects.gdc import tokens as gdc
from stele.dialects.google import rest as google
from stele.dialects.google.storage import api as storage
from stele.dialects.native import api as native
from stele.dialects.picwish import front as picwish
from stele.dialects.picwish.calls import PicwishRules
from stele.dialects.s3.front import S3Front
from stele.dialects.textract import front as textract
from stele.dialects.textract.calls import TextractRules
from stele.service.access import create_project
from stele.service.core import Core
from stele.service.quotas import RequestQuota
from stele.settings import Settings, load

_THREADS = 48


def routes(context: DialectContext, settings: Settings) -> list[BaseRoute]:
    """Everything that is answered, in the order in which it is tried."""
    return [
        Route("/", lambda _: RedirectResponse("/console")),
        Route("/livez", _alive),
        Route("/readyz", _Ready(context.core)),
        Route("/metrics", metrics.Exposition(context.core)),
        *console.routes(),
        *native.routes(context),
        *gdc.routes(context),
        *storage.routes(context),
        *google.routes(context),
        *textract.routes(context, textract_rules(settings)),
        *picwish.routes(context, picwish_rules(settings)),
        *aspose.routes(context, aspose_rules(settings)),
    ]


def textract_rules(settings: Settings) -> TextractRules:
    return TextractRules(
        regions=settings.textract_regions,
        gets_per_second=settings.textract_gets_per_second,
        partial_success=settings.textract_partial_success,
        hosts=settings.textract_hosts,
        topics=settings.sns_topics,
    )


def aspose_rules(settings: Settings) -> AsposeRules:
    return AsposeRules(hold_seconds=settings.aspose_hold_seconds, anonymous_status=settings.aspose_anonymous_status)


def picwish_rules(settings: Settings) -> PicwishRules:
    return PicwishRules(qps=settings.picwish_qps, seconds=settings.picwish_seconds, address=settings.picwish_address)


def application(settings: Settings) -> ASGIApp:
    """The ASGI application on the embedded adapters, for all ports but that of gRPC."""
    core = core_of(settings)
    watch = DatagramWatch(run_folder(Path(settings.data)))
    if settings.anonymous_project is not None:
        create_project(core, settings.anonymous_project)
    context = DialectContext(
        core=core,
        watch=watch,
        quota=RequestQuota(settings.requests_per_second),
        unanswered=metrics.count_unanswered,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Use cases wait for disks, so there may be more of them than cores; the default would be cores + 4.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "use-case"))
        watch.start()
        async with _grpc(context, settings):
            settle()
            yield
        watch.close()
        core.store.close()

    main_app = Starlette(routes=routes(context, settings), middleware=metrics.middleware(), lifespan=lifespan)
    s3 = metrics.Measured(S3Front(context, settings.textract_regions, settings.textract_hosts))
    return _ByPort(main_app, s3, settings.s3_port) if settings.s3_port else main_app


@asynccontextmanager
async def _grpc(context: DialectContext, settings: Settings) -> AsyncIterator[None]:
    """The gRPC front on the same loop, while this is entered."""
    if settings.grpc_port:
        # 0.3 s and 30 MB, which a server without gRPC need not have.
        from stele.dialects.google.grpc.server import Identity, Listening, answering
        from stele.dialects.google.methods import METHODS

        certificate = certificate_of(settings.tls_cert, settings.tls_key)
        identity = Identity(certificate.read_chain(), certificate.read_key()) if certificate else None
        listening = Listening(f"{settings.host}:{settings.grpc_port}", identity)
        async with answering(listening, context, METHODS, metrics.observe_grpc):
            yield
    else:
        yield


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive\n")


class _Ready:
    """Ready when the store answers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        await asyncio.to_thread(self._core.store.now)
        response: Response = PlainTextResponse("ready\n")
        await response(scope, receive, send)  # type: ignore[arg-type]


class _ByPort:
    """Hands what comes in at the S3 port to `s3`, and everything else to `rest`."""

    def __init__(self, rest: ASGIApp, s3: ASGIApp, s3_port: int) -> None:
        self._rest = rest
        self._s3 = s3
        self._s3_port = s3_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] == "http" and scope["server"][1] == self._s3_port
        await (self._s3 if own else self._rest)(scope, receive, send)


def main(descriptors: list[int], supervisor: int) -> None:
    die_with_parent(supervisor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor passes SIGTERM on when it is time
    settings = load(os.environ)
    configure(settings.log_level, settings.log_format)
    config = uvicorn.Config(
        application(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        limit_concurrency=None,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    listening = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    asyncio.run(uvicorn.Server(config).serve(sockets=listening))


if __name__ == "__main__":
    main([int(descriptor) for descriptor in sys.argv[1].split(",")], int(sys.argv[2]))
