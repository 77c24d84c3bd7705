"""The deprecated operations, which every client still has: files in forms, results as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from stele.dialects.aspose.answers import TaskStatus
from stele.dialects.aspose.calls import Call, Handler, text
from stele.dialects.aspose.errors import NO_STORE, Invalid
from stele.dialects.aspose.getting import answered, get
from stele.dialects.aspose.operations import OPERATIONS
from stele.dialects.aspose.submitting import begin, begin_with

_FILE: Final = "file"
_CLEANING: Final = {
    "PostBinarizationFile": "BinarizeImage",
    "PostDewarpingFile": "DewarpImage",
    "PostSkewCorrectionFile": "DeskewImage",
    "PostUpsamplingImageFile": "UpscaleImage",
}


def older_operations() -> Mapping[str, Mapping[str, Handler]]:
    """By path, then by verb."""
    posts: dict[str, Mapping[str, Handler]] = {
        f"ImageProcessing/{name}": {"POST": _posting_file(operation)} for name, operation in _CLEANING.items()
    }
    return posts | {
        "ImageProcessing/GetResultTask": {"GET": get},
        "ImageProcessing/GetResultFile": {"GET": _file("image/png")},
        "TextToSpeech/PostTextToSpeech": {"POST": _post_speech},
        "TextToSpeech/GetTextToSpeechResult": {"GET": get},
        "TextToSpeech/GetTextToSpeechResultFile": {"GET": _file("application/octet-stream")},
    }


def _posting_file(name: str) -> Handler:
    operation = OPERATIONS[name]

    async def post(call: Call) -> Response:
        image = await _file_of(call)
        given = await asyncio.to_thread(begin_with, call.aspose.context.core, call.principal, operation, image)
        return text(given)

    return post


async def _post_speech(call: Call) -> Response:
    body = await call.body()
    operation = OPERATIONS["ConvertTextToSpeech"]
    return text(await asyncio.to_thread(begin, call.aspose.context.core, call.principal, operation, body))


def _file(media_type: str) -> Handler:
    async def get_file(call: Call) -> Response:
        """The bytes of the only result; nothing where there is none."""
        answer = await answered(call)
        if answer.task_status is not TaskStatus.COMPLETED or not answer.results or not answer.results[0].data:
            return Response(status_code=204)
        return Response(answer.results[0].data, headers={**NO_STORE, "content-type": media_type})

    return get_file


async def _file_of(call: Call) -> bytes:
    body = await call.body()

    async def replayed() -> Message:
        return {"type": "http.request", "body": body}

    try:
        async with Request(call.scope, replayed).form(max_files=1, max_fields=16) as form:
            given = next((value for value in form.values() if isinstance(value, UploadFile)), None)
            data = await given.read() if given is not None else b""
    except HTTPException as error:
        raise Invalid(_FILE, f"The form is not well-formed: {error.detail}") from error
    if not data:
        raise Invalid(_FILE, "The file field is required.")
    return data
