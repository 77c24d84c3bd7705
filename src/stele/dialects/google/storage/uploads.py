"""Uploading an object: in one piece (`media`), with its description (`multipart`), or in chunks (`resumable`)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from urllib.parse import quote

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from stele.dialects.bodies import in_pieces, whole
from stele.dialects.google.storage.call import Call
from stele.dialects.google.storage.related import Related
from stele.dialects.google.storage.sessions import Session, Sessions
from stele.dialects.google.storage.views import UNKNOWN_TYPE, Json, answer, object_view
from stele.domain.errors import BodyStalled, ConflictError, RequestError
from stele.domain.value import Value
from stele.service import buckets
from stele.service.buckets import Digests
from stele.service.records import Precondition
from stele.service.uploads import Receiver

_MAX_JSON = 1024 * 1024  #: bytes
_ENVELOPE = 2 * 1024 * 1024  #: bytes of a multipart body that are not the object's
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,60}"
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}( ?; ?{_WORD}={_WORD})?")


class Description(Value):
    """As much of an object's resource as is kept or checked."""

    name: str | None = None
    content_type: str | None = msgspec.field(name="contentType", default=None)
    crc32c: str | None = None
    md5_hash: str | None = msgspec.field(name="md5Hash", default=None)


class _Wanted(Value):
    """The object to be."""

    key: str
    content_type: str
    digests: Digests
    precondition: Precondition


class Uploads:
    """The two calls of an upload, on one table of sessions."""

    def __init__(self) -> None:
        self._sessions = Sessions()

    async def insert(self, call: Call) -> Response:
        match call.query.get("uploadType", "media"):
            case "media":
                return await _simple(call)
            case "multipart":
                return await _multipart(call)
            case "resumable":
                return await self._begun(call)
            case other:
                raise RequestError(reason=f"uploadType is media, multipart or resumable, not {other}")

    async def _begun(self, call: Call) -> Response:
        """A session: bytes follow with PUT, at the address in `Location`."""
        description = _description(await whole(call.receive, _MAX_JSON))
        wanted = _wanted(call, description, call.headers.get("x-upload-content-type", ""))
        bucket = call.place["bucket"]
        await asyncio.to_thread(buckets.place_of, call.core, call.principal, bucket, wanted.key)
        for idle in self._sessions.take_idle():
            await asyncio.to_thread(idle.discard)
        upload_id = self._sessions.add(
            Session(
                project=call.principal.project,
                bucket=bucket,
                key=wanted.key,
                content_type=wanted.content_type,
                precondition=wanted.precondition,
                digests=wanted.digests,
            )
        )
        name = quote(wanted.key, safe="")
        location = f"{call.base}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&name={name}&upload_id={upload_id}"
        return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": upload_id})

    async def go_on(self, call: Call) -> Response:
        """A chunk of a session, or the question how far it is."""
        upload_id = call.query.get("upload_id", "")
        session = self._sessions.get(upload_id, call.principal)
        async with session.lock:
            if session.result is not None:
                return answer(session.result)
            try:
                return await _next(call, session)
            except (ClientDisconnect, ConflictError, BodyStalled):
                raise  # the caller may go on from where it is
            except BaseException:
                self._sessions.remove(upload_id)
                await asyncio.to_thread(session.discard)
                raise

    async def cancel(self, call: Call) -> Response:
        """Give a session up."""
        upload_id = call.query.get("upload_id", "")
        session = self._sessions.get(upload_id, call.principal)
        async with session.lock:
            self._sessions.remove(upload_id)
            await asyncio.to_thread(session.discard)
        return Response(status_code=499)


async def _simple(call: Call) -> Response:
    given = call.headers.get("content-type", "")
    wanted = _wanted(call, Description(), given)
    receiver = await asyncio.to_thread(_opened, call, wanted.key)
    try:
        rest = await in_pieces(call.receive, receiver.write, call.core.rules.limits.max_bytes)
        return answer(await asyncio.to_thread(_put, call, receiver, rest, wanted))
    except BaseException:
        await asyncio.to_thread(receiver.discard)
        raise


async def _multipart(call: Call) -> Response:
    found: list[_Wanted] = []

    def open_(description: bytes, content_type: str) -> Receiver:
        found.append(_wanted(call, _description(description), content_type))
        return _opened(call, found[0].key)

    related = Related(call.headers.get("content-type", ""), open_)
    try:
        rest = await in_pieces(call.receive, related.feed, call.core.rules.limits.max_bytes + _ENVELOPE)
        return answer(await asyncio.to_thread(_put_related, call, related, rest, found))
    except BaseException:
        await asyncio.to_thread(related.abandon)
        raise


def _put_related(call: Call, related: Related, rest: bytes, found: list[_Wanted]) -> Json:
    related.feed(rest)
    return _put(call, related.receiver, b"", found[0])


async def _next(call: Call, session: Session) -> Response:
    """Take what is sent, and make it an object when it is complete. Without a range, the body is all there is."""
    given = call.headers.get("content-range")
    first, total = (0, None) if given is None else _position(given)
    if first is not None:
        await _receive(call, session, first)
    if given is None:
        total = session.size
    if total is not None and session.size > total:
        raise RequestError(reason=f"{session.size} bytes came for an object of {total}")
    if session.size != total:
        return Response(status_code=308, headers={"range": f"bytes=0-{session.size - 1}"} if session.size else {})
    session.result = await asyncio.to_thread(_finish, call, session)
    return answer(session.result)


async def _receive(call: Call, session: Session, first: int) -> None:
    """Take the bytes of a chunk that begins at `first`; what is here already is skipped. Raises ConflictError."""
    if session.receiver is None:
        session.receiver = await asyncio.to_thread(_opened, call, session.key)
    if first > session.size:
        raise ConflictError(reason=f"the chunk begins at {first}, but only {session.size} bytes are here")
    take = _Skipping(session.receiver, session.size - first)
    take(await in_pieces(call.receive, take, call.core.rules.limits.max_bytes))


class _Skipping:
    """Writes to a receiver, but for the first bytes."""

    def __init__(self, receiver: Receiver, skipped: int) -> None:
        self._receiver = receiver
        self._skipped = skipped

    def __call__(self, data: bytes) -> None:
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        self._receiver.write(data[skipped:])


def _position(content_range: str) -> tuple[int | None, int | None]:
    """Where a chunk begins, None when there is none; and how many bytes the object has, None while that is unknown.
    Raises RequestError."""
    found = _CONTENT_RANGE.fullmatch(content_range)
    if found is None:
        raise RequestError(reason=f"the Content-Range {content_range} is none of an upload")
    return (int(found[1]) if found[1] else None), (None if found[3] == "*" else int(found[3]))


def _finish(call: Call, session: Session) -> Json:
    wanted = _Wanted(
        key=session.key,
        content_type=session.content_type,
        digests=_told(call.headers.get("x-goog-hash"), session.digests),
        precondition=session.precondition,
    )
    receiver = session.receiver or _opened(call, session.key)
    return _put(call, receiver, b"", wanted)


def _opened(call: Call, key: str) -> Receiver:
    return buckets.receive_object(call.core, call.principal, call.place["bucket"], key)


def _put(call: Call, receiver: Receiver, rest: bytes, wanted: _Wanted) -> Json:
    receiver.write(rest)
    bucket = call.place["bucket"]
    entry = buckets.put_object(
        call.core,
        call.principal,
        bucket,
        wanted.key,
        upload=receiver.finish(),
        content_type=wanted.content_type,
        precondition=wanted.precondition,
        digests=wanted.digests,
    )
    return object_view(bucket, entry, call.base)


def _wanted(call: Call, description: Description, content_type: str) -> _Wanted:
    key = description.name or call.query.get("name")
    if not key:
        raise RequestError(reason="the object has no name; give it in the resource or as ?name=")
    given = description.content_type or content_type
    return _Wanted(
        key=key,
        content_type=given if _MEDIA_TYPE.fullmatch(given) else UNKNOWN_TYPE,
        digests=_told(
            call.headers.get("x-goog-hash"),
            Digests(crc32c=_number(description.crc32c), md5=_hexadecimal(description.md5_hash)),
        ),
        precondition=call.precondition(),
    )


def _description(body: bytes) -> Description:
    try:
        return msgspec.json.decode(body or b"{}", type=Description)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(reason=f"the description is not an object's resource: {error}") from error


def _told(header: str | None, known: Digests) -> Digests:
    """The digests, with those of an `X-Goog-Hash: crc32c=…,md5=…`."""
    told = dict(part.strip().split("=", 1) for part in (header or "").split(",") if "=" in part)
    return Digests(
        crc32c=known.crc32c if "crc32c" not in told else _number(told["crc32c"]),
        md5=known.md5 if "md5" not in told else _hexadecimal(told["md5"]),
    )


def _number(crc32c: str | None) -> int | None:
    return None if crc32c is None else int.from_bytes(_decoded(crc32c, 4), "big")


def _hexadecimal(md5: str | None) -> str | None:
    return None if md5 is None else _decoded(md5, 16).hex()


def _decoded(digest: str, size: int) -> bytes:
    try:
        decoded = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(reason=f"{digest} is no digest in base64") from error
    if len(decoded) != size:
        raise RequestError(reason=f"{digest} is no digest of {size} bytes")
    return decoded
