"""Jobs: list, look, wait, cancel, forget; and what became of their notices."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from urllib.parse import urlencode

from starlette.responses import Response

from stele.dialects.native.endpoint import Call, json
from stele.dialects.native.schema import DeliveriesView, DeliveryView, JobQuery, JobsQuery, JobsView, NoQuery
from stele.dialects.native.views import PREFIX, job_view, moment
from stele.domain.errors import RequestError
from stele.service import control, query
from stele.service.records import JobFilter

_ID = re.compile(r"[0-9a-f-]{36}")


async def list_jobs(call: Call, wanted: JobsQuery) -> Response:
    """List the project's jobs, newest first.

    Follow `next` until it is null. Jobs that are submitted meanwhile do not shift what is listed."""
    return await asyncio.to_thread(_list_jobs, call, wanted)


def _list_jobs(call: Call, wanted: JobsQuery) -> Response:
    jobs = query.list_jobs(
        call.core,
        call.principal,
        JobFilter(
            project=call.principal.project,
            states=wanted.state,
            tag=wanted.tag,
            dialect=wanted.dialect,
            before=None if wanted.cursor is None else _id(wanted.cursor),
            limit=wanted.limit + 1,
        ),
    )
    shown = [query.live(call.context.watch, job) for job in jobs[: wanted.limit]]
    cursor = _cursor(shown[-1].id) if len(jobs) > wanted.limit else None
    return json(
        JobsView(
            jobs=tuple(job_view(job) for job in shown),
            next_cursor=cursor,
            next=None if cursor is None else _next(wanted, cursor),
        )
    )


async def get_job(call: Call, wanted: JobQuery) -> Response:
    """Look at a job; with `wait`, answer when it has ended, or after that many seconds as it is then."""
    if wanted.wait:
        job = await query.wait(call.core, call.context.watch, call.principal, call.place["job"], wanted.wait)
    else:
        job = await asyncio.to_thread(query.get_job, call.core, call.principal, call.place["job"])
    return json(job_view(query.live(call.context.watch, job)))


async def cancel_job(call: Call, _: NoQuery) -> Response:
    """Cancel a job. Running work stops within two seconds; pages that were read stay readable.

    A job that has ended is left as it is. The answer is the job."""
    return json(job_view(await asyncio.to_thread(control.cancel, call.core, call.principal, call.place["job"])))


async def forget_job(call: Call, _: NoQuery) -> Response:
    """Delete a job now, with its input and its results. One that is under way is cancelled first."""
    await asyncio.to_thread(control.forget, call.core, call.principal, call.place["job"])
    return Response(status_code=204)


async def list_deliveries(call: Call, _: NoQuery) -> Response:
    """List every attempt to deliver the job's webhook, oldest first."""
    logged = await asyncio.to_thread(query.deliveries, call.core, call.principal, call.place["job"])
    return json(
        DeliveriesView(
            deliveries=tuple(
                DeliveryView(
                    at=moment(one.at), attempt=one.attempt, outcome=one.outcome, status=one.status, error=one.error
                )
                for one in logged
            )
        )
    )


def _cursor(job: str) -> str:
    return base64.urlsafe_b64encode(job.encode()).decode().rstrip("=")


def _id(cursor: str) -> str:
    """The inverse of `_cursor`. Raises RequestError."""
    try:
        job = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise RequestError(reason="the cursor is not one of this server's") from error
    if not _ID.fullmatch(job):
        raise RequestError(reason="the cursor is not one of this server's")
    return job


def _next(wanted: JobsQuery, cursor: str) -> str:
    pairs = [("state", state.value) for state in wanted.state]
    pairs += [(name, text) for name, text in (("tag", wanted.tag), ("dialect", wanted.dialect)) if text is not None]
    pairs += [("limit", str(wanted.limit)), ("cursor", cursor)]
    return f"{PREFIX}/jobs?{urlencode(pairs)}"
