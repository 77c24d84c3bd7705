"""`POST /api/tasks/document/ocr`: a task, when its file, or where it is, is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from python_multipart.multipart import parse_options_header
from starlette.responses import Response

from stele.dialects.bodies import in_pieces, whole
from stele.dialects.picwish.calls import DIALECT, Call
from stele.dialects.picwish.errors import HEADERS
from stele.dialects.picwish.forms import MAX_FIELDS, Form, fields_of_form, fields_of_json, max_file
from stele.dialects.picwish.requests import asking_of
from stele.domain.errors import FileTooLarge, InputError, LimitError, RequestError, UnsupportedBody
from stele.domain.job import JobOptions, MissingPack
from stele.service.names import new_job_id
from stele.service.records import Retention
from stele.service.submit import Address, Submission, Tailored, submit
from stele.service.uploads import Upload

_FORM: Final = "multipart/form-data"
_FIELDS: Final = {"application/x-www-form-urlencoded": fields_of_form, "application/json": fields_of_json}

#: the largest file that is fetched from an address
_MAX_FETCHED: Final = 30 * 1024 * 1024
#: what a form may have around its file
_MAX_AROUND: Final = 1024 * 1024
#: What became of a task can be asked for a day long; its result can be fetched for an hour.
_RETENTION: Final = Retention(seconds=86_400)


async def create(call: Call) -> Response:
    """The id of the task. Raises FileTooLarge, BodyTooLarge, RequestError, and what `submit` raises."""
    content_type, parameters = parse_options_header(call.headers.get("content-type"))
    kind = content_type.decode("latin-1").lower()
    if kind == _FORM:
        return await _create_of_form(call, parameters.get(b"boundary", b""))
    fields_of = _FIELDS.get(kind)
    if fields_of is None:
        raise UnsupportedBody(given=kind or "no type", allowed=", ".join((_FORM, *_FIELDS)))
    fields = fields_of(await whole(call.receive, MAX_FIELDS))
    return await asyncio.to_thread(_begin, call, new_job_id(), None, fields)


async def _create_of_form(call: Call, boundary: bytes) -> Response:
    if not boundary:
        raise RequestError(reason="the form has no boundary")
    limit = max_file(call.core) + _MAX_AROUND
    declared = call.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise FileTooLarge(name="of this request", size=declared, limit=max_file(call.core))
    job = new_job_id()
    form = Form(call.core, job, boundary)
    try:
        rest = await in_pieces(call.receive, form.feed, limit)
        return await asyncio.to_thread(partial(_finish, call, form, rest, job))
    except BaseException:
        await asyncio.to_thread(form.abandon)
        raise


def _finish(call: Call, form: Form, rest: bytes, job: str) -> Response:
    form.feed(rest)
    upload, fields = form.finish()
    return _begin(call, job, upload, fields)


def _begin(call: Call, job: str, upload: Upload | None, fields: Mapping[str, str]) -> Response:
    asking = asking_of(fields, upload.name if upload is not None else None)
    source = Address(url=asking.address) if asking.address is not None else upload
    assert source is not None
    submission = Submission(
        job=job,
        dialect=DIALECT,
        inputs=(Tailored(input=source, max_bytes=_MAX_FETCHED),),
        options=JobOptions(
            languages=asking.languages,
            formats=(asking.format,),
            password=asking.password,
            max_seconds=call.picwish.rules.seconds,
            missing_pack=MissingPack.NEAREST,
        ),
        retention=_RETENTION,
        # What is wrong with a file is told by its task.
        tolerated=(InputError, LimitError),
    )
    made = submit(call.core, call.principal, submission).job.id
    body = {"status": 200, "message": "success", "data": {"task_id": made}}
    return Response(msgspec.json.encode(body), headers=HEADERS)
