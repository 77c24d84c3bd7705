"""Metrics in the Prometheus text format at `/metrics`; `docs/reference/metrics.md` lists them, held by a test.

Counted where it is cheap: requests in the API process, the rest read from the store when somebody asks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stele.service.core import Core

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "stele_http_requests_total",
    "Requests answered, by method and status class.",
    ("method", "status"),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "stele_http_request_seconds",
    "Time until the answer began, in seconds; long polls and event streams included.",
    ("method",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60),
    registry=REGISTRY,
)
GRPC_REQUESTS = Counter(
    "stele_grpc_requests_total",
    "gRPC calls answered, by method and status code.",
    ("method", "code"),
    registry=REGISTRY,
)
GRPC_SECONDS = Histogram(
    "stele_grpc_request_seconds",
    "Time until the answer, in seconds; calls that wait for a job included.",
    ("method",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60),
    registry=REGISTRY,
)
UNANSWERED = Counter(
    "stele_features_unanswered_total",
    "Features left out of an answer because nothing here can answer them, by dialect and the dialect's name for them.",
    ("dialect", "feature"),
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


class Measured:
    """ASGI middleware that counts requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else "other"

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(method, f"{message['status'] // 100}xx").inc()
                SECONDS.labels(method).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, observed)


def middleware() -> list[Middleware]:
    return [Middleware(Measured)]


def observe_grpc(method: str, code: str, seconds: float) -> None:
    """A gRPC call was answered; `method` is one of those that exist."""
    GRPC_REQUESTS.labels(method, code).inc()
    GRPC_SECONDS.labels(method).observe(seconds)


def count_unanswered(dialect: str, feature: str) -> None:
    """A feature was asked for in vain; `feature` is one of the dialect's."""
    UNANSWERED.labels(dialect, feature).inc()


class StoreCollector(Collector):
    """Reads the store's counts at each scrape."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def collect(self) -> Iterator[GaugeMetricFamily]:
        statistics = self._core.store.statistics()
        jobs = GaugeMetricFamily("stele_jobs", "Jobs kept, by state.", labels=["state"])
        for state, count in statistics.jobs.items():
            jobs.add_metric([state], count)
        yield jobs
        yield GaugeMetricFamily("stele_units_waiting", "Units that wait for a worker.", statistics.units_waiting)
        yield GaugeMetricFamily("stele_units_leased", "Units that a worker holds.", statistics.units_leased)
        yield GaugeMetricFamily("stele_notices_pending", "Notices not yet delivered.", statistics.notices_pending)


class Exposition:
    """The endpoint."""

    def __init__(self, core: Core) -> None:
        self._store = CollectorRegistry()
        self._store.register(StoreCollector(core))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = generate_latest(REGISTRY) + await asyncio.to_thread(generate_latest, self._store)
        await Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")(scope, receive, send)
