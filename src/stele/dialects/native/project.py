"""`GET /project`: whose credentials these are, what holds for them, and how busy the server is."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from stele import __version__
from stele.dialects.native.endpoint import Call, json
from stele.dialects.native.schema import LimitsView, NoQuery, ProjectView, QueueView
from stele.service.query import statistics


async def get_project(call: Call, _: NoQuery) -> Response:
    """Tell whose credentials these are, which limits hold for them, and how many units of work wait on the server."""
    counts = await asyncio.to_thread(statistics, call.core)
    rules = call.core.rules
    return json(
        ProjectView(
            project=call.principal.project,
            version=__version__,
            limits=LimitsView(
                bytes=rules.limits.max_bytes,
                pages=rules.limits.max_pages,
                items=rules.max_items,
                jobs_at_once=rules.jobs_at_once,
                requests_per_second=rules.requests_per_second,
                retention_seconds=rules.retention_seconds,
            ),
            queue=QueueView(waiting=counts.units_waiting, running=counts.units_leased),
        )
    )
