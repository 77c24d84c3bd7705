"""Asking for a task and taking it back: the verbs GET and DELETE, and GetTaskStatus."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from stele.dialects.aspose.answers import Answer, encode, is_here, not_exist, results, status
from stele.dialects.aspose.calls import Call, json
from stele.dialects.awaiting import unless_gone
from stele.domain.errors import JobNotFound
from stele.domain.value import changed
from stele.service import control, query
from stele.service.core import Core, Principal


async def answered(call: Call) -> Answer:
    """A task with its results, waited for: callers ask once. Raises Invalid, ClientDisconnect."""
    context, rules = call.aspose.context, call.aspose.rules
    waiting = query.wait(context.core, context.watch, call.principal, call.job, rules.hold_seconds)
    try:
        job = await unless_gone(waiting, call.receive)
    except JobNotFound:
        return not_exist(call.given)
    return await asyncio.to_thread(results, context.core, call.principal, job, call.given)


async def get(call: Call) -> Response:
    answer = await answered(call)
    # Results may be megabytes.
    return json(await asyncio.to_thread(encode, answer))


async def get_status(call: Call) -> Response:
    """Answered at once, and never with results."""

    def told() -> Answer:
        try:
            job = query.get_outline(call.aspose.context.core, call.principal, call.job)
        except JobNotFound:
            return not_exist(call.given)
        return status(call.aspose.context.core, job, call.given)

    answer = await asyncio.to_thread(told)
    return json(encode(changed(answer, results=None)))


async def delete(call: Call) -> Response:
    """Stop a task, or drop its results; what does not exist is as it should be."""
    await asyncio.to_thread(_forget, call.aspose.context.core, call.principal, call.job)
    return Response(status_code=200)


def _forget(core: Core, principal: Principal, job: str) -> None:
    try:
        if is_here(core, query.get_outline(core, principal, job)):
            control.forget(core, principal, job)
    except JobNotFound:
        return
