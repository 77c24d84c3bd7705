"""`POST /jobs`: a form with files, or JSON with addresses."""

from __future__ import annotations

import asyncio

from python_multipart.multipart import parse_options_header
from starlette.responses import Response

from stele.dialects.bodies import in_pieces, whole
from stele.dialects.filenames import clean_name
from stele.dialects.native.decoding import Shape, from_json
from stele.dialects.native.endpoint import Call, json
from stele.dialects.native.forms import Form
from stele.dialects.native.schema import InputRef, NoQuery, Options, SubmitBody
from stele.dialects.native.views import job_path, job_view
from stele.domain.errors import RequestError, TooManyItems, UnsupportedBody
from stele.domain.job import JobOptions, Query, Webhook
from stele.service.names import new_job_id
from stele.service.submit import Address, Input, Submission, object_ref, submit
from stele.service.uploads import receive_whole, received

DIALECT = "native"
FORM = "multipart/form-data"
JSON = "application/json"

_MAX_JSON = 16 * 1024 * 1024  #: bytes; held in memory, unlike a form
_MAX_KEY = 255
#: A form may hold this many files of the largest size allowed, or more that are smaller.
_MAX_FILES_OF_LARGEST_SIZE = 4

_body = Shape(SubmitBody)


async def submit_job(call: Call, _: NoQuery) -> Response:
    """Submit documents: files as a form, or addresses, objects and base64 as JSON.

    A form has any number of parts named `file`, and its options either in one part named `options` (JSON) or as fields
    of their own, lists with commas or repeated. With an `Idempotency-Key`, the same request sent again within a day
    gives the job of the first one, with status 200; a different request under that key is refused."""
    key = _idempotency_key(call)
    content_type, parameters = parse_options_header(call.headers.get("content-type"))
    if content_type == FORM.encode():
        return await _submit_form(call, parameters.get(b"boundary", b""), key)
    if content_type == JSON.encode():
        body = await whole(call.receive, _MAX_JSON)
        return await asyncio.to_thread(_submit_json, call, body, key)
    given = content_type.decode("latin-1") or "no type"
    raise UnsupportedBody(given=given, allowed=f"{FORM}, {JSON}")


async def _submit_form(call: Call, boundary: bytes, key: str | None) -> Response:
    if not boundary:
        raise RequestError(reason="the form has no boundary")
    job = new_job_id()
    form = Form(call.core, job, boundary)
    limit = _MAX_FILES_OF_LARGEST_SIZE * call.core.rules.limits.max_bytes
    try:
        rest = await in_pieces(call.receive, form.feed, limit)
    except BaseException:
        await asyncio.to_thread(form.abandon)
        raise
    return await asyncio.to_thread(_finish_form, call, form, rest, job, key)


def _finish_form(call: Call, form: Form, rest: bytes, job: str, key: str | None) -> Response:
    try:
        form.feed(rest)
        uploads, options = form.finish()
    except BaseException:
        form.abandon()
        raise
    return _submit(call, job, uploads, options, key)


def _submit_json(call: Call, data: bytes, key: str | None) -> Response:
    body = from_json(data, SubmitBody, _body)
    if len(body.inputs) > call.core.rules.max_items:
        raise TooManyItems(items=len(body.inputs), limit=call.core.rules.max_items)
    job = new_job_id()
    inputs = received(call.core, job, (_input(call, job, index, one) for index, one in enumerate(body.inputs)))
    return _submit(call, job, inputs, body, key)


def _input(call: Call, job: str, index: int, given: InputRef) -> Input:
    if sum(one is not None for one in (given.url, given.uri, given.content)) != 1:
        raise RequestError(reason=f"inputs[{index}] must have exactly one of url, uri and content")
    if given.name is not None and given.content is None:
        raise RequestError(reason=f"inputs[{index}].name only goes with content")
    if given.url is not None:
        return Address(url=given.url)
    if given.uri is not None:
        return object_ref(given.uri)
    assert given.content is not None
    return receive_whole(call.core, job, index, clean_name(given.name or "", f"file-{index + 1}"), given.content)


def _submit(call: Call, job: str, inputs: tuple[Input, ...], options: Options, key: str | None) -> Response:
    request = Submission(job=job, dialect=DIALECT, inputs=inputs, options=_job_options(options), idempotency_key=key)
    submitted = submit(call.core, call.principal, request)
    status = 200 if submitted.repeated else 202
    return json(job_view(submitted.job), status, {"location": job_path(submitted.job.id)})


def _job_options(given: Options) -> JobOptions:
    return JobOptions(
        languages=given.languages,
        features=given.features,
        queries=tuple(Query(text=one.text, alias=one.alias, pages=one.pages) for one in given.queries),
        formats=given.formats,
        engine=given.engine,
        hidden_text=given.hidden_text,
        password=given.password,
        webhook=None if given.webhook is None else Webhook(url=given.webhook.url),
        priority=given.priority,
        tag=given.tag,
        retention_seconds=given.retention_seconds,
    )


def _idempotency_key(call: Call) -> str | None:
    key = call.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise RequestError(reason=f"an Idempotency-Key has 1 to {_MAX_KEY} characters")
    return key
